"""Setting up: init, check, test, demo."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import closing

import pytest

from notifier.store.sqlite import Sqlite
from notifier.testing import FakeRemote
from notifier.testing.smtp import FakeSmtp
from tests.cli.admin import CONSOLE, SITE, Admin, hook

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
TELEGRAM = '[channels.chat]\nkind = "telegram"\ntoken = { env = "CHAT_TOKEN" }\nchat = "@example_status"\n'


def test_init_writes_a_configuration_that_works_at_once(stranger: Admin) -> None:
    """Its file passes `check` and opens an incident: console and status page are told."""
    made = stranger("init")
    checked, opened = stranger("check"), stranger.process("open", "First try", "-m", "Only a try.")

    assert made.out == 'Wrote notifier.toml. Try: notifier open "A first try" --dry-run\n'
    assert stat.S_IMODE((stranger.folder / "notifier.toml").stat().st_mode) == 0o600
    assert (checked.code, checked.err) == (0, "")
    assert "ok   console  console\nok   page     folder\n" in checked.out
    assert (opened.code, "2 of 2 channels told." in opened.out) == (0, True)
    assert "First try" in (stranger.folder / "status" / "index.html").read_text(encoding="utf-8")


def test_init_refuses_to_overwrite(admin: Admin) -> None:
    """A configuration that is there stays, unless --force says otherwise."""
    path = admin.folder / "notifier.toml"
    before = path.read_text(encoding="utf-8")
    refused = admin("init")
    kept = path.read_text(encoding="utf-8")
    forced = admin("init", "--force")

    assert (refused.code, refused.err) == (2, "notifier.toml is there already. --force writes over it.\n")
    assert kept == before
    assert (forced.code, path.read_text(encoding="utf-8") != before) == (0, True)


@pytest.mark.parametrize("words", [("init", "my own.toml"), ("--config", "my own.toml", "init")])
def test_init_elsewhere(stranger: Admin, words: tuple[str, ...]) -> None:
    """Another place, by its name or by --config; the next command is shown with it."""
    done = stranger(*words)

    assert (stranger.folder / "my own.toml").exists()
    assert "notifier --config 'my own.toml' open" in done.out


def test_check_names_what_is_wrong_with_templates(admin: Admin) -> None:
    """The file that fails, and the one that no page is made with; then all is well."""
    path, own = admin.folder / "notifier.toml", admin.folder / "own"
    own.mkdir()
    text = path.read_text(encoding="utf-8").replace("[site]\n", '[site]\ntemplates = "own"\n')
    path.write_text(text, encoding="utf-8")
    (own / "incident.html").write_text('{% extends "incident.html" %}')
    (own / "incidents.html").write_text("")
    broken = admin("check")
    (own / "incident.html").write_text('{% extends "ours/incident.html" %}')
    (own / "incidents.html").unlink()
    mended = admin("check")

    assert broken.code == 2
    told = " ".join(broken.out.split())
    assert f"BAD templates {own / 'incident.html'}:1: uses itself without end" in told
    assert f"BAD templates {own / 'incidents.html'}: no page is made with a file of this name" in told
    assert (mended.code, "ok   templates" in mended.out) == (0, True)


def test_init_where_no_folder_is(stranger: Admin) -> None:
    """One clear line."""
    done = stranger("init", "nowhere/notifier.toml")

    assert (done.code, done.err) == (2, "nowhere/notifier.toml: No such file or directory\n")


def test_check_names_missing_secrets(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is not there is found without any network; the exit code is 2."""
    admin.configure(CONSOLE, TELEGRAM)
    monkeypatch.delenv("CHAT_TOKEN", raising=False)
    done = admin("check")

    assert done.code == 2
    assert "BAD  chat     telegram  the environment variable CHAT_TOKEN is not set\n" in done.out
    assert done.out.endswith("1 channel needs mending. Nothing was posted.\n")


def test_check_tells_of_disabled_and_stopped_channels(admin: Admin, remote: FakeRemote) -> None:
    """Who hears nothing, and why."""
    admin.configure(hook(f"{remote.url}/gone"), f"{CONSOLE}enabled = false\n")
    admin("open", "Weg", "-m", "x")
    done = admin("check")

    assert done.code == 2
    assert "ok   console  console  not enabled\n" in done.out
    assert "BAD  hook     webhook  stopped: 127.0.0.1" in done.out
    assert "Once it is mended: notifier test hook\n" in done.out


