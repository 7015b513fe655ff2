"""The commands that deliver: tick for cron, run for a service, retry by hand."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from notifier.store import Node
from notifier.testing import FakeRemote, refused
from tests.cli.admin import CONSOLE, PATIENCE, Admin, command, hook

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def test_tick_delivers_what_is_due(admin: Admin, remote: FakeRemote) -> None:
    """What was only stored is told, a line each; exit code 0."""
    admin.configure(hook(remote.url))
    admin("open", "Weg", "-m", "x", "--no-wait")
    done = admin.process("tick")

    assert (done.code, done.out, done.err) == (0, "hook         sent\n", "")
    assert len(remote.requests) == 1


def test_tick_prints_nothing_when_nothing_happened(admin: Admin) -> None:
    """Cron mails whatever is printed: silence with nothing to do, and while something merely waits (3)."""
    idle = admin.process("tick")
    admin.configure(hook(refused()))
    admin("open", "Weg", "-m", "x", "--wait", "0.3")
    waiting = admin("tick")

    assert (idle.code, idle.out, idle.err) == (0, "", "")
    assert (waiting.code, waiting.out, waiting.err) == (3, "", "")


def page(admin: Admin) -> str:
    """A place for the status page, which was last written on another day."""
    with admin.store() as store:
        store.intake.keep("day", "2026-01-01")
    return f'[channels.page]\nkind = "folder"\npath = "{admin.folder}/page"\n'


def test_tick_is_silent_about_a_new_day(admin: Admin) -> None:
    """The page is written anew, and cron mails nothing; only if that cannot be done."""
    admin.configure(page(admin))
    done = admin.process("tick")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (admin.folder / "page" / "index.html").exists()

    (admin.folder / "file").touch()
    admin.configure(page(admin).replace("/page", "/file"))
    failed = admin.process("tick")
    assert failed.code == 4
    assert failed.out.startswith("page         failed: ")
    assert [line[:18] for line in admin("list").out.splitlines()] == ["No incident is ope", "! page is stopped:"]


def test_run_notices_a_new_day(admin: Admin) -> None:
    """A process that only delivers has the page written anew, too."""
    admin.configure(page(admin))
    with running(admin):
        wait_for((admin.folder / "page" / "status.json").exists)


def test_tick_tells_what_failed(admin: Admin, remote: FakeRemote) -> None:
    """A failure for good is printed and ends with 4."""
    admin.configure(hook(f"{remote.url}/gone"))
    admin("open", "Weg", "-m", "x", "--no-wait")
    done = admin("tick")

    assert done.code == 4
    assert done.out.startswith("hook         failed: 127.0.0.1")


def test_a_stopped_channel_is_called_so(admin: Admin, tmp_path: Path) -> None:
    """What waits behind a failure for good waits for somebody: `update`, `list` and `tick` say for what, and how to go
    on; `tick` says it to cron when it is new and then rarely. Once it is mended, all goes on."""
    there = tmp_path / "pages.git"
    admin.configure(f'[channels.pages]\nkind = "git"\nrepository = "{there}"\nurl = "https://status.example.net/"\n')
    opened = admin("open", "Weg", "-m", "x")
    updated, first, second, listed = admin("update", "-m", "y"), admin("tick"), admin("tick"), admin("list").out
    typed = admin.terminal("tick", columns=200)

    assert (opened.code, "is stopped" in opened.out) == (4, False)
    assert (updated.code, "0 of 1 channel told, 1 stopped.\npages is stopped: " in updated.out) == (3, True)
    assert first.out.startswith("pages is stopped, 1 waiting: ")
    assert (first.code, second.code, second.out) == (3, 3, "")
    assert "pages is stopped, 1 waiting: " in typed.out
    assert "\n! pages is stopped, 1 waiting: " in listed
    assert all("there is no such repository" in o for o in (updated.out, first.out, listed))
    assert all(o.endswith("Once mended: notifier test pages\n") for o in (updated.out, first.out, listed))
    assert "goes on" not in updated.out + first.out + listed

    subprocess.run(["git", "init", "-q", "--bare", str(there)], check=True)
    assert admin("test", "pages").code == 0
    assert admin("tick").out == "pages        published https://status.example.net/\n"
    assert "stopped" not in admin("list").out


def test_what_waits_elsewhere_still_goes_on(admin: Admin, remote: FakeRemote) -> None:
    """A stopped channel is told apart from one that is only late; one that was removed is not spoken of."""
    admin.configure(hook(f"{remote.url}/gone"), hook(refused(), "late"))
    admin("open", "Weg", "-m", "x", "--wait", "0.3")
    updated = admin("update", "-m", "y", "--no-wait").out
    listed = admin("list").out
    admin.configure(hook(refused(), "late"))

    assert "0 of 2 channels told, 1 waiting, 1 stopped.\nhook is stopped: 127.0.0.1" in updated
    assert updated.endswith("\nWaiting: `notifier tick` or `run` goes on.\n")
    assert "! hook is stopped, 1 waiting: 127.0.0.1" in listed
    assert listed.endswith("… 2 waiting; `notifier run` or `notifier tick` goes on\n")
    assert "is stopped" not in admin("list").out


def test_tick_json_is_alone_on_standard_output(admin: Admin) -> None:
    """A console channel does not print into it."""
    admin("open", "Weg", "-m", "x", "--no-wait")
    told = admin.process("tick", "--json").json()

    assert ([d["state"] for d in told["deliveries"]], told["waiting"]) == (["sent"], 0)


def test_retry_tells_again_what_failed(admin: Admin, remote: FakeRemote) -> None:
    """Once the channel is mended, retry tells what failed and what waited behind it."""
    admin.configure(CONSOLE, hook(f"{remote.url}/gone"))
    admin("open", "Weg", "-m", "x")
    admin.configure(CONSOLE, hook(remote.url))
    done = admin("retry")

    assert (done.code, done.out) == (0, "hook         sent\n1 of 1 channel told.\n")
    assert "Nothing of incident" in admin("retry").out


def test_retry_only_one_channel(admin: Admin, remote: FakeRemote) -> None:
    """--only leaves the others; an unknown channel is refused."""
    admin.configure(hook(f"{remote.url}/gone", "one"), hook(f"{remote.url}/gone", "two"))
    admin("open", "Weg", "-m", "x")
    admin.configure(hook(remote.url, "one"), hook(remote.url, "two"))

    assert [d["channel"] for d in admin("retry", "--only", "two", "--json").json()["deliveries"]] == ["two"]
    assert admin("retry", "--only", "three").code == 2


def test_run_delivers_till_sigterm(admin: Admin, remote: FakeRemote) -> None:
    """`run` delivers what others store, a command watches it do so, and SIGTERM ends it with 0."""
    admin.configure(hook(remote.url))
    with running(admin) as process:
        only_stored = admin("open", "Weg", "-m", "x", "--no-wait")
        wait_for(lambda: len(remote.requests) == 1)
        watched = admin("update", "-m", "y", "--json")
        daemon = {node.id for node in nodes(admin) if node.kind == "run"}

        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=PATIENCE)

    assert (only_stored.code, watched.code, len(remote.requests)) == (3, 0, 2)
    assert process.returncode == 0
    assert said == ("", "Delivering to 1 channel. Ctrl-C ends it after the calls under way.\nStopped.\n")
    assert owners(admin) == daemon


@contextmanager
def running(admin: Admin) -> Iterator[subprocess.Popen[str]]:
    """`notifier run` as a process of its own, from its first sign of life."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command(["run"]), env=admin.env, cwd=admin.folder, stdout=pipe, stderr=pipe, text=True)
    try:
        wait_for(lambda: nodes(admin))
        yield process
    finally:
        process.kill()
        process.communicate()


def nodes(admin: Admin) -> list[Node]:
    """Those that the store has seen."""
    with admin.store() as store:
        return [seen.node for seen in store.nodes()]


def owners(admin: Admin) -> set[str]:
    """The nodes that made the attempts."""
    with admin.store() as store:
        return {attempt.node for id in store.newest_ids(9) for attempt in store.attempts(id)}


def wait_for(true: Callable[[], object]) -> None:
    """Till it is so."""
    end = monotonic() + PATIENCE
    while not true():
        assert monotonic() < end, "it never came to be"
        sleep(0.02)  # between two looks
