"""People who use Telegram: they write to the bot, press its buttons, forward and edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.fakes.telegram_api import ME, Chat, Post, TelegramApi
from tests.fakes.telegram_inbox import Press

_numbers = count(1)


@dataclass
class Person:
    """Somebody with an account. Acts in private with the bot unless a chat is given."""

    api: TelegramApi
    id: int
    name: str
    lang: str = "de"

    def __post_init__(self) -> None:
        self.chat = self.api.chats.setdefault(self.id, Chat(self.id, "private", self.name, status="creator"))

    @property
    def account(self) -> dict[str, Any]:
        """As it stands in an update."""
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.lang}

    def writes(self, text: str, chat: Chat | None = None, to: Post | None = None, **more: Any) -> Post:
        """A message. In a group the bot hears commands and answers to itself only. ``more`` goes into the message."""
        chat = chat or self.chat
        chat.last += 1
        post = Post(chat.last, text, text, self.api.now(), to.id if to else 0, by=self.account)
        chat.posts[post.id] = post
        shown = self._told(chat, post)
        if to is not None:
            shown["reply_to_message"] = self._told(chat, to)
        if chat.type == "private" or text.startswith("/") or (to is not None and to.by is None):
            self.api.inbox.add(message=shown | more)
        return post

    def forwards(self, text: str, chat: Chat | None = None) -> Post:
        """Somebody else's words."""
        origin = {"type": "hidden_user", "sender_user_name": "Somebody", "date": int(self.api.now())}
        return self.writes(text, chat, forward_origin=origin)

    def presses(self, label: str, chat: Chat | None = None, post: Post | None = None, data: str | None = None) -> Press:
        """The newest button of that label, or one that never was there: ``data``."""
        chat = chat or self.chat
        post = post or self.sees(label, chat)
        found = [b["callback_data"] for row in post.buttons for b in row if b["text"] == label]
        number = str(next(_numbers))
        query = {"id": number, "from": self.account, "chat_instance": "1", "message": self._told(chat, post)}
        return self.api.inbox.press({**query, "data": found[0] if data is None else data})

    def sees(self, label: str, chat: Chat | None = None) -> Post:
        """The newest message with that button."""
        return next(p for p in reversed((chat or self.chat).posts.values()) if label in p.labels())

    def reads(self, chat: Chat | None = None) -> list[Post]:
        """What the bot wrote, oldest first."""
        return [post for post in (chat or self.chat).posts.values() if post.by is None]

    def _told(self, chat: Chat, post: Post) -> dict[str, Any]:
        told = {"message_id": post.id, "date": int(post.date), "chat": chat.shown(), "text": post.text}
        if chat.type == "channel":
            told["sender_chat"] = chat.shown()
        else:
            told["from"] = post.by or ME
        if post.buttons:
            told["reply_markup"] = {"inline_keyboard": post.buttons}
        if post.text.startswith("/"):
            told["entities"] = [{"type": "bot_command", "offset": 0, "length": len(post.text.split()[0])}]
        return told


def transcript(chat: Chat, at: Callable[[Post], str] = lambda post: "") -> str:
    """What stands in a chat, as on a telephone."""
    told = []
    for post in chat.posts.values():
        who = post.by["first_name"] if post.by else "BOT"
        body = post.text.replace("\n", "\n      ")
        told.append(f"{who:>5} {body}")
        told += ["      " + "".join(f"[ {b['text']} ]" for b in row) for row in post.buttons]
    return "\n".join(told)
