"""What all pages of a site have in common: templates, style, policy, languages, words at head and foot."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from notifier import __version__
from notifier.model import Site, Status
from notifier.render import markup, phrases, when
from notifier.render.links import home
from notifier.render.site import text
from notifier.render.site.edition import Edition, Place
from notifier.render.site.frame import Frames, Marked, Piece, Ready
from notifier.render.site.theme import Theme

if TYPE_CHECKING:
    from jinja2 import Environment, Template

# The name of a state as the style knows it: a colour and a shape each, never without words.
LOOKS = {
    "none": "note",
    Status.OPERATIONAL: "good",
    Status.MAINTENANCE: "planned",
    Status.DEGRADED: "minor",
    Status.PARTIAL_OUTAGE: "major",
    Status.MAJOR_OUTAGE: "critical",
}
_TAB = {
    "good": "#17703c",
    "note": "#1d5fb4",
    "planned": "#5b4bb0",
    "minor": "#855600",
    "major": "#b23c00",
    "critical": "#b3122a",
}
_LIVE = ("checked", "paused", "stale", "offline", "unreachable", "pause", "resume")


class BrokenTemplate(Exception):
    """A template of the owner's cannot be used; the text names the file, the line and the fault."""


class Shown(NamedTuple):
    """A look ("good", "note", "planned", "minor", "major", "critical") and the words that go with it."""

    look: str
    words: str


class Pile(tuple[Ready, ...]):
    """Pieces shown one below the other."""

    def __html__(self) -> str:
        return self.raw.decode()

    @cached_property
    def raw(self) -> bytes:
        """The same in UTF-8."""
        return b"\n".join([piece.raw for piece in self])


