"""Words, times, addresses and templates of the public site: what each of its files needs to say something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from notifier.model import Impact, Incident, Site, Texts
from notifier.render import markup, phrases, when, words
from notifier.values import value

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent.parent / "templates"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@value
class Words:
    """A text and the language it is in; ``lang`` is "" where that is the language around it."""

    text: str
    lang: str = ""


@value
class Moment:
    """A time for machines (RFC 3339, UTC) and for people (in the site's zone, with the date)."""

    iso: str
    words: str


def choose(texts: Texts, lang: str) -> Words:
    """The text nearest to ``lang``, free of what no document may hold."""
    text, tag = words.pick(texts, lang)
    return Words(markup.clean(text), "" if tag in phrases.lineage(lang) else tag)


def everywhere(texts: Texts, site: Site) -> dict[str, str]:
    """The text for each of the site's languages: language tag -> text."""
    return {lang: choose(texts, lang).text for lang in site.languages}


def plain(texts: Texts, site: Site) -> dict[str, str]:
    """As :func:`everywhere`, for a text in the admin's markup: as plain words."""
    return {lang: markup.plain(markup.parse(text)) for lang, text in everywhere(texts, site).items()}


def rich(text: str) -> str:
    """A text in the admin's markup as safe HTML."""
    return markup.html(markup.parse(text))


def moment(at: datetime, site: Site, lang: str, now: datetime) -> Moment:
    """``at`` as the site says it: always with the date, as nobody knows when a page will be read."""
    date, time = when.day(at, site.timezone, lang, now), when.clock_time(at, site.timezone, lang)
    return Moment(when.iso(at), phrases.say(lang, "time.full", site, date=date, time=time))


def direction(lang: str) -> str:
    """Which way the language is written, for HTML's ``dir``: "rtl" or "ltr"."""
    return "rtl" if lang.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def worst(incidents: Iterable[Incident]) -> Impact:
    """The highest present impact among them; NONE where there are none."""
    return max((i.impact for i in incidents), key=lambda impact: impact.rank, default=Impact.NONE)


def home(site: Site) -> str:
    """Where the status page stands, with a slash at the end; "" where the configuration does not say."""
    page = site.status_url.split("#")[0]
    return page if not page or page.endswith("/") else page + "/"


def fragment(incident: Incident) -> str:
    """The part of a link that leads to an incident on the page: "#id"."""
    return "#" + quote(incident.id, safe="")


@cache
def templates() -> Environment:
    """The site's templates; every value is escaped for HTML and XML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def asset(name: str) -> str:
    """The text of a file that goes out as it is: style, scripts."""
    return (_TEMPLATES / name).read_text(encoding="utf-8")
