"""The banner on the forum's own pages: another origin than the status host's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from notifier.events import Open, Tell
from notifier.incident import decide, evolve
from notifier.model import Impact, Site, Stamp
from notifier.render.site import files

pytestmark = pytest.mark.rig

NOW = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
SITE = Site(name="Forum", status_url="https://status.example.org", languages=("de", "en"), timezone="Europe/Berlin")
EVIL = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u2028</script> javascript:alert(3)'


def story(*words, id="bcdf", impact=Impact.CRITICAL):
    """An incident with these updates; the first is its title too."""
    incident = None
    for number, text in enumerate(words):
        texts = {"de": text, "en": f"{text} (en)"}
        command = Tell(texts) if number else Open(texts, texts, ("voice",), impact)
        incident = evolve(incident, decide(command, incident, Stamp(NOW - timedelta(hours=2))), id)
    return incident


def publish(host, version, *incidents):
    """Bring a status host up to date; as the docs say, its files may be read from other origins."""
    host.headers["Access-Control-Allow-Origin"] = "*"
    host.files = dict(files(SITE, incidents, NOW, version))


@pytest.fixture
def status(serve):
    """A status host."""
    return serve("127.0.0.1")


@pytest.fixture
def forum(serve):
    """A forum; ``join(url, ...)`` puts the banner into its page, with these addresses of status hosts."""
    web = serve("localhost")

    def join(*hosts, lang="de", script="/banner.js", head=""):
        data = f' data-status="{" ".join(host + "status.json" for host in hosts)}"' if hosts else ""
        web.files = {
            "banner.js": files(SITE, [], NOW, 1)["banner.js"],
            "index.html": f'<!doctype html><html lang="{lang}"><head>{head}<title>Forum</title>'
            f'<script async src="{script}"{data}></script></head><body><h1>Willkommen</h1></body></html>',
        }

    web.join = join
    return web


def bar(page):
    """The bar as people see it."""
    return page.locator("notifier-banner section")


def asked(page, action, url="**/status.json"):
    """Do something that makes the page ask for the state, and wait until it has the answer and could draw it."""
    with page.expect_response(url):
        action()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def timed(page):
    """Give the page a clock that the test moves."""
    page.clock.install()


def test_it_shows_an_open_incident(visit, status, forum):
    """A visitor of the forum sees what is wrong, in the page's language, with a link to the status page."""
    publish(status, 1, story("Sprachserver weg", "Ein **Verteiler** ist ausgefallen."))
    forum.join(status.url)

    page = visit(forum.url)
    bar(page).wait_for()

    shown = bar(page).inner_text()
    assert "Sprachserver weg" in shown
    assert "Kritisch" in shown
    assert "Ein Verteiler ist ausgefallen." in shown
    assert bar(page).get_by_role("link").get_attribute("href") == "https://status.example.org/incidents/bcdf.html"
    assert bar(page).get_attribute("lang") == "de"
    assert page.locator("notifier-banner [role=status] section").count() == 1
    place = bar(page).bounding_box()
    assert place["y"] + place["height"] == 720


@pytest.mark.parametrize(
    ("lang", "locale", "words"),
    [
        ("en", "de-DE", "weg (en)"),
        ("en-GB", "de-DE", "weg (en)"),
        ("", "en-US", "weg (en)"),
        ("fr", "fr-FR", "Kritisch"),
    ],
)
def test_it_speaks_the_language_of_the_page(visit, status, forum, lang, locale, words):
    """The page's language, else the browser's, else the first of the site."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url, lang=lang)

    page = visit(forum.url, locale=locale)
    bar(page).wait_for()

    assert words in bar(page).inner_text()


def test_it_leaves_the_page_alone_when_all_is_well(visit, status, forum):
    """Without an open incident nothing is added to the page."""
    publish(status, 1)
    forum.join(status.url)
    page = visit(forum.url, before=timed)

    asked(page, lambda: page.clock.fast_forward(61_000))

    assert page.locator("notifier-banner").count() == 0


def test_the_quick_start_needs_no_address(visit, status, forum):
    """The script straight from the status host finds status.json beside itself."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(script=status.url + "banner.js")

    page = visit(forum.url)

    bar(page).wait_for()
    assert status.paths().count("status.json") == 1


def test_an_open_page_learns_of_it_and_of_the_end(visit, status, forum):
    """A page left open shows the bar within a minute, then the next update, and removes it at the end."""
    publish(status, 1)
    forum.join(status.url)
    page = visit(forum.url, before=timed)

    publish(status, 2, story("Sprachserver weg"))
    asked(page, lambda: page.clock.fast_forward(61_000))
    page.clock.run_for(100)
    bar(page).wait_for()
    publish(status, 3, story("Sprachserver weg", "Tausch läuft"))
    page.clock.fast_forward(61_000)
    page.clock.run_for(100)
    bar(page).get_by_text("Tausch läuft").wait_for()
    publish(status, 4)
    page.clock.fast_forward(61_000)
    bar(page).wait_for(state="hidden")


