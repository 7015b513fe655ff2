"""Counting as each remote counts: never less than the remote does.

What the names mean stands at ``notifier.channel.Limits.measure``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from unicodedata import category

from notifier.render import x

URL = 23

_JOINER = "\u200d"
_NON_JOINER = "\u200c"


def measure(text: str, how: str, markup: str = "plain") -> int:
    """Size of a rendered ``text`` in the units ``how``: chars, utf16, bytes, graphemes, x or mastodon.

    With markup "telegram" only what readers see counts ("after entities parsing", Bot API ``sendMessage``).
    Raises KeyError for a unit nobody knows.
    """
    return MEASURE[how](visible(text) if markup == "telegram" else text)


def visible(text: str) -> str:
    """What readers see of our Telegram HTML: without tags, entities as characters."""
    shown = re.sub(r"<[^>]*>", "", text)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        shown = shown.replace(entity, char)
    return shown


def utf16(text: str) -> int:
    """Code units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def graphemes(text: str) -> int:
    """User-perceived characters, never fewer than the extended grapheme clusters of UAX #29.

    Exact for combining marks, emoji sequences and flags; some scripts of India and South-East Asia count higher.
    """
    return sum(1 for _ in clusters(text))


def clusters(text: str) -> Iterator[str]:
    """``text`` in pieces of which none holds more than one extended grapheme cluster (UAX #29)."""
    if text.isascii() and "\r" not in text:
        yield from text
        return
    start = 0
    for end in range(1, len(text)):
        if not _joined(text, start, end):
            yield text[start:end]
            start = end
    if text:
        yield text[start:]


def _joined(text: str, start: int, pos: int) -> bool:
    """Whether the character at ``pos`` surely belongs to the cluster that began at ``start``."""
    before, char = text[pos - 1], text[pos]
    if before == "\r":
        return char == "\n"
    if _extends(char):
        return _extends(before) or category(before) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    if _regional(char):
        return pos - start == 1 and _regional(before)
    if before == _JOINER and _pictograph(char):
        return _pictograph(text[start : pos - 1].rstrip(_MARKS)[-1:])
    return False


_MARKS = "\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


def _extends(char: str) -> bool:
    """Grapheme_Extend, without spacing marks: rules GB9 and the first half of GB11."""
    if char < "\u0300":
        return False
    return (
        char in (_JOINER, _NON_JOINER)
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or category(char) in ("Mn", "Me")
    )


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _pictograph(char: str) -> bool:
    """Pictographs that take part in emoji sequences (a part of Extended_Pictographic)."""
    return char != "" and _pictographs().match(char) is not None


@cache
def _pictographs() -> re.Pattern[str]:
    return re.compile(
        "[\u2194\u2195\u2620\u2640\u2642\u2695\u2696\u26a7\u26d3\u26f9\u2708\u2764\u27a1\u2b1b"
        "\U0001f300-\U0001f320\U0001f32b\U0001f32d-\U0001f335\U0001f337-\U0001f37c\U0001f37e-\U0001f393"
        "\U0001f3a0-\U0001f3f0\U0001f3f3\U0001f3f4\U0001f3f8-\U0001f3fa\U0001f400-\U0001f4fd\U0001f4ff-\U0001f53d"
        "\U0001f574\U0001f575\U0001f5e8\U0001f600-\U0001f64f\U0001f680-\U0001f6c5\U0001f90d-\U0001f93a"
        "\U0001f93c-\U0001f945\U0001f947-\U0001f9ff\U0001fa70\U0001fa79\U0001faf1\U0001faf2]"
    )


def mastodon(text: str) -> int:
    """What Mastodon compares with its limit: graphemes, a link 23 whatever its length, ``@user@host`` as ``@user``.

    Only links that Mastodon surely sees are taken as such; one to a host it does not know counts at least 23.
    """
    total = pos = 0
    for start, end, weight in sorted([*_links(text), *_mentions(text)]):
        if start >= pos:
            total += graphemes(text[pos:start]) + weight
            pos = end
    return total + graphemes(text[pos:])


def _links(text: str) -> Iterator[tuple[int, int, int]]:
    """Links as (start, end, weight). The end is one that Mastodon's own grammar reaches too."""
    doubtful = "=&-_#'\"*!;:,.$%[]~|@+)"
    sure = {a: a + len(text[a:b].rstrip(doubtful)) for a, b in x.urls(text, bare=False)}
    yield from ((start, end, URL) for start, end in sure.items())
    for found in re.finditer(r"https?://[^\s<>]*", text, re.I):
        if found.start() not in sure:
            yield found.start(), found.end(), max(URL, graphemes(found[0]))


def _mentions(text: str) -> Iterator[tuple[int, int, int]]:
    """Mentions of users elsewhere, as (start, end, weight)."""
    name = r"(?<![\w@=/)])@(\w+)@[a-z0-9]+(?:[.-][a-z0-9]+)*(?=[,;!?)]|\.?(?:\s|\Z))"
    for found in re.finditer(name, text, re.ASCII | re.IGNORECASE):
        yield found.start(), found.end(), 1 + len(found[1])


MEASURE: dict[str, Callable[[str], int]] = {
    "chars": len,
    "utf16": utf16,
    "bytes": utf8,
    "graphemes": graphemes,
    "x": x.length,
    "mastodon": mastodon,
}
