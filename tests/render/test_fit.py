"""Texts fit, whatever they are: shortened at a good place, or as a chain in which nothing is missing."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channel import Limits
from notifier.render.count import measure
from notifier.render.fit import WORD_JOINER, defuse, fits, harmless, shorten, split
from notifier.render.markup import RENDER, Block, Doc, Span, parse, plain, telegram
from tests.render.test_markup import HOSTILE, check

URL = "https://status.example.org/i/42"
EVENING = (
    "**Der Sprachserver ist weg.** Wir arbeiten z.B. daran, ca. 14:05 Uhr. Am 14. Mai ist alles gut! "
    f"Siehe [die Seite des Vorfalls]({URL}) für mehr.\n\nNeuer Absatz mit **fett und *kursiv* hier**. Ende."
)


def at_most(size: int):
    return lambda doc: len(plain(doc)) <= size


def cut(text: str, size: int) -> str:
    return plain(shorten(parse(text), at_most(size)))


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("One two three.", 14, "One two three."),
        ("One two three.", 13, "One two …"),
        ("One two three.", 8, "One …"),
        ("One two three.", 4, "One…"),
        ("One two three.", 1, ""),
        ("One two. Three four five.", 20, "One two."),
        ("One. Two three four five six.", 24, "One. Two three four …"),
        ("Wir sind ca. 14:05 Uhr da.", 16, "Wir sind ca. …"),
        ("Am 14. Mai ist es gut.", 9, "Am 14. …"),
        ("Es geht z.B. wieder gut.", 15, "Es geht z.B. …"),
        ("Danke! Wir melden uns.", 10, "Danke!"),
        ("Er sagte „Es geht.“ Dann nicht.", 22, "Er sagte „Es geht.“"),
        ("Head\n\nA long paragraph", 12, "Head"),
        ("Head\n\nA longer paragraph", 18, "Head\n\nA longer …"),
        ("A headline\n\nlongparagraph", 15, "A headline"),
        ("Donaudampfschiff", 6, "Donau…"),
        ("e\u0301e\u0301e\u0301", 5, "e\u0301e\u0301…"),
        ("日本語。障害が発生しました。", 6, "日本語。"),
        ("日本語で障害が発生しました", 6, "日本語で …"),
        ("- one two\n- three four", 15, "- one two"),
        ("", 0, ""),
    ],
)
def test_shortened(text, size, expected):
    """The longest beginning that fits, ended at a sentence if that keeps half of it, else at a word."""
    assert cut(text, size) == expected


def test_a_link_is_never_cut():
    """A link stands with all its words and its whole address, or not at all."""
    text = f"Siehe [die Seite des Vorfalls]({URL}) für mehr."

    for size in range(len(plain(parse(text)))):
        shown = cut(text, size)
        assert ("Seite" in shown) == (URL in shown)
        assert shown.rstrip("…").rstrip() in ("", *"S Si Sie Sieh Siehe".split()) or URL in shown


def test_code_is_never_cut():
    """A command stays whole, since half of one may do something else."""
    assert cut("Run `rm -rf old stuff` now", 15) == "Run …"
    assert cut("`rm -rf old stuff`", 10) == ""
    assert telegram(shorten(parse("Run `rm -rf old` now please"), at_most(19))) == "Run <code>rm -rf old</code> …"


def test_formatting_stays_balanced():
    """Cutting within bold words leaves them bold and closes them."""
    short = shorten(parse("a **b c d e f** g"), at_most(8))

    assert telegram(short) == "a <b>b c</b> …"


def test_room_is_asked_seldom():
    """A long text is cut with a few dozen questions, not one a word."""
    asked = []

    def room(doc: Doc) -> bool:
        asked.append(doc)
        return len(plain(doc)) <= 5000

    short = shorten(parse("Some words in a row " * 5000), room)

    assert 4900 < len(plain(short)) <= 5000
    assert len(asked) < 60


LIMITS = [
    Limits(280, "x"),
    Limits(40, "x"),
    Limits(500, "mastodon"),
    Limits(30, "graphemes"),
    Limits(60, "utf16", "telegram"),
    Limits(160, "bytes", "html"),
    Limits(25, "chars"),
]
TEXTS = st.one_of(
    HOSTILE,
    st.lists(
        st.sampled_from(
            [*EVENING.split(), "\n", "\n\n", "- ", "`a b`", "👩‍🚀", "🇩🇪", "日本語。", "e\u0301", "example.org", "<&>"]
        ),
        max_size=60,
    ).map(" ".join),
)


@given(TEXTS, st.sampled_from(LIMITS))
def test_shortened_text_fits_and_is_well_formed(text, limits):
    """Whatever the text and the remote: what is sent is within its limit, well-formed, and a beginning of the text."""
    doc = parse(text)
    short = shorten(doc, lambda d: fits(d, limits))

    assert fits(short, limits)
    check(limits.markup, short)
    letters = re.sub(r"\s", "", plain(doc))
    assert fits(doc, limits) == (short == doc)
    assert letters.startswith(re.sub(r"\s|…$", "", plain(short)))


@given(TEXTS, st.sampled_from(LIMITS))
def test_a_chain_fits_and_loses_nothing(text, limits):
    """The parts of a chain fit one by one, and together say every word once and in order."""
    doc = parse(text)
    parts = split(doc, lambda d: fits(d, limits))

    for part in parts:
        check(limits.markup, part)
        assert part.blocks
        assert fits(part, limits)
    together = "".join(plain(part) for part in parts)
    assert re.sub(r"\s", "", together) == re.sub(r"\s", "", plain(doc))


@given(TEXTS, st.integers(12, 200))
def test_every_part_of_a_chain_fits(text, size):
    """With room for a few characters nothing is too long, links and code included."""
    parts = split(parse(text), at_most(size))

    assert all(len(plain(part)) <= size for part in parts)


def test_a_chain_is_cut_between_paragraphs_then_sentences_then_words():
    """The best place in the second half of what fits."""
    text = "One two three. Four five.\n\nSix seven eight nine. Ten."

    assert [plain(p) for p in split(parse(text), at_most(100))] == ["\n\n".join(text.split("\n\n"))]
    assert [plain(p) for p in split(parse(text), at_most(45))] == [
        "One two three. Four five.",
        "Six seven eight nine. Ten.",
    ]
    assert [plain(p) for p in split(parse(text), at_most(22))] == [
        "One two three.",
        "Four five.",
        "Six seven eight nine.",
        "Ten.",
    ]
    assert [plain(p) for p in split(parse("One two three four"), at_most(9))] == ["One two", "three", "four"]


def test_a_chain_takes_long_words_and_links_apart():
    """What is too long for any part is cut as text, so that it can be put together again."""
    parts = split(parse(f"Go [there]({URL}) now"), at_most(20))

    assert [plain(p) for p in parts] == ["Go", "there (https://statu", "s.example.org/i/42)", "now"]
    assert [plain(p) for p in split(parse("abcdefgh"), at_most(3))] == ["abc", "def", "gh"]


def test_a_chain_of_nothing():
    """No text, no parts; no room at all, and each word stands by itself."""
    assert split(Doc(), at_most(10)) == []
    assert [plain(p) for p in split(parse("ab cd"), at_most(0))] == ["ab", "cd"]


def test_the_rest_of_an_item_has_no_second_bullet():
    """An item of a list that goes on in the next part goes on as text."""
    parts = split(parse("- one two three four\n- five"), at_most(12))

    assert [plain(p) for p in parts] == ["- one two", "three four", "- five"]


def test_spaces_at_the_beginning_of_a_block_do_no_harm():
    """Documents that others compose are cut at the same words."""
    doc = Doc((Block((Span("  one two three"),)),))

    assert [plain(p) for p in split(doc, at_most(7))] == ["one two", "three"]
    assert plain(shorten(doc, at_most(9))) == "one two …"


def test_fits_measures_what_is_rendered():
    """A document fits a channel if its rendering does, counted as that channel counts."""
    doc = parse(f"**[ab]({URL})**")

    assert fits(doc, Limits(None))
    assert fits(doc, Limits(2, "utf16", "telegram"))
    assert not fits(doc, Limits(1, "utf16", "telegram"))
    assert fits(doc, Limits(len(f"ab ({URL})"), "chars"))
    assert fits(doc, Limits(5 + 23, "x"))
    assert not fits(doc, Limits(4 + 23, "x"))


HARMLESS = [
    ("@anna", "@^anna"),
    (".@anna", ".@^anna"),
    ("ü@anna", "ü@^anna"),
    ("＠anna", "＠^anna"),
    ("@anna@social.example", "@^anna@social.example"),
    ("RT@anna", "RT@^anna"),
    ("mail@example.org", "mail@example.org"),
    ("a@b", "a@^b"),
    ("um 5 @ hier", "um 5 @ hier"),
    ("#outage", "#^outage"),
    ("(#outage)", "(#^outage)"),
    ("#größe", "#^größe"),
    ("#1a", "#^1a"),
    ("#4711", "#4711"),
    ("#4711, #12…", "#4711, #12…"),
    ("#\u0301", "#^\u0301"),
    ("C# und F#", "C# und F#"),
    ("a#b", "a#b"),
    ("$ABC", "$^ABC"),
    ("5 $", "5 $"),
    ("$5", "$5"),
]


@pytest.mark.parametrize(("text", "expected"), HARMLESS)
def test_harmless(text, expected):
    """Nobody is mentioned and no topic is joined by accident; e-mail addresses and numbers stay as they are."""
    assert harmless(text) == expected.replace("^", WORD_JOINER)


def test_defused_documents():
    """Signs are found across changes of style, in code and in the words of links; addresses stay as they are."""
    doc = defuse(parse("@**anna** `#b` [@c](https://a.de/@d) https://a.de/@e#f\n\\#g"))

    shown = "@^anna #^b @^c (https://a.de/@d) https://a.de/@e#f\n#^g"
    assert plain(doc) == shown.replace("^", WORD_JOINER)
    assert [s.link for b in doc.blocks for s in b.spans if s.link] == ["https://a.de/@d", "https://a.de/@e#f"]


@given(TEXTS)
def test_defusing_changes_nothing_else(text):
    """Without the word joiners it is the same document, and none is left to defuse."""
    doc = parse(text.replace(WORD_JOINER, ""))

    assert plain(defuse(doc)).replace(WORD_JOINER, "") == plain(doc)
    assert defuse(defuse(doc)) == defuse(doc)


def test_every_markup_can_be_measured_in_every_unit():
    """A new renderer or unit is one entry in a table; all pairs work."""
    doc = parse(EVENING)

    for markup, how in product(RENDER, ("chars", "utf16", "bytes", "graphemes", "x", "mastodon")):
        assert measure(RENDER[markup](doc), how, markup) > 100
