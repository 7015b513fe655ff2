"""`notifier site`: files for the forum's own web server."""

from __future__ import annotations

import pytest

from notifier.render import worker
from tests.cli.admin import CONSOLE, SITE, Admin

ADDRESSES = 'url = "https://forum.example.org/board"\nstatus_url = "https://status.example.net"\nlanguages'
OWN = SITE.replace("languages", ADDRESSES, 1)


@pytest.mark.parametrize("what", ["worker", "uninstall-worker", "banner"])
def test_the_same_file_each_time(admin: Admin, what: str) -> None:
    """To standard output, or with -o into a file; the same bytes either way."""
    admin.configure(CONSOLE, '[worker]\nhosts = ["https://a.example/"]\nhang = "5s"\n', site=OWN)
    printed = admin("site", what)
    written = admin("site", what, "-o", "out.js")

    assert (printed.code, printed.err, written.code, written.out) == (0, "", 0, "")
    assert (admin.folder / "out.js").read_text(encoding="utf-8") == printed.out
    assert ("https://a.example/status.json" in printed.out) == (what != "uninstall-worker")
    assert written.err.startswith("Wrote out.js. ")


def test_it_says_where_the_file_belongs(admin: Admin) -> None:
    """The worker's address on the forum, and what to do next."""
    admin.configure(CONSOLE, site=OWN)

    said = admin("site", "worker", "-o", "sw.js").err

    assert said.startswith("Wrote sw.js. The forum must serve it at https://forum.example.org/notifier-sw.js. ")
    assert said.endswith("Then: notifier check --live\n")


def test_without_a_status_host_there_is_nothing_to_make(admin: Admin) -> None:
    """What is missing in the configuration is named; removing the worker needs nothing."""
    refused, removing = admin("site", "worker"), admin("site", "uninstall-worker")

    assert refused.code == 2
    assert "[site] status_url" in refused.err
    assert (removing.code, removing.out) == (0, worker.uninstaller())


def test_a_slip_of_the_finger(admin: Admin) -> None:
    """Another word is answered with the one that was probably meant."""
    slip = admin("site", "baner")

    assert (slip.code, slip.err) == (2, 'There is no "baner" to make; did you mean "banner"?\n')


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('path = "sw.js"', 'path: "sw.js" must be its path on the forum'),
        ('path = "/sw"', 'path: "/sw" must be its path on the forum'),
        ('hosts = ["status.example.net"]', "must be a whole address, such as https://status.example.org/"),
        ('hosts = ["https://u:hunter2@a.example/"]', "hosts: must be a whole address without user and password"),
        ('hosts = ["https://a.example/status.json"]', "must be the folder of status.json: https://a.example/"),
        ('hang = "soon"', "is no length of time"),
        ('hang = "0s"', "hang: must be more than nothing"),
        ('hang = "40s"', "give_up: must not be shorter than hang"),
        ('color = "red"', "color: is not a key of this table"),
    ],
)
def test_mistakes_in_its_table(admin: Admin, table: str, said: str) -> None:
    """Each with its place and its remedy."""
    admin.configure(CONSOLE, f"[worker]\n{table}\n")

    wrong = admin("check")
    assert wrong.code == 2
    assert said in wrong.err
    assert "hunter2" not in wrong.err
