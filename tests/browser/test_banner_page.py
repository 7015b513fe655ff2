"""What the bar costs the forum's page: no movement, no waiting; and the bar without JavaScript."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from notifier.model import Impact
from notifier.render import when, worker
from tests.browser.stage import controlled, outage, planned, story
from tests.browser.test_outage_page import ROOT, axe, picture, violations  # noqa: F401 - a fixture
from tests.browser.test_worker import until

pytestmark = pytest.mark.rig

SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.shift += one.value; }))
  .observe({ type: "layout-shift", buffered: true });
"""
HIDING = """
let hidden = false;
Object.defineProperty(document, "hidden", { get: () => hidden });
window.hide = (now) => { hidden = now; document.dispatchEvent(new Event("visibilitychange")); };
"""
DOCS = ROOT / "docs" / "banner.md"
FOR_EVER = 2_000_000_000
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
    stage.publish(3, story("Sprachserver weg"), story("Forum lahm", id="fghj"))
    page.locator("notifier-banner article").nth(1).wait_for()
    stage.publish(4)
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


def patient(stage):
    """A banner that waits for a status host as long as it takes, so that the test ends the wait and not the clock."""
    stage.write(body=LONG)
    for_ever = {"wait": FOR_EVER, "next": FOR_EVER, "poll": FOR_EVER}
    stage.forum.files["/banner.js"] = worker.banner({**worker.for_banner(stage.site), "worker": "", **for_ever})


def loaded(page):
    """Whether the page's load event is over."""
    return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")


def answered(page, url):
    """Whether the page has the whole answer to a request for that."""
    return page.evaluate(f"performance.getEntriesByName({json.dumps(url)}).length > 0")


@pytest.mark.parametrize("where", ["before its headers", "within its body"])
def test_a_hanging_status_host_holds_nothing_up(visit, stage, where):
    """The same page with the status host answering and hanging: both times the load event comes and nothing moves.

    The hanging request is still open when the load event is over; the bar comes once the test lets the host answer.
    """
    stage.publish(2, story("Sprachserver weg"))
    patient(stage)
    url, state = stage.status.url + "status.json", stage.status.files["/status.json"]
    swift = visit(stage.forum.url, before=lambda page: page.add_init_script(SHIFTS))
    swift.locator("notifier-banner section").wait_for()
    if where == "within its body":
        stage.status.files["/status.json"] = f"{state[:40]}<!-- later -->{state[40:]}"
    else:
        stage.status.held.add("/status.json")
    before = stage.status.asked("GET", "/status.json")

    slow = visit(stage.forum.url, before=lambda page: page.add_init_script(SHIFTS))  # returns after the load event
    until(slow, lambda: stage.status.asked("GET", "/status.json") > before)

    assert loaded(slow)
    assert not answered(slow, url)
    stage.status.stream.set()
    slow.locator("notifier-banner section").wait_for()
    assert answered(slow, url)
    for page in (swift, slow):
        assert loaded(page)
        assert page.evaluate("window.shift") == 0


