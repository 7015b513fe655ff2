"""The pages behind the first one: an incident, a month, all months."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from notifier.render import phrases, when
from notifier.render.site import cards
from notifier.render.site.edition import Edition, Place
from notifier.render.site.paper import Pile


def incident(edition: Edition, place: Place) -> str | bytes:
    """One incident with all that was said about it, at its permanent address."""
    lang = place.lang or edition.site.languages[0]
    brief = edition.briefs[place.id]
    card, whole = cards.whole(edition, brief, lang)
    return edition.paper.page(
        edition,
        place,
        "incident.html",
        card.state.look,
        f"{card.title.text} ({card.state.words}) – {edition.site.name}",
        brief.updated,
        summary=f"{card.title.text} · {card.news[0].head}",
        shown={"seq": brief.version, "month": edition.month(brief), "card": card},
        ready={"whole": whole},
    )


def month(edition: Edition, place: Place) -> str | bytes:
    """What began in a month, newest first."""
    order = sorted(edition.months)
    at = order.index(place.month)
    briefs = sorted((edition.briefs[id] for id in edition.months[place.month]), key=lambda b: b.id)
    briefs.sort(key=lambda b: b.start, reverse=True)
    name = _name(place.month, place.lang)
    older = _link(order[at - 1], place.lang) if at else None
    newer = _link(order[at + 1], place.lang) if at + 1 < len(order) else None
    return edition.paper.page(
        edition,
        place,
        "month.html",
        "good",
        f"{name} – {edition.site.name}",
        max(b.updated for b in briefs),
        summary=f"{edition.site.name} · {name}",
        shown={"heading": name, **_way("older", older), **_way("newer", newer)},
        ready={"cards": Pile([cards.listed(edition, b, place.lang) for b in briefs])},
    )


def months(edition: Edition, place: Place) -> str | bytes:
    """Every month in which something began, by years."""
    site, lang = edition.site, place.lang
    years = [
        (year, [(*_link(month, lang), _count(edition, month, lang)) for month in held])
        for year, held in groupby(sorted(edition.months, reverse=True), key=lambda m: m[:4])
    ]
    name = phrases.say(lang, "page.archive", site)
    return edition.paper.page(
        edition,
        place,
        "months.html",
        "good",
        f"{name} – {site.name}",
        None,
        summary=f"{site.name} · {name}",
        shown={"years": years},
    )


def _count(edition: Edition, month: str, lang: str) -> str:
    """How many incidents and maintenances it has."""
    ids = edition.months[month]
    works = sum(edition.briefs[id].window is not None for id in ids)
    found = {"page.incidents": len(ids) - works, "page.works": works}
    return ", ".join(phrases.say(lang, name, edition.site, n=n) for name, n in found.items() if n)


def _way(name: str, link: tuple[str, str] | None) -> dict[str, Any]:
    """A link as a pair, if there is one, and its address and words apart."""
    address, words = link or ("", "")
    return {name: link, f"{name}_link": address, f"{name}_name": words}


def _link(month: str, lang: str) -> tuple[str, str]:
    return f"{month}.html", _name(month, lang)


def _name(month: str, lang: str) -> str:
    return when.month(date.fromisoformat(f"{month}-01"), lang)
