"""The forum is down: what its visitors see instead, and how they come back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from notifier.model import Phase
from tests.browser.stage import controlled, outage, planned, story

pytestmark = pytest.mark.rig

GATEWAY = (502, 503, 504, 520, 521, 522, 523, 524)


@pytest.fixture
def visitor(visit, stage):
    """Somebody who has been on the forum once."""
    return controlled(visit(stage.forum.url, locale="de-DE"))


@pytest.mark.parametrize("path", ["", "thema/7", "never/been/here?page=2"])
def test_a_dead_forum_is_explained(stage, visitor, path):
    """The forum refuses connections: the newest update, in the visitor's language, under the address he wanted."""
    stage.publish(2, story("Sprachserver weg", "Ein **Verteiler** ist ausgefallen."))
    stage.forum.kill()

    answer = visitor.goto(stage.forum.url + path)
    shown = outage(visitor).locator("body").inner_text()

    assert answer.status == 503
    assert answer.headers["x-notifier-outage"] == "down"
    assert visitor.url == stage.forum.url + path
    assert visitor.title() == "Stimmfunk ist nicht erreichbar"
    assert "Sprachserver weg\n\nEin Verteiler ist ausgefallen.\n\nKritisch · " in shown
    assert visitor.locator("html").get_attribute("lang") == "de"
    assert visitor.locator("article a").get_attribute("href") == f"{stage.status.url}incidents/bcdf.html"


@pytest.mark.parametrize("end", ["closed", "reset"])
def test_a_broken_connection_is_explained(stage, visitor, end):
    """The forum takes the request and lets go of it: that is an outage too."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.mute = end

    answer = visitor.goto(stage.forum.url)

    assert answer.headers["x-notifier-outage"] == "down"
    stage.forum.mute = False
    visitor.get_by_role("heading", name="Willkommen").wait_for()


@pytest.mark.parametrize("status", GATEWAY)
def test_an_error_of_the_gateway_is_explained_while_an_incident_is_open(stage, visitor, status):
    """The proxy in front of the forum answers: with an incident open, the visitor reads about it instead."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.status = status

    answer = visitor.goto(stage.forum.url)

    assert answer.headers["x-notifier-outage"] == "status"
    assert "Sprachserver weg" in outage(visitor).locator("#news").inner_text()


@pytest.mark.parametrize(
    ("status", "extra", "open"),
    [
        *((status, {}, False) for status in GATEWAY),
        (503, {"X-Notifier": "pass"}, True),
        *((status, {}, True) for status in (404, 500, 501, 505, 519, 525)),
    ],
)
def test_the_forum_has_its_own_word(stage, visitor, status, extra, open):
    """Its own error page stands: where nothing is known of, where it asks for it, and where it is the forum itself."""
    stage.publish(2, *([story("Sprachserver weg")] if open else []))
    stage.forum.status, stage.forum.headers = status, extra

    answer = visitor.goto(stage.forum.url)

    assert answer.status == status
    assert visitor.locator("h1").inner_text() == "Willkommen"


@pytest.mark.parametrize(("phase", "taken"), [(None, False), (Phase.IN_PROGRESS, True)])
def test_a_maintenance_explains_errors_once_it_has_begun(stage, visitor, phase, taken):
    """While work goes on an error is explained by it; what is only planned explains nothing."""
    stage.publish(2, planned(timedelta(hours=-1) if phase else timedelta(hours=5), phase))
    stage.forum.status = 503

    answer = visitor.goto(stage.forum.url)

    assert ("x-notifier-outage" in answer.headers) == taken


def test_a_hanging_forum_is_given_up_soon_in_an_incident(stage, visitor):
    """With an incident open nobody waits for long; who wants to can wait for the page after all."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.slow = 1.8

    answer = visitor.goto(stage.forum.url)
    assert answer.headers["x-notifier-outage"] == "hang"
    outage(visitor).get_by_role("button", name="Auf die langsame Seite warten").click()

    visitor.get_by_role("heading", name="Willkommen").wait_for()
    assert visitor.goto(stage.forum.url).headers["x-notifier-outage"] == "hang"


def test_a_slow_page_without_an_incident_is_waited_for(stage, visitor):
    """Slowness that nobody has reported is not an outage."""
    stage.forum.slow = 1.5

    answer = visitor.goto(stage.forum.url)

    assert answer.status == 200
    assert visitor.locator("h1").inner_text() == "Willkommen"


def test_a_hang_without_an_incident_is_given_up_in_the_end(stage, visitor):
    """After the longest wait the visitor is told that there is no notice yet."""
    stage.forum.slow = 60

    answer = visitor.goto(stage.forum.url)

    assert answer.headers["x-notifier-outage"] == "hang"
    assert "noch keine Meldung" in outage(visitor).locator("#note").inner_text()


def test_the_outage_page_follows(stage, visitor):
    """The next update appears by itself, without a reload, and again after a reload while all hosts are gone."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    visitor.goto(stage.forum.url)
    outage(visitor).evaluate("window.same = true")

    stage.publish(3, story("Sprachserver weg", "Tausch läuft"))
    visitor.locator("#news").get_by_text("Tausch läuft").wait_for()
    assert visitor.evaluate("window.same")

    stage.status.kill()
    stage.mirror.kill()
    visitor.reload()
    outage(visitor).locator("#news").get_by_text("Tausch läuft").wait_for()
    visitor.locator("#note", has_text="Letzter bekannter Stand: ").wait_for()


