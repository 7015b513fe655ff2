"""Making a document fit: shorter, or as a chain of parts; and without mentions that nobody meant.

Documents are cut, never rendered text, so markup is balanced whatever the channel. A cut never falls into the words
of a link, into code or into a character; where a word has to be cut, that is the last resort.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple
from unicodedata import category, combining

from notifier.channel import Limits
from notifier.render.count import clusters, measure
from notifier.render.markup import RENDER, Block, Doc, Span, address, link_text, merged, plain
from notifier.values import replace

__all__ = ["defuse", "fits", "harmless", "measure", "shorten", "split"]

PARAGRAPH, SENTENCE, WORD, LETTER = 3, 2, 1, 0


class _Cut(NamedTuple):
    """A place where a document may be cut: before ``offset`` of the text of block ``block``.

    size: characters before it in the whole document. level: how good a place it is.
    """

    block: int
    offset: int
    size: int
    level: int


_START = _Cut(0, 0, 0, PARAGRAPH)


def fits(doc: Doc, limits: Limits) -> bool:
    """Whether ``doc``, rendered in the markup of ``limits``, is within their size."""
    return limits.size is None or measure(RENDER[limits.markup](doc), limits.measure, limits.markup) <= limits.size


def shorten(doc: Doc, room: Callable[[Doc], bool]) -> Doc:
    """The longest beginning of ``doc`` that has room: all of it, or up to the end of a sentence or a word with "…".

    A sentence is kept whole where that costs less than half. Empty when nothing fits. room: must hold for every
    beginning of what it holds for; it is asked O(log n) times.
    """
    if room(doc):
        return doc

    def cut(end: _Cut, dots: str = "") -> Doc:
        return _dotted(_between(doc, _START, end), dots)

    words = list(_cuts(doc))[:-1]
    sentences = [end for end in words if end.level >= SENTENCE]
    whole = sentences[: _fitting(sentences, lambda end: room(cut(end)))][-1:]
    dotted = words[: _fitting(words, lambda end: room(cut(end, " …")))][-1:]
    if whole and (not dotted or whole[0].size * 2 >= dotted[0].size):
        return cut(whole[0])
    if dotted:
        return cut(dotted[0], " …")
    letters = list(_letters(doc))
    last = letters[: _fitting(letters, lambda end: room(cut(end, "…")))][-1:]
    return cut(last[0], "…") if last else Doc()


def split(doc: Doc, fits: Callable[[Doc], bool]) -> list[Doc]:
    """``doc`` as a chain of parts that fit, cut between paragraphs, else sentences, else words; nothing is lost.

    A link or code that is too long for a part of its own becomes plain text and is cut too. Where not even one
    character fits, the word stands in a part of its own. fits: as ``room`` of :func:`shorten`.
    """
    cuts = list(_cuts(doc))
    parts: list[Doc] = []
    start = _START
    while cuts:
        count = _fitting(cuts, lambda end, start=start: fits(_between(doc, start, end)))  # type: ignore[misc]
        if count:
            taken = count if count == len(cuts) else _best(cuts[:count], start.size)
            parts.append(_between(doc, start, cuts[taken - 1]))
        else:
            taken = 1
            parts += _pieces(_between(doc, start, cuts[0]), fits)
        start, cuts = cuts[taken - 1], cuts[taken:]
    return [part for part in parts if part.blocks]


def _best(cuts: Sequence[_Cut], start: int) -> int:
    """How many of the places that fit to take: all, or up to the end of a paragraph or sentence that keeps half."""
    half = start + (cuts[-1].size - start) / 2
    good = [(cut.level, i) for i, cut in enumerate(cuts, 1) if cut.level >= SENTENCE and cut.size >= half]
    return max(good, default=(WORD, len(cuts)))[1]


def _pieces(doc: Doc, fits: Callable[[Doc], bool]) -> list[Doc]:
    """One word, link or piece of code that does not fit: in pieces that do, or as it is if not even a letter does."""
    doc = Doc(tuple(replace(block, spans=(Span(plain(Doc((replace(block, kind="line"),)))),)) for block in doc.blocks))
    cuts = [*_letters(doc), *list(_cuts(doc))[-1:]]
    parts: list[Doc] = []
    start = _START
    while cuts:
        count = _fitting(cuts, lambda end, start=start: fits(_between(doc, start, end)))  # type: ignore[misc]
        taken = count or len(cuts)
        parts.append(_between(doc, start, cuts[taken - 1]))
        start, cuts = cuts[taken - 1], cuts[taken:]
    return parts


def _fitting(cuts: Sequence[_Cut], ok: Callable[[_Cut], bool]) -> int:
    """How many of ``cuts`` are ok, if all before one that is are too. Asks near the beginning first: cheap."""
    low, step = 0, 1
    while low < len(cuts) and ok(cuts[min(low + step, len(cuts)) - 1]):
        low = min(low + step, len(cuts))
        step *= 2
    high = min(low + step, len(cuts))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if ok(cuts[middle - 1]) else (low, middle)
    return low


# Where to cut

_CJK = "\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff"
_CLOSING = "\"'»«“”’‘)]*_"
_ABBREVIATED = frozenset(
    "abs approx bzgl bzw ca dr etc evtl ggf inkl jr max min mr mrs ms nr prof sog st std str tel usw vgl vs".split()
)


@cache
def _word_end() -> re.Pattern[str]:
    return re.compile(rf"(?<=\S)(?=\s)|(?<=[{_CJK}。、！？])(?=[{_CJK}])")


def _cuts(doc: Doc) -> Iterator[_Cut]:
    """Ends of words, sentences and paragraphs, in order; the last is the end of the document."""
    size = 0
    for i, block in enumerate(doc.blocks):
        text = _text(block)
        inside = _inside(block)
        for found in _word_end().finditer(text):
            end = found.start()
            if not inside[end]:
                yield _Cut(i, end, size + end, SENTENCE if _ends_sentence(text, end) else WORD)
        size += len(text)
        after = doc.blocks[i + 1 : i + 2]
        yield _Cut(i, len(text), size, PARAGRAPH if not after or after[0].kind == "paragraph" else SENTENCE)


def _letters(doc: Doc) -> Iterator[_Cut]:
    """Places within the first block where a character ends."""
    if not doc.blocks:
        return
    text, inside = _text(doc.blocks[0]), _inside(doc.blocks[0])
    end = 0
    for cluster in clusters(text):
        if end and not inside[end] and _separable(text[end - 1], cluster[0]):
            yield _Cut(0, end, end, LETTER)
        end += len(cluster)


def _separable(before: str, after: str) -> bool:
    """Not within a syllable: spacing marks, viramas and conjoining jamo bind where ``clusters`` counts apart."""
    return category(after) != "Mc" and combining(before) != 9 and not "\u1160" <= after <= "\u11ff"


def _text(block: Block) -> str:
    return "".join(s.text for s in block.spans)


def _inside(block: Block) -> bytearray:
    """For each offset of the block's text whether it lies within a link or code."""
    inside = bytearray(len(_text(block)) + 1)
    start = 0
    for (code, link), run in groupby(block.spans, lambda s: (s.code and not s.link, s.link)):
        end = start + sum(len(s.text) for s in run)
        if (code or link) and end - start > 1:
            inside[start + 1 : end] = b"\x01" * (end - start - 1)
        start = end
    return inside


