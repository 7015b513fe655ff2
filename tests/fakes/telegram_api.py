"""The part of Telegram's Bot API that the channel uses, with Telegram's rules: rights, topics, markup, sizes, pins.

``TelegramRemote`` is the API on a real socket; its ``api`` holds the chats. Requests and answers are held against the
published description of the API where it lies beside the project; what does not fit stands in ``api.violations``,
which a test asserts to be empty.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notifier.testing import Answer, FakeRemote, Request
from tests.fakes.telegram_inbox import Inbox, Refusal
from tests.fakes.telegram_spec import Spec

TOKEN = "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK"
ME = {"id": 4839574812, "is_bot": True, "first_name": "Status", "username": "status_bot"}
TAGS = "b strong i em u ins s strike del code pre a blockquote tg-spoiler span tg-emoji tg-time".split()
TWO_DAYS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
OF_ADMINS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
    "can_be_edited", "is_anonymous",
)  # fmt: skip


@dataclass
class Post:
    """A message as people see it. ``text`` is bare, ``marked`` as it was sent; ``words`` are all it ever said."""

    id: int
    text: str
    marked: str
    date: float
    reply_to: int = 0
    topic: int = 0
    silent: bool = False
    words: list[str] = field(default_factory=list)
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    by: dict[str, Any] | None = None  # who wrote it, if not the bot
    force: bool = False

    def labels(self) -> list[str]:
        """What stands on its buttons."""
        return [button["text"] for row in self.buttons for button in row]


@dataclass
class Chat:
    """A chat, and what the bot is and may do in it. ``topics``: number -> whether it is open."""

    id: int
    type: str = "channel"
    title: str = "Status"
    username: str = ""
    status: str = "administrator"
    rights: set[str] = field(default_factory=lambda: {"can_post_messages", "can_edit_messages", "can_pin_messages"})
    allowed: set[str] = field(default_factory=lambda: {"can_send_messages"})
    topics: dict[int, bool] = field(default_factory=dict)
    moved_to: int = 0
    posts: dict[int, Post] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    last: int = 0

    def may(self, right: str) -> bool:
        """Whether the bot has a right here."""
        if self.status == "member":
            return right in self.allowed
        return self.status == "creator" or right in self.rights

    def texts(self) -> list[str]:
        """What people read, oldest first."""
        return [post.text for post in self.posts.values()]

    def shown(self) -> dict[str, Any]:
        """As it stands in a message."""
        called = "first_name" if self.type == "private" else "title"
        bare = {"id": self.id, "type": self.type, called: self.title, "username": self.username}
        return {name: value for name, value in bare.items() if value}


class TelegramApi:
    """One bot and its chats. ``journal`` tells every change in order, such as "post 1" or "pin 1"."""

    def __init__(self, *chats: Chat, token: str = TOKEN) -> None:
        self.token = token
        self.chats = {chat.id: chat for chat in chats or (Chat(-1001, username="voice_status"),)}
        self.journal: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.spec = Spec()
        self.now: Callable[[], float] = time.time
        self.inbox = Inbox(self.now, self.token)
        self.menu: dict[str, list[dict[str, str]]] = {}

    @property
    def violations(self) -> list[str]:
        """What the published description of the API does not allow, in requests and in answers."""
        return self.spec.violations

    @property
    def chat(self) -> Chat:
        """The first chat."""
        return next(iter(self.chats.values()))

    def answer(self, request: Request) -> Answer:
        """The answer to any request that reached the API."""
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", request.path)
        try:
            if not found or not re.fullmatch(r"\d+:[\w-]{35}", found[1]):
                raise Refusal(404, "Not Found")
            if found[1] != self.token:
                raise Refusal(401, "Unauthorized")
            return Answer(json={"ok": True, "result": self._result(found[2], request.form())})
        except Refusal as no:
            told = {"ok": False, "error_code": no.status, "description": str(no)}
            return Answer(no.status, told | ({"parameters": no.parameters} if no.parameters else {}))

    def _result(self, method: str, form: dict[str, str]) -> Any:
        call = getattr(self, f"_{method}", None) or getattr(self.inbox, method, None)
        given = self.spec.read(method, form)
        if call is None:
            raise Refusal(404, "Not Found")
        self.calls.append((method, given))
        result = call(given)
        self.spec.check_answer(method, result)
        return result

    def migrate(self, chat: Chat) -> Chat:
        """The group becomes a supergroup with a new number; its messages stay behind."""
        chat.moved_to = -1000000000000 + chat.id
        new = Chat(chat.moved_to, "supergroup", chat.title, status=chat.status, rights=chat.rights)
        self.chats[new.id] = new
        return new

    def changed(self, what: str) -> None:
        """Write down a change."""
        self.journal.append(what)

    def _at(self, given: dict[str, Any]) -> Chat:
        wanted = str(given.get("chat_id", ""))
        for chat in self.chats.values():
            if wanted == str(chat.id) or wanted.lower() == f"@{chat.username.lower() or '?'}":
                return self._open_to_us(chat)
        raise Refusal(400, "Bad Request: chat not found")

    def _open_to_us(self, chat: Chat) -> Chat:
        if chat.moved_to:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(400, words, migrate_to_chat_id=chat.moved_to)
        if chat.status == "kicked":
            raise Refusal(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        if chat.status == "left":
            raise Refusal(403, f"Forbidden: bot is not a member of the {chat.type} chat")
        return chat

    def _getMe(self, given: dict[str, Any]) -> Any:
        return ME | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    def _getChat(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        gifts = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        more: dict[str, Any] = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        if chat.type != "channel":
            more["permissions"] = {right: right in chat.allowed for right in ("can_send_messages", "can_pin_messages")}
        return chat.shown() | more

    def _getChatMember(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        member = {"status": chat.status, "user": ME}
        if chat.status == "creator":
            return member | {"is_anonymous": False}
        if chat.status == "administrator":
            kind = ("can_post_messages", "can_edit_messages") if chat.type == "channel" else ("can_pin_messages",)
            return member | {right: right in chat.rights for right in (*OF_ADMINS, *kind)}
        return member

    def _sendMessage(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        self._may_post(chat)
        self._topic_takes(chat, given.get("message_thread_id", 0))
        text = _readable(given, "Bad Request: message is too long")
        root = self._answered(chat, given.get("reply_parameters"))
        chat.last += 1
        post = Post(chat.last, text, given["text"], self.now(), root, given.get("message_thread_id", 0))
        post.silent, post.words = given.get("disable_notification", False), [text]
        post.buttons, post.force = _buttons(given), "force_reply" in (given.get("reply_markup") or {})
        chat.posts[post.id] = post
        self.changed(f"reply {post.id} to {root}" if root else f"post {post.id}")
        return self._shown(chat, post)

    def _may_post(self, chat: Chat) -> None:
        if chat.type == "channel" and not chat.may("can_post_messages"):
            raise Refusal(400, "Bad Request: need administrator rights in the channel chat")
        if chat.type != "channel" and chat.status == "member" and not chat.may("can_send_messages"):
            raise Refusal(400, "Bad Request: not enough rights to send text messages to the chat")

    def _topic_takes(self, chat: Chat, topic: int) -> None:
        if topic and topic not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        if topic and not chat.topics[topic]:
            raise Refusal(400, "Bad Request: TOPIC_CLOSED")

    def _answered(self, chat: Chat, reply: dict[str, Any] | None) -> int:
        if reply is None:
            return 0
        if reply["message_id"] in chat.posts:
            return int(reply["message_id"])
        if not reply.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")
        return 0

    def _shown(self, chat: Chat, post: Post, quoting: bool = True) -> dict[str, Any]:
        told = {"message_id": post.id, "date": int(post.date), "chat": chat.shown(), "text": post.text}
        told |= {"sender_chat": chat.shown()} if chat.type == "channel" else {"from": post.by or ME}
        if post.buttons:
            told["reply_markup"] = {"inline_keyboard": post.buttons}
        if post.topic:
            told |= {"message_thread_id": post.topic, "is_topic_message": True}
        if len(post.words) > 1:
            told["edit_date"] = int(self.now())
        if quoting and post.reply_to in chat.posts:
            told["reply_to_message"] = self._shown(chat, chat.posts[post.reply_to], quoting=False)
        return told

    def _editMessageText(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        post = chat.posts.get(given["message_id"])
        if post is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        text = _readable(given, "Bad Request: MESSAGE_TOO_LONG")
        if post.by is not None:
            raise Refusal(400, "Bad Request: message can't be edited")
        if (given["text"], _buttons(given)) == (post.marked, post.buttons):
            raise Refusal(400, f"Bad Request: {NOT_MODIFIED}")
        post.text, post.marked, post.buttons = text, given["text"], _buttons(given)
        post.words.append(text)
        self.changed(f"edit {post.id}")
        return self._shown(chat, post)

    def _editMessageReplyMarkup(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        post = chat.posts.get(given["message_id"])
        if post is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if _buttons(given) == post.buttons:
            raise Refusal(400, f"Bad Request: {NOT_MODIFIED}")
        post.buttons = _buttons(given)
        self.changed(f"buttons {post.id}")
        return self._shown(chat, post)

    def _setMyCommands(self, given: dict[str, Any]) -> Any:
        self.menu[given.get("language_code", "")] = given["commands"]
        return True

    def _pinChatMessage(self, given: dict[str, Any]) -> Any:
        chat = self._pinning(given)
        if given["message_id"] not in chat.posts:
            raise Refusal(400, "Bad Request: message to pin not found")
        if given["message_id"] not in chat.pinned:
            chat.pinned.append(given["message_id"])
            self.changed(f"pin {given['message_id']}")
        return True

    def _unpinChatMessage(self, given: dict[str, Any]) -> Any:
        chat = self._pinning(given)
        pinned = given.get("message_id", chat.pinned[-1] if chat.pinned else 0)
        if pinned not in chat.pinned:
            raise Refusal(400, "Bad Request: message to unpin not found")
        chat.pinned.remove(pinned)
        self.changed(f"unpin {pinned}")
        return True

    def _pinning(self, given: dict[str, Any]) -> Chat:
        chat = self._at(given)
        if not chat.may("can_edit_messages" if chat.type == "channel" else "can_pin_messages"):
            raise Refusal(400, "Bad Request: not enough rights to manage pinned messages in the chat")
        return chat

    def _deleteMessage(self, given: dict[str, Any]) -> Any:
        chat = self._at(given)
        post = chat.posts.get(given["message_id"])
        if post is None:
            raise Refusal(400, "Bad Request: message to delete not found")
        right = "can_post_messages" if chat.type == "channel" else "can_delete_messages"
        if self.now() - post.date > TWO_DAYS and not chat.may(right):
            raise Refusal(400, "Bad Request: message can't be deleted for everyone")
        del chat.posts[post.id]
        chat.pinned = [pinned for pinned in chat.pinned if pinned != post.id]
        self.changed(f"delete {post.id}")
        return True


class TelegramRemote(FakeRemote):
    """The Bot API on a real socket; faults are worded as Telegram words them."""

    def __init__(self, *chats: Chat) -> None:
        self.api = TelegramApi(*chats)
        super().__init__(self.api.answer, SHAPES)

    def take(self, request: Request, fault: str) -> Answer | None:
        """A question for news is held open, and keeps nobody else waiting."""
        if fault in ("", "drop_after") and request.path.endswith(f"{self.api.token}/getUpdates"):
            form = request.form()
            self.api.inbox.hold(int(form.get("offset", 0)), float(form.get("timeout", 0)))
        return super().take(request, fault)

    def close(self) -> None:
        """Also whoever waits for news is sent home."""
        self.api.inbox.close()
        super().close()


def _buttons(given: dict[str, Any]) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = (given.get("reply_markup") or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
        if not button["text"].strip():
            raise Refusal(400, "Bad Request: text buttons are unallowed in the inline keyboard")
    return rows


def _readable(given: dict[str, Any], too_long: str) -> str:
    """What people will read; Telegram counts that, in UTF-16 units."""
    text = bare(given["text"]) if given.get("parse_mode") == "HTML" else given["text"]
    if not text.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > 4096:
        raise Refusal(400, too_long)
    return text


def bare(marked: str) -> str:
    """Telegram's HTML without its tags. Refuses unknown tags, wrong nesting and a stray "<"."""
    shown, open_tags = [], []
    for text, start, end in re.findall(r"([^<]+)|<(/?[^<>]*)(>?)", marked):
        if text:
            shown.append(html.unescape(text))
            continue
        name = start.split(maxsplit=1)[0].lower() if start.strip() else ""
        if not end:
            raise _unparsed("Unclosed start tag")
        if not start.startswith("/"):
            if name not in TAGS:
                raise _unparsed(f'Unsupported start tag "{name}"')
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name[1:]:
            raise _unparsed(f'Unexpected end tag "{name[1:]}"')
    if open_tags:
        raise _unparsed(f'Can\'t find end tag corresponding to start tag "{open_tags[-1]}"')
    return "".join(shown)


def _unparsed(why: str) -> Refusal:
    return Refusal(400, f"Bad Request: can't parse entities: {why} at byte offset 0")


def _told(status: int, words: str, **parameters: int) -> Answer:
    told: dict[str, Any] = {"ok": False, "error_code": status, "description": words}
    return Answer(status, told | ({"parameters": parameters} if parameters else {}))


SHAPES = {
    "throttle": _told(429, "Too Many Requests: retry after 7", retry_after=7),
    "busy": _told(500, "Internal Server Error"),
    "unavailable": Answer(503, body=b"<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>"),
    "denied": _told(401, "Unauthorized"),
}
