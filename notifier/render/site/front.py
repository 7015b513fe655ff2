"""The first page: how everything is now, what is planned, ninety days of each component, what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from markupsafe import Markup

from notifier.history import Brief
from notifier.model import Component, Status
from notifier.render import markup, phrases, when
from notifier.render.links import incident_path
from notifier.render.memo import Memo
from notifier.render.site import cards, state, text
from notifier.render.site.cards import Tongue
from notifier.render.site.edition import Edition, Place
from notifier.render.site.paper import LOOKS, Pile, Shown
from notifier.render.site.text import Words
from notifier.values import value

# Each look of a day is a bar of another height, so that it can be told without its colour: top of the bar, from 0.
TALL = {"good": 20, "planned": 15, "minor": 11, "major": 6, "critical": 0}
HIGH, STEP, WIDE = 32, 4, 3
_DAYS, _DRAWN, _PARTS = Memo(), Memo(256), Memo(1_024)


@value
class Part:
    """A component: how it is, its name, and its history. ``summary`` tells that in words; ``bars`` are the days that
    were not good, look -> path of the drawing; ``days`` the same as list items of HTML."""

    component: Component
    status: Status
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
    look = LOOKS[overall := state.overall(now)]
    words = phrases.say(lang, f"page.headline.{overall}", site)
    return edition.paper.page(
        edition,
        place,
        "page.html",
        look,
        f"{words} – {site.name}",
        now.as_of if edition.briefs else None,
        summary=" · ".join(text.choose(b.title, lang).text for b in (*now.current, *now.running)) or words,
        shown={"look": look, "words": words, "seq": str(now.revision)},
        ready=edition.once(("front", lang), lambda: _told(edition, Tongue(lang, now.day.year))),
    )


def _told(edition: Edition, tongue: Tongue) -> dict[str, Pile]:
    """What there is to tell, and of each component."""
    now, over = edition.state, edition.state.over
    return {
        "current": _pile(edition, now.current, tongue),
        "running": _pile(edition, now.running, tongue),
        "upcoming": _pile(edition, now.upcoming, tongue),
        "systems": _systems(edition, tongue),
        "past": edition.pieces.get((over,), ("past", tongue), lambda: _pile(edition, over.shown, tongue)),
    }


def _pile(edition: Edition, briefs: Iterable[Brief], tongue: Tongue) -> Pile:
    return Pile([cards.piece(edition, b, tongue) for b in briefs])


def _systems(edition: Edition, tongue: Tongue) -> Pile:
    """How each component is and was, as HTML; from an earlier edition where nothing of it changed."""
    found = [_part(edition, c, tongue) for c in state.components(edition.site, edition.state)]
    return edition.pieces.get(tuple(found), ("systems", tongue), lambda: _rendered(edition, found, tongue))


def _rendered(edition: Edition, found: Sequence[Part], tongue: Tongue) -> Pile:
    by_id = {part.component.id: part for part in found}
    grouped = state.grouped(edition.site, [part.component for part in found], tongue.lang)
    groups = [_group(edition, heading, [by_id[c.id] for c in held], tongue.lang) for heading, held in grouped]
    grid, legend = _bars(range(state.DAYS), "good"), _legend(edition, tongue.lang, found)
    html = edition.paper.render("systems.html", tongue.lang, {"groups": groups, "grid": grid, "legend": legend})
    return Pile([edition.paper.clean(html)] if html else [])


def _group(edition: Edition, heading: str, parts: Sequence[Part], lang: str) -> Group:
    worst = max((part.status for part in parts), key=state.RANKS.index)
    return Group(heading, _shown(edition, worst, lang), tuple(parts))


def _part(edition: Edition, component: Component, tongue: Tongue) -> Part:
    past, status = edition.days(component.id), state.status(edition.state, component.id)
    titles = tuple([_titles(edition, day, tongue.lang) for day in past.fresh])
    of = (edition.paper, component, past.rest, *past.fresh)
    return _PARTS.get(of, (status, titles, tongue), lambda: _made(edition, component, status, past, tongue))


def _made(edition: Edition, component: Component, status: Status, past: state.Past, tongue: Tongue) -> Part:
    site, lang = edition.site, tongue.lang
    fresh = _drawn(edition, past.fresh, tongue)
    rest = _DRAWN.get((edition.paper, past.rest), tongue, lambda: _drawn(edition, past.rest, tongue))
    count = len(past.fresh) + len(past.rest)
    said = phrases.say(lang, "page.days", site, n=count, days=state.DAYS)
    return Part(
        component=component,
        status=status,
        name=text.choose(component.name, lang),
        state=_shown(edition, status, lang),
        summary=said if count else phrases.say(lang, "page.no_incidents_days", site, n=state.DAYS),
        bars={look: path for look in TALL if (path := fresh.bars.get(look, "") + rest.bars.get(look, ""))},
        days=fresh.items + rest.items,
    )


def _drawn(edition: Edition, days: tuple[state.Day, ...], tongue: Tongue) -> Drawn:
    bars: dict[str, list[int]] = {}
    for day in days:
        bars.setdefault(LOOKS[day.status], []).append(state.DAYS - 1 - day.ago)
    paths = {look: _bars(tuple(numbers), look) for look, numbers in bars.items()}
    return Drawn(paths, Markup("").join([_kept(edition, day, tongue) for day in days]))


def _kept(edition: Edition, day: state.Day, tongue: Tongue) -> Markup:
    titles = _titles(edition, day, tongue.lang)
    return _DAYS.get((edition.paper, day), (titles, tongue), lambda: _item(edition, day, titles, tongue))


def _titles(edition: Edition, day: state.Day, lang: str) -> tuple[tuple[str, str, str], ...]:
    """The incidents of a day: the way to each, its title, and the language of that."""
    found = [(id, text.choose(edition.briefs[id].title, lang)) for id in day.incidents]
    return tuple([(incident_path(id), title.text, title.lang) for id, title in found])


def _item(edition: Edition, day: state.Day, titles: Sequence[tuple[str, str, str]], tongue: Tongue) -> Markup:
    item = edition.paper.template("day.html").render(
        date=(day.date.isoformat(), when.date_words(day.date, tongue.lang, tongue.year)),
        state=_shown(edition, day.status, tongue.lang),
        length=when.seconds(day.seconds, tongue.lang) if day.seconds else "",
        titles=[(link, Words(title, lang)) for link, title, lang in titles],
    )
    return Markup(markup.clean(item))


def _legend(edition: Edition, lang: str, parts: Iterable[Part]) -> list[tuple[str, str, str]]:
    """Look, drawing and words of each kind of bar that occurs; nothing where all are good."""
    seen = {look for part in parts for look in part.bars}
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
    return Shown(LOOKS[status], edition.paper.say(lang, f"status.{status}"))
