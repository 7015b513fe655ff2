"""Counting as each remote counts: never less than the remote does."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.render.count import clusters, graphemes, mastodon, measure, visible
from notifier.render.x import length

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared" / "specs" / "twitter-text-weighted.yml"
ORACLE = Path(__file__).parent / "x_oracle"
ORACLE_MODULES = Path(os.environ.get("X_ORACLE", ORACLE))

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

X_LENGTHS = [
    ("", 0),
    ("a" * 280, 280),
    ("ä" * 280, 280),
    ("a\u0308" * 280, 280),
    ("日" * 140, 280),
    ("Größe – „Zitat“ … € ✓ → • — ’ “", 36),
    (FAMILY, 2),
    ("🇩🇪", 2),
    ("🇩🇩", 4),
    ("⚠️", 2),
    ("👍🏽", 2),
    ("1\ufe0f\u20e3", 2),
    ("@\u2060user", 7),
    ("https://status.example.org/i/42", 23),
    ("Siehe https://status.example.org/i/42.", 30),
    ("(https://de.wikipedia.org/wiki/Berlin_(Band))", 25),
    ("http://localhost:8080/x", 23),
    ("http://localhost:80/x", 21),
    ("https://münchen.de/ä", 23),
    ("example.de", 23),
    ("ts.example.net:9987 ist weg", 36),
    ("README.md", 23),
    ("config.toml", 11),
    ("z.B.", 4),
    ("10.0.0.1", 8),
    ("mail@example.org", 16),
    ("Ende.Der Dienst", 15),
    ("a.vermögensberater", 23),
    ("https://t.co/" + "a" * 41, 54),
    ("a" * 64 + ".com", 68),
]


@pytest.mark.parametrize(("text", "expected"), X_LENGTHS)
def test_x_weighs(text, expected):
    """Letters weigh 1, wide and rare characters 2, a link 23, an emoji 2, as X's own library says."""
    assert measure(text, "x") == expected


def published() -> list[tuple[str, str, int]]:
    if not PUBLISHED.exists():
        return []
    yaml = pytest.importorskip("yaml")
    cases = yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))["tests"]
    counted = cases["WeightedTweetsWithDiscountedEmojiCounterTest"]
    return [(c["description"], c["text"], c["expected"]["weightedLength"]) for c in counted]


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"X's published cases are not at {PUBLISHED}")
def test_x_weighs_as_published():
    """All published cases of configuration 3 come out as X published them."""
    cases = published()

    assert len(cases) > 20
    assert [c for c in cases if length(c[1]) != c[2]] == []


WORDS = (
    "Der Voice-Server ist seit 14:05 Uhr nicht erreichbar. Störung behoben – danke für eure Geduld … z.B. Ende.Der "
    "ts3.example.net:9987 (siehe https://status.example.org/i/42). admin@example.org „Größe“ #outage @user $ABC "
    "README.md config.toml 3.14 v1.2.3 e.g. U.S. http://localhost:8080/x https://de.wikipedia.org/wiki/Straße_(Ort) "
    "https://münchen.de/ä https://a.de/b.(c) http://例え.みんな/x 中文example.com中文 日本語。 "
    "bücher.example.com 👍🏽 ⚠️ ✅ 🇩🇪 €5 → 👩‍🚀 🏴‍☠️ 1️⃣ 😀.de"
).split()
BITS = [
    *"http:// https:// HTTP:// ftp:// www. a x-y - _ a_b . .. :80 / /a(b(c)d) ( ) ? ?q=1 # @ $ , … – „ “".split(),
    *".中国 .한국 .de .com .co.uk .xn--p1ai xn-- .DE .toml .b /@u/ t.co/abc https://t.co/x 1 & = * 日本 。".split(),
    *"é ß 👩 👨 🚀 ♀ 🏽 🇩 🇪 ❤ 😀".split(),
    *("a" * 62, "ä" * 55, "日" * 30, " ", "\n", "\u200d", "\ufe0f", "\ufe0e", "\u20e3", "\u0301", "\U00020000"),
    *("\u200b", "\u200e", "\u2060", "\ufeff", "\u0345", "\u03b9", "\u017f", "\u0130", "\u0131"),
]


def generated() -> list[str]:
    """Some thousand texts, the same each time: sentences, and soups of what links and emoji are made of."""
    dice = random.Random(280)
    sentences = [" ".join(dice.choices(WORDS, k=dice.randint(1, 25))) for _ in range(2000)]
    glued = [dice.choice(["", "\n", "/"]).join(dice.choices(WORDS, k=dice.randint(2, 6))) for _ in range(1000)]
    soup = ["".join(dice.choices(BITS, k=dice.randint(1, 12))) for _ in range(6000)]
    return sentences + glued + soup


def oracle(texts: list[str]) -> list[int]:
    """What X's own library (npm twitter-text) says; skips where it is not installed."""
    node = shutil.which("node")
    if not node or not (ORACLE_MODULES / "node_modules" / "twitter-text").is_dir():
        pytest.skip(
            f"needs node and twitter-text 3.1.0: npm install --prefix {ORACLE} twitter-text@3.1.0, "
            "or X_ORACLE=folder that holds node_modules"
        )
    asked = "\n".join(map(json.dumps, texts))
    command = [node, str(ORACLE / "length.js"), str(ORACLE_MODULES)]
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=120, check=True)
    return [int(n) for n in answer.stdout.split()]


