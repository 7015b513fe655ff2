"""How outage page and banner look, and that everybody can use them. Pictures of it go to $NOTIFIER_ARTEFACTS."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from notifier.model import Impact
from tests.browser.conftest import lacking
from tests.browser.stage import controlled, outage, story

pytestmark = pytest.mark.rig

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".rig" / "pages" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(os.environ.get("NOTIFIER_ARTEFACTS") or ROOT / ".artefacts")
LOOKS: dict[str, dict[str, Any]] = {
    "de-wide": {"locale": "de-DE", "viewport": {"width": 1280, "height": 800}},
    "de-phone": {"locale": "de-DE", "viewport": {"width": 390, "height": 844}},
    "de-dark": {"locale": "de-DE", "color_scheme": "dark", "viewport": {"width": 390, "height": 844}},
    "en-small": {"locale": "en-GB", "viewport": {"width": 320, "height": 640}},
    "ar-phone": {"locale": "ar", "viewport": {"width": 390, "height": 844}},
    "de-contrast": {"locale": "de-DE", "forced_colors": "active", "viewport": {"width": 1280, "height": 800}},
}
every_look = pytest.mark.parametrize("look", LOOKS)


@pytest.fixture
def axe():
    """axe-core, as text."""
    if not AXE.is_file():
        lacking("axe-core: npm install --prefix .rig/pages axe-core@4.11.0")
    return AXE.read_text(encoding="utf-8")


def violations(page, axe, within="document"):
    """What axe-core finds: rule and elements. All of its rules but the experimental ones."""
    page.evaluate(f"{axe}; 0")
    found = page.evaluate(f"axe.run({within})")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


def picture(page, name, **how):
    """Keep a picture for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", **how)


def evening(stage):
    """Two incidents: a bad one with an update, and a small one."""
    stage.publish(
        2,
        story("Sprachserver ausgefallen", "Ein **Netzteil** ist durchgebrannt. Das Ersatzteil kommt gegen 22 Uhr."),
        story("Suche im Forum langsam", id="ghjk", impact=Impact.MINOR),
    )  # fmt: skip


@every_look
def test_the_outage_page(visit, stage, axe, look):
    """Nothing that axe-core objects to, nothing to move sideways, and a picture."""
    page = controlled(visit(stage.forum.url, **LOOKS[look]))
    evening(stage)
    stage.forum.kill()
    page.goto(stage.forum.url)
    outage(page).locator("article").nth(1).wait_for()
    picture(page, f"outage-{look}", full_page=True)

    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"]
    assert page.locator("html").get_attribute("lang") == look[:2]
    assert page.locator("html").get_attribute("dir") == ("rtl" if look.startswith("ar") else "ltr")


@every_look
def test_the_banner(visit, stage, axe, look):
    """The same for the bar on the forum's page."""
    lang = look[:2]
    stage.write(body="<main>" + "<p>Ein Beitrag im Forum.</p>" * 40 + '<a href="/thema/7">Letzter Link</a></main>')
    stage.forum.files["/"] = stage.forum.files["/"].replace('lang="de"', f'lang="{lang}"')
    evening(stage)

    page = visit(stage.forum.url, **LOOKS[look])
    page.locator("notifier-banner article").nth(1).wait_for()
    picture(page, f"banner-{look}")

    assert violations(page, axe, "document.querySelector('notifier-banner')") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"]
    assert page.locator("notifier-banner section").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
    assert page.locator("notifier-banner section").get_attribute("lang") == lang


@pytest.mark.parametrize("look", ["de-phone", "de-dark"])
def test_the_outage_page_without_news_and_with_typed_text(visit, stage, axe, look):
    """Its other faces: nothing is known yet, a slow forum, and a text that was not sent."""
    form = '<form method="post" action="/antwort"><textarea name="message"></textarea><button>Senden</button></form>'
    stage.write(body=form)
    page = controlled(visit(stage.forum.url, **LOOKS[look]))
    page.locator("textarea").fill("Was ich schon immer sagen wollte:\nEs ist schön hier.")
    stage.forum.kill()
    page.get_by_role("button").click()
    outage(page)
    picture(page, f"outage-text-{look}", full_page=True)
    assert violations(page, axe) == []

    stage.forum.start()
    stage.forum.slow = 20
    page.goto(stage.forum.url)
    outage(page).get_by_text("noch keine Meldung").wait_for()
    picture(page, f"outage-slow-{look}", full_page=True)
    assert violations(page, axe) == []


def test_the_keyboard_is_enough(visit, stage):
    """Tab reaches every link and button of the outage page."""
    page = controlled(visit(stage.forum.url, locale="de-DE"))
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    page.goto(stage.forum.url)
    outage(page).locator("article").wait_for()

    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.locator(":focus").inner_text())

    assert reached == ["Mehr", "Jetzt versuchen", "Unsere Statusseite", "Diese Seite nicht mehr zeigen"]
