"""What is around the blocks of a page, rendered once for many pages.

The layout is rendered with marks in place of what differs from page to page, and cut at them. Only for our own layout:
it shows these values and asks nothing of them. A mark holds a character that no text on a page may hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from markupsafe import Markup, escape

from notifier.render import markup
from notifier.render.memo import Memo

_BLOCKS = ("links", "seq", "main")
_VALUES = ("title", "summary", "favicon", "beneath", "as_of")
_MARK = re.compile(r"\x01(\w+)\x01")
_CUT = "<\x01>"  # no value can hold it: they are escaped

BARE = '{% import "parts.html" as parts %}\n' + _CUT.join(f"{{% block {b} %}}{{% endblock %}}" for b in _BLOCKS)
FRAME = '{% extends "layout.html" %}\n' + "".join(f"{{% block {b} %}}\x01{b}\x01{{% endblock %}}" for b in _BLOCKS)


class Frames:
    """Of one set of templates. ``render`` gives :data:`FRAME` filled with the values given."""

    def __init__(self, render: Callable[[str, Mapping[str, Any]], str]) -> None:
        self._render = render
        self._known = Memo(64)

    def around(self, lang: str, blocks: str, values: Mapping[str, Any]) -> str:
        """The page with these blocks, as :data:`BARE` has them."""
        fill = {b: markup.clean(text) for b, text in zip(_BLOCKS, blocks.split(_CUT), strict=True)}
        fill |= {name: markup.clean(escape(values[name])) for name in _VALUES}
        pieces = self._known.get((), _key(lang, values), lambda: self._pieces(lang, values))
        return "".join([fill[piece] if n % 2 else piece for n, piece in enumerate(pieces)])

    def _pieces(self, lang: str, values: Mapping[str, Any]) -> list[str]:
        """Text and names of marks by turns."""
        marked = {name: Markup(f"\x01{name}\x01") if values[name] else "" for name in _VALUES}
        if _index(values):
            marked["beneath"] = values["beneath"]
        pieces = _MARK.split(self._render(lang, {**values, **marked}))
        return [piece if n % 2 else markup.clean(piece) for n, piece in enumerate(pieces)]


def _key(lang: str, values: Mapping[str, Any]) -> Hashable:
    """What a frame depends on beside the marks: which values there are, and all that are no marks."""
    fixed = sorted((name, value) for name, value in values.items() if name not in _VALUES)
    there = tuple(bool(values[name]) for name in _VALUES)
    return lang, tuple(fixed), there, values["beneath"] if _index(values) else ""


def _index(values: Mapping[str, Any]) -> bool:
    """Whether the page is one of those whose address is that of its folder."""
    return str(values["beneath"]).endswith("index.html")
