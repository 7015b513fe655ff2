"""The badges: what is shown in colour and shape is there in words, too, in every language."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from notifier.model import Component, Impact, Phase, Site
from notifier.render.site.badge import badge, wanted
from tests.render.states import ANY_SITE, ANY_STATE, EVIL, SITE, STATES, maintenance, opened, resolved, story

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "rect", "path", "g", "text", "circle"}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """Nothing, one, many, long ones, and hostile ones."""
    return request.param


def luminance(colour):
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    full = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = (int(full[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def read(incidents, site=SITE, lang="de", component=""):
    """The badge's title, after a look at all that makes it accessible and harmless."""
    content = badge(site, incidents, lang, component)
    root = ElementTree.fromstring(content)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title = root[0]
    assert title.tag == f"{SVG}title"
    assert root.get("aria-labelledby") == title.get("id")
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= ALLOWED
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on") or "href" in name]
    assert not re.search(rb"url\(|@import|font-face|<style|<script", content)
    width = float(root.get("width") or 0)
    label, state = root.iter(f"{SVG}text")
    for word in (label, state):
        assert 0 < float(word.get("x") or 0) < width
        assert float(word.get("textLength") or 0) > 0
    assert (title.text or "").endswith(f": {state.text}")
    for colour in re.findall(r'fill="(#\w+)"', content.decode()):
        if colour != "#fff":
            assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour
    assert len(content) < 4_000
    return title.text


def test_badges_are_well_formed(incidents):
    """In every state, for all and for each component, in each language."""
    for lang in SITE.languages:
        for component in ("", "voice", "gone", EVIL):
            read(incidents, lang=lang, component=component)


@settings(max_examples=100, deadline=None)
@given(incidents=ANY_STATE, site=ANY_SITE)
def test_badges_are_well_formed_whatever_was_typed(incidents, site):
    """Names of components and of the site are words, never markup."""
    for lang in site.languages:
        read(incidents, site, lang)
        read(incidents, site, lang, "voice")


@pytest.mark.parametrize(
    ("incidents", "german", "english"),
    [
        ([], "In Betrieb", "Operational"),
        ([resolved()], "In Betrieb", "Operational"),
        ([story("a", opened(Impact.NONE))], "In Betrieb", "Operational"),
        ([story("a", opened(Impact.MINOR))], "Eingeschränkt", "Degraded performance"),
        ([story("a", opened(Impact.MAJOR))], "Teilweise ausgefallen", "Partial outage"),
        ([story("a", opened(Impact.CRITICAL))], "Ausgefallen", "Major outage"),
        ([maintenance("m")], "In Betrieb", "Operational"),
        ([maintenance("m", Phase.IN_PROGRESS)], "In Wartung", "Under maintenance"),
        (
            [maintenance("m", Phase.VERIFYING), story("a", opened(Impact.MINOR))],
            "Eingeschränkt",
            "Degraded performance",
        ),
        ([maintenance("m", Phase.IN_PROGRESS, Phase.COMPLETED)], "In Betrieb", "Operational"),
    ],
)
def test_what_a_badge_says(incidents, german, english):
    """The state of the whole and of the component, in both languages; another component is not touched."""
    assert read(incidents) == f"Beispiel: {german}"
    assert read(incidents, lang="en") == f"Beispiel: {english}"
    assert read(incidents, component="voice") == f"Sprachserver: {german}"
    assert read(incidents, lang="en", component="voice") == f"Voice server: {english}"
    assert read(incidents, component="forum") == "Forum: In Betrieb"


def test_each_state_looks_different():
    """Colour and shape are others in every state."""
    states = [[], [maintenance("m", Phase.IN_PROGRESS)], *([story("a", opened(i))] for i in list(Impact)[1:])]
    looks = [re.findall(r'd="[^"]*"|fill="#\w+"', badge(SITE, s, "de").decode()) for s in states]

    assert len({tuple(shapes) for shapes in looks}) == 5


def test_the_same_state_gives_the_same_bytes(incidents):
    """Neither order nor incidents that are over change anything."""
    for component in ("", "voice"):
        made = badge(SITE, incidents, "de", component)
        assert badge(SITE, incidents[::-1], "de", component) == made
        assert badge(SITE, wanted(incidents, component), "de", component) == made
        assert all(i.open for i in wanted(incidents, component))


def test_a_long_name_is_cut_but_not_in_the_title():
    """The picture stays a badge; who cannot see it hears the whole name."""
    site = Site(components=(Component("voice", {"en": "W" * 300}),))
    content = badge(site, [], "en", "voice").decode()

    assert read([], site, "en", "voice") == "W" * 300 + ": Operational"
    assert int(re.findall(r'width="(\d+)"', content)[0]) < 700


def test_right_to_left():
    """A language that is written from right to left is drawn so, and wide characters get room."""
    site = Site(
        languages=("ar",), components=(Component("voice", {"ar": "خادم"}), Component("zh", {"zh": "语音服务器"}))
    )

    assert 'direction="rtl"' in badge(site, [], "ar", "voice").decode()
    assert 'textLength="60"' in badge(site, [], "ar", "zh").decode()
