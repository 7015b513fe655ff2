"""The offline worker comes and goes: set up, renewed, switched off, removed, and never in another one's way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error

from notifier.render import worker
from notifier.values import replace
from tests.browser.stage import controlled, outage, story
from tests.browser.test_worker import until

pytestmark = pytest.mark.rig

STRICT = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src {hosts}; "
    "require-trusted-types-for 'script'; trusted-types notifier"
)
# Counts how often a page has seen which worker there is, and what came of it is done; and how often it set one up.
WATCHED = """
window.looked = window.tried = 0;
const own = ServiceWorkerContainer.prototype, { getRegistration, register } = own;
own.getRegistration = async function (...given) {
  const found = await getRegistration.apply(this, given);
  setTimeout(() => { window.looked++; });
  return found;
};
own.register = function (...given) { window.tried++; return register.apply(this, given); };
"""
FOREIGN = "addEventListener('fetch', () => {}); addEventListener('install', () => skipWaiting());"


def workers(page):
    """Scripts of the workers that are registered on the forum."""
    return page.evaluate(
        "navigator.serviceWorker.getRegistrations().then((all) => all.map((one) =>"
        " one.active || one.waiting || one.installing).filter(Boolean).map((one) => new URL(one.scriptURL).pathname))"
    )


def dead_end(page, url):
    """Go there; the browser's own error is what comes."""
    with pytest.raises(Error, match=r"ERR_CONNECTION_REFUSED|ERR_FAILED"):
        page.goto(url)


def test_the_first_visit_sets_it_up(visit, stage):
    """After one visit it looks after the whole forum, and its file is asked for past every cache."""
    stage.forum.extra["/notifier-sw.js"] = {"Cache-Control": "max-age=31536000"}

    page = controlled(visit(stage.forum.url + "thema/7"))

    assert workers(page) == ["/notifier-sw.js"]
    assert page.evaluate("navigator.serviceWorker.ready.then((one) => [one.scope, one.updateViaCache])") == [
        stage.forum.url, "none",
    ]  # fmt: skip


def test_a_new_version_takes_over(visit, stage):
    """A changed file is taken up at the next page, and answers from then on, even if its server lets it be kept."""
    stage.forum.extra["/notifier-sw.js"] = {"Cache-Control": "max-age=31536000"}
    page = controlled(visit(stage.forum.url, locale="de-DE"))
    stage.site = replace(stage.site, phrases={"de": {"outage.title": "Kurze Pause"}})
    stage.write()
    before = stage.forum.asked("GET", "/notifier-sw.js")

    page.goto(stage.forum.url)
    until(page, lambda: stage.forum.asked("GET", "/notifier-sw.js") > before)
    page.evaluate("navigator.serviceWorker.ready.then((one) => one.update())")  # done after the look that is under way
    settled = "(one) => !one.installing && !one.waiting && one.active.state === 'activated'"
    until(page, lambda: page.evaluate(f"navigator.serviceWorker.ready.then({settled})"))
    stage.forum.kill()
    page.goto(stage.forum.url)

    assert outage(page).locator("h1").inner_text() == "Kurze Pause"


def test_the_switch_takes_it_away_from_visitors_of_the_forum(visit, stage):
    """[worker] enabled = false: the next page removes worker and copy, and no later one brings them back."""
    page = controlled(visit(stage.forum.url))

    stage.switch(2, enabled=False)
    page.goto(stage.forum.url)
    until(page, lambda: workers(page) == [])
    page.goto(stage.forum.url)
    until(page, lambda: stage.status.asked("GET", "/status.json") >= 4)

    assert workers(page) == []
    assert page.evaluate("caches.keys()") == []


def test_the_switch_works_while_the_forum_is_down(visit, stage):
    """Even then the worker finds out by itself, and the visitor has the browser's own error."""
    page = controlled(visit(stage.forum.url))
    stage.switch(2, enabled=False)
    stage.forum.kill()

    dead_end(page, stage.forum.url)
    page = visit("about:blank", same=page)
    stage.forum.start()
    stage.forum.files["/banner.js"] = ""
    page.goto(stage.forum.url)

    assert workers(page) == []


