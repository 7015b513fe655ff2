"""What a channel needs of python-telegram-bot beside its verbs: the bot, what its errors say, buttons."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from notifier.channel import Moved, Permanent, Temporary, Unsure

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup

NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL")
LET_IT_POST = "make the bot an administrator who may post messages"
BROKEN = (  # words of a refusal that mean the whole chat, and what to do
    ("chat not found|peer_id_invalid|deactivated|chat_restricted", 'look at the key "chat", and at that chat'),
    ("rights to send|rights in the channel|chat_write_forbidden", LET_IT_POST),
)
IN_A_ROW = 40  # letters that a narrow screen shows side by side, where all buttons of a row are as wide


def keyboard(actions: Sequence[tuple[str, str]]) -> InlineKeyboardMarkup | None:
    """Buttons (label, code), as many in a row as a telephone can show; None for none."""
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows: list[list[InlineKeyboardButton]] = [[]]
    for label, code in actions:
        widest = max(len(label), *(len(other.text) for other in rows[-1]), 0)
        if rows[-1] and (len(rows[-1]) == 3 or widest * (len(rows[-1]) + 1) > IN_A_ROW):
            rows.append([])
        rows[-1].append(InlineKeyboardButton(label, callback_data=code))
    return InlineKeyboardMarkup(rows) if actions else None


def _refused(error: Any, said: str, chat: str) -> Exception:
    remedy = next((f"; {remedy}" for words, remedy in BROKEN if re.search(words, said.lower())), "")
    return Permanent(f"Telegram refuses this in {chat}: {said[:1].lower()}{said[1:]}{remedy}", whole=bool(remedy))


def _moved(error: Any, said: str, chat: str) -> Exception:
    if chat == str(error.new_chat_id):
        return Permanent("the message stayed behind when the group became a supergroup")
    return Moved(f"the group {chat} is now the supergroup {error.new_chat_id}", {"chat": str(error.new_chat_id)})


def _slower(error: Any, said: str, chat: str) -> Exception:
    after = error.retry_after  # in newer versions a timedelta
    return Temporary(f"Telegram: {said}", getattr(after, "total_seconds", lambda: after)(), whole=True)


def _network(error: Any, said: str, chat: str) -> Exception:
    cause = type(error.__cause__).__name__
    if cause in NEVER_SENT or "too many requests" in said.lower():
        return Temporary(f"Telegram did not take it: {said} ({cause})")
    return Unsure(f"Telegram gave no clear answer: {said} ({cause})")


VERDICTS: dict[str, Callable[[Any, str, str], Exception]] = {  # class of exception: what it says
    "BadRequest": _refused,  # which python-telegram-bot derives from NetworkError
    "ChatMigrated": _moved,
    "RetryAfter": _slower,
    "NetworkError": _network,
    "Forbidden": lambda _, said, chat: Permanent(f"{said}: add the bot to {chat} again and {LET_IT_POST}", True),
    "InvalidToken": lambda _, said, chat: Permanent(f'{said}: look at the key "token" (@BotFather: /mybots)', True),
    "DeliveryError": lambda error, said, chat: error,
    "Exception": lambda error, said, chat: Unsure(f"Telegram: {type(error).__name__}: {said}"),
    "SecretMissing": lambda error, said, chat: error,  # the core waits for it
}


def bot(token: str, api_url: str, connect: float, read: float) -> Bot:
    """The library's bot; every call opens a connection of its own, and none is logged."""
    import logging
    import os

    from telegram import Bot
    from telegram.request import HTTPXRequest

    os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it python-telegram-bot warns at each 429
    for name in ("httpx", "httpcore", "telegram.Bot", "telegram.request"):  # they print addresses, thus the token
        logging.getLogger(name).setLevel(logging.CRITICAL)
    fresh = {"headers": {"Connection": "close"}}  # a kept one closed meanwhile looks like a lost answer
    request = HTTPXRequest(2, read, read, connect, connect, httpx_kwargs=fresh)
    return Bot(token, api_url.rstrip("/") + "/bot", request=request, get_updates_request=request)
