"""The small Markdown of admins' texts, and how each kind of channel shows it.

What an admin may write stands in docs/reference/markup.md; everything else is literal text. A text comes in as
``parse(text)``, is composed and cut as a ``Doc``, and goes out through one of ``RENDER``. What a remote refuses
(control characters, lone surrogates) and what would reach beyond the text (bidirectional overrides, foreign
schemes) cannot be held by a ``Span``, so no renderer has to look for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal, NamedTuple

from notifier.values import replace, value

Kind = Literal["paragraph", "item", "line"]

LONGEST_LINK = 2000

# XML 1.0 (2.2) and Telegram refuse the first two rows, X the byte order mark; the last would turn what follows around.
_DROPPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb\u202a-\u202e\u2066-\u2069]")
_REPLACED = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane + last) for plane in range(0x10000, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_ODD = re.compile("|".join(p.pattern for p in (_DROPPED, _REPLACED, _NEWLINES)))
_SPACES = re.compile("[\t\n]")


def clean(text: str) -> str:
    """``text`` that any remote takes: only "\\n" breaks lines; no control characters, surrogates, noncharacters."""
    if _plainly(text) or not _ODD.search(text):
        return text
    return _REPLACED.sub("\ufffd", _DROPPED.sub("", _NEWLINES.sub("\n", text)))


def _plainly(text: str) -> bool:
    """Whether one quick look is enough. All that is odd is not printable; two that are not printable are not odd."""
    return text.isprintable() or text.replace("\n", "").replace("\xa0", "").isprintable()


@value
class Span:
    """A piece of one line in one style. ``text`` is cleaned of what no remote takes; its line breaks become spaces.

    link: an http, https or mailto URL; anything else becomes "".
    """

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""

    def __post_init__(self) -> None:
        if not (self.text.isprintable() and self.text.isascii()):
            object.__setattr__(self, "text", _SPACES.sub(" ", clean(self.text)))
        if self.link and not linkable(self.link):
            object.__setattr__(self, "link", "")

    @property
    def whole(self) -> bool:
        """Must not be cut: code, and the words of a link."""
        return self.code or self.link != ""


@value
class Block:
    """One line of text: it begins a paragraph, follows the line before without a gap, or is an item of a list.

    number: of an item in a numbered list, from 1; 0: a bullet.
    """

    spans: tuple[Span, ...]
    kind: Kind = "paragraph"
    number: int = 0


@value
class Doc:
    """A text: its lines in order."""

    blocks: tuple[Block, ...] = ()


def line(*spans: Span | str) -> Block:
    """A block that stands on the next line, without a gap; strings are literal text."""
    return Block(tuple(Span(s) if isinstance(s, str) else s for s in spans), "line")


def text_doc(*lines: str) -> Doc:
    """Literal text, line by line, without any markup; an empty line begins a new paragraph."""
    return Doc(
        tuple(
            Block((Span(text),), "line" if before else "paragraph")
            for before, text in zip(("", *lines), lines, strict=False)
            if text
        )
    )


def linked(doc: Doc, url: str) -> Doc:
    """Where ``url`` stands in the text, it can be followed; nothing where it may not become a link."""
    if not linkable(url):
        return doc
    return Doc(tuple(replace(b, spans=tuple(s for span in b.spans for s in _around(span, url))) for b in doc.blocks))


def _around(span: Span, url: str) -> Iterator[Span]:
    before, found, after = span.text.partition(url)
    yield from (replace(span, text=text) for text in (before,) if text)
    if found:
        yield replace(span, text=url, link=url)
        yield from (replace(span, text=text) for text in (after,) if text)


def join(*docs: Doc) -> Doc:
    """One after the other; whether there is a gap between says the kind of the first block of each."""
    return Doc(tuple(block for doc in docs for block in doc.blocks))


# Reading

_URL_CHAR = r"[^\s<>\"\\^`{|}\[\]\u00ad\u200b-\u200f\u2060-\u2064]"
_HTTP = re.compile(rf"https?://\w[\w.\-]*(?::\d{{1,5}})?(?:[/?#]{_URL_CHAR}*)?", re.I)
_MAILTO = re.compile(rf"mailto:[\w.+%\-]+@\w[\w.\-]*(?:\?{_URL_CHAR}*)?", re.I)
_ITEM = re.compile(r"(?:[-*]|(?P<number>[1-9]\d{0,2})[.)])[ \t]+(?=\S)")
_TARGET = rf"(?:(?![()]){_URL_CHAR})*(?:\((?:(?![()]){_URL_CHAR})*\)(?:(?![()]){_URL_CHAR})*)*"
_TOKEN = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    rf"|\[(?P<label>(?:\\.|[^\[\]\\])+)\]\((?P<target>{_TARGET})\)"
    rf"|(?<![^\W_])(?P<url>https?://{_URL_CHAR}+)"
    r"|(?P<mark>\*+|_+)",
    re.I,
)
_SPECIAL = re.compile(r"[\\`\[*_]|://")  # without any of these there is no token


class _Mark(NamedTuple):
    """Asterisks or an underscore that may begin or end emphasis."""

    text: str
    opens: bool
    closes: bool


def linkable(url: str) -> bool:
    """Whether ``url`` may become a link: http and https without user name, mailto; at most 2000 characters."""
    return len(url) <= LONGEST_LINK and bool(_HTTP.fullmatch(url) or _MAILTO.fullmatch(url))


def parse(text: str) -> Doc:
    """The text of an admin as a document. Takes any string and never raises."""
    blocks: list[Block] = []
    gap = True
    for written in clean(text).split("\n"):
        stripped = written.strip()
        item = _ITEM.match(stripped)
        spans = tuple(_inline(stripped[item.end() if item else 0 :]))
        if spans and item:
            blocks.append(Block(spans, "item", int(item["number"] or 0)))
        elif spans:
            blocks.append(Block(spans, "paragraph" if gap else "line"))
        gap = not spans
    return Doc(tuple(blocks))


def _inline(text: str, link: str = "") -> list[Span]:
    """The spans of a line, or of the words of ``link``."""
    if not _SPECIAL.search(text):
        return [Span(text, link=link)] if text else []
    pieces = list(_pieces(text, link))
    paired = _pairs(pieces)
    bold = italic = 0
    spans = []
    for i, piece in enumerate(pieces):
        if isinstance(piece, Span):
            if bold or italic:
                piece = replace(piece, bold=piece.bold or bold > 0, italic=piece.italic or italic > 0)
            spans.append(piece)
        elif i not in paired:
            spans.append(Span(piece.text, bold > 0, italic > 0, link=link))
        elif piece.text == "**":
            bold += paired[i]
        else:
            italic += paired[i]
    return list(merged(spans))


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbours of one style as one, without empty ones."""
    for (bold, italic, code, link), run in groupby(spans, lambda s: (s.bold, s.italic, s.code, s.link)):
        first, *more = run
        one = Span("".join([s.text for s in (first, *more)]), bold, italic, code, link) if more else first
        yield from [one] if one.text else []


