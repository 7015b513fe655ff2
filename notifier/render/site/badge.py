"""badge.svg: how all is, or one component, as a small picture to put into other pages.

It says in words what it shows in colour and shape, and needs no font from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar
from unicodedata import category, east_asian_width

from notifier.model import Incident, Site, Status
from notifier.render import markup, phrases
from notifier.render.site import rollup, text
from notifier.values import value

K = TypeVar("K", bound=rollup.Known)

# A colour on which white is read easily (WCAG 2.2, 1.4.3) and a shape of icons.svg.
_LOOK = {
    Status.OPERATIONAL: ("#17703c", "good"),
    Status.MAINTENANCE: ("#1d5fb4", "note"),
    Status.DEGRADED: ("#855600", "minor"),
    Status.PARTIAL_OUTAGE: ("#b23c00", "major"),
    Status.MAJOR_OUTAGE: ("#b3122a", "critical"),
}
_LONG = 60
_NARROW, _WIDE, _GAP, _ICON = 7, 12, 7, 14
_THIN = frozenset("ijlrtfI.,:;|!'()[] ")


@value
class Box:
    """A text and how much room it gets."""

    words: str
    width: int


def wanted(incidents: Iterable[K], component: str = "") -> list[K]:
    """Those that a badge shows: the open ones, with ``component`` those that affect it. Nothing else changes a byte."""
    return sorted((i for i in incidents if i.open and (not component or component in i.components)), key=lambda i: i.id)


def badge(site: Site, incidents: Iterable[Incident], lang: str, component: str = "") -> bytes:
    """The badge in ``lang``, of all or of one component; made of :func:`wanted` alone."""
    status = rollup.overall(wanted(incidents, component))
    name = text.choose(site.component(component).name, lang).text if component else site.name
    colour, shape = _LOOK[status]
    label, state = _box(name), _box(phrases.say(lang, f"status.{status}", site))
    written = (
        text.templates()
        .get_template("badge.svg")
        .render(
            lang=lang,
            dir=text.direction(lang),
            title=f"{_line(name)}: {state.words}",
            label=label,
            state=state,
            gap=_GAP,
            icon=_ICON,
            colour=colour,
            shape=_shape(shape),
        )
    )
    return markup.clean(written).encode()


def _box(words: str) -> Box:
    """In one line; a long text is cut, as it is whole in the title."""
    line = _line(words)
    shown = line if len(line) <= _LONG else line[: _LONG - 1] + "…"
    return Box(shown, sum(map(_width, shown)) or _NARROW)


def _line(words: str) -> str:
    return " ".join(markup.clean(words).split())


def _width(character: str) -> int:
    """About how wide it is in a font of 11 pixels; the picture stretches the text to the room it gets."""
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    if east_asian_width(character) in ("W", "F"):
        return _WIDE
    return 4 if character in _THIN else _NARROW


def _shape(name: str) -> str:
    found = re.search(rf'<symbol id="i-{name}"[^>]*>(.*?)</symbol>', text.asset("icons.svg"))
    return found[1] if found else ""