def _ends_sentence(text: str, end: int) -> bool:
    """Whether a sentence ends there: not after "z.B.", "14." or "ca.", and not before a small letter."""
    before = text[max(0, end - 40) : end].rstrip(_CLOSING)
    if before[-1:] not in (".", "!", "?", "…", "。", "！", "？") or text[end : end + 9].lstrip()[:1].islower():
        return False
    if before[-1] != ".":
        return True
    word = re.split(r"[\s(\"'„“»]", before[:-1])[-1]
    return not (word.isdigit() or word.lower() in _ABBREVIATED or all(len(part) < 2 for part in word.split(".")))


# Cutting


def _between(doc: Doc, start: _Cut, stop: _Cut) -> Doc:
    """What stands between two cuts. The rest of a block that began before is a line of its own."""
    blocks = []
    for i, block in enumerate(doc.blocks[start.block : stop.block + 1], start.block):
        begin = start.offset if i == start.block else 0
        end = stop.offset if i == stop.block else len(_text(block))
        piece = _slice(block, begin, end)
        blocks.append(replace(piece, kind="line", number=0) if begin else piece)
    return Doc(tuple(block for block in blocks if block.spans))


def _slice(block: Block, start: int, stop: int) -> Block:
    """A block's text from ``start`` to ``stop``, without the spaces around."""
    text = _text(block)[start:stop]
    start += len(text) - len(text.lstrip())
    stop -= len(text) - len(text.rstrip())
    ends = accumulate(len(s.text) for s in block.spans)
    places = ((span, end - len(span.text)) for span, end in zip(block.spans, ends, strict=True))
    spans = (replace(s, text=s.text[max(0, start - at) : max(0, stop - at)]) for s, at in places)
    return replace(block, spans=tuple(s for s in spans if s.text))


