"""The first page: how everything is now, what is planned, ninety days of each component, what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from notifier.model import Component, Status
from notifier.render import markup, phrases, when
from notifier.render.links import incident_path
from notifier.render.memo import Memo
from notifier.render.site import cards, state, text
from notifier.render.site.cards import Tongue
from notifier.render.site.edition import Edition, Place
from notifier.render.site.frame import Held
from notifier.render.site.paper import LOOKS, Shown
from notifier.render.site.text import Words
from notifier.values import value

# Each look of a day is a bar of another height, so that it can be told without its colour: top of the bar, from 0.
TALL = {"good": 20, "planned": 15, "minor": 11, "major": 6, "critical": 0}
HIGH, STEP, WIDE = 32, 4, 3
_DAYS, _DRAWN = Memo(), Memo(256)


@value
class Part:
    """A component: its name, how it is, and its history. ``summary`` tells that in words; ``bars`` are the days that
    were not good, look -> path of the drawing; ``days`` the same as list items of HTML."""

    name: Words
    state: Shown
    summary: str
    bars: Mapping[str, str]
    days: Markup


@value
class Drawn:
    """Some days: as ``bars``, and as ``items``."""

    bars: Mapping[str, str]
    items: Markup


@value
class Group:
    """Components under a heading, "" for none, and how the worst of them is."""

    heading: str
    state: Shown
    parts: tuple[Part, ...]


def page(edition: Edition, place: Place) -> str | bytes:
    """The first page in its language."""
    site, now = edition.site, edition.state
    lang = place.lang or site.languages[0]
    overall = state.overall(now)
    words = phrases.say(lang, f"page.headline.{overall}", site)
    return edition.paper.page(
        edition,
        place,
        "page.html",
        LOOKS[overall],
        f"{words} – {site.name}",
        now.as_of if edition.briefs else None,
        state=Shown(LOOKS[overall], words),
        seq=now.revision,
        summary=" · ".join(text.choose(b.title, lang).text for b in (*now.current, *now.running)) or words,
        grid=_bars(range(state.DAYS), "good"),
        **edition.once(("front", lang), lambda: _lists(edition, Tongue(lang, now.day.year))),
    )


def _lists(edition: Edition, tongue: Tongue) -> dict[str, Any]:
    """What there is to tell, and of each component."""
    held, now = edition.paper.held(), edition.state
    told = {"current": now.current, "running": now.running, "upcoming": now.upcoming, "past": now.over.shown}
    groups = _groups(edition, tongue, held)
    found = {name: [held(cards.piece(edition, b.id, tongue)) for b in briefs] for name, briefs in told.items()}
    return {**found, "held": held, "groups": groups, "legend": _legend(edition, tongue.lang, groups)}


def _groups(edition: Edition, tongue: Tongue, held: Held) -> list[Group]:
    found = state.grouped(edition.site, state.components(edition.site, edition.state), tongue.lang)
    return [_group(edition, heading, list(parts), tongue, held) for heading, parts in found]


def _group(edition: Edition, heading: str, parts: list[Component], tongue: Tongue, held: Held) -> Group:
    worst = max((state.status(edition.state, c.id) for c in parts), key=state.RANKS.index)
    made = tuple(_part(edition, c, tongue, held) for c in parts)
    return Group(heading, _shown(edition, worst, tongue.lang), made)


def _part(edition: Edition, component: Component, tongue: Tongue, held: Held) -> Part:
    site, lang = edition.site, tongue.lang
    past = edition.days(component.id)
    fresh = _drawn(edition, past.fresh, tongue)
    rest = _DRAWN.get((edition.paper, past.rest), tongue, lambda: _drawn(edition, past.rest, tongue))
    count = len(past.fresh) + len(past.rest)
    said = phrases.say(lang, "page.days", site, n=count, days=state.DAYS)
    return Part(
        name=text.choose(component.name, lang),
        state=_shown(edition, state.status(edition.state, component.id), lang),
        summary=said if count else phrases.say(lang, "page.no_incidents_days", site, n=state.DAYS),
        bars={look: path for look in TALL if (path := fresh.bars.get(look, "") + rest.bars.get(look, ""))},
        days=held(fresh.items + rest.items) if count else Markup(""),
    )


def _drawn(edition: Edition, days: tuple[state.Day, ...], tongue: Tongue) -> Drawn:
    bars: dict[str, list[int]] = {}
    for day in days:
        bars.setdefault(LOOKS[day.status], []).append(state.DAYS - 1 - day.ago)
    paths = {look: _bars(tuple(numbers), look) for look, numbers in bars.items()}
    return Drawn(paths, Markup("").join([_kept(edition, day, tongue) for day in days]))


def _kept(edition: Edition, day: state.Day, tongue: Tongue) -> Markup:
    briefs = [edition.briefs[id] for id in day.incidents]
    return _DAYS.get((edition.paper, day, *briefs), tongue, lambda: _item(edition, day, tongue))


def _item(edition: Edition, day: state.Day, tongue: Tongue) -> Markup:
    titles = [(incident_path(id), text.choose(edition.briefs[id].title, tongue.lang)) for id in day.incidents]
    item = edition.paper.template("day.html").render(
        date=(day.date.isoformat(), when.date_words(day.date, tongue.lang, tongue.year)),
        state=_shown(edition, day.status, tongue.lang),
        length=when.seconds(day.seconds, tongue.lang) if day.seconds else "",
        titles=titles,
    )
    return Markup(markup.clean(item))


def _legend(edition: Edition, lang: str, groups: Iterable[Group]) -> list[tuple[str, str, str]]:
    """Look, drawing and words of each kind of bar that occurs; nothing where all are good."""
    seen = {look for group in groups for part in group.parts for look in part.bars}
    if not seen:
        return []
    names = {LOOKS[status]: phrases.say(lang, f"status.{status}", edition.site) for status in state.RANKS}
    names["good"] = phrases.say(lang, "page.no_incidents", edition.site)
    return [(look, _bars(range(3), look), names[look]) for look in TALL if look == "good" or look in seen]


@lru_cache(1024)
def _bars(days: Sequence[int], look: str) -> str:
    """The path of the bars of these days, in a drawing 4 units a day wide and 32 high. Maintenance is cut in two."""
    top = TALL[look]
    one = f"h{WIDE}v{HIGH - top}h-{WIDE}z"
    if look == "planned":
        one = f"h{WIDE}v6h-{WIDE}zm0 9h{WIDE}v{HIGH - top - 9}h-{WIDE}z"
    return "".join(f"M{n * STEP} {top}{one}" for n in days)


def _shown(edition: Edition, status: Status, lang: str) -> Shown:
    return Shown(LOOKS[status], phrases.say(lang, f"status.{status}", edition.site))
