"""A site with channels of every kind, whose remotes live in the test, and whose commands are real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from notifier import config, registry
from notifier.dispatcher import Dispatcher
from notifier.events import Open, Tell
from notifier.model import Phase
from notifier.store import Store
from notifier.testing import Answer, FakeRemote, Request
from notifier.testing.smtp import FakeSmtp, Mail
from notifier.wiring import House, build
from tests.fakes.mastodon_api import TOKEN as MASTODON_TOKEN  # made up, of the fake server
from tests.fakes.mastodon_api import MastodonApi
from tests.fakes.telegram_api import TOKEN as TELEGRAM_TOKEN
from tests.fakes.telegram_api import TelegramRemote

READERS = ("anna@example.org", "ben@example.org")
PATIENCE = 60.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_SITE = """
[site]
name = "Stimmfunk"
status_url = "https://status.example.net"
[store]
url = "{store}"
[admins]
channels = ["admins"]
[channels.admins]
kind = "webhook"
url = "{admins}/"
"""
_KINDS = {
    "telegram": 'kind = "telegram"\napi_url = "{url}"\ntoken = "{telegram}"\nchat = "@voice_status"\npin = true',
    "mastodon": 'kind = "mastodon"\nserver = "{url}"\ntoken = "{mastodon}"\npin = true\nstyle = "both"',
    "hook": 'kind = "webhook"\nurl = "{url}/"',
    "mail": 'kind = "email"\nhost = "127.0.0.1"\nport = {port}\nfrom = "status@example.net"\nto = {to}\ntls = "none"',
    "page": 'kind = "folder"\npath = "{folder}/page"',
}
ALL = tuple(_KINDS)
CHEAP = ("hook", "mastodon", "page")
Meet = Callable[[str, str], None]


class Receiver:
    """Takes webhooks; drops a repeat by its id. ``taken``: id -> body, in the order of arrival."""

    def __init__(self) -> None:
        self.taken: dict[str, Any] = {}
        self.differing: list[str] = []

    def answer(self, request: Request) -> Answer:
        """Takes anything; notes a repeat that is not the same."""
        id, body = request.headers["webhook-id"], request.json()
        if self.taken.setdefault(id, body) != body:
            self.differing.append(id)
        return Answer(204)


@dataclass
class Ended:
    """How a process ended: its code (negative: killed by that signal) and what it said."""

    code: int
    out: str
    err: str

    @property
    def recorded(self) -> bool:
        """Whether it said that the update is recorded."""
        return "Recorded:" in self.out


@dataclass
class World:
    """The site.

    ``meet``: called in a remote's thread with a channel and "asked" before a request is processed, "done" after it. It
    may raise OSError: then the remote hangs up, and before processing nothing of the request is processed.
    """

    folder: Path
    channels: Sequence[str] = ALL
    store_at: Path | None = None
    meet: Meet = lambda channel, moment: None
    words: int = 0
    one: threading.Lock = field(default_factory=threading.Lock)
    hook: Receiver = field(default_factory=Receiver)
    admins: Receiver = field(default_factory=Receiver)
    mastodon: MastodonApi = field(default_factory=MastodonApi)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.telegram_remote = _watched(TelegramRemote, self, "telegram")()
        self.telegram = self.telegram_remote.api
        self.mail = _watched_mail(self)()
        ours = _watched(FakeRemote, self, "hook")(self.hook.answer)
        toots = _watched(FakeRemote, self, "mastodon")(self._mastodon)
        notices = _watched(FakeRemote, self, "admins")(self.admins.answer)
        self.remotes: dict[str, Any] = {
            "telegram": self.telegram_remote, "hook": ours, "mastodon": toots, "mail": self.mail, "admins": notices
        }  # fmt: skip
        self.at = self.folder / "notifier.toml"
        self.store_path = self.store_at or self.folder / "n.db"
        self.at.write_text(self._settings(), encoding="utf-8")
        self.at.chmod(0o600)

    def _mastodon(self, request: Request) -> Answer:
        status, headers, data = self.mastodon.answer(request.method, request.path, request.headers, request.body)
        return Answer(status, data, headers=headers)

    def _settings(self) -> str:
        tables = [_SITE.format(store=self.store_path, admins=self.remotes["admins"].url)]
        for name in self.channels:
            remote = self.remotes.get(name)
            values = {"url": getattr(remote, "url", ""), "port": getattr(remote, "port", 0), "folder": self.folder}
            secrets = {"telegram": TELEGRAM_TOKEN, "mastodon": MASTODON_TOKEN, "to": str(list(READERS))}
            tables.append(f"[channels.{name}]\n" + _KINDS[name].format(**values, **secrets) + "\n")
        return "".join(tables)

    # In the test's own process

    def house(self) -> House:
        """The house of these settings."""
        return build(config.load(self.at, registry.kind))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, for this thread."""
        with closing(self.house().store()) as store:
            yield store

    def version(self) -> int:
        """How many events there are."""
        with self.store() as store:
            return store.version()

    def waiting(self) -> int:
        """How many deliveries still wait."""
        with self.store() as store:
            return store.waiting()

    def text(self) -> str:
        """Words that were never used before."""
        with self.one:
            self.words += 1
            return f"word-{self.words:04d} is what is said now"

    def opened(self, deliver: bool = True) -> str:
        """An incident told to everybody; its id. Without ``deliver`` it waits."""
        return self._told(Open({"en": f"Voice is down, case {self.words}"}, {"en": self.text()}), "", deliver)

    def told(self, incident: str, deliver: bool = True, phase: Phase | None = None) -> str:
        """Another word on it; its id."""
        return self._told(Tell({"en": self.text()}, phase), incident, deliver)

    def _told(self, command: Open | Tell, which: str, deliver: bool) -> str:
        house = self.house()
        with closing(house.store()) as store:
            said = house.service(store).handle(command, which=which, by="anna")
            if deliver:
                self.hurry()
                dispatcher: Dispatcher = house.dispatcher(store, "tick")
                dispatcher.run_dry()
        return said.incident.id

    def hurry(self) -> None:
        """Whatever waits for a pause or a pace to be over need not wait any longer."""
        with self.store() as store, store.transaction():
            broken = {name: state.broken for name, state in store.channel_states().items() if state.broken}
            assert not broken, f"channels were stopped: {broken}"
            for name in (*self.channels, "admins"):
                store.mend(name)
                store.hasten(name)
                store.pace(name, LONG_AGO)

    # Processes

    def start(self, *words: str, by: Sequence[str] = (sys.executable, "-m", "notifier")) -> subprocess.Popen[str]:
        """A notifier at work. ``by``: the program, up to its arguments."""
        command = [*by, "--config", str(self.at), *words]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, **pipes, text=True, env={**os.environ, "USER": "anna"})
        self.running.append(process)
        return process

    def run(self, *words: str, by: Sequence[str] = (sys.executable, "-m", "notifier")) -> Ended:
        """A notifier from beginning to end."""
        return ended(self.start(*words, by=by))

    def tick(self) -> Ended:
        """One call of cron's, which must not fail."""
        over = self.run("tick")
        assert over.code in (0, 3, 4), f"tick ended with {over.code}: {over.out}{over.err}"
        assert not over.err, f"tick said {over.err}"
        return over

    def ticks(self, most: int = 8) -> None:
        """Call after call until nothing waits."""
        for _ in range(most):
            if not self.waiting():
                return
            self.hurry()
            self.tick()
        raise AssertionError(f"{self.waiting()} deliveries still wait after {most} ticks")

    def close(self) -> None:
        """End every process of ours that still runs."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.communicate()


def ended(process: subprocess.Popen[str], within: float = PATIENCE) -> Ended:
    """Wait for its end."""
    out, err = process.communicate(timeout=within)
    return Ended(process.returncode, out, err)


@contextmanager
def world(folder: Path, channels: Sequence[str] = ALL, store_at: Path | None = None) -> Iterator[World]:
    """A world with its remotes listening."""
    with ExitStack() as stack:
        made = World(folder, channels, store_at)
        for remote in made.remotes.values():
            stack.enter_context(remote)
        stack.callback(made.close)
        yield made


def until(true: Callable[[], object], what: str, within: float = PATIENCE) -> None:
    """Wait until something is true; AssertionError when it does not come to be."""
    end = monotonic() + within
    pause = threading.Event()
    while not true():
        assert monotonic() < end, f"not within {within:.0f} s: {what}"
        pause.wait(0.01)


def aged(store: Store, node_kind: str, seconds: float) -> None:
    """Make the last sign of life of all nodes of a kind older, as if they had not given one for so long."""
    with store.transaction():
        for seen in store.nodes():
            if seen.node.kind == node_kind:
                store.beat(seen.node, store.now() - timedelta(seconds=seconds))


def _watched(kind: type[Any], of: World, name: str) -> type[Any]:
    class Watched(kind):  # type: ignore[misc]
        def take(self, request: Request, fault: str) -> Answer | None:
            of.meet(name, "asked")
            answer: Answer | None = super().take(request, fault)
            of.meet(name, "done")
            return answer

    return Watched


def _watched_mail(of: World) -> type[FakeSmtp]:
    class Watched(FakeSmtp):
        def keep(self, mail: Mail) -> None:
            of.meet("mail", "asked")
            super().keep(mail)
            of.meet("mail", "done")

    return Watched
