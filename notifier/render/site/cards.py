"""An incident or a maintenance as the pages tell it: a card with its facts and its timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from notifier.history import Brief
from notifier.model import STATUS_OF, Impact, Incident, Phase, Update
from notifier.render import phrases, when, words
from notifier.render.links import incident_path
from notifier.render.memo import Memo
from notifier.render.site import text
from notifier.render.site.edition import Edition
from notifier.render.site.frame import Ready
from notifier.render.site.paper import LOOKS, Paper, Pile, Shown
from notifier.render.site.text import Moment, Words
from notifier.values import value

_NEWS, _FACTS, _FACT = Memo(1_024), Memo(), Memo(1_024)
Fact = tuple[str, str | Moment]


class News(NamedTuple):
    """One update: what it is called, when, and its text as safe HTML. ``corrected``: a note that it was, or "";
    ``item``: all of it as an item of the timeline."""

    head: str
    at: Moment
    html: str
    lang: str
    corrected: str
    item: Ready


class Timeline(tuple[News, ...]):
    """Updates, shown as items of a list."""

    def __html__(self) -> str:
        return self.raw.decode()

    @property
    def raw(self) -> bytes:
        """The same in UTF-8."""
        return b"".join([one.item.raw for one in self])


@value
class Card:
    """An incident. ``link`` starts from the folder of its language; ``facts``: terms and their text or time; ``news``
    newest first; ``count``: how many those are, in words. ``mark`` and ``about``: state and facts as HTML."""

    id: str
    link: str
    title: Words
    state: Shown
    open: bool
    mark: Ready
    facts: tuple[Fact, ...]
    about: Ready
    news: Timeline = Timeline()
    count: str = ""


class Tongue(NamedTuple):
    """In which words: the language, and the year in which a date goes without it (0: never)."""

    lang: str
    year: int = 0


def card(edition: Edition, id: str, tongue: Tongue) -> Card:
    """The whole card."""
    brief, incident, site, lang = edition.briefs[id], edition.incident(id), edition.site, tongue.lang
    state, (facts, about) = shown(edition, brief, lang), _about(edition, brief, tongue)
    return Card(
        id=id,
        link=incident_path(id),
        title=text.choose(incident.title, lang),
        state=state,
        open=brief.open,
        mark=edition.paper.mark(state),
        facts=facts,
        about=about,
        news=Timeline([_news(edition, u, incident, tongue) for u in reversed(incident.updates)]),
        count=phrases.say(lang, "page.updates", site, n=len(incident.updates)),
    )


def line(edition: Edition, brief: Brief, tongue: Tongue) -> Card:
    """The card without the words on it: for lists."""
    title = text.choose(brief.title, tongue.lang)
    state = shown(edition, brief, tongue.lang)
    mark = edition.paper.mark(state)
    return Card(brief.id, incident_path(brief.id), title, state, brief.open, mark, *_about(edition, brief, tongue))


def piece(edition: Edition, brief: Brief, tongue: Tongue) -> Ready:
    """The card as HTML for the first page, from an earlier edition where nothing of it changed."""
    return edition.pieces.get((brief,), ("card", tongue), lambda: _piece(edition, brief.id, tongue))


def _piece(edition: Edition, id: str, tongue: Tongue) -> Ready:
    return _filled(edition, "card.html", card(edition, id, tongue), tongue.lang)


def whole(edition: Edition, brief: Brief, lang: str) -> tuple[Card, Pile]:
    """The card of an incident's own page, and that as HTML."""
    return edition.pieces.get((brief,), ("whole", lang), lambda: _whole(edition, brief.id, lang))


def _whole(edition: Edition, id: str, lang: str) -> tuple[Card, Pile]:
    made = card(edition, id, Tongue(lang))
    return made, Pile([_filled(edition, "whole.html", made, lang)])


def listed(edition: Edition, brief: Brief, lang: str) -> Ready:
    """The card of a list as HTML, from an earlier edition where nothing of it changed."""
    return edition.pieces.get((brief,), ("line", lang), lambda: _listed(edition, brief, lang))


def _listed(edition: Edition, brief: Brief, lang: str) -> Ready:
    return _filled(edition, "line.html", line(edition, brief, Tongue(lang)), lang)


