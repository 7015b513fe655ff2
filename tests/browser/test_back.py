"""Going back: browsers keep a page as it was and show it again; banner and outage page catch up with the world."""

from __future__ import annotations

import pytest

from notifier.render import worker
from tests.browser.driven import driven
from tests.browser.stage import story

pytestmark = pytest.mark.rig

NEVER = 86_400_000
KEPT = "addEventListener('pageshow', (event) => { window.kept = event.persisted; }); true"
BAR = "document.querySelector('notifier-banner')?.shadowRoot.querySelector('section')?.innerText || ''"

CLOSE = "document.querySelector('notifier-banner')?.shadowRoot.querySelector('button')?.click()"


@pytest.fixture(scope="module", params=["chrome", "firefox"])
def browser(request):
    """Chromium and Firefox."""
    with driven(request.param) as page:
        yield page


@pytest.fixture
def reader(browser, stage):
    """Somebody on the forum, whose banner never asks by the clock."""
    stage.publish(2, story("Sprachserver weg"))
    baked = {**worker.for_banner(stage.site), "fresh": 0, "poll": NEVER}
    stage.forum.files["/banner.js"] = worker.banner(baked)
    browser("goto", stage.forum.url)
    browser.until("!!navigator.serviceWorker.controller")
    browser.until("caches.has('notifier')")
    browser.until(f"({BAR}).includes('Sprachserver weg')")
    browser("evaluate", KEPT)
    return browser


def back(page):
    """Go back to a page that was kept."""
    page("evaluate", "setTimeout(() => history.back()), true")
    page.until("window.kept")


def test_the_banner_asks_at_once(stage, reader):
    """A page that is gone back to shows what has happened since it was left."""
    reader("goto", stage.status.url + "badge.svg")
    stage.publish(3, story("Sprachserver weg", "Tausch läuft"))

    back(reader)

    reader.until(f"({BAR}).includes('Tausch läuft')")


def test_what_was_hidden_meanwhile_is_hidden(stage, reader):
    """Who closed the bar on the next page has peace on the one before, too."""
    reader("goto", stage.forum.url + "thema/7")
    reader.until(f"{CLOSE}, !!localStorage.getItem('notifier-hidden')")

    back(reader)

    reader.until(BAR, "")


def test_from_the_outage_page_to_what_was_read(stage, reader):
    """The forum dies: the page before is still there; forward again, once the forum is back, leads into it."""
    stage.forum.kill()
    assert reader("goto", stage.forum.url + "thema/7")["headers"]["x-notifier-outage"] == "down"

    back(reader)
    assert reader("evaluate", "document.querySelector('h1').innerText") == "Willkommen"
    stage.forum.start()
    reader("evaluate", "setTimeout(() => history.forward()), true")

    reader.until("location.pathname + document.querySelector('h1')?.innerText", "/thema/7Willkommen")


def test_the_outage_page_catches_up(stage, reader):
    """Gone back to, it has the newest update, and leads back to the forum by itself."""
    stage.forum.kill()
    reader("goto", stage.forum.url + "thema/7")
    reader.until("document.querySelector('#news')?.innerText.includes('Sprachserver weg')")
    reader("goto", stage.status.url + "badge.svg")
    stage.publish(3, story("Sprachserver weg", "Tausch läuft"))
    reader("evaluate", "setTimeout(() => history.back()), true")

    reader.until("document.querySelector('#news')?.innerText.includes('Tausch läuft')")
    stage.forum.start()

    reader.until("document.querySelector('h1')?.innerText", "Willkommen")
    assert reader("evaluate", "location.href") == stage.forum.url + "thema/7"
