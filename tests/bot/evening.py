"""An installation with a Telegram bot: `notifier serve` and the Bot API on real sockets, and people between."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

from notifier import config, registry
from notifier.bot import handed, part
from notifier.problem import Draft, DraftState
from notifier.store.sqlite import Sqlite
from notifier.web.log import Log
from notifier.web.serve import Serving, listen, secrets
from notifier.wiring import build
from tests.fakes.telegram_api import TOKEN, Chat, Post, TelegramRemote
from tests.fakes.telegram_inbox import Press
from tests.fakes.telegram_people import Person
from tests.web.running import alert

PATIENCE = float(os.environ.get("PATIENCE", 30))
TEAM, NEWS = -1009, -1001
ANNA, BEN, MALLORY = 7, 8, 666
SETTINGS = """
[site]
name = "Stimmfunk"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "n.db"
[components.voice]
name = {{ de = "Sprachserver", en = "Voice server" }}
[components.forum]
name = "Forum"
[channels.news]
kind = "telegram"
token = "{token}"
chat = "@voice_status"
api_url = "{api}"
lang = "de"
[channels.team]
kind = "telegram"
token = "{token}"
chat = "-1009"
api_url = "{api}"
[admins]
channels = ["team"]
lang = "de"
[hooks.open]
source = "alertmanager"
auth = "none"
[serve]
url = "https://notify.example"
[bot]
channel = "team"
users = {{ "7" = "anna", "8" = "ben" }}
"""


def until(condition: Callable[[], Any], what: Any = "") -> Any:
    """Wait till something holds; what it gave."""
    end = monotonic() + PATIENCE
    while not (found := condition()):
        assert monotonic() < end, f"never came true: {what() if callable(what) else what or condition}"
        sleep(0.01)  # between two looks
    return found


class Town:
    """The Bot API, the chats and the people. ``team`` is the admins' group, ``news`` the public channel."""

    def __init__(self, folder: Path, more: str = "", kind: str = "supergroup") -> None:
        rights = {"can_post_messages", "can_edit_messages", "can_pin_messages"}
        self.team = Chat(TEAM, kind, "Admins", rights=rights)
        self.news = Chat(NEWS, "channel", "Status", "voice_status")
        self.remote = TelegramRemote(self.news, self.team)
        self.api = self.remote.api
        self.anna = Person(self.api, ANNA, "Anna", "de")
        self.ben = Person(self.api, BEN, "Ben", "en")
        self.mallory = Person(self.api, MALLORY, "Mallory", "en")
        self.folder = folder
        self.url = ""
        self.at = folder / "notifier.toml"
        self.at.write_text(SETTINGS.format(token=TOKEN, api=self.remote.url) + more, encoding="utf-8")
        self.at.chmod(0o600)

    def __enter__(self) -> Town:
        self.remote.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.remote.close()
        assert self.api.violations == []

    # What happens

    def alarm(self, *names: str, service: str = "voice", status: str = "firing") -> None:
        """Monitoring says that something is down."""
        answer = requests.post(f"{self.url}/hooks/open", json=alert(*names, status=status, service=service), timeout=30)
        assert answer.ok, answer.text

    def asks(self, chat: Chat | None = None, label: str = "Veröffentlichen") -> Post:
        """The newest draft with buttons, once it is there."""
        place = chat or self.team
        found: Post = until(
            lambda: next((p for p in reversed(list(place.posts.values())) if label in p.labels()), None)
        )
        return found

    def answered(self, press: Press) -> Press:
        """A press, once it was answered."""
        until(lambda: press.answers)
        return press

    def hears(self, *words: str, chat: Chat) -> Post:
        """The bot's message with all these words, once it is there."""

        def found() -> Post | None:
            said = [p for p in chat.posts.values() if p.by is None]
            return next((p for p in reversed(said) if all(w in p.text for w in words)), None)

        post: Post = until(found, lambda: f"{words} in {[p.text for p in chat.posts.values()]}")
        return post

    def quiet(self) -> None:
        """Wait till the bot has nothing left to do."""
        until(
            lambda: not [u for u in self.api.inbox.waiting if u["update_id"] not in self.seen()], self.api.inbox.waiting
        )
        with self.store() as store:
            until(lambda: store.intake.kept("bot/says") in (None, "[]"))

    def seen(self) -> set[int]:
        """Numbers of the updates that were acted upon, of those that still wait."""
        with self.store() as store:
            waiting = [u["update_id"] for u in self.api.inbox.waiting]
            return {id for id in waiting if store.intake.kept(f"bot/update/{id}") is not None}

    # What is known

    def store(self) -> closing[Sqlite]:
        """The store, for a look."""
        return closing(Sqlite(self.folder / "n.db"))

    def drafts(self) -> list[Draft]:
        """All drafts, oldest first."""
        with self.store() as store:
            return store.intake.drafts(waiting=False)[::-1]

    def states(self) -> list[DraftState]:
        """What became of them."""
        return [draft.state for draft in self.drafts()]

    def public(self) -> list[str]:
        """What users read."""
        return self.news.texts()


class Serves:
    """A serve in this process."""

    def __init__(self, town: Town, poll: int = 5) -> None:
        self.log = io.StringIO()
        house = build(config.load(town.at, registry.kind))
        assert house.settings.duty is not None
        plan = part.planned(house)
        assert plan is not None
        log = Log(self.log, secrets=secrets(house, house.settings.duty))
        listener = part.Listener(plan, log, poll)
        self.listener = listener
        self.serving = Serving(house, log, [listener], lambda web: handed.routes(plan, listener))
        self.sockets = listen("127.0.0.1", 0)
        town.url = f"http://127.0.0.1:{self.sockets[0].getsockname()[1]}"
        self.thread = threading.Thread(target=self.serving.run, args=(self.sockets,))

    def __enter__(self) -> Serves:
        self.thread.start()
        assert self.serving.ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.serving.stop()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        assert TOKEN.partition(":")[2] not in self.log.getvalue()
        assert "level=error" not in self.log.getvalue(), self.log.getvalue()


@contextmanager
def evening(folder: Path, more: str = "", kind: str = "supergroup") -> Iterator[Town]:
    """A town in which serve runs."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(folder, more, kind))
        stack.enter_context(Serves(town))
        yield town


class Process:
    """`notifier serve` as a process of its own; ``words`` before it, such as a script that kills it at a point."""

    def __init__(self, town: Town, *words: str, env: dict[str, str] | None = None) -> None:
        with closing(listen("127.0.0.1", 0)[0]) as free:
            port = free.getsockname()[1]
        town.url = f"http://127.0.0.1:{port}"
        self.town = town
        self.output = town.folder / "output"
        root = str(Path(config.__file__).parents[1])
        given = {"PATH": os.environ["PATH"], "HOME": str(town.folder), "PYTHONPATH": root, **(env or {})}
        argv: Sequence[str] = [sys.executable, *(words or ("-m", "notifier")), "serve", "--port", str(port)]
        with self.output.open("ab") as out:
            self.process = subprocess.Popen(
                argv, cwd=town.folder, env=given, stdout=out, stderr=out, stdin=subprocess.DEVNULL
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def well(self) -> bool:
        """Whether it answers."""
        try:
            return requests.get(f"{self.town.url}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def said(self) -> str:
        """All that it printed."""
        return self.output.read_text(encoding="utf-8")
