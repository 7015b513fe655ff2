"""The core of the offline worker in Firefox: a browser without static routes, where preload would break it."""

from __future__ import annotations

import pytest

from tests.browser.driven import driven
from tests.browser.stage import story

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def firefox():
    """A Firefox."""
    with driven("firefox") as page:
        yield page


@pytest.fixture
def visitor(firefox, stage):
    """Somebody who has been on the forum once. Each forum has a port, and so an origin, of its own."""
    firefox("goto", stage.forum.url)
    firefox.until("!!navigator.serviceWorker.controller")
    firefox.until("caches.has('notifier')")
    return firefox


@pytest.mark.parametrize("path", ["", "never/been/here"])
def test_a_dead_forum_is_explained_and_left_again(stage, visitor, path):
    """The forum refuses connections, also for a page never seen; when it is back, so is the visitor."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.files["/never/been/here"] = stage.forum.files["/"]
    stage.forum.kill()

    answer = visitor("goto", stage.forum.url + path)

    assert (answer["status"], answer["headers"]["x-notifier-outage"]) == (503, "down")
    assert "Sprachserver weg" in visitor.text("#news")
    assert visitor("url") == stage.forum.url + path
    stage.forum.start()
    visitor.until("document.querySelector('h1')?.innerText", "Willkommen")
    assert visitor("url") == stage.forum.url + path


@pytest.mark.parametrize(("status", "open", "taken"), [(503, True, True), (502, False, False), (500, True, False)])
def test_errors_of_the_gateway(stage, visitor, status, open, taken):
    """Explained with an open incident; otherwise, and for the forum's own errors, its page stands."""
    stage.publish(2, *([story("Sprachserver weg")] if open else []))
    stage.forum.status = status

    answer = visitor("goto", stage.forum.url)

    assert answer["headers"].get("x-notifier-outage") == ("status" if taken else None)
    assert answer["status"] == status


@pytest.mark.parametrize("open", [True, False])
def test_a_hanging_forum(stage, visitor, open):
    """Given up soon with an open incident, late without one."""
    stage.publish(2, *([story("Sprachserver weg")] if open else []))
    stage.forum.slow = 60

    answer = visitor("goto", stage.forum.url)

    assert answer["headers"]["x-notifier-outage"] == "hang"
    assert ("Sprachserver weg" in visitor("evaluate", "document.body.innerText")) == open


def test_the_next_update_comes_by_itself(stage, visitor):
    """On the open outage page, without a reload."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    visitor("goto", stage.forum.url)
    visitor("evaluate", "window.same = true")

    stage.publish(3, story("Sprachserver weg", "Tausch"))

    visitor.until("document.querySelector('#news').innerText.includes('Tausch') && window.same")


def test_typed_text_is_saved_and_never_sent_again(stage, visitor):
    """What was typed can be copied; the password is left out."""
    stage.write(
        body='<form method="post" action="/antwort"><textarea name="message">Ein langer Text</textarea>'
        '<input name="password" value="ge heim"><button>Senden</button></form>'
    )
    visitor("goto", stage.forum.url + "thema/7")
    stage.forum.kill()

    visitor("evaluate", "document.querySelector('button').click()")

    visitor.until("document.querySelector('[readonly]')?.value", "Ein langer Text")
    assert "ge heim" not in visitor("evaluate", "document.documentElement.innerHTML")
    stage.forum.start()
    visitor.until("/back|wieder da/.test(document.querySelector('#why').innerText)")
    assert stage.forum.asked("POST", "/antwort") == 0


def test_redirects_pass_and_nothing_is_kept(stage, visitor):
    """A redirect is followed, a page is asked for once, and the one thing kept is the state."""
    stage.forum.files["/alt"] = ""
    stage.forum.extra["/alt"] = {"Status": "302", "Location": "/thema/7"}

    visitor("goto", stage.forum.url + "alt")

    assert visitor("url") == stage.forum.url + "thema/7"
    assert stage.forum.asked("GET", "/alt") == stage.forum.asked("GET", "/thema/7") == 1
    kept = (
        "caches.open('notifier').then((one) => one.keys()).then((all) => all.map((one) => new URL(one.url).pathname))"
    )
    assert visitor("evaluate", kept) == ["/notifier-status.json"]


def test_the_switch_from_afar(stage, visitor):
    """[worker] enabled = false takes the worker away with the next page."""
    stage.switch(2, enabled=False)

    visitor("goto", stage.forum.url)

    visitor.until("navigator.serviceWorker.getRegistrations().then((all) => all.length)", 0)
