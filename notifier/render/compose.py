"""An update for one channel: which parts a message has, in which order and language, and what gives way when room is
short.

A message is a head, a line about the incident, the text, former updates (only where it shows the present state) and
the link; :mod:`notifier.render.parts` says what gives way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from notifier.channel import Limits, Message
from notifier.model import Impact, Incident, Route, Site, Step, Update, Window
from notifier.render import markup, phrases
from notifier.render.facts import facts
from notifier.render.links import incident_url
from notifier.render.markup import Block, Doc, Span, text_doc
from notifier.render.parts import EMPTY, Parts, beneath, docs, room, safe, squeezed
from notifier.render.words import (
    default_title,
    listed,
    moved_texts,
    names,
    pick,
    planned_texts,
    planned_title,
    ready,
    ready_texts,
)
from notifier.values import replace, value

__all__ = [
    "compose",
    "default_title",
    "link_to",
    "moved_texts",
    "notice",
    "planned_texts",
    "planned_title",
    "question",
    "ready",
    "ready_texts",
    "retraction",
    "trial",
]

MARKS = {Impact.NONE: "🔵", Impact.MINOR: "🟡", Impact.MAJOR: "🟠", Impact.CRITICAL: "🔴"}
RESOLVED, TAKEN_BACK, TEST, NOTICE, PLANNED = "✅", "↩️", "🧪", "⚠️", "🔧"
NOTICEABLE = timedelta(minutes=2)
MOST_FORMER = 20
QUOTED = 140


@value
class _Word:
    """What is to be said: ``update`` of ``incident`` on ``route``, in ``lang``.

    ``present``: as a view of how things stand now. ``opening``: as if nothing had been said on the incident before.
    """

    route: Route
    site: Site
    incident: Incident
    update: Update
    lang: str
    present: bool = False
    opening: bool = False

    def say(self, key: str, **values: object) -> str:
        return phrases.say(self.lang, key, self.site, **values)

    @property
    def limits(self) -> Limits:
        return self.route.limits

    @property
    def title(self) -> str:
        return _line(pick(self.incident.title, self.lang)[0])


def compose(
    step: Step, route: Route, site: Site, incident: Incident, update: Update, *, key: str, first: bool
) -> tuple[Message, ...]:
    """The final messages that tell ``update`` on one channel, each within ``route.limits``.

    One message; or, where ``route.long`` is "chain" and a new message is too long, several that answer each other, the
    later ones with keys ``key-1``, ``key-2``. ``first``: it is the channel's first message on this incident; edited,
    it shows how the incident stands now. ``Message.to`` is left to the caller.
    """
    begins = first or update.seq == incident.updates[0].seq
    present = first and step is Step.EDIT
    shown = incident.updates[-1] if present else update
    lang = pick(shown.text, route.lang or site.languages[0])[1]
    word = _Word(route, site, incident, shown, lang, present, begins)
    parts = _parts(word, with_link=route.limits.link == "always" or (begins and route.limits.link == "first"))
    message = _message(word, first, facts(str(step), site, incident, update, link_to(site, incident, route)))
    said = docs(parts, route, chain=route.long == "chain" and step in (Step.POST, Step.REPLY))
    return tuple(
        _worded(replace(message, key=f"{key}-{i}" if i else key), doc, route.limits) for i, doc in enumerate(said)
    )


def retraction(route: Route, site: Site, incident: Incident, update: Update | None, key: str) -> Message:
    """Words that take ``update`` back, or the whole incident for None, on a channel that cannot delete."""
    lang = pick(update.text if update else incident.title, route.lang or site.languages[0])[1]
    word = _Word(route, site, incident, update or incident.updates[-1], lang)
    head, text = _takes_back(word, update)
    apart = word.limits.title > 0
    about = EMPTY if apart else beneath(word.title)
    link = _link(word) if word.limits.link == "always" else EMPTY
    parts = Parts(_marked(TAKEN_BACK, head, word.limits), about, text_doc(*text.split("\n")), link=link)
    data = facts("retract", site, incident, update, link_to(site, incident, route))
    message = replace(_message(word, True, data), key=key)
    return _worded(message, squeezed(safe(parts, route.limits), room(route.limits)), route.limits)


def _takes_back(word: _Word, update: Update | None) -> tuple[str, str]:
    """Head and text that take back ``update``, the incident, or cancel the maintenance."""
    if update:
        quoted = word.say("retracted.words", text=_cut(_line(pick(update.text, word.lang)[0]), QUOTED))
        return word.say("retracted"), word.say("retracted.update") + "\n" + quoted
    if word.incident.window:
        return word.say("cancelled"), word.say("cancelled.text", window=_window(word, word.incident.window))
    return word.say("retracted"), word.say("retracted.incident")


def notice(route: Route, site: Site, subject: str, text: str, key: str, lang: str = "en") -> Message:
    """A message to the admins in the words given, which are taken as they are."""
    data = {"site": site.name, "step": "notice", "notice": {"subject": subject, "text": text}}
    return _own(route, site, NOTICE, subject, text, Message(key, "", lang=lang, thread="notice"), data)


def question(
    route: Route, site: Site, subject: str, text: str, lang: str, data: dict[str, Any], link: str = ""
) -> Message:
    """A message that shows admins a draft, in their language; key and recipient are left to the caller.

    ``link``: the address in ``text`` that can be followed. ``data``: what programs are told of it, beside the words,
    which they get as those of a notice.
    """
    facts = {"site": site.name, **data, "notice": {"subject": subject, "text": text}}
    return _own(route, site, NOTICE, subject, text, Message("", "", lang=lang), facts, link)


def trial(route: Route, site: Site, key: str) -> Message:
    """A message that says of itself that it is only a test."""
    lang = route.lang or site.languages[0]
    subject, text = (phrases.say(lang, f"test.{part}", site) for part in ("title", "text"))
    data = {"site": site.name, "step": "test"}
    return _own(route, site, TEST, subject, text, Message(key, "", lang=lang, thread="test"), data)


def link_to(site: Site, incident: Incident, route: Route) -> str:
    """Address of the incident's page, in the language that the channel asks for; "" when there is no such page."""
    return incident_url(site, incident.id, route.lang)


