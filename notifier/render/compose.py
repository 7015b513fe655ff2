"""An update for one channel: which parts a message has, in which order and language, and what gives way when room is
short.

A message is a head, a line about the incident, the text, former updates (only where it shows the present state) and
the link. What does not fit is given up in this order: former updates, oldest first; the text; the line; the head. The
link stays as long as there is room for anything of the head beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from notifier.channel import Limits, Message
from notifier.model import Impact, Incident, Phase, Route, Site, Step, Update
from notifier.render import fit, markup, phrases
from notifier.render.facts import facts
from notifier.render.links import incident_url
from notifier.render.markup import Block, Doc, Span, text_doc
from notifier.render.words import default_title, listed, names, pick, ready, ready_texts
from notifier.values import replace, value

__all__ = ["compose", "default_title", "link_to", "notice", "question", "ready", "ready_texts", "retraction", "trial"]

MARKS = {Impact.NONE: "🔵", Impact.MINOR: "🟡", Impact.MAJOR: "🟠", Impact.CRITICAL: "🔴"}
RESOLVED, TAKEN_BACK, TEST, NOTICE = "✅", "↩️", "🧪", "⚠️"
NOTICEABLE = timedelta(minutes=2)
MOST_PARTS = 10
MOST_FORMER = 20
QUOTED = 140
_EMPTY = Doc(())
_SAMPLE = "m" * 40

Fits = Callable[[Doc], bool]


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


@value
class _Parts:
    """The parts of one message, in their order."""

    head: Doc
    about: Doc = _EMPTY
    text: Doc = _EMPTY
    former: tuple[Doc, ...] = ()
    link: Doc = _EMPTY

    def doc(self) -> Doc:
        return markup.join(self.head, self.about, self.text, *self.former, self.link)


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
    docs = _docs(parts, route, chain=route.long == "chain" and step in (Step.POST, Step.REPLY))
    return tuple(
        _worded(replace(message, key=f"{key}-{i}" if i else key), doc, route.limits) for i, doc in enumerate(docs)
    )


def retraction(route: Route, site: Site, incident: Incident, update: Update | None, key: str) -> Message:
    """Words that take ``update`` back, or the whole incident for None, on a channel that cannot delete."""
    lang = pick(update.text if update else incident.title, route.lang or site.languages[0])[1]
    word = _Word(route, site, incident, update or incident.updates[-1], lang)
    text = word.say("retracted.update" if update else "retracted.incident")
    if update:
        text += "\n" + word.say("retracted.words", text=_cut(_line(pick(update.text, lang)[0]), QUOTED))
    apart = word.limits.title > 0
    head = _marked(TAKEN_BACK, word.say("retracted"), word.limits)
    about = _EMPTY if apart else _beneath(word.title)
    parts = _Parts(
        head, about, text_doc(*text.split("\n")), link=_link(word) if word.limits.link == "always" else _EMPTY
    )
    data = facts("retract", site, incident, update, link_to(site, incident, route))
    message = replace(_message(word, True, data), key=key)
    return _worded(message, _squeezed(_safe(parts, route.limits), _room(route.limits)), route.limits)


def notice(route: Route, site: Site, subject: str, text: str, key: str) -> Message:
    """A message to the admins in the words given, which are taken as they are."""
    data = {"site": site.name, "step": "notice", "notice": {"subject": subject, "text": text}}
    return _own(route, site, NOTICE, subject, text, Message(key, "", lang="en", thread="notice"), data)


def question(route: Route, site: Site, subject: str, text: str, lang: str, data: dict[str, Any]) -> Message:
    """A message that shows admins a draft, in their language; key and recipient are left to the caller."""
    return _own(route, site, NOTICE, subject, text, Message("", "", lang=lang), {"site": site.name, **data})


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


def _parts(word: _Word, with_link: bool) -> _Parts:
    return _Parts(
        head=_head(word),
        about=_beneath(" · ".join(_about(word))),
        text=markup.parse(pick(word.update.text, word.lang)[0]),
        former=_former(word) if word.present else (),
        link=_link(word) if with_link else _EMPTY,
    )


def _head(word: _Word) -> Doc:
    """The title on a first message; later, or where the title stands apart, what has changed."""
    mark = RESOLVED if word.update.phase is Phase.RESOLVED else MARKS[word.update.impact]
    if word.opening and not word.limits.title:
        return _marked(mark, word.title, word.limits)
    stage = _stage(word)
    if not word.opening and word.update.phase is not Phase.RESOLVED:
        stage = word.say("head", update=word.say("update", n=_number(word)), phase=stage)
    return _marked(mark, stage, word.limits)


def _about(word: _Word) -> list[str]:
    """What stands beneath the head: title or phase, whichever is not in it, components, since when."""
    title = "" if word.limits.title else word.title
    parts = [] if word.limits.title else [_stage(word) if word.opening else title]
    called = names(word.site, word.update.components, word.lang)
    if not all(name.casefold() in title.casefold() for name in called):
        parts.append(listed(called, word.lang, word.site))
    return [*parts, *_since(word), *([word.say("corrected")] if word.update.corrected else [])]


def _stage(word: _Word) -> str:
    """The phase in words."""
    update = word.update
    phase = word.say(f"phase.{update.phase}")
    if update.reopened:
        return word.say("reopened_head", phase=phase)
    lasted = word.incident.lasted(update.at)
    if update.phase is not Phase.RESOLVED or lasted < timedelta(minutes=1):
        return phase
    from notifier.render.when import duration

    return word.say("resolved_after", duration=duration(lasted, word.lang))


def _since(word: _Word) -> list[str]:
    """Since when, on a first message, if that is noticeably earlier than it is told and holds without a break."""
    told = _told(word)
    broken = any(u.reopened or u.phase is Phase.RESOLVED for u in word.incident.updates if u.seq <= word.update.seq)
    if not word.opening or broken or told - word.incident.began < NOTICEABLE:
        return []
    return [word.say("since", time=_time(word, word.incident.began, told))]


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
    return tuple(_beneath(line) if i else text_doc(line) for i, line in enumerate(lines))


def _time(word: _Word, at: datetime, now: datetime) -> str:
    from notifier.render.when import date_time

    return date_time(at, word.site.timezone, word.lang, now)


def _link(word: _Word) -> Doc:
    """The address itself, or where the channel has links, words that lead there."""
    url = link_to(word.site, word.incident, word.route)
    label = url if word.limits.markup == "plain" or not markup.linkable(url) else word.say("page.status_page")
    return Doc((Block((Span(label, link=url),)),)) if url else _EMPTY


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
    """Whether it is worth a sound: the end, a return, or all is lost now."""
    if update.reopened or update.phase is Phase.RESOLVED:
        return True
    before = [u.impact for u in incident.updates if u.seq < update.seq]
    return update.impact is Impact.CRITICAL and before[-1:] != [Impact.CRITICAL]


def _own(route: Route, site: Site, mark: str, subject: str, text: str, frame: Message, data: dict[str, Any]) -> Message:
    """A message that is about no incident."""
    parts = _safe(_Parts(_marked(mark, subject, route.limits), text=text_doc(*text.split("\n"))), route.limits)
    message = replace(frame, title=_title(route, site, subject), data=data if route.limits.facts else None)
    return _worded(message, _squeezed(parts, _room(route.limits)), route.limits)


def _worded(message: Message, doc: Doc, limits: Limits) -> Message:
    return replace(message, text=markup.RENDER[limits.markup](doc), plain=markup.plain(doc))


def _title(route: Route, site: Site, title: str) -> str:
    """The title where it stands apart: the same for all messages of an incident, so that mail threads hold."""
    if not route.limits.title:
        return ""
    lang = route.lang or site.languages[0]
    return _cut(_line(markup.clean(phrases.say(lang, "subject", site, title=title))), route.limits.title)


# Room


def _docs(parts: _Parts, route: Route, chain: bool) -> Sequence[Doc]:
    fits, parts = _room(route.limits), _safe(parts, route.limits, MOST_PARTS if chain else 1)
    if not chain or fits(parts.doc()) or not fits(replace(parts, text=text_doc(_SAMPLE)).doc()):
        return (_squeezed(parts, fits),)
    return _chained(parts, fits)


def _chained(parts: _Parts, fits: Fits) -> list[Doc]:
    """Head, line, beginning of the text and link; then the rest of the text. Each ends with its number."""

    def around(doc: Doc, number: str) -> Doc:
        link = parts.link if doc.blocks[:1] == parts.head.blocks[:1] else _EMPTY
        return markup.join(doc, _beneath(number), link)

    def has_room(doc: Doc) -> bool:
        return fits(around(doc, f"({MOST_PARTS}/{MOST_PARTS})"))

    docs = fit.split(markup.join(parts.head, parts.about, parts.text), has_room)
    if len(docs) > MOST_PARTS:
        last = fit.shorten(markup.join(*docs[MOST_PARTS - 1 :]), has_room)
        docs = [*docs[: MOST_PARTS - 1], last]
    return [around(doc, f"({i}/{len(docs)})") for i, doc in enumerate(docs, 1)]


def _squeezed(parts: _Parts, fits: Fits) -> Doc:
    """The parts as one document that fits."""
    while parts.former and not fits(parts.doc()):
        parts = replace(parts, former=parts.former[:-1])
    if parts.link.blocks and not _shortened(parts.head, lambda d: fits(markup.join(d, parts.link))).blocks:
        parts = replace(parts, link=_EMPTY)
    for give_way in (_less_text, _less_about, _less_head):
        if not fits(parts.doc()):
            parts = give_way(parts, fits)
    return parts.doc()


def _less_text(parts: _Parts, fits: Fits) -> _Parts:
    return replace(parts, text=_shortened(parts.text, lambda doc: fits(replace(parts, text=doc).doc())))


def _less_about(parts: _Parts, fits: Fits) -> _Parts:
    return replace(parts, about=_shortened(parts.about, lambda doc: fits(replace(parts, about=doc).doc())))


def _less_head(parts: _Parts, fits: Fits) -> _Parts:
    return replace(parts, head=_shortened(parts.head, lambda doc: fits(replace(parts, head=doc).doc())))


def _shortened(doc: Doc, room: Fits) -> Doc:
    """As much of ``doc`` as there is room for; nothing where even a word is too much."""
    short = fit.shorten(doc, room)
    return short if room(short) else _EMPTY


def _room(limits: Limits) -> Fits:
    """Whether a document is within the limits, in its markup and as the plain text that may have to stand in."""
    plain = replace(limits, markup="plain")
    if limits.markup == "plain":
        return lambda doc: fit.fits(doc, limits)
    return lambda doc: fit.fits(doc, limits) and fit.fits(doc, plain)


def _safe(parts: _Parts, limits: Limits, messages: int = 1) -> _Parts:
    """Without what surely has no room in so many messages; where a remote makes its own of @ and #, without mentions
    and hashtags that nobody meant."""
    most = None if limits.size is None else 2 * limits.size * (messages + 1)
    if most is not None and _length(parts.text) > most:  # counting as X does is slow
        parts = replace(parts, text=fit.shorten(parts.text, lambda doc: _length(doc) <= most))
    if limits.measure not in ("x", "mastodon"):
        return parts
    return replace(parts, head=fit.defuse(parts.head), about=fit.defuse(parts.about), text=fit.defuse(parts.text))


# Documents


def _length(doc: Doc) -> int:
    """Characters of its words."""
    return sum(len(span.text) for block in doc.blocks for span in block.spans)


def _beneath(text: str) -> Doc:
    """Words taken as they are, on the next line; nothing for none."""
    return Doc((markup.line(text),)) if text else _EMPTY


def _line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"
