"""What people do to a bot, and how the Bot API hands it over: updates with offsets, webhooks, answers to presses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


class Refusal(Exception):
    """An answer other than ok: its status, its words and what goes with them."""

    def __init__(self, status: int, words: str, **parameters: int) -> None:
        super().__init__(words)
        self.status = status
        self.parameters = parameters


@dataclass
class Press:
    """A button that was pressed, and what its presser was told. ``answers``: how often; None of a text: nothing yet."""

    id: str
    text: str | None = None
    alert: bool = False
    url: str = ""
    answers: int = 0


class Inbox:
    """Updates that wait for the bot. ``first`` is the number of the first one."""

    def __init__(self, now: Callable[[], float], token: str, first: int = 700_000_001) -> None:
        self._changed = threading.Condition()
        self._next = first
        self._polls = 0
        self._beaten: set[int] = set()
        self._closed = False
        self.waiting: list[dict[str, Any]] = []
        self.given: list[int] = []  # numbers of the updates that were handed over, as often as they were
        self.presses: dict[str, Press] = {}
        self.webhook: dict[str, Any] = {}

    def add(self, **update: Any) -> int:
        """Something happened; its number."""
        with self._changed:
            number = self._next
            self._next += 1
            self.waiting.append({"update_id": number, **update})
            self._changed.notify_all()
        return number

    def press(self, query: dict[str, Any]) -> Press:
        """A button was pressed."""
        press = Press(query["id"])
        self.presses[press.id] = press
        self.add(callback_query=query)
        return press

    def hold(self, offset: int, seconds: float) -> None:
        """Wait until there is something new; a newer question sends an older one home."""
        with self._changed:
            self._polls += 1
            mine = self._polls
            self._changed.notify_all()

            def over() -> bool:
                news = any(u["update_id"] >= offset for u in self.waiting)
                return self._closed or self._polls != mine or bool(self.webhook) or news

            self._changed.wait_for(over, seconds)
            if self._polls != mine:
                self._beaten.add(threading.get_ident())

    def close(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def handed(self, update: dict[str, Any]) -> None:
        """The webhook took it."""
        with self._changed:
            self.waiting.remove(update)

    def getUpdates(self, given: dict[str, Any]) -> Any:
        with self._changed:
            if self.webhook:
                raise Refusal(409, HOOKED)
            if threading.get_ident() in self._beaten:
                self._beaten.discard(threading.get_ident())
                raise Refusal(409, CONFLICT)
            offset = given.get("offset", 0)
            self.waiting = [u for u in self.waiting if u["update_id"] >= offset]
            wanted = [u for u in self.waiting if set(u) & set(given.get("allowed_updates") or u)]
            found = wanted[: given.get("limit", 100)]
            self.given += [u["update_id"] for u in found]
            return found

    def setWebhook(self, given: dict[str, Any]) -> Any:
        if given["url"] and not given["url"].startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        with self._changed:
            self.webhook = dict(given) if given["url"] else {}
            self._changed.notify_all()
        return True

    def deleteWebhook(self, given: dict[str, Any]) -> Any:
        with self._changed:
            self.webhook = {}
        return True

    def answerCallbackQuery(self, given: dict[str, Any]) -> Any:
        press = self.presses.get(given["callback_query_id"])
        if press is None:
            raise Refusal(400, TOO_OLD)
        if len(given.get("text", "")) > 200:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        press.text, press.alert, press.url = given.get("text", ""), given.get("show_alert", False), given.get("url", "")
        press.answers += 1
        return True
