"""The parts of one message, and what gives way when room is short.

What does not fit is given up in this order: former updates, oldest first; the text; the line about the incident; the
head. The link stays as long as there is room for anything of the head beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notifier.channel import Limits
from notifier.model import Route
from notifier.render import fit, markup
from notifier.render.markup import Doc, text_doc
from notifier.values import replace, value

MOST_PARTS = 10
EMPTY = Doc(())
_SAMPLE = "m" * 40

Fits = Callable[[Doc], bool]


@value
class Parts:
    """The parts of one message, in their order."""

    head: Doc
    about: Doc = EMPTY
    text: Doc = EMPTY
    former: tuple[Doc, ...] = ()
    link: Doc = EMPTY

    def doc(self) -> Doc:
        """All of it."""
        return markup.join(self.head, self.about, self.text, *self.former, self.link)


def docs(parts: Parts, route: Route, chain: bool) -> Sequence[Doc]:
    """The parts as one document that fits, or with ``chain``, where one is too small, as several."""
    fits, parts = room(route.limits), safe(parts, route.limits, MOST_PARTS if chain else 1)
    if not chain or fits(parts.doc()) or not fits(replace(parts, text=text_doc(_SAMPLE)).doc()):
        return (squeezed(parts, fits),)
    return _chained(parts, fits)


def _chained(parts: Parts, fits: Fits) -> list[Doc]:
    """Head, line, beginning of the text and link; then the rest of the text. Each ends with its number."""

    def around(doc: Doc, number: str) -> Doc:
        link = parts.link if doc.blocks[:1] == parts.head.blocks[:1] else EMPTY
        return markup.join(doc, beneath(number), link)

    def has_room(doc: Doc) -> bool:
        return fits(around(doc, f"({MOST_PARTS}/{MOST_PARTS})"))

    docs = fit.split(markup.join(parts.head, parts.about, parts.text), has_room)
    if len(docs) > MOST_PARTS:
        last = fit.shorten(markup.join(*docs[MOST_PARTS - 1 :]), has_room)
        docs = [*docs[: MOST_PARTS - 1], last]
    return [around(doc, f"({i}/{len(docs)})") for i, doc in enumerate(docs, 1)]


def squeezed(parts: Parts, fits: Fits) -> Doc:
    """The parts as one document that fits."""
    while parts.former and not fits(parts.doc()):
        parts = replace(parts, former=parts.former[:-1])
    if parts.link.blocks and not _shortened(parts.head, lambda d: fits(markup.join(d, parts.link))).blocks:
        parts = replace(parts, link=EMPTY)
    for give_way in (_less_text, _less_about, _less_head):
        if not fits(parts.doc()):
            parts = give_way(parts, fits)
    return parts.doc()


def _less_text(parts: Parts, fits: Fits) -> Parts:
    return replace(parts, text=_shortened(parts.text, lambda doc: fits(replace(parts, text=doc).doc())))


def _less_about(parts: Parts, fits: Fits) -> Parts:
    return replace(parts, about=_shortened(parts.about, lambda doc: fits(replace(parts, about=doc).doc())))


def _less_head(parts: Parts, fits: Fits) -> Parts:
    return replace(parts, head=_shortened(parts.head, lambda doc: fits(replace(parts, head=doc).doc())))


def _shortened(doc: Doc, room: Fits) -> Doc:
    """As much of ``doc`` as there is room for; nothing where even a word is too much."""
    short = fit.shorten(doc, room)
    return short if room(short) else EMPTY


def room(limits: Limits) -> Fits:
    """Whether a document is within the limits, in its markup and as the plain text that may have to stand in."""
    plain = replace(limits, markup="plain")
    if limits.markup == "plain":
        return lambda doc: fit.fits(doc, limits)
    return lambda doc: fit.fits(doc, limits) and fit.fits(doc, plain)


def safe(parts: Parts, limits: Limits, messages: int = 1) -> Parts:
    """Without what surely has no room in so many messages; where a remote makes its own of @ and #, without mentions
    and hashtags that nobody meant."""
    most = None if limits.size is None else 2 * limits.size * (messages + 1)
    if most is not None and _length(parts.text) > most:  # counting as X does is slow
        parts = replace(parts, text=fit.shorten(parts.text, lambda doc: _length(doc) <= most))
    if limits.measure not in ("x", "mastodon"):
        return parts
    return replace(parts, head=fit.defuse(parts.head), about=fit.defuse(parts.about), text=fit.defuse(parts.text))


def _length(doc: Doc) -> int:
    """Characters of its words."""
    return sum(len(span.text) for block in doc.blocks for span in block.spans)


def beneath(text: str) -> Doc:
    """Words taken as they are, on the next line; nothing for none."""
    return Doc((markup.line(text),)) if text else EMPTY
