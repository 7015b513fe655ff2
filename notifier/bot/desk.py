"""Who may what, and that everything happens once: the way of one thing that came, within one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from notifier.bot import look, press, talk
from notifier.bot.came import Came
from notifier.bot.say import Say, answer, html, pack, unpack
from notifier.bot.who import Room, Who
from notifier.hooks import Bot
from notifier.intake import Intake
from notifier.model import Route
from notifier.render import phrases
from notifier.store import Store
from notifier.values import replace, value

OFFSET, SAYS = "bot/offset", "bot/says"
FRESH = timedelta(days=6)  # numbers of updates begin anew after a week without any
KNOWN = timedelta(days=2)  # Telegram keeps an update for a day
ANEW = timedelta(days=1)
AGAIN = timedelta(minutes=1)
SOON = timedelta(minutes=10)
_EDIT = re.compile(r"edit-(\d{1,15})")


@value
class Desk:
    """Where the bot works. ``route``: the channel it shares, ``chat``: that channel's chat as configured."""

    intake: Intake
    bot: Bot
    route: Route
    chat: str
    called: str = ""

    def take(self, came: Came | None, id: int) -> None:
        """Do what the update ``id`` asks for, unless that was done; what is to be answered waits in :meth:`says`.
        Raises StoreError, and whatever went wrong; then nothing was done."""
        with self._store.transaction():
            if self._first_time(id) and came is not None:
                self.add(self._answer(came))

    def fail(self, came: Came | None, id: int) -> None:
        """A fault of ours came in the way: say so, and do not try it for ever."""
        with self._store.transaction():
            if self._first_time(id) and came is not None and (who := self._who(came)):
                self.add([self._plain(came, self._word(who.lang, "fault"))])

    def offset(self) -> int | None:
        """The update up to which all is done."""
        kept = self._store.intake.kept(OFFSET)
        return None if kept is None else int(kept)

    def says(self) -> list[Say]:
        """What is still to be said."""
        return unpack(self._store.intake.kept(SAYS))

    def said(self, say: Say) -> None:
        """It was said, or never will be."""
        with self._store.transaction():
            left = self.says()
            if say in left:
                left.remove(say)
            self._store.intake.keep(SAYS, pack(left))

    def add(self, says: Sequence[Say]) -> None:
        """Say this, as part of the caller's transaction."""
        if says:
            until = (self._store.now() + SOON).timestamp()
            self._store.intake.keep(SAYS, pack([*self.says(), *(replace(s, until=until) for s in says)]))

    def lang(self, came: Came) -> str:
        """In which language to answer."""
        base = came.lang.split("-")[0].lower()
        return self.bot.lang or (base if base in phrases.languages() else self.intake.lang)

    @property
    def _store(self) -> Store:
        return self.intake.store

    def _first_time(self, id: int) -> bool:
        now, name = self._store.now(), f"bot/update/{id}"
        if self._store.intake.kept(name) is not None:
            return False
        self._store.intake.keep(name, "", now + KNOWN)
        self._store.intake.keep(OFFSET, str(id), now + FRESH)
        return True

    def _who(self, came: Came) -> Who | None:
        """The admin who did it, where he may."""
        name = self.bot.users.get(str(came.user))
        here = came.private or {str(came.chat), came.called.lower()} & self._chats()
        return Who(came.user, name, self.lang(came)) if name and here else None

    def _chats(self) -> set[str]:
        moved = self._store.channel_states().get(self.route.channel)
        now = str(moved.moved.get("chat", "")) if moved is not None else ""
        return {chat.lower() for chat in (self.chat, now, *self.bot.chats) if chat}

    def _at_home(self, came: Came) -> bool:
        """Whether the channel's own posts are seen here."""
        homes = self._chats() - {chat.lower() for chat in self.bot.chats}
        return self.route.admin and bool({str(came.chat), came.called.lower()} & homes)

    def _answer(self, came: Came) -> Sequence[Say]:
        who = self._who(came)
        if who is None:
            return self._stranger(came)
        room = Room(self.intake, self.bot, self.route, who, came, self._at_home(came), self.called)
        if came.query:
            return press.pressed(room) if came.ours else [answer(came.query, room.word("gone"), alert=True)]
        if came.command:
            return self._command(room)
        return talk.heard(room)

    def _command(self, room: Room) -> Sequence[Say]:
        name, rest = room.came.command, room.came.text
        if name == "id":
            place = "id" if room.came.private else "id_here"
            return [room.say(room.word(place, id=room.who.id, chat=room.came.chat))]
        if name == "start" and (match := _EDIT.fullmatch(rest)):
            return talk.rewrite(room, int(match[1]))
        if name in ("open", "update", "resolve"):
            return talk.begin(room, name)
        known = {"status": look.status, "drafts": look.drafts, "signals": look.signals}
        known |= {"help": look.help, "start": look.help, "cancel": talk.cancel, "skip": talk.skip}
        if name in known:
            return known[name](room)
        return [room.say(room.word("hint"))]

    def _stranger(self, came: Came) -> Sequence[Say]:
        """His own number, if he asks for it; else one neutral word, and in a group none."""
        lang = self.lang(came)
        if came.query:
            return [answer(came.query, self._word(lang, "stranger"))]
        if came.command == "id":
            return self._seldom(came, f"id/{came.user}", AGAIN, self._word(lang, "id", id=came.user))
        if not came.private:
            return []
        return self._seldom(came, f"stranger/{came.user}", ANEW, self._word(lang, "stranger"))

    def _seldom(self, came: Came, name: str, span: timedelta, text: str) -> Sequence[Say]:
        if self._store.intake.kept(f"bot/{name}") is not None:
            return []
        self._store.intake.keep(f"bot/{name}", "", self._store.now() + span)
        return [self._plain(came, text)]

    def _plain(self, came: Came, text: str) -> Say:
        if came.query:
            return answer(came.query, text, alert=True)
        return Say("send", came.chat, html(text), topic=came.topic, reply=0 if came.private else came.message)

    def _word(self, lang: str, key: str, **values: object) -> str:
        return phrases.say(lang, f"bot.{key}", self.intake.service.site, **values)
