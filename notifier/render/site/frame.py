"""What many pages have in common, rendered once for all of them.

A template is rendered with marks in place of what differs from page to page, and cut at them; a page is then put
together from the pieces. Only for our own templates: they show these values and ask nothing of them but whether they
are there. A mark holds a character that no text on a page may hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from notifier.render import markup
from notifier.render.memo import Memo

_MARK = re.compile(r"\x01(\w+)\x01")

Render = Callable[[str, str, Mapping[str, Any]], str]


class Frames:
    """Of one set of templates. ``render`` gives a template, by its name, in a language, filled with values."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._known = Memo(256)

    def filled(
        self, name: str, lang: str, fixed: Mapping[str, Any], shown: Mapping[str, Any], ready: Mapping[str, bytes]
    ) -> bytes:
        """What a template gives that does nothing with ``shown`` and ``ready`` but show it. The latter is HTML, clean
        of what no page may hold, in UTF-8."""
        marks = {**shown, **ready}
        key = (name, lang, tuple(fixed.items()), tuple([n for n in marks if marks[n]]))
        pieces = self._known.get((), key, lambda: self._pieces(name, lang, fixed, marks))
        return b"".join(
            [p if isinstance(p, bytes) else ready[p] if p in ready else _shown(marks.get(p, "")) for p in pieces]
        )

    def _pieces(self, name: str, lang: str, fixed: Mapping[str, Any], marks: Mapping[str, Any]) -> list[bytes | str]:
        """HTML in UTF-8, and names of marks."""
        marked = {n: Markup(f"\x01{n}\x01") if text else "" for n, text in marks.items()}
        pieces = _MARK.split(self._render(name, lang, {**fixed, **marked}))
        return [piece if n % 2 else markup.clean(piece).encode() for n, piece in enumerate(pieces)]


@lru_cache(4096, typed=True)
def _shown(text: object) -> bytes:
    """As a template would show it."""
    return markup.clean(escape(text)).encode()
