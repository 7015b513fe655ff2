"""The small Markdown: what it means, and that nothing an admin or a monitor writes can break a channel."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.render.markup import (
    RENDER,
    Block,
    Doc,
    Span,
    clean,
    html,
    join,
    line,
    linkable,
    parse,
    plain,
    telegram,
    text_doc,
)

URL = "https://status.example.org/i/42"

# written, plain, Telegram, HTML
SHOWN = [
    ("Voice is down.", "Voice is down.", "Voice is down.", "<p>Voice is down.</p>"),
    ("a **b** c", "a b c", "a <b>b</b> c", "<p>a <strong>b</strong> c</p>"),
    ("*a* _b_", "a b", "<i>a</i> <i>b</i>", "<p><em>a</em> <em>b</em></p>"),
    ("***a***", "a", "<b><i>a</i></b>", "<p><strong><em>a</em></strong></p>"),
    ("**a *b***", "a b", "<b>a </b><b><i>b</i></b>", "<p><strong>a </strong><strong><em>b</em></strong></p>"),
    ("`a **b** <c>`", "a **b** <c>", "<code>a **b** &lt;c&gt;</code>", "<p><code>a **b** &lt;c&gt;</code></p>"),
    ("a & <b>", "a & <b>", "a &amp; &lt;b&gt;", "<p>a &amp; &lt;b&gt;</p>"),
    ("one\ntwo", "one\ntwo", "one\ntwo", "<p>one<br>two</p>"),
    ("one\n\n\ntwo", "one\n\ntwo", "one\n\ntwo", "<p>one</p><p>two</p>"),
    ("- a\n* b\nc", "- a\n- b\nc", "- a\n- b\nc", "<ul><li>a</li><li>b<br>c</li></ul>"),
    ("1. a\n3) b", "1. a\n3. b", "1. a\n3. b", '<ol><li value="1">a</li><li value="3">b</li></ol>'),
    ("a\n- b\n\nc", "a\n- b\n\nc", "a\n- b\n\nc", "<p>a</p><ul><li>b</li></ul><p>c</p>"),
    (
        f"See [the page]({URL}).",
        f"See the page ({URL}).",
        f'See <a href="{URL}">the page</a>.',
        f'<p>See <a href="{URL}" rel="noopener">the page</a>.</p>',
    ),
    (URL, URL, f'<a href="{URL}">{URL}</a>', f'<p><a href="{URL}" rel="noopener">{URL}</a></p>'),
    (
        "[status.example.org](https://status.example.org/)",
        "https://status.example.org/",
        '<a href="https://status.example.org/">status.example.org</a>',
        '<p><a href="https://status.example.org/" rel="noopener">status.example.org</a></p>',
    ),
    (
        "[write](mailto:admin@example.org)",
        "write (admin@example.org)",
        "write (admin@example.org)",
        '<p><a href="mailto:admin@example.org" rel="noopener">write</a></p>',
    ),
    (
        "[**a** & \"b\"](https://a.de/?x=1&y='2')",
        "a & \"b\" (https://a.de/?x=1&y='2')",
        '<a href="https://a.de/?x=1&amp;y=\'2\'"><b>a</b> &amp; "b"</a>',
        '<p><a href="https://a.de/?x=1&amp;y=\'2\'" rel="noopener"><strong>a</strong> &amp; "b"</a></p>',
    ),
]


@pytest.mark.parametrize(("written", "as_plain", "as_telegram", "as_html"), SHOWN)
def test_shown(written, as_plain, as_telegram, as_html):
    """What an admin may write, and how each kind of channel shows it."""
    doc = parse(written)

    assert plain(doc) == as_plain
    assert telegram(doc) == as_telegram
    assert html(doc) == as_html


LITERAL = [
    "2 * 3 * 4",
    "a*b*c",
    "snake_case_name and __init__",
    "**open",
    "*open",
    "** spaced **",
    "****",
    "a `tick",
    "# no heading",
    "> no quote",
    "[text]",
    "[text] (there)",
    "-no item",
    "1.no item",
    "1000. no item",
    "[a](javascript:alert(1))",
    "[a](data:text/html,x)",
    "[a](//evil.example)",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "&amp; &lt;",
    "http://",
    "https://user:secret@example.org/",
    "z.B. 3:0",
]


@pytest.mark.parametrize("text", LITERAL)
def test_literal(text):
    """Everything that is not markup stays as it was written."""
    doc = parse(text)

    assert plain(doc) == text
    assert all(span == Span(span.text) for block in doc.blocks for span in block.spans)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"\*a\* \_b\_ \`c\` \[d\](e) \\", r"*a* _b_ `c` [d](e) \ "[:-1]),
        (r"\- no item", "- no item"),
        (r"1\. no item", "1. no item"),
        (r"C:\temp\new", r"C:\temp\new"),
    ],
)
def test_backslash(written, shown):
    """A backslash takes the meaning from the sign after it, and is itself before anything else."""
    doc = parse(written)

    assert plain(doc) == shown
    assert [b.kind for b in doc.blocks] == ["paragraph"]


@pytest.mark.parametrize(
    ("written", "links"),
    [
        ("(https://a.de/x).", ["https://a.de/x"]),
        ("https://de.wikipedia.org/wiki/A_(B), dort", ["https://de.wikipedia.org/wiki/A_(B)"]),
        ("**https://a.de/x_y**", ["https://a.de/x_y"]),
        ("_https://a.de/x_", ["https://a.de/x"]),
        ("https://a.de/*x*y", ["https://a.de/*x*y"]),
        ("„https://münchen.de/ä“", ["https://münchen.de/ä"]),
        ("HTTP://A.DE", ["HTTP://A.DE"]),
        ("<https://a.de>", ["https://a.de"]),
        ("xhttps://a.de", []),
        ("https://[::1]/", []),
        ("[a](https://a.de/x_(y))", ["https://a.de/x_(y)"]),
        ("[https://good.de](https://evil.de)", ["https://good.de", "https://evil.de"]),
        ("[ ](https://a.de)", ["https://a.de"]),
        ("https://a.de/" + "x" * 2000, []),
    ],
)
def test_links(written, links):
    """A link ends where the sentence goes on, and its words never name another address than its own."""
    spans = [s for b in parse(written).blocks for s in b.spans if s.link]

    assert [s.link for s in spans] == links


def test_a_span_holds_nothing_dangerous():
    """Whoever composes a document cannot hand a remote what it refuses, nor a link that does something."""
    span = Span("a\x00b\ud800c\n\u202ed\ufffe\x1b", link="javascript:alert(1)")

    assert span == Span("ab\ufffdc d\ufffd")
    assert not linkable("https://a.de/\u200bx")
    assert not linkable('https://a.de/"onclick="x')


def test_line_ends_of_all_systems():
    """Windows, old Mac and Unicode line ends are line breaks, a lone carriage return too."""
    assert clean("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert plain(parse("a\r\n\r\nb")) == "a\n\nb"


def test_plain_addresses_do_not_grow():
    """Where words stand right behind a link, its plain address is kept apart from them."""
    assert plain(parse(f"[{URL}]({URL})b a[{URL}]({URL})")) == f"{URL} b a {URL}"


def test_composing():
    """Headlines and lines of literal text can be put before an admin's text."""
    head = Doc((line(Span("Voice", bold=True), ": *down*"),))
    doc = join(head, text_doc("- literal", "", "end"), parse("so *it* is"))

    assert plain(doc) == "Voice: *down*\n\n- literal\n\nend\n\nso it is"
    assert telegram(head) == "<b>Voice</b>: *down*"
    assert html(head) == "<p><strong>Voice</strong>: *down*</p>"
    assert plain(join(head, head)) == "Voice: *down*\nVoice: *down*"
    assert doc.blocks[1] == Block((Span("- literal"),), "paragraph")