# The parts


def _parts(word: _Word, with_link: bool) -> Parts:
    return Parts(
        head=_head(word),
        about=beneath(" · ".join(_about(word))),
        text=markup.parse(pick(word.update.text, word.lang)[0]),
        former=_former(word) if word.present else (),
        link=_link(word) if with_link else EMPTY,
    )


def _head(word: _Word) -> Doc:
    """The title on a first message; later, or where the title stands apart, what has changed."""
    mark = _mark(word.update)
    if word.opening and not word.limits.title:
        return _marked(mark, word.title, word.limits)
    stage = _stage(word)
    if not word.opening and not word.update.phase.over:
        stage = word.say("head", update=word.say("update", n=_number(word)), phase=stage)
    return _marked(mark, stage, word.limits)


def _mark(update: Update) -> str:
    if update.phase.over:
        return RESOLVED
    return PLANNED if update.phase.planned else MARKS[update.impact]


def _about(word: _Word) -> list[str]:
    """What stands beneath the head: title or phase, whichever is not in it, components, since when or planned for
    when."""
    title = "" if word.limits.title else word.title
    parts = [] if word.limits.title else [_stage(word) if word.opening else title]
    called = names(word.site, word.update.components, word.lang)
    if not all(name.casefold() in title.casefold() for name in called):
        parts.append(listed(called, word.lang, word.site))
    return [*parts, *_since(word), *_planned(word), *([word.say("corrected")] if word.update.corrected else [])]


def _stage(word: _Word) -> str:
    """The phase in words."""
    update = word.update
    phase = word.say(f"phase.{update.phase}")
    if update.reopened:
        return word.say("reopened_head", phase=phase)
    if update.window and update.seq != word.incident.updates[0].seq:
        return word.say("rescheduled_head", phase=phase)
    lasted = word.incident.lasted(update.at)
    if not update.phase.over or lasted < timedelta(minutes=1):
        return phase
    from notifier.render.when import duration

    after = "completed_after" if update.phase.planned else "resolved_after"
    return word.say(after, duration=duration(lasted, word.lang))