def _filled(edition: Edition, name: str, card: Card, lang: str) -> Ready:
    """A card as one of the templates shows it."""
    return edition.paper.piece(
        name,
        lang,
        fixed={"open": card.open, "title_lang": card.title.lang},
        shown={
            "id": card.id,
            "link": card.link,
            "look": card.state.look if card.open else "over",
            "title": card.title.text,
            "count": card.count,
        },
        ready={"mark": card.mark, "about": card.about, "news": card.news},
        card=card,
    )


def shown(edition: Edition, brief: Brief, lang: str) -> Shown:
    """How it stands: the impact while it is open, the phase of a maintenance, else that it is over."""
    say = edition.paper.say
    if brief.phase.planned:
        look = "good" if brief.phase is Phase.COMPLETED else "planned"
        return Shown(look, say(lang, f"phase.{brief.phase}"))
    if not brief.open:
        return Shown("good", say(lang, "phase.resolved"))
    look = "note" if brief.impact is Impact.NONE else LOOKS[STATUS_OF[brief.impact]]
    return Shown(look, say(lang, f"impact.{brief.impact}"))


def _about(edition: Edition, brief: Brief, tongue: Tongue) -> tuple[tuple[Fact, ...], Ready]:
    """The facts, and those as HTML."""

    def made() -> tuple[tuple[Fact, ...], Ready]:
        facts = tuple(_facts(edition, brief, tongue))
        paper, lang = edition.paper, tongue.lang
        held = paper.joined([_fact(paper, lang, *fact) for fact in facts])
        return facts, paper.piece("facts.html", lang, fixed={}, shown={}, ready={"facts": held})

    key = (brief.components, brief.window, brief.phase, brief.began, brief.over, brief.worst, brief.seconds, tongue)
    return _FACTS.get((edition.paper,), key, made)


def _facts(edition: Edition, brief: Brief, tongue: Tongue) -> Iterable[Fact]:
    site, lang, say = edition.site, tongue.lang, edition.paper.say
    names = words.names(site, brief.components, lang)
    if names:
        yield say(lang, "page.affected"), ", ".join(names)
    if brief.window and not brief.phase.over:
        yield say(lang, "page.window"), when.window(brief.window.start, brief.window.end, site.timezone, lang)
    if brief.phase is not Phase.SCHEDULED:
        yield say(lang, "page.began"), text.moment(brief.began, site, lang, tongue.year)
    if brief.over and not brief.phase.planned and brief.worst is not Impact.NONE:
        yield say(lang, "page.impact"), say(lang, f"impact.{brief.worst}")
    if brief.over:
        yield say(lang, "page.duration"), when.seconds(brief.seconds, lang)


def _fact(paper: Paper, lang: str, term: str, fact: str | Moment) -> Ready:
    if isinstance(fact, str):  # is said of many
        return _FACT.get((paper,), (lang, term, fact), lambda: _term(paper, lang, term, "", fact))
    return _term(paper, lang, term, *fact)


def _term(paper: Paper, lang: str, term: str, iso: str, said: str) -> Ready:
    return paper.piece("fact.html", lang, fixed={}, shown={"term": term, "iso": iso, "words": said}, ready={})


def _news(edition: Edition, update: Update, incident: Incident, tongue: Tongue) -> News:
    first = incident.maintenance and update is incident.updates[0]
    told = incident.opened if first else update.at
    return _NEWS.get((edition.paper, update), (tongue, told), lambda: _one(edition, update, told, tongue))


def _one(edition: Edition, update: Update, told: datetime, tongue: Tongue) -> News:
    lang = tongue.lang
    said = text.choose(update.text, lang)
    head, at = text.head(edition.site, update, lang), text.moment(told, edition.site, lang, tongue.year)
    html, corrected = text.rich(said.text), edition.paper.say(lang, "corrected") if update.corrected else ""
    item = edition.paper.piece(
        "update.html",
        lang,
        fixed={"text_lang": said.lang},
        shown={"head": head, "iso": at.iso, "words": at.words, "corrected": corrected},
        ready={"text": edition.paper.clean(html)},
    )
    return News(head, at, html, said.lang, corrected, item)