def test_x_weighs_as_its_own_library():
    """On thousands of generated texts our count is the one of X's own library."""
    texts = [*(text for text, _ in X_LENGTHS), *generated()]
    expected = oracle(texts)

    assert len(expected) == len(texts)
    assert [(t, length(t), n) for t, n in zip(texts, expected, strict=True) if length(t) != n] == []


@given(st.text())
def test_x_counts_whatever_it_is_given(text):
    """Any string has a length, and one more letter never makes it shorter than the words alone."""
    assert length(text) >= 0
    assert length(text + " ") >= length(text)


def test_x_is_quick_with_hostile_text():
    """What makes a naive pattern run for minutes is counted like anything else."""
    hostile = ["a." * 3000, "日" * 6000 + "_.de", "-." * 3000 + "de", "http://a.de/" + "(" * 3000, "a_" * 3000 + ".de"]
    for text in hostile:
        assert length(text) >= 23


GRAPHEMES = [
    ("", 0),
    ("Störung", 7),
    ("e\u0301", 1),
    ("\r\n", 1),
    ("a\r\n\u0301b", 4),
    (FAMILY, 1),
    ("👍🏽👍", 2),
    ("🇩🇪🇫🇷🇺", 3),
    ("❤️‍🔥", 1),
    ("1\ufe0f\u20e3", 1),
    ("a\u200db", 2),
    ("👩\u200d\u200d👩", 2),
    ("\u200b\u0301", 2),
    ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
    ("日本語", 3),
]


@pytest.mark.parametrize(("text", "expected"), GRAPHEMES)
def test_graphemes(text, expected):
    """What a reader takes for one character counts once."""
    assert graphemes(text) == expected


JOINING = "\u200d\ufe0f\u0301\u20e3👩👨🚀❤🏽🇩🇪\r\n\u200b\u0600\u0903\u1100\u1161\U000e0067"
CHARACTERS = st.text(st.characters() | st.sampled_from(JOINING), max_size=20)


@given(CHARACTERS)
def test_graphemes_never_count_less_than_the_standard(text):
    """Against a full implementation of UAX #29, where one is installed."""
    standard = pytest.importorskip("regex", reason="needs the package regex to compare with")

    assert graphemes(text) >= len(standard.findall(r"\X", text))


@given(CHARACTERS)
def test_clusters_are_the_text(text):
    """Nothing is lost or changed when a text is taken apart into characters."""
    assert "".join(clusters(text)) == text
    assert graphemes(text) <= len(text)


MASTODON = [
    ("Kurz", 4),
    ("https://a.de", 23),
    ("https://example.org/" + "a" * 200, 23),
    ("Siehe https://example.org/" + "a" * 200 + " dort", 34),
    ("example.org/" + "a" * 20, 32),
    ("https://example.org/?a=", 24),
    ("http://intern/" + "a" * 40, 54),
    ("http://i/", 23),
    ("@anna@social.example", 5),
    ("Danke, @anna@social.example!", 13),
    ("@anna", 5),
    ("a@anna@social.example", 21),
    ("@anna@social.example@x", 22),
    (FAMILY + "e\u0301", 2),
]


@pytest.mark.parametrize(("text", "expected"), MASTODON)
def test_mastodon_counts(text, expected):
    """Links count 23, domains without scheme in full, users elsewhere without their host."""
    assert mastodon(text) == expected


@pytest.mark.parametrize(
    ("how", "expected"), [("chars", 3), ("utf16", 4), ("bytes", 7), ("graphemes", 3), ("x", 4), ("mastodon", 3)]
)
def test_units(how, expected):
    """One text in all units: a letter, an umlaut, an emoji."""
    assert measure("aä😀", how) == expected


def test_an_unknown_unit_is_an_error():
    """A channel that declares a unit nobody knows is told at once."""
    with pytest.raises(KeyError):
        measure("a", "inches")


def test_telegram_counts_what_is_seen():
    """Tags and link targets cost nothing there, an escaped character one."""
    text = '<b>a</b> &amp;&lt;&gt; <a href="https://example.org/?a=1&amp;b=&quot;">b</a> &amp;lt;'

    assert visible(text) == "a &<> b &lt;"
    assert measure(text, "utf16", "telegram") == 12
    assert measure("<b>", "utf16") == 3


def test_lone_surrogates_can_be_counted():
    """A broken string has a size in every unit."""
    for how in ("chars", "utf16", "bytes", "graphemes", "x", "mastodon"):
        assert measure("\ud800", how) >= 1


def test_domain_endings_are_lower_case_words():
    """The table holds what it is compared with: single words, each once."""
    from notifier.render import domains

    words = domains.LATIN.split()

    assert len(words) == len(set(words)) > 1400
    assert all(re.fullmatch("[a-z]+", w) for w in words)
    assert not any(w.isascii() for w in domains.OTHER.split())
