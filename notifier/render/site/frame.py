"""What many pages have in common, rendered once for all of them.

A template is rendered with marks in place of what differs from page to page, and cut at them; a page is then put
together from the pieces. Only for our own templates: they show these values and ask nothing of them but whether they
are there. A mark holds a sign of the site's settings, so that none of these can look like one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from markupsafe import Markup, escape

from notifier.render import markup

KEPT = 512

Render = Callable[[str, str, Mapping[str, Any]], str]
Frame = tuple[bytes, list[str]]  # a pattern for the operator %, and the names of what fills it


class Ready(Protocol):
    """HTML, clean of what no page may hold; ``raw`` is that in UTF-8."""

    def __html__(self) -> str: ...

    @property
    def raw(self) -> bytes: ...


class Piece(bytes):
    """HTML in UTF-8, for our own templates, which show it and do nothing else with it."""

    def __html__(self) -> str:
        return self.decode()

    @property
    def raw(self) -> bytes:
        """Itself."""
        return self


class Marked(Markup):
    """HTML as a text, for the owner's templates, which may do with it what they like."""

    @property
    def raw(self) -> bytes:
        """The same in UTF-8."""
        return self.encode()


class Frames:
    """Of one set of templates. ``render`` gives a template, by its name, in a language, filled with values; ``sign``
    is of letters and digits, and stands in nothing that it shows."""

    def __init__(self, render: Render, sign: str) -> None:
        self._render = render
        self._before = f"\x01{sign}"
        self._mark = re.compile(rf"{self._before}(\w+)\x01")
        self._known: dict[Hashable, Frame] = {}

    def filled(
        self, name: str, lang: str, fixed: Mapping[str, Any], shown: Mapping[str, Any], ready: Mapping[str, Ready]
    ) -> bytes:
        """What a template gives that does nothing with ``shown`` and ``ready`` but show it."""
        raw = {n: piece.raw for n, piece in ready.items()}
        there = [*[n for n, text in shown.items() if text], *[n for n, html in raw.items() if html]]
        key = (name, lang, tuple(fixed.items()), tuple(there))
        frame = self._known.get(key)
        if frame is None:
            if len(self._known) >= KEPT:
                self._known = {}  # whoever is at work in another thread has what it looked up
            frame = self._known[key] = self._cut(name, lang, fixed, {**shown, **raw})
        pattern, names = frame
        return pattern % tuple([raw[n] if n in raw else _shown(shown[n]) for n in names])

    def _cut(self, name: str, lang: str, fixed: Mapping[str, Any], values: Mapping[str, Any]) -> Frame:
        """The template, cut where one of the values stands, and a gap left there."""
        marked = {n: Markup(f"{self._before}{n}\x01") if text else "" for n, text in values.items()}
        pieces = self._mark.split(self._render(name, lang, {**fixed, **marked}))
        around = [markup.clean(piece).encode().replace(b"%", b"%%") for piece in pieces[::2]]
        return b"%b".join(around), pieces[1::2]


@lru_cache(4096, typed=True)
def _shown(text: object) -> bytes:
    """As a template would show it."""
    return markup.clean(str(escape(text))).encode()  # the methods of Markup are slow
