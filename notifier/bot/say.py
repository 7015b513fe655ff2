"""What the bot is to answer: values that are stored with what they answer, and sent afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from notifier.values import value

Buttons = tuple[tuple[str, str], ...]
ALERT = 200  # characters of an answer to a press (core.telegram.org/bots/api#answercallbackquery)
SIZE = 4000
IN_A_ROW = 40  # letters that a narrow screen shows side by side, where all buttons of a row are as wide


@value
class Say:
    """One call. do: "send" a message, "edit" ``message``, or "answer" the press ``query``. ``text`` is Telegram's HTML,
    but bare in an answer to a press. ``buttons`` beneath it; ``force``: the client opens an answer to it. ``until``:
    pointless after that second."""

    do: str
    chat: int = 0
    text: str = ""
    buttons: Buttons = ()
    message: int = 0
    topic: int = 0
    reply: int = 0
    force: bool = False
    query: str = ""
    alert: bool = False
    url: str = ""
    until: float = 0


def answer(query: str, text: str = "", alert: bool = False, url: str = "") -> Say:
    """The word on a press; ``alert``: it stays until it is closed."""
    fits = text if len(text) <= ALERT else text[: ALERT - 1] + "…"
    return Say("answer", query=query, text=fits, alert=alert, url=url)


def pack(says: Iterable[Say]) -> str:
    """As a text to be kept."""
    return json.dumps([vars(say) for say in says], ensure_ascii=False)


def unpack(text: str | None) -> list[Say]:
    """What :func:`pack` made."""
    return [_say(**values) for values in json.loads(text or "[]")]


def _say(buttons: Sequence[Sequence[str]], **values: Any) -> Say:
    return Say(buttons=tuple((label, code) for label, code in buttons), **values)


def in_rows(buttons: Buttons) -> list[list[tuple[str, str]]]:
    """As many beside each other as a telephone can show."""
    rows: list[list[tuple[str, str]]] = [[]]
    for label, code in buttons:
        widest = max(len(label), *(len(other) for other, _ in rows[-1]), 0)
        if rows[-1] and (len(rows[-1]) == 3 or widest * (len(rows[-1]) + 1) > IN_A_ROW):
            rows.append([])
        rows[-1].append((label, code))
    return rows


def html(text: str) -> str:
    """Bare text in Telegram's HTML."""
    return escape(text, quote=False)


def lines(found: Sequence[str], more: str = "…") -> str:
    """Lines of HTML as one text, without what no longer fits; then ``more`` stands for it."""
    kept: list[str] = []
    room = SIZE
    for line in found:
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, more])
        kept.append(line)
    return "\n".join(kept)