def _since(word: _Word) -> list[str]:
    """Since when, on a first message, if that is noticeably earlier than it is told and holds without a break."""
    told = _told(word)
    broken = any(u.reopened or u.phase.over for u in word.incident.updates if u.seq <= word.update.seq)
    if not word.opening or word.incident.maintenance or broken or told - word.incident.began < NOTICEABLE:
        return []
    return [word.say("since", time=_time(word, word.incident.began, told))]


def _planned(word: _Word) -> list[str]:
    """From when to when a maintenance is planned, as of this update, until it is over."""
    windows = [u.window for u in word.incident.updates if u.window and u.seq <= word.update.seq]
    return [_window(word, windows[-1])] if windows and not word.update.phase.over else []


def _window(word: _Word, planned: Window) -> str:
    from notifier.render.when import window

    return window(planned.start, planned.end, word.site.timezone, word.lang)


def _told(word: _Word) -> datetime:
    """When the update was told; an opening happened when the incident began, and is told when it is opened."""
    return max(word.update.at, word.incident.opened)


def _number(word: _Word) -> int:
    """Which word on the incident it is; the opening is the first."""
    return 1 + sum(u.seq < word.update.seq for u in word.incident.updates)


def _former(word: _Word) -> tuple[Doc, ...]:
    """A line for each earlier update, newest first."""
    earlier = [u for u in reversed(word.incident.updates) if u.seq < word.update.seq][:MOST_FORMER]
    told = _told(word)
    lines = [f"{_time(word, u.at, told)} · {_stage(replace(word, update=u))}" for u in earlier]
    return tuple(beneath(line) if i else text_doc(line) for i, line in enumerate(lines))


def _time(word: _Word, at: datetime, now: datetime) -> str:
    from notifier.render.when import date_time

    return date_time(at, word.site.timezone, word.lang, now)


def _link(word: _Word) -> Doc:
    """The address itself, or where the channel has links, words that lead there."""
    url = link_to(word.site, word.incident, word.route)
    label = url if word.limits.markup == "plain" or not markup.linkable(url) else word.say("page.status_page")
    return Doc((Block((Span(label, link=url),)),)) if url else EMPTY


def _marked(mark: str, text: str, limits: Limits) -> Doc:
    shown = Span(_line(text), bold=True)
    return Doc((Block((Span(f"{mark} "), shown) if limits.emoji else (shown,)),))


# The message


def _message(word: _Word, first: bool, data: dict[str, Any]) -> Message:
    """Everything of a message but key and text."""
    return Message(
        key="",
        text="",
        title=_title(word.route, word.site, pick(word.incident.title, word.route.lang or word.site.languages[0])[0]),
        lang=word.lang,
        link=link_to(word.site, word.incident, word.route),
        silent=not (first or word.opening or _loud(word.incident, word.update)),
        thread=word.incident.id,
        data=data if word.limits.facts else None,
    )


def _loud(incident: Incident, update: Update) -> bool:
    """Whether it is worth a sound: the end, a return, or all is lost now; of a maintenance only another time."""
    if update.phase.planned:
        return update.window is not None
    if update.reopened or update.phase.over:
        return True
    before = [u.impact for u in incident.updates if u.seq < update.seq]
    return update.impact is Impact.CRITICAL and before[-1:] != [Impact.CRITICAL]


def _own(
    route: Route, site: Site, mark: str, subject: str, text: str, frame: Message, data: dict[str, Any], link: str = ""
) -> Message:
    """A message that is about no incident; ``link``, where it stands in ``text``, can be followed."""
    doc = markup.linked(text_doc(*text.split("\n")), link)
    parts = safe(Parts(_marked(mark, subject, route.limits), text=doc), route.limits)
    message = replace(frame, title=_title(route, site, subject), data=data if route.limits.facts else None)
    return _worded(message, squeezed(parts, room(route.limits)), route.limits)


def _worded(message: Message, doc: Doc, limits: Limits) -> Message:
    return replace(message, text=markup.RENDER[limits.markup](doc), plain=markup.plain(doc))


def _title(route: Route, site: Site, title: str) -> str:
    """The title where it stands apart: the same for all messages of an incident, so that mail threads hold."""
    if not route.limits.title:
        return ""
    lang = route.lang or site.languages[0]
    return _cut(_line(markup.clean(phrases.say(lang, "subject", site, title=title))), route.limits.title)


# Words


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"