SIGNS = st.sampled_from(
    [
        *"*_`[]()\\\n-1.<>&\"' #@!~|",
        "**",
        "https://",
        "http://a.de",
        "](",
        "](https://a.de)",
        "mailto:a@b.de",
        "- ",
        "\n\n",
    ]
)
HOSTILE = st.lists(SIGNS | st.text(max_size=4), max_size=25).map("".join)

ALLOWED = {"telegram": {"b", "i", "code", "a"}, "html": {"p", "br", "ul", "ol", "li", "strong", "em", "code", "a"}}
ATTRIBUTES = {"a": {"href", "rel"}, "li": {"value"}}


class Checker(HTMLParser):
    """Fails on tags that are not allowed or not balanced, and keeps the text."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.allowed = allowed
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        assert tag in self.allowed
        assert {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set())
        assert all(linkable(value) for name, value in attrs if name == "href")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def check(markup: str, doc: Doc) -> None:
    """``doc`` in that markup is well-formed, with the document's words and no other."""
    shown = RENDER[markup](doc)
    if markup == "plain":
        return
    checker = Checker(ALLOWED[markup])
    checker.feed(shown)
    checker.close()
    assert checker.open == []
    for block in doc.blocks:
        for span in block.spans:
            assert span.text in checker.text
    assert re.sub(r'</?[a-z]+( [a-z]+="[^"<>]*")*>', "", shown).count("<") == 0
    assert not re.search(r"&(?!amp;|lt;|gt;|quot;)", shown)
    ElementTree.fromstring(f"<x>{shown.replace('<br>', '<br/>')}</x>")


@given(st.text() | HOSTILE)
def test_any_text_is_well_formed(text):
    """Whatever is written, every channel gets well-formed markup of the few tags it takes."""
    doc = parse(text)

    for markup in RENDER:
        check(markup, doc)


@given(st.text() | HOSTILE)
def test_nothing_is_lost(text):
    """Every word of a text is shown: only marks, backslashes and spaces may go."""

    def words(shown: str) -> str:
        return re.sub(r"[\s\\*_`\[\]()\-.\d]|(?i:mailto:|https?://)|/", "", shown)

    written = words(clean(text))
    shown = words(plain(parse(text)))

    assert sorted(set(written)) == sorted(set(shown))
    assert len(shown) <= len(written)


@given(HOSTILE)
def test_escaped_text_is_literal(text):
    """A text in which every sign has a backslash is shown as it was."""
    escaped = re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)
    expected = [stripped for part in clean(text).replace("\t", " ").split("\n") if (stripped := part.strip())]

    assert [s for s in plain(parse(escaped)).split("\n") if s] == expected


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20000,
        "*a " * 10000,
        "`a``" * 5000,
        "http://." * 2000,
        "[a](http://" * 2000,
        "(https://a.de" + ")" * 20000,
        "*a _b **c " * 3000,
    ],
)
def test_hostile_text_takes_no_time(text):
    """Long texts of nothing but marks are read like any other."""
    assert plain(parse(text))
