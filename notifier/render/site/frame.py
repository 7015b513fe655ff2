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

_BLOCKS = ("links", "seq", "main")
_NAMES = tuple(f"block_{name}" for name in _BLOCKS)  # what frame.html calls them
_SHOWN = ("title", "summary", "favicon", "beneath", "as_of")
_MARK = re.compile(r"\x01(\w+)\x01")
_ROOT = "\x01root\x01"
_CUT = "<\x01>"  # no value can hold it: they are escaped

BARE = _CUT.join(f"{{% block {b} %}}{{% endblock %}}" for b in _BLOCKS)

Render = Callable[[str, str, Mapping[str, Any]], str]


class Held:
    """Pieces of HTML, clean of what no page may hold: on a page of ours a mark stands for each till all else is done.
    ``ours``: else each stands for itself."""

    def __init__(self, ours: bool) -> None:
        self._ours = ours
        self._pieces: dict[str, str] = {}

    def __call__(self, piece: Markup) -> Markup:
        """What a template is to show."""
        if not self._ours:
            return piece
        mark = str(len(self._pieces))
        self._pieces[mark] = piece
        return Markup(f"\x01{mark}\x01")

    def filled(self, text: str) -> str:
        """The text, clean, with the pieces; a mark that was not given is somebody's text, and no page may hold it."""
        parts = _MARK.split(text)
        return "".join([self._pieces.get(part, "") if n % 2 else markup.clean(part) for n, part in enumerate(parts)])


class Frames:
    """Of one set of templates. ``render`` gives a template, by its name, in a language, filled with values; ``bare``
    the same where :data:`BARE` is the layout."""

    def __init__(self, render: Render, bare: Render) -> None:
        self._render, self._bare = render, bare
        self._known = Memo(64)

    def blocks(self, name: str, lang: str, values: Mapping[str, Any], held: Held) -> dict[str, list[bytes]]:
        """The blocks of that template, for :meth:`around`, cut at ``root``; they do nothing with that but show it."""
        texts = self._bare(name, lang, {**values, "root": Markup(_ROOT)}).split(_CUT)
        return {n: [held.filled(p).encode() for p in t.split(_ROOT)] for n, t in zip(_NAMES, texts, strict=True)}

    def around(self, lang: str, values: Mapping[str, Any], blocks: Mapping[str, list[bytes]]) -> bytes:
        """The page with these blocks. ``values``: what the layout needs."""
        ready = {n: values["root"].encode().join(block) for n, block in blocks.items()}
        return self.filled("frame.html", lang, values, {}, ready)

    def filled(
        self, name: str, lang: str, values: Mapping[str, Any], shown: Mapping[str, Any], ready: Mapping[str, bytes]
    ) -> bytes:
        """The page of a template that does nothing with ``shown`` and ``ready`` but show it. The latter is HTML, clean
        of what no page may hold, in UTF-8."""
        marks = {**{n: values[n] for n in _SHOWN}, **shown, **ready}
        fixed = {n: values[n] for n in values if n not in marks}
        if _index(values):
            fixed["beneath"] = marks.pop("beneath")
        key = (name, lang, tuple(fixed.items()), tuple([n for n in marks if marks[n]]))
        pieces = self._known.get((), key, lambda: self._pieces(name, lang, fixed, marks))
        fill = {n: ready[n] if n in ready else _shown(text) for n, text in marks.items()}
        return b"".join([piece if isinstance(piece, bytes) else fill.get(piece, b"") for piece in pieces])

    def _pieces(self, name: str, lang: str, fixed: Mapping[str, Any], marks: Mapping[str, Any]) -> list[bytes | str]:
        """HTML in UTF-8, and names of marks."""
        marked = {n: Markup(f"\x01{n}\x01") if text else "" for n, text in marks.items()}
        pieces = _MARK.split(self._render(name, lang, {**fixed, **marked}))
        return [piece if n % 2 else markup.clean(piece).encode() for n, piece in enumerate(pieces)]


@lru_cache(4096, typed=True)
def _shown(text: object) -> bytes:
    """As a template would show it."""
    return markup.clean(escape(text)).encode()


def _index(values: Mapping[str, Any]) -> bool:
    """Whether the page is one of those whose address is that of its folder."""
    return str(values["beneath"]).endswith("index.html")
