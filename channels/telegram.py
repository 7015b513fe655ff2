"""Telegram: posts, answers, edits, pins and deletes in a channel, group or topic. Through python-telegram-bot.

Methods, rights and codes: core.telegram.org/bots/api; the words of refusals are those of the Bot API server. A post
has no idempotency key and a bot cannot read a channel's history, so a post in doubt cannot be looked up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from channels._loop import Loop
from channels._telegram import LET_IT_POST, VERDICTS, bot, keyboard
from notifier.channel import Limits, Message, Permanent, Receipt, Secret, key, need, value

if TYPE_CHECKING:
    from telegram import Bot, ChatFullInfo, ChatMember

ALREADY = "is not modified|to unpin not found|is not pinned|chat_not_modified|to delete not found"


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

    limits = Limits(
        size=4096, measure="utf16", markup="telegram", style="both", pace=(20, 60.0), emoji=True, buttons=True
    )

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
        """Other words and other buttons for a message, at any age; nobody is notified."""
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
            work = step(bot(self._config.token.reveal(), self._config.api_url, *self.timeout))
            return self._loop.run(work, within=3 * sum(self.timeout))
        except Exception as error:
            kind = next(k.__name__ for k in type(error).__mro__ if k.__name__ in VERDICTS)
            raise VERDICTS[kind](error, self._config.token.scrub(str(error))[:300], self._config.chat) from None


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
    form["reply_markup"] = keyboard(message.actions)
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
