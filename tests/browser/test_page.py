"""The status page in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.events import Open, Tell
from notifier.incident import decide, evolve
from notifier.model import Component, Impact, Phase, Site, Stamp
from notifier.render.site import files
from notifier.render.site.theme import Theme

pytestmark = pytest.mark.rig

NOW = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
SITE = Site(
    name="Beispiel-Forum",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(
        Component("voice", {"de": "Sprachübertragungsserververbindung", "en": "Voice"}),
        Component("forum", {"de": "Forum und Benutzerkontenverwaltung", "en": "Forum and accounts"}),
    ),
)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def story(id, *words, impact=Impact.CRITICAL, over=False):
    """An incident with these updates."""
    incident = None
    for number, text in enumerate(words):
        texts = {"de": text, "en": f"{text} (en)"}
        command = Tell(texts) if number else Open(texts, texts, ("voice", "forum"), impact)
        incident = evolve(incident, decide(command, incident, Stamp(NOW - timedelta(hours=2))), id)
    if over:
        done = Tell({"de": "Vorbei.", "en": "Over."}, Phase.RESOLVED)
        incident = evolve(incident, decide(done, incident, Stamp(NOW - timedelta(hours=1))), id)
    return incident


@pytest.fixture
def web(serve):
    """A web server that shows the site; ``publish(incidents, version)`` brings it up to date."""
    server = serve()

    def publish(incidents, version):
        server.files = files(SITE, incidents, NOW, version)

    server.publish = publish
    return server


@pytest.mark.parametrize("path", ["", "en/index.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_phone(visit, web, path, scheme):
    """At 320 pixels nothing has to be moved sideways, however long the words are."""
    long = f"{LONG} https://status.example.org/{LONG}{LONG}"
    web.publish([story("bcdf", long, long), story("past", long, over=True)], 1)

    page = visit(web.url + path, viewport={"width": 320, "height": 600}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_it_is_black_on_white(visit, web, scheme):
    """Whatever colours the owner chose and the reader prefers."""
    colors = {"accent": "#0b6e4f", "accent_dark": "#7ad3b0", "background": "#eef7f2", "background_dark": "#0c1512"}
    web.files = files(SITE, [story("bcdf", "Sprachserver weg")], NOW, 1, Theme(colors=colors))
    page = visit(web.url, color_scheme=scheme)
    look = "(name) => getComputedStyle(document.documentElement).getPropertyValue(name)"
    end = "_dark" if scheme == "dark" else ""
    assert page.evaluate(look, "--link") == colors[f"accent{end}"]

    page.emulate_media(media="print")

    assert [page.evaluate(look, name) for name in ("--link", "--text", "--back")] == ["#000", "#000", "#fff"]


def test_it_tells_everything_without_javascript(visit, web):
    """State, incident, past incidents and languages are there for everybody."""
    web.publish([story("bcdf", "Sprachserver weg"), story("past", "Forum war weg", over=True)], 1)

    page = visit(web.url, java_script_enabled=False)

    assert page.title() == "Schwerer Ausfall – Beispiel-Forum"
    assert page.locator("h1").inner_text() == "Schwerer Ausfall"
    assert "Sprachserver weg" in page.locator("#bcdf .news").inner_text()
    page.locator("#past summary").click()
    assert "Forum war weg" in page.locator("#past .news").inner_text()
    page.get_by_role("link", name="English").click()
    assert page.locator("h1").inner_text() == "Major outage"
    assert "page.js" not in web.paths()


def test_it_asks_for_nothing_but_its_own_files(visit, web):
    """The page and its script, from its own server: no other request, and its policy is not in its own way."""
    web.publish([story("bcdf", "Sprachserver weg")], 1)

    page = visit(web.url)

    assert web.paths() == ["index.html", "page.js"]
    assert page.evaluate("getComputedStyle(document.querySelector('.state')).backgroundColor") == "rgb(179, 18, 42)"


def test_an_open_page_shows_what_is_new(visit, web):
    """Left open, the page shows the next update by itself, and keeps what was unfolded."""
    web.publish([story("bcdf", "Sprachserver weg"), story("past", "Forum war weg", over=True)], 1)
    page = visit(web.url, before=lambda page: page.clock.install())
    page.locator("#past summary").click()

    web.publish([story("bcdf", "Sprachserver weg", "Tausch läuft"), story("past", "Forum war weg", over=True)], 2)
    page.clock.fast_forward(31_000)

    page.get_by_text("Tausch läuft").wait_for()
    assert page.locator("#past .news").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert page.locator("#page-said").inner_text() == "Schwerer Ausfall – Beispiel-Forum"


def test_an_open_page_never_goes_back(visit, web):
    """An older copy, such as a cache may still hold, does not replace the newer state; a dead server neither."""
    web.publish([story("bcdf", "Sprachserver weg")], 5)
    page = visit(web.url, before=lambda page: page.clock.install())

    web.publish([], 4)
    with page.expect_response(web.url):
        page.clock.fast_forward(31_000)
    web.files = {}
    with page.expect_response(web.url):
        page.clock.fast_forward(31_000)

    assert page.locator("h1").inner_text() == "Schwerer Ausfall"
    web.publish([], 6)
    page.clock.fast_forward(31_000)
    page.get_by_role("heading", name="Alle Systeme laufen").wait_for()
    assert page.title() == "Alle Systeme laufen – Beispiel-Forum"


def test_its_times_are_all_in_one_zone(visit, web):
    """A reader elsewhere in the world sees when it was checked in the time of the site, like every other time there."""
    web.publish([story("bcdf", "Sprachserver weg")], 1)

    page = visit(web.url, timezone_id="America/New_York", before=lambda page: page.clock.install(time=NOW))

    page.get_by_text("Geprüft um 22:05 MEZ, aktualisiert sich selbst").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_few_colours_the_line_ends_at_the_last_word(visit, web, scheme):
    """Where the system sets the colours, the line that joins updates does not go on beyond the oldest."""
    web.publish([story("bcdf", "Sprachserver weg", "Tausch läuft")], 1)
    line = "(one) => getComputedStyle(one).borderInlineStartColor"
    page = visit(web.url, forced_colors="active", color_scheme=scheme)
    first, last = (page.locator(f"#bcdf .news > li:{which}-child").evaluate(line) for which in ("first", "last"))

    assert last == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert first != last


def test_a_link_to_a_past_incident_unfolds_it(visit, web):
    """Who follows the link of an old message sees what happened."""
    web.publish([story("past", "Forum war weg", over=True)], 1)

    page = visit(web.url + "#past")

    assert page.locator("#past .news").is_visible()


def test_the_keyboard_reaches_the_content_first(visit, web):
    """The first Tab offers to skip to the content."""
    web.publish([], 1)
    page = visit(web.url)

    page.keyboard.press("Tab")

    assert page.locator(":focus").inner_text() == "Zum Inhalt springen"
    assert page.locator(":focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page-main"