@pytest.mark.parametrize("fault", ["gone", "html", "broken", "failing"])
def test_its_file_may_go_wrong(visit, stage, fault):
    """A file that is gone, a page instead of it, a slip in it or an error does no harm: the worker stays as it was."""
    page = controlled(visit(stage.forum.url))
    wrong = {"gone": None, "html": "<!doctype html><p>Not found", "broken": "const =", "failing": "const all = 1;"}
    stage.forum.files["/notifier-sw.js"] = wrong[fault]
    if fault == "html":
        stage.forum.extra["/notifier-sw.js"] = {"Content-Type": "text/html"}
    if fault == "failing":
        stage.forum.extra["/notifier-sw.js"] = {"Status": "503"}
    before = stage.forum.asked("GET", "/notifier-sw.js")
    page.goto(stage.forum.url)
    until(page, lambda: stage.forum.asked("GET", "/notifier-sw.js") > before)
    stage.forum.kill()

    assert page.goto(stage.forum.url).headers["x-notifier-outage"] == "down"


def test_the_uninstaller_removes_it(visit, stage):
    """`notifier site uninstall-worker` in the worker's place: the next page is the last that the worker sees."""
    page = controlled(visit(stage.forum.url))
    stage.forum.files["/notifier-sw.js"] = worker.uninstaller()
    stage.forum.files["/banner.js"] = ""

    page.goto(stage.forum.url)
    until(page, lambda: workers(page) == [])

    assert page.evaluate("caches.keys()") == []
    stage.forum.kill()
    dead_end(page, stage.forum.url)


@pytest.mark.parametrize("scope", ["/", "/thema/"])
def test_the_forums_own_worker_is_left_alone(visit, stage, scope):
    """A forum that has a worker of its own keeps it, whatever part of the forum ours is meant for."""
    stage.forum.files |= {"/app.js": FOREIGN, "/banner.js": ""}
    page = visit(stage.forum.url)
    page.evaluate("navigator.serviceWorker.register('/app.js').then(() => navigator.serviceWorker.ready)")
    baked = {**worker.for_banner(stage.site), "scope": scope, "fresh": 0, "poll": 250}
    stage.forum.files["/banner.js"] = worker.banner(baked)

    page.add_init_script(WATCHED)
    page.goto(stage.forum.url)
    page.wait_for_function("window.looked >= 2 && document.readyState === 'complete'")

    assert page.evaluate("window.tried") == 0
    assert workers(page) == ["/app.js"]


def test_our_worker_within_the_forums_own(visit, stage):
    """The forum's worker may bring ours in by one line; then the outage page is there too."""
    stage.forum.files |= {"/app.js": "importScripts('/notifier-sw.js');", "/banner.js": ""}
    page = visit(stage.forum.url, locale="de-DE")
    page.evaluate("navigator.serviceWorker.register('/app.js').then(() => navigator.serviceWorker.ready)")
    page.wait_for_function("navigator.serviceWorker.controller")
    stage.forum.kill()

    assert page.goto(stage.forum.url).headers["x-notifier-outage"] == "down"


def test_a_visitor_can_refuse_it(visit, stage):
    """The button on the outage page removes the worker from this browser, and later pages do not bring it back."""
    page = controlled(visit(stage.forum.url, locale="de-DE"))
    stage.forum.kill()
    page.goto(stage.forum.url)
    outage(page).get_by_role("button", name="Diese Seite nicht mehr zeigen").click()
    until(page, lambda: page.url.startswith("chrome-error:"))

    stage.forum.start()
    page.goto(stage.forum.url)
    before = stage.status.asked("GET", "/status.json")
    until(page, lambda: stage.status.asked("GET", "/status.json") >= before + 2)

    assert workers(page) == []


