"""The banner without JavaScript: a page for an iframe and a piece for a server-side include, in each language."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from markupsafe import Markup

from notifier.model import Impact, Incident, Phase, Site, Window
from notifier.render import phrases, when
from notifier.render.links import incident_url
from notifier.render.memo import Memo
from notifier.render.site import text
from notifier.render.site.data import headline
from notifier.render.site.text import Moment, Words
from notifier.values import value

if TYPE_CHECKING:
    from jinja2 import Template

SOON = timedelta(days=2)
_CUT = "<>"  # no value can hold it: they are escaped
_PIECES, _AROUND = Memo(64), Memo(64)


@value
class Row:
    """One incident in a few words: how bad and when told, of a maintenance that it is planned and for when."""

    look: str
    title: Words
    kind: str
    at: Moment
    words: Words
    link: str


def style() -> str:
    """The style of the piece for an include."""
    return text.asset("strip.css")


def frame(site: Site, current: Sequence[Incident], now: datetime, lang: str) -> str:
    """The page for an iframe. ``current``: what is open, worst first, and maintenance, which is shown if it is to begin
    within two days of ``now``."""
    shown = _shown(current, now)
    state = _state(site, shown, lang)
    around = _AROUND.get((site,), (lang, state, bool(shown)), lambda: _around(site, state, bool(shown), lang))
    return _piece(site, shown, lang).join(around)


def include(site: Site, current: Sequence[Incident], now: datetime, lang: str) -> str:
    """The piece for a server-side include; a comment while nothing is open."""
    return _piece(site, _shown(current, now), lang)


def _shown(current: Sequence[Incident], now: datetime) -> list[Incident]:
    return [i for i in current if i.phase is not Phase.SCHEDULED or not i.window or i.window.start - now < SOON]


def _state(site: Site, shown: Sequence[Incident], lang: str) -> str:
    return headline(site, lang, text.worst(shown), bool(shown))


def _piece(site: Site, shown: Sequence[Incident], lang: str) -> str:
    """The piece, the same for both files."""
    return _PIECES.get((site, *shown), lang, lambda: _filled(site, shown, lang))


def _filled(site: Site, shown: Sequence[Incident], lang: str) -> str:
    return _template("strip.inc.html").render(
        lang=lang,
        dir=text.direction(lang),
        label=phrases.say(lang, "page.current", site),
        more=phrases.say(lang, "page.more", site),
        state=_state(site, shown, lang),
        rows=[_row(site, i, lang) for i in shown],
    )


def _around(site: Site, state: str, open: bool, lang: str) -> list[str]:
    """What stands before and after the piece; while nothing is open, the whole page."""
    framed = "body { margin: 0; }\n" + style()
    page = _template("strip.html").render(
        lang=lang,
        dir=text.direction(lang),
        site=site,
        home=text.home(site),
        state=state,
        piece=Markup(_CUT) if open else "",
        style=framed,
        csp=_policy(framed),
    )
    return page.split(_CUT)


def _template(name: str) -> Template:
    return text.templates().get_template(name)


def _row(site: Site, incident: Incident, lang: str) -> Row:
    update, window = incident.updates[-1], incident.window
    said = text.choose(update.text, lang)
    return Row(
        look="note" if incident.impact is Impact.NONE else str(incident.impact),
        title=text.choose(incident.title, lang),
        kind=phrases.say(lang, "page.window" if window else f"impact.{incident.impact}", site),
        at=_planned(window, site, lang) if window else text.moment(update.at, site, lang),
        words=Words(text.bare(said.text), said.lang),
        link=incident_url(site, incident.id, lang),
    )


def _planned(window: Window, site: Site, lang: str) -> Moment:
    return Moment(when.iso(window.start), when.window(window.start, window.end, site.timezone, lang))


def _policy(style: str) -> str:
    """The Content-Security-Policy of the page in the iframe: its style, and nothing else."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