@pytest.mark.parametrize("late", [True, False])
def test_the_quick_start_comes_after_the_load_event(visit, stage, late):
    """The script straight from a status host that hangs: put in as docs/banner.md says, the page has long been loaded.

    And why it says so: with an async script of another server in the page, the load event waits for that server.
    """
    source = stage.status.url + "banner.js"
    stage.publish(2, story("Sprachserver weg"))
    stage.status.files["/banner.js"] = stage.status.files["/banner.js"].replace(b"*/", b"*/<!-- later -->", 1)
    snippets = re.findall(r"<script>.*?</script>", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (snippet,) = (found for found in snippets if '"https://status.example.net/banner.js"' in found)
    snippet = snippet.replace("https://status.example.net/banner.js", source)
    head = snippet if late else f'<script async src="{source}"></script>'
    stage.forum.files["/"] = f'<!doctype html><html lang="de"><head>{head}<title>Forum</title><body><h1>Willkommen</h1>'
    page = visit("about:blank")

    page.goto(stage.forum.url, wait_until="load" if late else "domcontentloaded")
    until(page, lambda: stage.status.asked("GET", "/banner.js") == 1)

    assert loaded(page) == late
    stage.status.stream.set()
    page.locator("notifier-banner section").wait_for()
    assert loaded(page)


def test_it_works_on_an_isolated_page(visit, stage):
    """A forum that lets nothing in that does not agree to it (COEP: require-corp) has the bar and the worker."""
    stage.forum.extra["/"] = {
        "Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin",
    }  # fmt: skip
    stage.publish(2, story("Sprachserver weg"))

    page = controlled(visit(stage.forum.url))
    page.locator("notifier-banner section").wait_for()

    assert page.evaluate("crossOriginIsolated")
    stage.forum.kill()
    page.goto(stage.forum.url)
    assert "Sprachserver weg" in outage(page).locator("#news").inner_text()


def test_a_policy_that_forgets_the_status_host_breaks_nothing(visit, stage):
    """Without it in connect-src the bar stays away, and the page has no error."""
    stage.forum.extra["/"] = {"Content-Security-Policy": "connect-src 'self'"}
    stage.publish(2, story("Sprachserver weg"))
    refused = []

    page = visit(
        stage.forum.url,
        before=lambda page: page.on("console", lambda said: refused.append(said.text)),
        complaints=False,
    )
    until(page, lambda: sum("status.json" in said for said in refused) >= 4)

    assert page.locator("notifier-banner").count() == 0
    assert stage.status.asked("GET", "/status.json") == 0


def test_no_cache_makes_it_late(visit, stage):
    """A status host that lets its files be kept for long: the next question has the newest state all the same."""
    stage.status.headers["Cache-Control"] = "max-age=600, stale-while-revalidate=600"
    stage.publish(2, story("Sprachserver weg"))
    page = visit(stage.forum.url)
    page.locator("notifier-banner section").wait_for()

    stage.publish(3, story("Sprachserver weg", "Tausch läuft"))
    stage.mirror.kill()

    page.locator("notifier-banner section").get_by_text("Tausch läuft").wait_for()


def test_a_hidden_tab_asks_nothing(visit, stage):
    """Nobody looks: the status host has peace. Looked at again, the page asks at once."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.files["/banner.js"] = worker.banner({**worker.for_banner(stage.site), "worker": "", "fresh": 0})
    page = visit(stage.forum.url, before=lambda page: (page.clock.install(), page.add_init_script(HIDING)))
    page.wait_for_function("localStorage.getItem('notifier-status')")
    before = stage.status.asked("GET", "/status.json")

    page.evaluate("window.hide(true)")
    page.clock.fast_forward(3_600_000)
    assert page.evaluate("fetch('/banner.js').then((one) => one.ok)")  # whatever was asked before has been sent
    assert stage.status.asked("GET", "/status.json") == before
    stage.publish(3, story("Sprachserver weg", "Tausch läuft"))
    page.evaluate("window.hide(false)")
    until(page, lambda: stage.status.asked("GET", "/status.json") == before + 1)


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
    shown = page.locator("notifier-banner section").inner_text()
    assert re.search(r"Geplant · \d\d\.\d\d\.\d{4}, \d\d:\d\d.+\d\d:\d\d\b.* · Mehr", shown)
    assert "Keine Auswirkung" not in shown
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


def test_the_frame_says_when_work_is_planned(visit, stage):
    """From when to when stands there, and not how bad it is."""
    work = planned(timedelta(hours=20))
    stage.publish(2, work)

    shown = visit(f"{stage.status.url}banner/de.html").locator("body")

    assert "Umbau (Geplant)" in shown.inner_text()
    assert when.window(work.window.start, work.window.end, "Europe/Berlin", "de") in shown.inner_text()


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