def test_strict_policies_are_no_obstacle(visit, stage):
    """A forum with a strict policy and trusted types has worker, outage page and no complaint."""
    hosts = f"{stage.status.url} {stage.mirror.url}"
    stage.forum.extra |= {path: {"Content-Security-Policy": STRICT.format(hosts=hosts)} for path in ("/", "/thema/7")}

    page = visit(stage.forum.url)
    until(page, lambda: page.evaluate("!!navigator.serviceWorker.controller"))
    stage.publish(2, story("Sprachserver weg"))
    page.goto(stage.forum.url + "thema/7")
    page.locator("notifier-banner section").wait_for()
    stage.forum.kill()
    page.goto(stage.forum.url)

    assert "Sprachserver weg" in outage(page).locator("#news").inner_text()


def test_the_policy_of_a_page_does_not_bind_it(visit, stage):
    """Where a page of the forum may not ask the status host, the outage page has the news all the same."""
    stage.forum.extra["/"] = {"Content-Security-Policy": "connect-src 'self'"}
    page = visit(stage.forum.url, complaints=False)
    page.evaluate("navigator.serviceWorker.register('/notifier-sw.js').then(() => navigator.serviceWorker.ready)")
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()

    page.goto(stage.forum.url)

    assert "Sprachserver weg" in outage(page).locator("#news").inner_text()


def test_a_policy_upon_its_own_file_is_got_over(visit, stage):
    """The server sends a policy with the worker's file that keeps it from the status host: the outage page asks."""
    stage.forum.extra["/notifier-sw.js"] = {"Content-Security-Policy": "default-src 'self'"}
    page = controlled(visit(stage.forum.url, complaints=False))
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()

    assert page.goto(stage.forum.url).headers["x-notifier-outage"] == "down"
    outage(page).locator("#news").get_by_text("Sprachserver weg").first.wait_for()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_file_in_a_folder(visit, stage, allowed):
    """For the whole forum the server must allow it (Service-Worker-Allowed); else there is no worker and no error."""
    stage.forum.files["/static/notifier-sw.js"] = stage.forum.files["/notifier-sw.js"]
    stage.forum.extra["/static/notifier-sw.js"] = {"Service-Worker-Allowed": "/"} if allowed else {}
    baked = {**worker.for_banner(stage.site), "worker": "/static/notifier-sw.js", "scope": "/", "fresh": 0, "poll": 250}
    stage.forum.files["/banner.js"] = worker.banner(baked)

    page = visit(stage.forum.url, before=lambda page: page.add_init_script(WATCHED))
    until(page, lambda: page.evaluate("window.tried") >= 1)
    if allowed:
        controlled(page)
        stage.forum.kill()
        assert page.goto(stage.forum.url).headers["x-notifier-outage"] == "down"
    else:
        until(page, lambda: page.evaluate("window.tried") >= 2)
        assert workers(page) == []


def test_a_policy_against_workers_is_obeyed(visit, stage):
    """worker-src 'none': no worker and no error, and the bar is there all the same."""
    stage.forum.extra["/"] = {"Content-Security-Policy": "worker-src 'none'"}
    stage.publish(2, story("Sprachserver weg"))

    page = visit(stage.forum.url, complaints=False)
    page.locator("notifier-banner section").wait_for()

    assert workers(page) == []


def test_without_storage_the_outage_is_explained(visit, stage):
    """Where the browser keeps nothing for scripts, what the status host says is shown all the same."""
    blocked = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    page = visit(stage.forum.url, before=lambda page: page.add_init_script(blocked))
    page.wait_for_function("navigator.serviceWorker.controller")
    stage.publish(2, story("Sprachserver weg"))
    stage.forum.kill()

    page.goto(stage.forum.url)

    assert "Sprachserver weg" in outage(page).locator("#news").inner_text()


def test_a_forum_in_a_folder(visit, stage):
    """With its own folder the worker leaves the rest of the host alone."""
    stage.site = replace(
        stage.site, url=stage.forum.url + "forum", worker=replace(stage.site.worker, path="/forum/notifier-sw.js")
    )
    stage.write()
    stage.forum.files |= {"/forum/": stage.forum.files["/"]}
    stage.forum.files["/forum/notifier-sw.js"] = stage.forum.files["/notifier-sw.js"]

    page = controlled(visit(stage.forum.url + "forum/"))
    stage.forum.kill()

    assert page.goto(stage.forum.url + "forum/x").headers["x-notifier-outage"] == "down"
    dead_end(page, stage.forum.url)
