"""What somebody did in Telegram, read from an update (core.telegram.org/bots/api#update): only what the bot goes by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from notifier.values import value

if TYPE_CHECKING:
    from telegram import CallbackQuery, Chat, Message, Update, User

WANTED = ("message", "callback_query")
_COMMAND = re.compile(r"/([a-z]+)(?:@(\w+))?(?:\s+(.*))?", re.S | re.I)


@value
class Came:
    """One message or one press. ``id``: number of the update; ``kind``: of the chat; ``called``: the chat's "@name" or
    "". ``command``: without its slash, ``text``: what follows it, or all. ``query``: the press to be answered, ``data``
    what stands behind the button. ``ours``: the message that was pressed or answered is the bot's own."""

    id: int
    user: int
    chat: int
    kind: str
    called: str = ""
    lang: str = ""
    command: str = ""
    text: str = ""
    query: str = ""
    data: str = ""
    message: int = 0
    topic: int = 0
    ours: bool = False

    @property
    def private(self) -> bool:
        """Nobody else is there."""
        return self.kind == "private"


def read(update: Update, me: int, called: str) -> Came | None:
    """What came; None for what never counts: edited, forwarded or written by a bot, in the name of a chat, or for
    another bot than ``called``."""
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query, me)
    message = update.message
    if message is None or message.from_user is None or message.text is None or _borrowed(message):
        return None
    place = _place(update.update_id, message.from_user, message.chat)
    answered = message.reply_to_message
    topic = (message.message_thread_id or 0) if message.is_topic_message else 0
    more: dict[str, Any] = {
        "message": message.message_id,
        "topic": topic,
        "ours": answered is not None and _by(answered, me),
    }
    match = _COMMAND.fullmatch(message.text.strip())
    if match is None:
        return Came(**place, **more, text=message.text.strip())
    if match[2] and match[2].lower() != called.lower():
        return None
    return Came(**place, **more, command=match[1].lower(), text=(match[3] or "").strip())


def _borrowed(message: Message) -> bool:
    """Whether these are not the words of the one who sent them, here and now."""
    origin = (message.forward_origin, message.via_bot, message.sender_chat, message.edit_date)
    return any(origin) or message.from_user is None or message.from_user.is_bot


def _pressed(id: int, query: CallbackQuery, me: int) -> Came:
    from telegram import Message

    message = query.message
    if message is None:
        return Came(id, query.from_user.id, 0, "", query=query.id)
    place = _place(id, query.from_user, message.chat)
    ours = isinstance(message, Message) and _by(message, me)
    topic = (message.message_thread_id or 0) if isinstance(message, Message) and message.is_topic_message else 0
    data = query.data or ""
    return Came(**place, query=query.id, data=data, message=message.message_id, topic=topic, ours=ours)


def _by(message: Message, me: int) -> bool:
    """In a channel posts are the channel's own, and only their bot hears of buttons beneath them."""
    if message.from_user is not None:
        return message.from_user.id == me
    return message.chat.type == "channel" and message.sender_chat is not None


def _place(id: int, user: User, chat: Chat) -> dict[str, Any]:
    called = f"@{chat.username}" if chat.username and chat.type != "private" else ""
    where = {"chat": chat.id, "kind": str(chat.type), "called": called}
    return {"id": id, "user": user.id, "lang": user.language_code or "", **where}
