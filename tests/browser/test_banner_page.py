"""What the bar costs the forum's page: no movement, no waiting; and the bar without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.model import Impact
from tests.browser.stage import planned, story
from tests.browser.test_outage_page import axe, picture, violations  # noqa: F401 - a fixture
from tests.browser.test_worker import until

pytestmark = pytest.mark.rig

SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.shift += one.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""
LONG = "<main>" + "<p>Ein Beitrag im Forum.</p>" * 60 + '<p><a href="/thema/7">Letzter Link</a></p></main>'
LAYOUTS = {
    "plain": "",
    "flex": "<style>html, body { height: 100% } body { display: flex; flex-direction: column; gap: 20px }</style>",
    "grid": "<style>body { display: grid; gap: 1rem; min-height: 100vh; grid-template-rows: auto 1fr auto }</style>",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_moves_nothing(visit, stage, layout):
    """When the bar comes and goes, no part of the page moves, however the forum lays out its pages."""
    stage.write(head=LAYOUTS[layout], body=LONG)
    page = visit(stage.forum.url, before=lambda page: page.add_init_script(SHIFTS))
    where = "JSON.stringify([...document.querySelectorAll('h1, p')].map((one) => one.getBoundingClientRect().top))"
    before = page.evaluate(where)

    stage.publish(2, story("Sprachserver weg"))
    page.locator("notifier-banner section").wait_for()
    assert page.evaluate(where) == before
    stage.publish(3)
    page.locator("notifier-banner section").wait_for(state="detached")

    assert page.evaluate(where) == before
    assert page.evaluate("window.shift") == 0


def test_it_hides_nothing_for_good(visit, stage):
    """The end of the page can be scrolled out from under the bar, and the keyboard's focus is never beneath it."""
    stage.write(body=LONG)
    stage.publish(2, story("Sprachserver weg"))
    page = visit(stage.forum.url, viewport={"width": 390, "height": 700})
    page.locator("notifier-banner section").wait_for()

    page.keyboard.press("Tab")
    link = page.get_by_role("link", name="Letzter Link").bounding_box()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.get_by_role("link", name="Letzter Link").bounding_box()
    bar = page.locator("notifier-banner section").bounding_box()

    assert link["y"] + link["height"] <= bar["y"]
    assert last["y"] + last["height"] <= bar["y"]
    page.locator("notifier-banner button").click()
    assert page.evaluate("document.documentElement.style.marginBottom") == ""


def test_a_hanging_status_host_holds_nothing_up(visit, stage):
    """While the status hosts hang, the page's load event has long been there."""
    for host in (stage.status, stage.mirror):
        host.files["/status.json"] = b"{<!-- later -->}"
    stage.write()

    page = visit(stage.forum.url)  # returns after the load event

    until(page, lambda: stage.status.asked("GET", "/status.json") >= 1)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") > 0
    assert not stage.status.stream.is_set()


def test_the_last_known_state_has_its_age(visit, stage):
    """While no status host answers, the bar says so by telling how old its news is."""
    stage.publish(2, story("Sprachserver weg"))
    page = visit(stage.forum.url)
    page.locator("notifier-banner section").wait_for()

    stage.status.kill()
    stage.mirror.kill()

    page.locator("notifier-banner section").get_by_text("Letzter bekannter Stand: ").wait_for()
    stage.status.start()
    page.locator("notifier-banner section").get_by_text("Letzter bekannter Stand: ").wait_for(state="detached")


def test_it_is_told_to_screen_readers(visit, stage):
    """The region is there, empty, before the words come into it."""
    seen = """
    window.order = [];
    new MutationObserver(() => {
      const host = document.querySelector("notifier-banner");
      if (!host || window.watched) return;
      window.watched = true;
      const region = host.shadowRoot.querySelector("[role=status]");
      window.order.push(region.childElementCount);
      new MutationObserver(() => window.order.push(region.childElementCount)).observe(region, { childList: true });
    }).observe(document, { childList: true, subtree: true });
    """
    stage.publish(2, story("Sprachserver weg"))

    page = visit(stage.forum.url, before=lambda page: page.add_init_script(seen))
    page.locator("notifier-banner section").wait_for()

    assert page.evaluate("window.order.slice(0, 2)") == [0, 1]


def test_planned_work_is_told_a_day_ahead(visit, stage):
    """A maintenance next week is no news for every page yet; tomorrow's is."""
    stage.publish(2, planned(timedelta(days=7)))
    page = visit(stage.forum.url)
    before = stage.status.asked("GET", "/status.json")
    until(page, lambda: stage.status.asked("GET", "/status.json") >= before + 2)
    assert page.locator("notifier-banner section").count() == 0

    stage.publish(3, planned(timedelta(hours=20)))

    page.locator("notifier-banner section").get_by_text("Umbau").first.wait_for()
    colour = page.locator("notifier-banner section").evaluate("(one) => getComputedStyle(one).backgroundColor")
    assert colour == "rgb(29, 95, 180)"


def test_it_closes_in_all_tabs(visit, stage):
    """What is hidden in one tab is hidden in the others."""
    stage.publish(2, story("Sprachserver weg"))
    first = visit(stage.forum.url)
    second = visit(stage.forum.url, same=first)
    second.locator("notifier-banner section").wait_for()

    first.locator("notifier-banner button").click()

    second.locator("notifier-banner section").wait_for(state="detached")


# Without JavaScript


@pytest.mark.parametrize("open", [True, False])
@pytest.mark.parametrize("lang", ["de", "ar"])
def test_the_frame(visit, stage, axe, lang, open):  # noqa: F811
    """The page for an iframe says how things stand, in words and without any script."""
    stage.publish(2, *([story("Sprachserver **weg** <b>")] if open else []))
    frame = f'<iframe title="Status" width="100%" height="120" src="{stage.status.url}banner/{lang}.html"></iframe>'
    stage.forum.files["/"] = f'<!doctype html><html lang="de"><title>Forum</title><main><h1>Forum</h1>{frame}</main>'

    page = visit(stage.forum.url, java_script_enabled=False)
    shown = page.frame_locator("iframe").locator("body")
    shown.wait_for()
    picture(page, f"frame-{lang}-{'open' if open else 'calm'}")

    assert ("Sprachserver weg <b>" in shown.inner_text()) == open
    assert shown.get_by_role("link").get_attribute("target") == "_top"
    again = visit(f"{stage.status.url}banner/{lang}.html")
    assert [one for one in violations(again, axe) if one[0] not in ("landmark-one-main", "page-has-heading-one")] == []


@pytest.mark.parametrize("open", [True, False])
def test_the_include(visit, stage, open):
    """The piece for a server-side include becomes part of the page, with the forum's own style; else nothing."""
    stage.publish(2, *([story("Sprachserver weg", impact=Impact.MINOR)] if open else []))
    piece, style = (stage.status.files[f"/banner/{name}"].decode() for name in ("de.inc.html", "banner.css"))
    head = '<title>Forum</title><link rel="stylesheet" href="/banner.css">'
    stage.forum.files |= {"/banner.css": style, "/": f'<!doctype html><html lang="de">{head}{piece}<h1>Forum</h1>'}
    stage.forum.extra["/"] = {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}

    page = visit(stage.forum.url, java_script_enabled=False)

    assert page.locator(".notifier-banner").count() == open
    if open:
        assert "Sprachserver weg (Gering)" in page.locator(".notifier-banner").inner_text()
        colour = page.locator(".notifier-banner").evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert colour == "rgb(133, 86, 0)"