def test_it_goes_back_by_itself(stage, visitor):
    """Once the forum answers again, the visitor is where he wanted to be, without doing anything."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    visitor.goto(stage.forum.url + "thema/7")
    outage(visitor)

    stage.forum.start()

    visitor.get_by_role("heading", name="Willkommen").wait_for()
    assert visitor.url == stage.forum.url + "thema/7"
    assert stage.forum.asked("HEAD", "/thema/7") >= 1


def test_it_waits_while_the_gateway_still_errs(stage, visitor):
    """A proxy that answers with an error is no forum yet."""
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.status = 502
    visitor.goto(stage.forum.url)
    outage(visitor).evaluate("window.same = true")
    until(visitor, lambda: stage.forum.asked("HEAD", "/") >= 2)

    assert visitor.evaluate("window.same")
    stage.forum.status = 200
    visitor.get_by_role("heading", name="Willkommen").wait_for()


def test_typed_text_is_saved_and_never_sent_again(stage, visitor):
    """The forum dies while somebody writes: the text can be copied, the password is not shown, nothing is resent."""
    stage.write(
        body='<form method="post" action="/antwort"><input name="title"><textarea name="message"></textarea>'
        '<input name="password" value="ge heim"><input name="csrf" value="a b c"><button>Senden</button></form>'
    )
    visitor.goto(stage.forum.url + "thema/7")
    visitor.locator("input[name=title]").fill("Frage")
    visitor.locator("textarea").fill("Ein langer Text\nin zwei Zeilen")
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    visitor.get_by_role("button", name="Senden").click()

    text = outage(visitor).locator("textarea").input_value()
    stage.forum.start()
    visitor.locator("#why").get_by_text("Stimmfunk ist wieder da").wait_for()

    assert text == "Frage\n\nEin langer Text\nin zwei Zeilen"
    assert "ge heim" not in visitor.content()
    assert visitor.locator("textarea").is_visible()
    visitor.get_by_role("button", name="Zurück zu Stimmfunk").click()
    visitor.locator("input[name=title]").wait_for()
    assert visitor.url == stage.forum.url + "thema/7"
    assert stage.forum.asked("POST", "/antwort") == 0


def test_a_form_is_sent_once(stage, visitor):
    """On a healthy forum the worker is not felt: one POST arrives, with all of its fields."""
    stage.write(
        body='<form method="post" action="/antwort"><input name="message" value="Hallo Welt"><button>Los</button>'
    )
    visitor.goto(stage.forum.url)

    visitor.get_by_role("button", name="Los").click()
    visitor.wait_for_url("**/antwort")

    assert [seen[3] for seen in stage.forum.seen if seen[0] == "POST"] == [b"message=Hallo+Welt"]


def test_an_upload_passes_by(stage, visitor):
    """A form with files is none of the worker's business: it arrives once and whole; at a dead forum it just fails."""
    stage.write(
        body='<form method="post" action="/antwort" enctype="multipart/form-data"><input type="file" name="picture">'
        "<button>Hochladen</button></form>"
    )
    picture = {"name": "a.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256)) * 400}
    visitor.goto(stage.forum.url)
    visitor.locator("input").set_input_files(picture)
    visitor.get_by_role("button", name="Hochladen").click()
    visitor.wait_for_url("**/antwort")

    (sent,) = [seen[3] for seen in stage.forum.seen if seen[0] == "POST"]
    assert picture["buffer"] in sent
    visitor.locator("input").set_input_files(picture)
    stage.forum.kill()
    visitor.get_by_role("button", name="Hochladen").click()
    until(visitor, lambda: visitor.url.startswith("chrome-error:"))


def test_redirects_downloads_and_streams_are_unharmed(stage, visitor):
    """What is no plain page passes as it is."""
    stage.forum.files |= {"/alt": "", "/datei": bytes(300_000), "/strom": "<h1>Anfang</h1><!-- later --><h2>Ende</h2>"}
    stage.forum.extra |= {"/alt": {"Status": "302", "Location": "/thema/7"}}
    stage.forum.extra |= {"/datei": {"Content-Disposition": "attachment; filename=a.bin"}}

    visitor.goto(stage.forum.url + "alt")
    assert visitor.url == stage.forum.url + "thema/7"
    visitor.goto(stage.forum.url + "strom", wait_until="commit")
    visitor.get_by_role("heading", name="Anfang").wait_for()
    assert visitor.locator("h2").count() == 0
    stage.forum.stream.set()
    visitor.get_by_role("heading", name="Ende").wait_for()
    with visitor.expect_download() as download:
        visitor.evaluate("location.href = '/datei'")
    assert download.value.path().stat().st_size == 300_000


def test_each_page_is_asked_for_once_and_none_is_kept(stage, visitor):
    """The worker doubles no request, not of frames either, and no answer of the forum is in any cache."""
    stage.write(body='<iframe src="/rahmen"></iframe>')
    stage.forum.files["/rahmen"] = "<p>Rahmen"
    stage.forum.seen.clear()

    visitor.goto(stage.forum.url + "thema/7", wait_until="load")

    assert (stage.forum.asked("GET", "/thema/7"), stage.forum.asked("GET", "/rahmen")) == (1, 1)
    kept = visitor.evaluate(
        "(async () => { const all = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys()) all.push(new URL(one.url).pathname);"
        " return all })()"
    )
    assert kept == ["/notifier-status.json"]


# The status hosts


def refuse(host):
    """Nothing answers."""
    host.kill()


def hang(host):
    """No answer comes."""
    host.files = {"/status": ""} | host.files
    host.files["/status.json"] = b"{<!-- later -->}"


def garble(host):
    """It answers with nonsense."""
    host.files["/status.json"] = "<!doctype html><p>Parked</p>"


def lock(host):
    """It lets no other origin read."""
    host.headers.clear()


broken = pytest.mark.parametrize("harm", [refuse, hang, garble, lock])


@broken
def test_the_second_status_host_stands_in(stage, visitor, harm):
    """One status host is out of order: the other one has the news."""
    stage.publish(2, story("Sprachserver weg"))
    harm(stage.status)
    stage.forum.kill()

    visitor.goto(stage.forum.url)

    outage(visitor).locator("#news").get_by_text("Sprachserver weg").first.wait_for()
    assert visitor.locator("#note").inner_text() == ""
    ways = [f"{stage.mirror.url}incidents/bcdf.html", stage.mirror.url]
    assert visitor.locator("#news a, #foot a").evaluate_all("(all) => all.map((one) => one.href)") == ways


@broken
def test_without_status_hosts_the_last_known_state_is_told(stage, visitor, harm):
    """Both are out of order: what was known, how old it is, and that the fault may be the visitor's own line."""
    stage.publish(2, story("Sprachserver weg"))
    visitor.goto(stage.forum.url)
    visitor.locator("notifier-banner section").wait_for()
    for host in (stage.status, stage.mirror):
        harm(host)
    stage.forum.kill()

    visitor.goto(stage.forum.url)

    assert "Sprachserver weg" in outage(visitor).locator("#news").inner_text()
    note = visitor.locator("#note").inner_text()
    assert note.startswith("Letzter bekannter Stand: ")
    assert "deine eigene Verbindung" in note


def test_an_older_state_is_not_believed(stage, visitor):
    """A mirror that lags behind does not take an update back."""
    stage.publish(5, story("Sprachserver weg", "Tausch läuft"))
    visitor.goto(stage.forum.url)
    visitor.locator("notifier-banner section").wait_for()
    stage.publish(4, story("Sprachserver weg"))
    stage.forum.kill()

    visitor.goto(stage.forum.url)

    assert "Tausch läuft" in outage(visitor).locator("#news").inner_text()


def test_hostile_words_stay_words(stage, visitor):
    """Markup and script in the state are shown as typed, and no strange link is made."""
    evil = '</script><img src=x onerror="document.title=1">\u2028<script>document.title=2</script>'
    stage.publish(2, story(evil))
    data = json.loads(stage.status.files["/status.json"])
    data["incidents"][0]["link"] = "javascript:document.title=4"
    stage.status.files["/status.json"] = json.dumps(data)
    stage.forum.kill()

    visitor.goto(stage.forum.url)

    assert '<img src=x onerror="document.title=1">' in outage(visitor).locator("#news").inner_text()
    assert visitor.locator("#news").locator("img, script, a").count() == 0
    assert visitor.title() == "Stimmfunk ist nicht erreichbar"


def test_it_tells_the_status_hosts_nothing(stage, visitor):
    """Neither cookie nor address of the page goes to the status host, from the worker and its page neither."""
    visitor.evaluate("document.cookie = 'session=1'")
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()
    visitor.goto(stage.forum.url + "thema/7")
    outage(visitor)
    until(visitor, lambda: stage.status.asked("GET", "/status.json") >= 4)

    assert not {name.lower() for *_, headers, _ in stage.status.seen for name in headers} & {"cookie", "referer"}


def until(page, condition):
    """Let the page go on until the condition holds."""
    for _ in range(300):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")