def _pieces(text: str, link: str) -> Iterator[Span | _Mark]:
    """Literal text, code, links and marks, in order."""
    pos = 0
    while found := _TOKEN.search(text, pos):
        yield Span(text[pos : found.start()], link=link)
        pieces, pos = _piece(text, found, link)
        yield from pieces
    yield Span(text[pos:], link=link)


def _piece(text: str, found: re.Match[str], link: str) -> tuple[Iterable[Span | _Mark], int]:
    """What a token stands for, and where to read on."""
    if found["escaped"]:
        return [Span(found["escaped"], link=link)], found.end()
    if found["code"]:
        return [Span(found["code"].strip() or found["code"], code=True, link=link)], found.end()
    if found["mark"]:
        return _marks(text, found.start(), found.end(), link), found.end()
    if not link and found["label"]:
        label, target = _inline(found["label"], found["target"]), found["target"]
        if linkable(target) and _honest("".join(s.text for s in label), target):
            return label, found.end()
    if not link and found["url"]:
        url = _trimmed(found["url"])
        if linkable(url):
            return [Span(url, link=url)], found.start() + len(url)
    opening = found.end("label") + 1 if found["label"] and link else found.start() + 1
    return [Span(text[found.start() : opening], link=link)], opening


def _honest(label: str, target: str) -> bool:
    """Words that look like another address than the one behind them would deceive; blank ones show nothing."""
    return bool(label.strip()) and ("://" not in label or label.strip() == target)


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it: its end, and brackets that were opened before."""
    extra = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in ".,;:!?'*_~…“”„»«‘’。，」』）" or (url[end - 1] == ")" and extra > 0)):
        end -= 1
        extra -= url[end] == ")"
    return url[:end]


def _marks(text: str, start: int, end: int, link: str) -> Iterable[Span | _Mark]:
    """The marks in a run of asterisks or underscores; a run that means nothing is text."""
    run, before, after = text[start:end], text[start - 1 : start], text[end : end + 1]
    if len(run) > (3 if run[0] == "*" else 1):
        return [Span(run, link=link)]
    inside = run != "**"  # only bold may begin or end within a word
    opens = bool(after.strip()) and not (inside and before.isalnum())
    closes = bool(before.strip()) and not (inside and after.isalnum())
    if len(run) < 3:
        return [_Mark(run, opens, closes)]
    return [_Mark(m, opens, closes) for m in (("*", "**") if closes else ("**", "*"))]


def _pairs(pieces: list[Span | _Mark]) -> dict[int, int]:
    """Indices of the marks that belong together: +1 begins emphasis, -1 ends it. Pairs never cross."""
    paired: dict[int, int] = {}
    waiting: list[int] = []
    open_marks: list[str] = []
    for i, piece in enumerate(pieces):
        if not isinstance(piece, _Mark):
            continue
        if piece.closes and piece.text in open_marks:
            while open_marks.pop() != piece.text:
                waiting.pop()
            paired[waiting.pop()] = 1
            paired[i] = -1
        elif piece.opens and piece.text not in open_marks:
            waiting.append(i)
            open_marks.append(piece.text)
    return paired


# Showing

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def plain(doc: Doc) -> str:
    """Text without any markup: a link is its URL, after its words where they differ."""
    return _lines(doc, _plain_spans)


def telegram(doc: Doc) -> str:
    """HTML as Telegram's Bot API takes it ("HTML style"): b, i, code, a; line breaks as they are."""
    return _lines(doc, lambda spans: "".join(_telegram_run(link, run) for link, run in _runs(spans)))


