"""The browser was closed and is started again, perhaps days later: its first page is one of a forum that is gone."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from tests.browser.conftest import chromium
from tests.browser.stage import Host, Stage, controlled, outage, story

pytestmark = pytest.mark.rig

NAME = "forum.localhost"
FAULTS = {
    "refused": None,
    "no name": f"MAP {NAME} ~NOTFOUND",
    "elsewhere": f"MAP {NAME} 127.0.0.1:1",
}


@pytest.fixture
def stage():
    """A forum under a name that a browser can be told not to find."""
    set_up = Stage(Host(NAME))
    yield set_up
    set_up.close()


@contextmanager
def started(profile, rule=None):
    """A page of a browser with this profile, for which names mean what ``rule`` says."""
    rules = [f"--host-resolver-rules={rule}"] if rule else []
    with chromium(*rules, profile=profile, locale="de-DE") as browser:
        yield browser.new_page()


def known(stage, profile):
    """Visit the forum, and close the browser."""
    with started(profile) as page:
        page.goto(stage.forum.url)
        controlled(page)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_first_page_after_a_restart(stage, tmp_path, fault):
    """Nobody answers, the name is unknown, or it leads nowhere: the news is there; a later start finds the forum."""
    known(stage, tmp_path)
    stage.publish(2, story("Sprachserver weg"))
    if fault == "refused":
        stage.forum.kill()
    before = len(stage.forum.seen)

    with started(tmp_path, FAULTS[fault]) as page:
        answer = page.goto(stage.forum.url + "thema/7")

        assert (answer.status, answer.headers["x-notifier-outage"]) == (503, "down")
        assert "Sprachserver weg" in outage(page).locator("#news").inner_text()
        assert page.url == stage.forum.url + "thema/7"
        assert len(stage.forum.seen) == before

    if fault == "refused":
        stage.forum.start()
    with started(tmp_path) as page:
        assert page.goto(stage.forum.url).status == 200
        assert page.locator("h1").inner_text() == "Willkommen"


def test_what_was_known_outlives_a_restart(stage, tmp_path):
    """No name is known any more, of the status hosts neither: the last known state, and how old it is."""
    stage.publish(2, story("Sprachserver weg"))
    known(stage, tmp_path)
    for host in (stage.status, stage.mirror):
        host.kill()

    with started(tmp_path, "MAP * ~NOTFOUND") as page:
        page.goto(stage.forum.url)

        assert "Sprachserver weg" in outage(page).locator("#news").inner_text()
        assert page.locator("#note").inner_text().startswith("Letzter bekannter Stand: ")


def test_plain_http_has_the_bar_but_no_worker(tmp_path):
    """A forum without https is no secure context: browsers have no workers there; the bar works."""
    stage = Stage(Host("forum.example.org"))
    try:
        stage.publish(2, story("Sprachserver weg"))
        with started(tmp_path, "MAP forum.example.org 127.0.0.1") as page:
            page.goto(stage.forum.url)
            page.locator("notifier-banner section").wait_for()

            assert page.evaluate("[isSecureContext, 'serviceWorker' in navigator]") == [False, False]
    finally:
        stage.close()
