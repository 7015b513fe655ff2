"""The line to Telegram: fetching what came, saying what is to be said. Through python-telegram-bot.

The library's own updater is not used: it confirms what it fetched before it was acted upon, and a crash would lose it
(docs/decisions/0012-the-bot-fetches-by-itself.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import new as hmac
from typing import TYPE_CHECKING, Any

from notifier.bot.came import WANTED
from notifier.bot.say import Say, in_rows
from notifier.channel import Secret

if TYPE_CHECKING:
    from telegram import Bot, Update

CONNECT, READ = 5.0, 10.0
POLL = 25  # seconds that Telegram keeps a question for news open
LOGGERS = ("httpx", "httpcore", "telegram.Bot", "telegram.request")
GONE = ("query is too old", "query id is invalid", "message is not modified")


class Line:
    """One bot's line; belongs to the event loop that uses it."""

    def __init__(self, token: Secret, api_url: str) -> None:
        self._token = token
        self._bot = _bot(token.reveal(), api_url)
        self.me = 0
        self.called = ""

    async def open(self) -> None:
        """Find out who we are. Raises TelegramError, as all that follow."""
        await self._bot.initialize()
        self.me, self.called = self._bot.id, self._bot.username

    async def close(self) -> None:
        """Let go of the connections."""
        await self._bot.shutdown()

    async def poll(self, after: int | None, patience: int = POLL) -> tuple[Update, ...]:
        """What came after that update; waits so many seconds for something. To ask is to confirm all up to it."""
        offset = None if after is None else after + 1
        return await self._bot.get_updates(offset, timeout=patience, allowed_updates=list(WANTED))

    async def use_polling(self) -> None:
        """Telegram is to keep what comes until it is fetched."""
        await self._bot.delete_webhook(drop_pending_updates=False)

    async def use_webhook(self, url: str) -> None:
        """Telegram is to hand over what comes, with proof that it is Telegram."""
        how: dict[str, Any] = {"secret_token": proof(self._token), "max_connections": 2}
        await self._bot.set_webhook(url, allowed_updates=list(WANTED), **how)

    def read(self, body: Mapping[str, Any]) -> Update | None:
        """An update as it was handed over."""
        from telegram import Update

        return Update.de_json(dict(body), self._bot)

    async def commands(self, words: Mapping[str, Mapping[str, str]]) -> None:
        """The menu of commands: language ("" for all others) -> command -> what it does."""
        for lang, menu in words.items():
            await self._bot.set_my_commands([(name, does) for name, does in menu.items()], language_code=lang or None)

    async def say(self, say: Say) -> None:
        """Make one call."""
        if say.do == "answer":
            await self._bot.answer_callback_query(say.query, say.text or None, say.alert, say.url or None)
            return
        form: dict[str, Any] = {"chat_id": say.chat, "text": say.text, "parse_mode": "HTML"}
        form |= {"disable_web_page_preview": True, "reply_markup": _markup(say)}
        if say.do == "edit":
            await self._bot.edit_message_text(message_id=say.message, **form)
            return
        if say.reply:
            form |= {"reply_to_message_id": say.reply, "allow_sending_without_reply": True}
        await self._bot.send_message(message_thread_id=say.topic or None, **form)


def path(token: Secret) -> str:
    """Where Telegram hands over updates: an address that only those can know who know the token."""
    return f"/telegram/{_derived(token, 'path')}"


def proof(token: Secret) -> str:
    """What Telegram shows in X-Telegram-Bot-Api-Secret-Token."""
    return _derived(token, "proof")


def _derived(token: Secret, what: str) -> str:
    return hmac(token.reveal().encode(), f"notifier bot {what}".encode(), sha256).hexdigest()[:40]


def _markup(say: Say) -> Any:
    from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

    if say.buttons:
        rows = [[InlineKeyboardButton(label, callback_data=code) for label, code in r] for r in in_rows(say.buttons)]
        return InlineKeyboardMarkup(rows)
    return ForceReply(selective=True) if say.force else None


def _bot(token: str, api_url: str) -> Bot:
    import logging
    import os

    from telegram import Bot
    from telegram.request import HTTPXRequest

    os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it python-telegram-bot warns at each 429
    for name in LOGGERS:  # they print addresses, thus the token
        logging.getLogger(name).setLevel(logging.CRITICAL)
    fresh = {"headers": {"Connection": "close"}}  # a kept one closed meanwhile looks like a lost answer
    requests = [HTTPXRequest(2, READ, READ, CONNECT, CONNECT, httpx_kwargs=fresh) for _ in range(2)]
    return Bot(token, api_url.rstrip("/") + "/bot", request=requests[0], get_updates_request=requests[1])