def html(doc: Doc) -> str:
    """A safe fragment of HTML for pages, mail and feeds: p, br, ul, ol, li, strong, em, code, a."""
    units: list[list[Block]] = []
    for block in doc.blocks:
        if block.kind == "line" and units:
            units[-1].append(block)
        else:
            units.append([block])
    return "".join(_html_part(tag, list(part)) for tag, part in groupby(units, lambda unit: _tag(unit[0])))


def _lines(doc: Doc, spans: Callable[[tuple[Span, ...]], str]) -> str:
    """Blocks as lines of text, an empty line before each paragraph but the first."""
    out: list[str] = []
    for block in doc.blocks:
        gap = "" if not out else "\n\n" if block.kind == "paragraph" else "\n"
        bullet = "" if block.kind != "item" else f"{block.number}. " if block.number else "- "
        out.append(gap + bullet + spans(block.spans))
    return "".join(out)


def _runs(spans: tuple[Span, ...]) -> list[tuple[str, list[Span]]]:
    """Neighbouring spans of one link together, and others by themselves."""
    return [(link, list(run)) for link, run in groupby(spans, lambda s: s.link)]


def _words(run: Iterable[Span]) -> str:
    return "".join(s.text for s in run)


def _plain_spans(spans: tuple[Span, ...]) -> str:
    out = ""
    ended = False  # a bare address stands at the end, which must not grow
    for link, run in _runs(spans):
        shown = link_text(_words(run), link) if link else _words(run)
        stuck = (ended and re.match(r"[\w/?#&=%+~@$:-]", shown)) or (
            link and re.search(r"\w\Z", out) and "://" in shown
        )
        out += (" " if stuck else "") + shown
        ended = link != "" and shown.endswith(address(link))
    return out


def link_text(label: str, link: str) -> str:
    """A link as text: its words and its address, or the address alone where the words are just that."""
    bare = address(link)
    same = {form.rstrip("/") for form in (link, bare, re.sub(r"(?i)\Ahttps?://", "", link))}
    return bare if label.strip().rstrip("/") in same else f"{label} ({bare})"


def address(link: str) -> str:
    """A link's target as text: the URL, or the e-mail address."""
    return re.sub(r"(?i)\Amailto:", "", link)


def _telegram_run(link: str, run: list[Span]) -> str:
    if link.lower().startswith("mailto:"):  # Telegram takes no such links, but finds addresses by itself
        return link_text(_words(run), link).translate(_TEXT)
    shown = "".join(_telegram_span(s) for s in run)
    return f'<a href="{link.translate(_ATTRIBUTE)}">{shown}</a>' if link else shown


def _telegram_span(span: Span) -> str:
    """Code cannot be part of anything else there ("pre and code entities can't contain other entities")."""
    shown = span.text.translate(_TEXT)
    if span.code and not span.link:
        return f"<code>{shown}</code>"
    shown = f"<i>{shown}</i>" if span.italic else shown
    return f"<b>{shown}</b>" if span.bold else shown


def _tag(block: Block) -> str:
    return "p" if block.kind != "item" else "ol" if block.number else "ul"


def _html_part(tag: str, units: list[list[Block]]) -> str:
    """A list, or some paragraphs."""
    shown = ["<br>".join(map(_html_line, unit)) for unit in units]
    if tag == "p":
        return "".join(f"<p>{text}</p>" for text in shown)
    if tag == "ul":
        return f"<ul>{''.join(f'<li>{text}</li>' for text in shown)}</ul>"
    items = "".join(f'<li value="{unit[0].number}">{text}</li>' for unit, text in zip(units, shown, strict=True))
    return f"<ol>{items}</ol>"


def _html_line(block: Block) -> str:
    out: list[str] = []
    for link, run in _runs(block.spans):
        shown = "".join(_html_span(s) for s in run)
        out.append(f'<a href="{link.translate(_ATTRIBUTE)}" rel="noopener">{shown}</a>' if link else shown)
    return "".join(out)


def _html_span(span: Span) -> str:
    shown = span.text.translate(_TEXT)
    shown = f"<code>{shown}</code>" if span.code else shown
    shown = f"<em>{shown}</em>" if span.italic else shown
    return f"<strong>{shown}</strong>" if span.bold else shown


RENDER: dict[str, Callable[[Doc], str]] = {"plain": plain, "telegram": telegram, "html": html}