def test_check_tells_when_the_record_cannot_be_written(admin: Admin) -> None:
    """No file may grow any more, as on a full disk: what is wrong and what to do; the exit code is 2."""
    admin.configure(CONSOLE)
    assert admin("check").code == 0
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "from notifier.cli import main; main(['check'])"
    )
    with closing(Sqlite(admin.folder / "notifier.db")):  # what readers share is there already
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=admin.folder, capture_output=True, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (2, "")
    assert "BAD  record  " in done.stdout
    assert "Nothing was stored." in done.stdout
    assert done.stdout.endswith("The record needs mending. Nothing was posted.\n")


def test_check_live_tries_without_posting(admin: Admin) -> None:
    """--live knocks at the channels; nothing is posted."""
    with FakeSmtp() as mail:
        table = '[channels.mail]\nkind = "email"\nhost = "127.0.0.1"\ntls = "none"\nfrom = "a@b.org"\nto = "c@d.org"\n'
        admin.configure(CONSOLE, f"{table}port = {mail.port}\n")
        good = admin("check", "--live")
        mail.close()
        bad = admin("check", "--live")

    assert (good.code, mail.mails) == (0, [])
    assert "cannot be tried without posting: notifier test console\n" in good.out
    assert good.out.endswith("All is well. Nothing was posted.\n")
    assert (bad.code, "BAD  mail     email    127.0.0.1" in bad.out) == (2, True)


def test_test_sends_a_marked_message(admin: Admin, remote: FakeRemote) -> None:
    """It says of itself that it is a test; a channel that was stopped goes on afterwards."""
    admin.configure(hook(f"{remote.url}/gone"))
    admin("open", "Weg", "-m", "x")
    failed = admin("test", "hook")
    admin.configure(hook(remote.url))
    done = admin("test", "hook")

    assert (failed.code, "wants no more updates" in failed.err) == (4, True)
    assert (done.code, done.out) == (0, "hook: sent\n")
    assert remote.requests[-1].json()["type"] == "test"
    assert admin("check").code == 0


def test_test_goes_to_one_reader_only(admin: Admin) -> None:
    """Readers are not bothered: the first gets it, --to names another, --all means all."""
    with FakeSmtp() as mail:
        admin.configure(
            f'[channels.mail]\nkind = "email"\nhost = "127.0.0.1"\nport = {mail.port}\ntls = "none"\n'
            'from = "a@b.org"\nto = ["one@d.org", "two@d.org"]\n'
        )
        first, other, everybody = (admin("test", "mail", *how) for how in ((), ("--to", "me@b.org"), ("--all",)))
        to = [mail.recipients for mail in mail.mails]

    assert to == [("one@d.org",), ("me@b.org",), ("one@d.org",), ("two@d.org",)]
    assert "mail has 2 recipients; this goes to the first." in first.err
    assert (first.out, other.err) == ("mail: sent to one@d.org\n", "")
    assert everybody.out == "mail: sent to one@d.org\nmail: sent to two@d.org\n"


def test_test_of_a_page_publishes_it(admin: Admin) -> None:
    """A board has nothing to take back: it shows the present state."""
    admin.configure('[channels.page]\nkind = "folder"\npath = "status"\n')

    assert admin("test", "page").out.startswith("page: published the present state")
    assert (admin.folder / "status" / "index.html").exists()


def test_demo_plays_without_any_account(stranger: Admin) -> None:
    """No configuration, no server: an evening through page, mailbox and terminal."""
    done = stranger("demo", "--pause", "0", "--folder", "evening")

    assert done.code == 0
    assert "recorded: incident" in done.out
    assert (stranger.folder / "evening" / "page" / "index.html").exists()
    assert list((stranger.folder / "evening" / "mailbox" / "new").iterdir())


def test_the_check_names_languages_without_words(admin: Admin) -> None:
    """A language that we do not speak is fine, but its pages mix languages until somebody gives the words."""
    site = SITE.replace('["de", "en"]', '["de-AT", "ar"]')
    admin.configure(CONSOLE, site=site)
    told = [line for line in admin("check").out.splitlines() if "languages  " in line]
    assert told == ["note languages  ar: our own words stand in English until [phrases.ar] has them"]

    admin.configure(CONSOLE, site=site + '[phrases.ar]\n"page.current" = "الأعطال الحالية"\n')
    done = admin("check")
    assert (done.code, "note" in done.out) == (0, False)
