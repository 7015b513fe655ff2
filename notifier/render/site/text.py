"""Words, times, addresses and templates of the public site: what each of its files needs to say something."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

from notifier.model import Impact, Incident, Site, Texts, Update
from notifier.render import markup, phrases, when, words
from notifier.render.links import home as home
from notifier.render.memo import Memo

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent.parent / "templates"
_MOMENTS, _CHOSEN = Memo(2_048), Memo()
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


class Words(NamedTuple):
    """A text and the language it is in; ``lang`` is "" where that is the language around it."""

    text: str
    lang: str = ""


class Felt(Protocol):
    """What users feel something of."""

    @property
    def impact(self) -> Impact: ...


class Moment(NamedTuple):
    """A time for machines (RFC 3339, UTC) and for people (in the site's zone, with the date)."""

    iso: str
    words: str


def choose(texts: Texts, lang: str) -> Words:
    """The text nearest to ``lang``, free of what no document may hold."""
    return _CHOSEN.get((texts,), lang, lambda: _chosen(texts, lang))


def _chosen(texts: Texts, lang: str) -> Words:
    text, tag = words.pick(texts, lang)
    return Words(markup.clean(text), "" if tag in phrases.lineage(lang) else tag)


def everywhere(texts: Texts, site: Site) -> dict[str, str]:
    """The text for each of the site's languages: language tag -> text."""
    return {lang: choose(texts, lang).text for lang in site.languages}


def plain(texts: Texts, site: Site) -> dict[str, str]:
    """As :func:`everywhere`, for a text in the admin's markup: as plain words."""
    return {lang: bare(text) for lang, text in everywhere(texts, site).items()}


@lru_cache(4096)
def bare(text: str) -> str:
    """A text in the admin's markup as plain words."""
    return markup.plain(_parsed(text))


@lru_cache(4096)
def rich(text: str) -> str:
    """A text in the admin's markup as safe HTML."""
    return markup.html(_parsed(text))


@lru_cache(256)
def _parsed(text: str) -> markup.Doc:
    return markup.parse(text)


def moment(at: datetime, site: Site, lang: str, year: int = 0) -> Moment:
    """``at`` as the site says it: always with the date, as nobody knows when a page will be read; with the year unless
    it is ``year``."""
    return _MOMENTS.get((site,), (at, lang, year), lambda: Moment(when.iso(at), _said(at, site, lang, year)))


def _said(at: datetime, site: Site, lang: str, year: int) -> str:
    date = when.date_words(at.astimezone(when.zone_of(site.timezone)).date(), lang, year)
    return phrases.say(lang, "time.full", site, date=date, time=when.clock_time(at, site.timezone, lang))


def head(site: Site, update: Update, lang: str) -> str:
    """What an update is called: its phase, and that the trouble came back or the maintenance was moved."""
    phase = phrases.say(lang, f"phase.{update.phase}", site)
    if update.window and update.seq > 1:
        return phrases.say(lang, "rescheduled_head", site, phase=phase)
    return phrases.say(lang, "reopened_head", site, phase=phase) if update.reopened else phase


def direction(lang: str) -> str:
    """Which way the language is written, for HTML's ``dir``: "rtl" or "ltr"."""
    return "rtl" if lang.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def worst(incidents: Iterable[Felt]) -> Impact:
    """The highest present impact among them; NONE where there are none."""
    return max((i.impact for i in incidents), key=lambda impact: impact.rank, default=Impact.NONE)


def fragment(incident: Incident) -> str:
    """The part of a link that leads to an incident on the page: "#id"."""
    return "#" + quote(incident.id, safe="")


@cache
def templates() -> Environment:
    """Our own templates; every value is escaped for HTML and XML."""
    return environment("")


def environment(folder: str) -> Environment:
    """Templates in which those of that folder stand before ours; "" is none. Ours can be had as "ours/NAME" too.
    A ``range`` that is larger than any page needs is refused in them: a slip would hold up everything.
    The macros of parts.html are ``parts`` in all of them."""
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    class Plain(Environment):
        def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
            return {**self.globals, **(d or {})}  # each rendering copies them, and a dict is copied at once

    ours = FileSystemLoader(TEMPLATES)
    own = [FileSystemLoader(folder)] if folder else []
    made = Plain(
        loader=ChoiceLoader([*own, ours, PrefixLoader({"ours": ours})]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters["direction"] = direction
    if folder:
        from jinja2.sandbox import safe_range

        made.globals["range"] = safe_range
    made.globals["parts"] = made.get_template("parts.html").module
    return made


@cache
def asset(name: str) -> str:
    """The text of a file of ours that goes out as it is: style, scripts."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
