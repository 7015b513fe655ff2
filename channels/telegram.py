"""Telegram: posts, answers, edits, pins and deletes in a channel, group or topic. Through python-telegram-bot.

Methods, rights and codes: core.telegram.org/bots/api; the words of refusals are those of the Bot API server. A post
has no idempotency key and a bot cannot read a channel's history, so a post in doubt cannot be looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from channels._loop import Loop
from notifier.channel import Limits, Message, Moved, Permanent, Receipt, Secret, Temporary, Unsure, key, need, value

if TYPE_CHECKING:
    from telegram import Bot, ChatFullInfo, ChatMember

NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL")
ALREADY = "is not modified|to unpin not found|is not pinned|chat_not_modified|to delete not found"
LET_IT_POST = "make the bot an administrator who may post messages"
BROKEN = (  # words of a refusal that mean the whole chat, and what to do
    ("chat not found|peer_id_invalid|deactivated|chat_restricted", 'look at the key "chat", and at that chat'),
    ("rights to send|rights in the channel|chat_write_forbidden", LET_IT_POST),
)


@value
class Config:
    """A bot and the chat it writes to."""

    token: Secret = key("the bot's token, from @BotFather")
    chat: str = key('"@name" of a public channel or group, or the number of any chat, such as "-1001234567890"')
    topic: int = key("number of a topic, in a group that has topics; 0: none", 0)
    api_url: str = key("where the Bot API lives", "https://api.telegram.org")


def connect(config: Config) -> Telegram:
    """The channel, not yet connected. Raises MissingExtra when python-telegram-bot is not installed."""
    need("telegram", "telegram")
    return Telegram(config)


class Telegram:
    """One chat that a bot writes to."""

    limits = Limits(size=4096, measure="utf16", markup="telegram", style="both", pace=(20, 60.0), emoji=True)

    def __init__(self, config: Config) -> None:
        self.timeout = (5.0, 20.0)
        self._config = config
        self._loop = Loop()

    def post(self, message: Message) -> Receipt:
        """A new message; without its markup or its topic where Telegram refuses just that."""
        return self._send(message)

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """An answer to ``to``; a message of its own when ``to`` is gone, or stayed behind in another chat."""
        here = self._config.chat.startswith("@") or str(to.more.get("chat", "")) == self._config.chat
        answer = {"reply_to_message_id": int(to.id), "allow_sending_without_reply": True} if here else {}
        return self._send(message, **answer)

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Other words for a message, at any age; nobody is notified."""
        return self._change(receipt, lambda bot, place: _insist(bot.edit_message_text, message, place))

    def pin(self, receipt: Receipt) -> Receipt:
        """Pin it without notifying anybody; in a channel this takes the right to edit messages."""
        return self._change(receipt, lambda bot, place: bot.pin_chat_message(**place, disable_notification=True))

    def unpin(self, receipt: Receipt) -> Receipt:
        """Unpin this one message."""
        return self._change(receipt, lambda bot, place: bot.unpin_chat_message(**place))

    def delete(self, receipt: Receipt) -> Receipt:
        """Delete it; Permanent when Telegram lets the bot no longer (after 48 hours, without the right to)."""
        return self._change(receipt, lambda bot, place: bot.delete_message(**place))

    def probe(self) -> str:
        """One line: who the bot is and what it may do there. Permanent, naming the right, when it may not post."""
        return str(self._run(self._look))

    def close(self) -> None:
        """Let go of the event loop; each connection ended with its call."""
        self._loop.close()

    def _send(self, message: Message, **more: Any) -> Receipt:
        more |= {"chat_id": self._config.chat, "message_thread_id": self._config.topic or None}
        more["disable_notification"] = message.silent
        sent = self._run(lambda bot: _insist(bot.send_message, message, more))
        url = f"https://t.me/{sent.chat.username}/{sent.message_id}" if sent.chat.username else ""
        return Receipt(str(sent.message_id), url, {"chat": sent.chat.id})

    def _change(self, receipt: Receipt, step: Callable[..., Coroutine[Any, Any, object]]) -> Receipt:
        """Change what was sent, in the chat it was sent to; "already so" is success."""
        place = {"chat_id": receipt.more.get("chat", self._config.chat), "message_id": int(receipt.id)}
        try:
            self._run(lambda bot: step(bot, place))
        except Permanent as no:
            if not re.search(ALREADY, no.why.lower()):
                raise
        return receipt

    async def _look(self, bot: Bot) -> str:
        me, chat = await bot.get_me(), await bot.get_chat(self._config.chat)
        lacks = _lacks(chat, await bot.get_chat_member(chat.id, me.id))
        words = [f"may not {n} (lacks {lacks[n]})" if n in lacks else f"may {n}" for n in ("post", "edit", "pin")]
        line = f"as @{me.username} in '{chat.effective_name or chat.id}': {', '.join(words)}"
        if "post" in lacks:
            raise Permanent(f"{line}; {LET_IT_POST}", whole=True)
        return line

    def _run(self, step: Callable[[Bot], Coroutine[Any, Any, Any]]) -> Any:
        """What ``step`` gives. Raises DeliveryError, with the token in none of its texts."""
        try:
            return self._loop.run(step(_bot(self._config, *self.timeout)), within=3 * sum(self.timeout))
        except Exception as error:
            kind = next(k.__name__ for k in type(error).__mro__ if k.__name__ in VERDICTS)
            raise VERDICTS[kind](error, self._config.token.scrub(str(error))[:300], self._config.chat) from None


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


def _lacks(chat: ChatFullInfo, member: ChatMember) -> dict[str, str]:
    """What the bot may not do -> the right that it lacks (core.telegram.org/bots/api#chatmember)."""
    if chat.type == "private" or member.status == "creator":
        return {}
    post, pin = (f"can_{verb}_messages" for verb in (("post", "edit") if chat.type == "channel" else ("send", "pin")))
    held = {"administrator": member, "restricted": member, "member": chat.permissions}.get(member.status)
    # where a right has no name, as that of a group's administrator to send, it is implied
    return {v: r for v, r in (("post", post), ("edit", post), ("pin", pin)) if not getattr(held, r, held is not None)}


async def _insist(call: Callable[..., Coroutine[Any, Any, Any]], message: Message, form: dict[str, Any]) -> Any:
    """Make the call; where Telegram refuses the markup or the topic, once more without: a refusal changes nothing."""
    from telegram.error import BadRequest

    form = form | {"text": message.text, "parse_mode": "HTML", "disable_web_page_preview": True}
    while True:
        try:
            return await call(**form)
        except BadRequest as no:
            said = no.message.lower()
            if "can't parse entities" in said and form["parse_mode"]:
                form |= {"parse_mode": None, "text": message.plain or message.text}
            elif re.search("thread not found|topic_closed|topic_deleted", said) and form.get("message_thread_id"):
                form |= {"message_thread_id": None}
            else:
                raise


def _bot(config: Config, connect: float, read: float) -> Bot:
    import logging
    import os

    from telegram import Bot
    from telegram.request import HTTPXRequest

    os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it python-telegram-bot warns at each 429
    for name in ("httpx", "httpcore", "telegram.Bot", "telegram.request"):  # they print addresses, thus the token
        logging.getLogger(name).setLevel(logging.CRITICAL)
    fresh = {"headers": {"Connection": "close"}}  # a kept one closed meanwhile looks like a lost answer
    request = HTTPXRequest(2, read, read, connect, connect, httpx_kwargs=fresh)
    return Bot(config.token.reveal(), config.api_url.rstrip("/") + "/bot", request=request, get_updates_request=request)