class Paper:
    """Of one site and theme. Reads templates and logo once."""

    def __init__(self, site: Site, theme: Theme) -> None:
        self.site, self.theme = site, theme
        self.logo = Path(theme.logo).read_bytes() if theme.logo else b""
        ending = Path(theme.logo).suffix.lower()
        self.logo_name = f"logo-{sha256(self.logo).hexdigest()[:8]}{ending}" if theme.logo else ""
        self.languages = [(tag, _own_name(tag), text.direction(tag)) for tag in site.languages]
        self.site_url = site.url if urlsplit(site.url).scheme in ("http", "https") else ""
        self.icons = self.asset("icons.svg")
        self.style = self.asset("page.css") + theme.style()
        self.policy = _policy(self.style)
        self._words: dict[str, dict[str, Any]] = {}
        self._opened: dict[str, Template] = {}
        self._marks: dict[Shown, Ready] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._frames = Frames(self.render, sha256(repr((site, theme)).encode()).hexdigest())

    @cached_property
    def templates(self) -> Environment:
        """The site's templates, the owner's before ours."""
        return text.environment(self.theme.templates) if self.theme.templates else text.templates()

    @property
    def parts(self) -> Any:
        """The macros of parts.html, to be called from here."""
        return self.templates.globals["parts"]

    def clean(self, html: str) -> Ready:
        """HTML as pages hold it."""
        held = markup.clean(html)
        return Marked(held) if self.theme.templates else Piece(held.encode())

    def joined(self, pieces: Iterable[Ready]) -> Ready:
        """One piece of many."""
        held = b"".join([piece.raw for piece in pieces])
        return Marked(held.decode()) if self.theme.templates else Piece(held)

    def mark(self, state: Shown) -> Ready:
        """A state with its shape, as HTML."""
        if state not in self._marks:
            self._marks[state] = self.clean(self.parts.mark(state))
        return self._marks[state]

    def say(self, lang: str, key: str) -> str:
        """A phrase in which nothing is to be filled, see :func:`notifier.render.phrases.say`."""
        if (lang, key) not in self._said:
            self._said[lang, key] = phrases.say(lang, key, self.site)
        return self._said[lang, key]

    def template(self, name: str) -> Template:
        """A template, ready to be filled."""
        if name not in self._opened:
            self._opened[name] = self.templates.get_template(name)
        return self._opened[name]

    def asset(self, name: str) -> str:
        """The text of a file that goes out as it is, the owner's before ours."""
        own = Path(self.theme.templates) / name
        if self.theme.templates and own.is_file():
            return own.read_text(encoding="utf-8")
        return text.asset(name)

    def fingerprint(self) -> str:
        """A short text that is another one when settings, templates, phrases or the program are."""
        folders = [text.TEMPLATES, *([Path(own).resolve(strict=True)] if (own := self.theme.templates) else [])]
        parts = [repr((self.site, self.theme, __version__)).encode(), self.logo]
        held = [(f, p) for f in folders for p in sorted(f.rglob("*")) if p.is_file()]
        parts += [part for f, p in held for part in (str(p.relative_to(f)).encode(), p.read_bytes())]
        parts += [repr(sorted(phrases.catalogue(tag).items())).encode() for tag in self._catalogues()]
        return sha256(b"\0".join(sha256(part).digest() for part in parts)).hexdigest()[:10]

    def page(
        self,
        edition: Edition,
        place: Place,
        name: str,
        look: str,
        title: str,
        as_of: datetime | None,
        summary: str,
        shown: Mapping[str, Any],
        ready: Mapping[str, Pile] | None = None,
    ) -> str | bytes:
        """A whole page from the template of that name. ``title`` stands in the browser's tab; ``as_of``: the time of
        the newest event that it tells of. Our templates do no more with ``shown`` and ``ready`` than show them, unless
        there is no ``ready``."""
        lang = place.lang or self.site.languages[0]
        beneath = {"beneath": place.path.removeprefix(f"{place.lang}/") if place.lang else place.path}
        first = place.path.endswith("index.html")  # one of those whose address is that of its folder
        fixed = {
            "root": place.root,
            "neutral": not place.lang,
            "feeds": f"{place.lang}/" if place.lang else "",
            "latest": edition.once("latest", lambda: max(edition.months, default="")),
            **(beneath if first else {}),
        }
        shown = {
            **shown,
            **({} if first else beneath),
            "as_of": edition.once(("as_of", as_of, lang), lambda: self._as_of(as_of, lang)),
            "favicon": _favicon(look, self.icons),
            "title": markup.clean(title),
            "summary": summary,
        }
        if ready is None or self.theme.templates:
            values = {"edition": edition, "look": look, **fixed, **shown, **(ready or {})}
            return markup.clean(self.render(name, lang, values))
        return self._frames.filled(name, lang, fixed, shown, ready)

    def piece(
        self,
        name: str,
        lang: str,
        fixed: Mapping[str, Any],
        shown: Mapping[str, Any],
        ready: Mapping[str, Ready],
        **more: Any,
    ) -> Ready:
        """A piece of a page from the template of that name. Ours do no more with ``shown`` and ``ready`` than show
        them; ``more`` is for the owner's alone."""
        if self.theme.templates:
            return self.clean(self.render(name, lang, {**fixed, **shown, **ready, **more}))
        return Piece(self._frames.filled(name, lang, fixed, shown, ready))

    def render(self, name: str, lang: str, values: Mapping[str, Any]) -> str:
        """A template, filled with these values and with what depends on the language alone."""
        return self.template(name).render({**self._common(lang), **values})

    def _common(self, lang: str) -> dict[str, Any]:
        """What depends on the language alone."""
        if lang not in self._words:
            self._words[lang] = {
                "lang": lang,
                "dir": text.direction(lang),
                "say": lambda key, **values: phrases.say(lang, key, self.site, **values),
                "site": self.site,
                "site_url": self.site_url,
                "home": home(self.site),
                "logo": self.logo_name,
                "links": [(text.choose(link.label, lang), link.url) for link in self.theme.links],
                "languages": self.languages,
                "style": self.style,
                "icons": self.icons,
                "policy": self.policy,
                "live": {"zone": when.zone_of(self.site.timezone).key, **{key: self._live(lang, key) for key in _LIVE}},
                "around_time": [
                    escape(part) for part in phrases.say(lang, "page.as_of", self.site, time="\0").split("\0")
                ],
            }
        return self._words[lang]

    def _as_of(self, at: datetime | None, lang: str) -> Markup:
        """The phrase with its time marked as such; nothing without a time."""
        if at is None:
            return Markup("")
        moment = text.moment(at, self.site, lang)
        before, after = self._common(lang)["around_time"]
        return Markup(f'{before}<time datetime="{moment.iso}">{escape(moment.words)}</time>{after}')

    def _live(self, lang: str, key: str) -> str:
        """A phrase whose placeholders the page's script fills."""
        return phrases.say(lang, f"page.{key}", self.site, time="{time}", duration="{duration}")

    def _catalogues(self) -> list[str]:
        tags = (tag for lang in self.site.languages for tag in phrases.lineage(lang))
        return list(dict.fromkeys([*tags, phrases.LAST_RESORT]))


def _policy(style: str) -> str:
    """The page's Content-Security-Policy: nothing from elsewhere, no script but its own file (CSP level 3)."""
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


@cache
def _favicon(look: str, icons: str) -> str:
    """The state's shape as a picture for the browser's tab, within the page."""
    shape = re.search(rf'<symbol id="i-{look}"[^>]*>(.*?)</symbol>', icons)
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="{_TAB[look]}" stroke="#fff" '
        f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{shape[1] if shape else ""}</svg>'
    )
    return "data:image/svg+xml," + quote(drawn, safe="=:/'")


def _own_name(lang: str) -> str:
    """What a language is called by those who speak it: "Deutsch"; its tag where that is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(lang, sep="-").get_display_name()
    except (ValueError, UnknownLocaleError):
        return lang
    return name[0].upper() + name[1:] if name else lang