def test_hidden_stays_hidden_until_the_next_update(visit, status, forum):
    """Who closes the bar has peace, on other pages too, until there is news."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url)
    page = visit(forum.url)
    bar(page).get_by_role("button", name="Hinweis ausblenden").click()
    bar(page).wait_for(state="hidden")

    again = visit(forum.url, same=page, before=timed)
    asked(again, lambda: again.clock.fast_forward(61_000))
    assert not bar(again).is_visible()

    publish(status, 2, story("Sprachserver weg", "Tausch läuft"))
    asked(again, lambda: again.clock.fast_forward(61_000))
    again.clock.run_for(100)
    bar(again).get_by_text("Tausch läuft").wait_for()


def test_a_dead_address_falls_to_the_next(visit, status, forum, serve):
    """The first status host is down: the second is asked at once."""
    dead = serve("127.0.0.1")
    dead.close = lambda close=dead.close: None if dead._end.is_set() else close()
    dead.close()
    publish(status, 1, story("Sprachserver weg"))
    forum.join("http://127.0.0.1:1/", dead.url, status.url)

    page = visit(forum.url)

    bar(page).wait_for()


def test_a_hanging_address_falls_to_the_next(visit, status, forum, serve):
    """The first status host takes the question and never answers: after four seconds the second is asked."""
    stuck = serve("127.0.0.1")
    stuck.hanging.add("status.json")
    publish(status, 1, story("Sprachserver weg"))
    forum.join(stuck.url, status.url)
    with_clock = visit(forum.url, before=timed)

    with with_clock.expect_event("requestfailed", lambda request: request.url.startswith(stuck.url)):
        with_clock.clock.run_for(4_100)
    with_clock.wait_for_function("document.querySelector('notifier-banner')")
    with_clock.clock.run_for(100)

    bar(with_clock).wait_for()


def test_a_copy_that_lags_behind_is_not_believed(visit, status, forum, serve):
    """The main host is gone, its mirror is older: what is over does not come back, on the next page neither."""
    mirror = serve("127.0.0.1")
    publish(mirror, 1, story("Sprachserver weg"))
    publish(status, 2)
    forum.join(status.url, mirror.url)
    page = visit(forum.url, before=timed)
    page.wait_for_function("localStorage.getItem('notifier-status')")
    status.files = {}

    asked(page, lambda: page.clock.fast_forward(61_000), mirror.url + "**")
    assert page.locator("notifier-banner").count() == 0
    again = visit(forum.url, same=page, before=timed)
    asked(again, lambda: again.clock.fast_forward(61_000), mirror.url + "**")
    assert again.locator("notifier-banner").count() == 0


def test_the_last_known_state_is_shown_while_nobody_answers(visit, status, forum):
    """On the next page the bar is there at once, even though the status host is gone."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url)
    page = visit(forum.url)
    bar(page).wait_for()
    status.files = {}

    again = visit(forum.url, same=page)

    bar(again).wait_for()


def test_hostile_words_stay_words(visit, status, forum):
    """Markup in a title or text is shown as it was typed; nothing of it is run, and no strange link is made."""
    publish(status, 1, story(EVIL))
    data = json.loads(status.files["status.json"])
    data["incidents"][0]["link"] = "javascript:document.title=4"
    status.files["status.json"] = json.dumps(data)
    forum.join(status.url)

    page = visit(forum.url)
    bar(page).wait_for()

    assert '<img src=x onerror="document.title=1">' in bar(page).inner_text()
    assert bar(page).locator("img, script, a").count() == 0
    assert page.title() == "Forum"


@pytest.mark.parametrize(
    "nonsense",
    [
     "", "null", "[]", "{", '{"seq": "1"}', '{"seq": 1, "incidents": null, "languages": ["de"]}', "<!doctype html>",
     '{"seq": 1, "incidents": [null, 3, {}], "languages": [7]}',
     '{"seq": 1, "incidents": [{"id": 1}], "languages": []}',
    ],
)  # fmt: skip
def test_nonsense_breaks_nothing(visit, status, forum, nonsense):
    """Whatever the status host answers, the forum's page has no error."""
    publish(status, 1)
    status.files["status.json"] = nonsense
    forum.join(status.url)
    page = visit(forum.url, before=timed)

    asked(page, lambda: page.clock.fast_forward(61_000))

    assert page.locator("h1").inner_text() == "Willkommen"


def test_a_strict_policy_is_no_obstacle(visit, status, forum):
    """A forum that allows only its own scripts and styles, and demands trusted types, gets the bar in its colours."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url)
    forum.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {status.url}; "
        "require-trusted-types-for 'script'"
    )

    page = visit(forum.url)
    bar(page).wait_for()

    assert bar(page).evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(179, 18, 42)"


def test_blocked_storage_is_no_obstacle(visit, status, forum):
    """Where the browser keeps nothing, the bar is shown and can be closed all the same."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url)
    blocked = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    page = visit(forum.url, before=lambda page: (page.add_init_script(blocked), page.clock.install()))
    page.wait_for_function("document.querySelector('notifier-banner')")
    page.clock.run_for(100)

    bar(page).get_by_role("button").click()
    asked(page, lambda: page.clock.fast_forward(61_000))

    assert not bar(page).is_visible()


def test_it_tells_the_status_host_nothing(visit, status, forum):
    """No cookie and no address of the page goes to the status host."""
    publish(status, 1, story("Sprachserver weg"))
    forum.join(status.url)
    page = visit(forum.url)
    bar(page).wait_for()

    names = {name.lower() for path, headers in status.seen if path == "status.json" for name in headers}
    assert names
    assert not {"cookie", "referer"} & names
    assert page.context.cookies() == []


@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_the_keyboard_reaches_it(visit, status, forum, width):
    """On a narrow phone nothing has to be moved sideways; Tab reaches link and button, big enough for a thumb."""
    publish(status, 1, story("Sprachserver weg " + "x" * 150), story("Forum langsam", id="ghjk", impact=Impact.MINOR))
    forum.join(status.url)
    page = visit(forum.url, viewport={"width": width, "height": 600})
    bar(page).wait_for()

    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.shadowRoot.activeElement.localName"))

    assert reached == ["a", "a", "button"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    button = bar(page).get_by_role("button").bounding_box()
    assert min(button["width"], button["height"]) >= 44
