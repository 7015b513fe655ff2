"""The status page in one language: complete in itself, without any request or script it depends on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from notifier.model import STATUS_OF, Component, Impact, Incident, Site, Status, Update
from notifier.render import phrases, when, words
from notifier.render.site import text
from notifier.render.site.data import headline
from notifier.render.site.feed import head
from notifier.render.site.text import Moment, Words
from notifier.values import value

# The name of a state as the style knows it: a colour and a shape each, never without words.
_LOOK = {
    Status.OPERATIONAL: "good",
    Status.DEGRADED: "minor",
    Status.PARTIAL_OUTAGE: "major",
    Status.MAJOR_OUTAGE: "critical",
}
_TAB = {"good": "#17703c", "note": "#1d5fb4", "minor": "#855600", "major": "#b23c00", "critical": "#b3122a"}


@value
class State:
    """A look ("good", "note", "minor", "major", "critical") and the words that go with it."""

    look: str
    words: str


@value
class Part:
    """A component and how it is."""

    name: Words
    state: State


@value
class News:
    """One update: what it is called, when, and its text as safe HTML. ``corrected``: a note that it was, or ""."""

    head: str
    at: Moment
    html: str
    lang: str
    corrected: str


@value
class Card:
    """An incident. ``facts``: terms and their text or time; ``news`` newest first."""

    id: str
    link: str
    title: Words
    state: State
    facts: tuple[tuple[str, str | Moment], ...]
    news: tuple[News, ...]


def page(
    site: Site,
    current: Sequence[Incident],
    past: Sequence[Incident],
    now: datetime,
    version: int,
    lang: str,
    root: str,
) -> str:
    """The page as HTML. ``root`` leads to the site's root: "" or "../"."""
    impact = text.worst(current)
    style = text.asset("page.css")
    icons = text.asset("icons.svg")
    look = _look(impact, bool(current))
    return (
        text.templates()
        .get_template("page.html")
        .render(
            lang=lang,
            dir=text.direction(lang),
            say=lambda key, **values: phrases.say(lang, key, site, **values),
            site=site,
            site_url=site.url if urlsplit(site.url).scheme in ("http", "https") else "",
            home=text.home(site),
            root=root,
            others=[(tag, _own_name(tag), text.direction(tag)) for tag in site.languages],
            style=style,
            icons=icons,
            favicon=_favicon(look),
            csp=_policy(style),
            version=version,
            state=State(look, headline(site, lang, impact, bool(current))),
            as_of=text.moment(now, site, lang, now),
            current=[_card(site, i, lang, now) for i in current],
            parts=[_part(site, c, current, lang) for c in _components(site, current)],
            past=[_card(site, i, lang, now) for i in past],
        )
    )


def _policy(style: str) -> str:
    """The page's Content-Security-Policy: nothing from elsewhere, no script but its own file (CSP level 3)."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; script-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def _favicon(look: str) -> str:
    """The state's shape as a picture for the browser's tab, within the page."""
    shape = re.search(rf'<symbol id="i-{look}"[^>]*>(.*?)</symbol>', text.asset("icons.svg"))
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="{_TAB[look]}" stroke="#fff" '
        f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{shape[1] if shape else ""}</svg>'
    )
    return "data:image/svg+xml," + quote(drawn, safe="=:/'")


def _look(impact: Impact, open: bool) -> str:
    return "note" if open and impact is Impact.NONE else _LOOK[STATUS_OF[impact]]


def _own_name(lang: str) -> str:
    """What a language is called by those who speak it: "Deutsch"; its tag where that is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(lang, sep="-").get_display_name()
    except (ValueError, UnknownLocaleError):
        return lang
    return name[0].upper() + name[1:] if name else lang


def _components(site: Site, current: Iterable[Incident]) -> list[Component]:
    """Those of the configuration, and any other that an open incident names."""
    known = {c.id for c in site.components}
    others = dict.fromkeys(id for i in current for id in i.components if id not in known)
    return [*site.components, *map(site.component, others)]


def _part(site: Site, component: Component, current: Iterable[Incident], lang: str) -> Part:
    status = STATUS_OF[text.worst(i for i in current if component.id in i.components)]
    return Part(text.choose(component.name, lang), State(_LOOK[status], phrases.say(lang, f"status.{status}", site)))


def _card(site: Site, incident: Incident, lang: str, now: datetime) -> Card:
    impact = incident.impact if incident.open else incident.worst
    shown = phrases.say(lang, f"impact.{impact}" if incident.open else "phase.resolved", site)
    return Card(
        id=incident.id,
        link=text.fragment(incident),
        title=text.choose(incident.title, lang),
        state=State(_look(impact, True) if incident.open else "good", shown),
        facts=tuple(_facts(site, incident, lang, now)),
        news=tuple(_news(site, u, lang, now) for u in reversed(incident.updates)),
    )


def _facts(site: Site, incident: Incident, lang: str, now: datetime) -> Iterable[tuple[str, str | Moment]]:
    names = words.names(site, incident.components, lang)
    if names:
        yield phrases.say(lang, "page.affected", site), ", ".join(names)
    yield phrases.say(lang, "page.began", site), text.moment(incident.began, site, lang, now)
    if incident.resolved:
        length = when.duration(incident.lasted(incident.resolved), lang)
        yield phrases.say(lang, "page.duration", site), length


def _news(site: Site, update: Update, lang: str, now: datetime) -> News:
    said = text.choose(update.text, lang)
    return News(
        head=head(site, update, lang),
        at=text.moment(update.at, site, lang, now),
        html=text.rich(said.text),
        lang=said.lang,
        corrected=phrases.say(lang, "corrected", site) if update.corrected else "",
    )
