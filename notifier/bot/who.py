"""The admin who speaks, and what answers to him are made of."""

from __future__ import annotations

from datetime import datetime

from notifier import drafted
from notifier.bot.came import Came
from notifier.bot.say import Buttons, Say, html
from notifier.hooks import Bot
from notifier.incident import Refused
from notifier.intake import Intake
from notifier.model import Route, Site
from notifier.problem import Draft
from notifier.render import phrases
from notifier.values import replace, value

COPY = "c"
VIA = "telegram"


@value
class Who:
    """One of [bot] users, and the language he is answered in."""

    id: int
    name: str
    lang: str


@value
class Room:
    """What came, from whom, and what there is to work with. ``home``: the channel posts its drafts here anyway."""

    intake: Intake
    bot: Bot
    route: Route
    who: Who
    came: Came
    home: bool = False
    called: str = ""

    @property
    def site(self) -> Site:
        """What it is about."""
        return self.intake.service.site

    def word(self, key: str, **values: object) -> str:
        """A phrase of the bot's in the admin's language."""
        return phrases.say(self.who.lang, f"bot.{key}", self.site, **values)

    def phrase(self, key: str) -> str:
        """Any other phrase."""
        return phrases.say(self.who.lang, key, self.site)

    def why(self, refused: Refused) -> str:
        """Why it was refused."""
        return drafted.why(refused, self.site, self.who.lang)

    def say(self, text: str, marked: bool = False, buttons: Buttons = (), force: bool = False) -> Say:
        """A message in answer; ``text`` is bare unless ``marked``. In a group it answers his words, or names him."""
        text = text if marked else html(text)
        came, reply = self.came, 0
        if not came.private and not came.query:
            reply = came.message
        elif not came.private:
            text = f'<a href="tg://user?id={self.who.id}">{html(self.who.name)}</a>: {text}'
        return Say("send", came.chat, text, buttons, topic=came.topic, reply=reply, force=force)

    def edit(self, text: str, buttons: Buttons = ()) -> Say:
        """Other words, in HTML, and other buttons for the message that was pressed."""
        return Say("edit", self.came.chat, text, buttons, message=self.came.message)

    def shown(self, draft: Draft) -> tuple[str, Buttons]:
        """A draft as it now stands, in HTML, with buttons that tell this copy from the channel's own post."""
        mine = replace(self.intake, lang=self.who.lang, bot=self.route.channel)
        message = mine.words(draft)(self.route, "")
        return message.text, tuple((label, f"{code}:{COPY}") for label, code in message.actions)

    def copy(self, draft: Draft) -> Say:
        """A draft shown here."""
        text, buttons = self.shown(draft)
        return Say("send", self.came.chat, text, buttons, topic=self.came.topic)

    def late(self, draft: Draft) -> str:
        """What was already done with it, and by whom."""
        by = draft.by or phrases.say(self.who.lang, "ask.rule", self.site, rule=draft.rule)
        return self.word(f"late.{draft.state}", by=by)

    def time(self, at: datetime) -> str:
        """When, in a few letters."""
        from notifier.render.when import date_time

        return date_time(at, self.site.timezone, self.who.lang, self.intake.store.now())
