"""A `notifier serve` between monitoring and the public, as a process of its own, with every kind of public channel.

Its clock can be moved, and so can that of every command: :meth:`Station.at`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

from notifier.problem import Draft
from notifier.store.sqlite import Sqlite
from tests.e2e.town import ROOT, Desk, Town, channel, telegram

PATIENCE = 60.0
MOVED = str(Path(__file__).with_name("moved.py"))
HOOK = '[hooks.prometheus]\nsource = "alertmanager"\nauth = "bearer"\nsecret = "alarm-s3cret-0001"\n'
BEARER = {"Authorization": "Bearer alarm-s3cret-0001"}


def until(true: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """Wait until something is true; what it gave. AssertionError when it does not come to be."""
    end = monotonic() + within
    while not (found := true()):
        assert monotonic() < end, f"not within {within:.0f} s: {what}"
        sleep(0.02)  # between two looks
    return found


class Station:
    """A desk with public channels and an admin channel. ``tables``: hooks, rules and more. ``moving``: under a clock
    that stands at the real time until :meth:`at` moves it."""

    def __init__(self, town: Town, *tables: str, moving: bool = False) -> None:
        self.town = town
        self.ahead = town.folder / "ahead"
        self.ahead.write_text("0")
        self.desk = Desk(
            town.folder,
            telegram(town.telegram, "telegram", pin=True, style="both"),
            town.mastodon.toml("mastodon", lang="en"),
            town.mail("mail", "anna@example.org"),
            channel("page", "folder", path="page"),
            channel("team", "webhook", url=f"{town.hooks.url}/team"),
            *tables,
            admins=("team",),
        )
        if moving:
            self.desk.program = (sys.executable, MOVED, str(self.ahead))
        self.url = ""

    def at(self, moment: str) -> None:
        """It is now so late: an ISO time in UTC."""
        ahead = datetime.fromisoformat(moment).replace(tzinfo=UTC) - datetime.now(UTC)
        self.ahead.with_suffix(".new").write_text(str(ahead.total_seconds()))
        self.ahead.with_suffix(".new").replace(self.ahead)

    @contextmanager
    def serving(self, code: int | None = 0) -> Iterator[subprocess.Popen[str]]:
        """`notifier serve` from its first word to its end by SIGTERM, which is to have exit code ``code``."""
        with (self.town.folder / "serve.log").open("a") as log:
            process = subprocess.Popen(self._serve(), cwd=ROOT, env=self.env(), stderr=log, text=True)
        try:
            self.url = until(lambda: self._listens(process), "it listens")
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            ended = process.wait(PATIENCE)
        assert code is None or (ended, "Traceback" in self.log()) == (code, False), self.log()

    def _serve(self) -> list[str]:
        return [*self.desk.program, "--config", str(self.desk.config), "serve", "--port", "0"]

    def env(self) -> dict[str, str]:
        """The environment of every process."""
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def _listens(self, process: subprocess.Popen[str]) -> str:
        assert process.poll() is None, self.log()
        said = self.log().rpartition("Listening on ")[2].partition(". Ctrl-C")
        try:
            return said[0] if said[1] and requests.get(f"{said[0]}/readyz", timeout=10).ok else ""
        except requests.ConnectionError:
            return ""

    def log(self) -> str:
        """What it printed."""
        return (self.town.folder / "serve.log").read_text(encoding="utf-8")

    @contextmanager
    def store(self) -> Iterator[Sqlite]:
        """The store, for a look."""
        store = Sqlite(self.town.folder / "notifier.db")
        try:
            yield store
        finally:
            store.close()

    def drafts(self, waiting: bool = True) -> list[Draft]:
        """The drafts there are, oldest first."""
        with self.store() as store:
            return store.intake.drafts(waiting)[::-1]

    def draft(self, what: str = "a draft waits") -> Draft:
        """The only draft that waits, which is waited for."""
        (only,) = until(self.drafts, what)
        return only

    def quiet(self) -> None:
        """Wait until everything that was stored is weighed and delivered."""

        def still() -> bool:
            with self.store() as store:
                return not store.waiting() and not store.intake.unweighed(1)

        until(still, "nothing waits any more")

    def incidents(self) -> list[str]:
        """The ids of all that users ever heard of."""
        with self.store() as store:
            return store.newest_ids(100)

    def public(self) -> dict[str, list[str]]:
        """What was said in public, channel by channel but for the page, in its order."""
        town = self.town
        return {
            "telegram": [post.words[0] for post in town.posts],
            "mastodon": [status["text"] for status in town.mastodon.statuses],
            "mail": [mail.content.decode() for mail in town.smtp.mails],
        }

    def asked(self) -> list[dict[str, Any]]:
        """What the admins were sent, oldest first."""
        return list(self.town.hooks.taken.get("/team", []))