def _dotted(doc: Doc, dots: str) -> Doc:
    """With an ellipsis at the end."""
    if not doc.blocks or not dots:
        return doc
    last = doc.blocks[-1]
    return Doc((*doc.blocks[:-1], replace(last, spans=(*last.spans, Span(dots)))))


# Mentions and hashtags

WORD_JOINER = "\u2060"

_STOP = r"\s!-/:-@\[-^`{-~"


@cache
def _signs() -> re.Pattern[str]:
    """Signs that would mean something, and e-mail addresses, in which none does."""
    return re.compile(
        r"(?P<mail>(?<![\w.+\-])(?!rt@)[a-z0-9_.+\-]*[a-z0-9_]@[\w\-]+(?:\.[\w\-]+)+)"
        r"|[@＠](?=[a-z0-9_])"
        rf"|(?<![^\W_])[#＃](?![0-9]+(?:[{_STOP}–—…“”„»«]|\Z))(?=[^{_STOP}＃＠{WORD_JOINER}])"
        r"|\$(?=[a-z])",
        re.I,
    )


def harmless(text: str) -> str:
    """``text`` in which no @, # or $ makes a mention, hashtag or cashtag on X or Mastodon; e-mail addresses stay.

    A word joiner (U+2060, invisible; weighs 2 on X) follows each sign that would.
    """
    return _joined(text, _awake(text))


def defuse(doc: Doc) -> Doc:
    """``doc`` with harmless words, code included since X and Mastodon show it as text; addresses of links stay."""
    return Doc(tuple(replace(block, spans=tuple(merged(_defused(block)))) for block in doc.blocks))


def _defused(block: Block) -> Iterator[Span]:
    ends = _awake(_text(block))
    start = 0
    for link, run in groupby(block.spans, lambda s: s.link):
        spans = list(run)
        bare = link != "" and link_text("".join(s.text for s in spans), link) == address(link)
        for span in spans:
            stop = start + len(span.text)
            here = [] if bare else ends[bisect_right(ends, start) : bisect_right(ends, stop)]
            yield replace(span, text=_joined(span.text, [end - start for end in here]))
            start = stop


def _awake(text: str) -> list[int]:
    """Where the signs that would mean something end."""
    return [found.end() for found in _signs().finditer(text) if found["mail"] is None]


def _joined(text: str, ends: Sequence[int]) -> str:
    return WORD_JOINER.join(text[a:b] for a, b in pairwise([0, *ends, len(text)]))
