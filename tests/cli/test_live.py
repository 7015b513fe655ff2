"""`check --live`: what forum and status hosts really send, and what of it would break banner or worker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notifier.cli import csp, live
from notifier.model import Impact
from notifier.render import worker
from notifier.values import replace
from tests.browser.stage import Stage, story
from tests.cli.admin import CONSOLE, Admin

LONG = "Content-Security-Policy"


@pytest.fixture
def stage() -> Iterator[Any]:
    """A forum with banner and worker as they should be, and two status hosts."""
    set_up = Stage()
    set_up.forum.files["/notifier-sw.js"] = worker.script(worker.settings(set_up.site))
    yield set_up
    set_up.close()


def seen(stage: Any, host: Any, version: int = 1) -> list[live.Finding]:
    """The findings about what a host serves."""
    return [found for found in live.look(stage.site, version) if found.place.startswith(host.url)]


def faults(stage: Any, host: Any, version: int = 1) -> list[str]:
    """What must be mended there."""
    return [found.text for found in seen(stage, host, version) if found.fault]


def remarks(stage: Any, host: Any) -> str:
    """What else is said of it."""
    return "\n".join(found.text for found in seen(stage, host) if not found.fault)


def test_all_is_well(stage: Any) -> None:
    """A forum and hosts that do what they should: a line for each, and nothing to mend."""
    found = live.look(stage.site, 1)

    assert [(one.place, one.text) for one in found if not one.fault] == [
        (f"{stage.status.url}status.json", "answers, state number 1"),
        (f"{stage.mirror.url}status.json", "answers, state number 1"),
        (stage.forum.url, "answers 200, and its pages let the banner work"),
        (f"{stage.forum.url}notifier-sw.js", "is the worker, and may do what it must"),
    ]
    assert [one for one in found if one.fault] == []


def test_it_says_nothing_of_its_own_about_visitors(stage: Any) -> None:
    """It only reads: each address is asked with GET, and nothing else."""
    live.look(stage.site, 1)

    assert {method for host in stage.hosts for method, *_ in host.seen} == {"GET"}


# The status hosts


def test_a_status_host_that_no_browser_may_read(stage: Any) -> None:
    """Without CORS the banner gets no word out of it."""
    stage.status.headers.clear()

    [fault] = faults(stage, stage.status)
    assert 'send the header Access-Control-Allow-Origin: "*"' in fault
    assert faults(stage, stage.mirror) == []


def test_a_dead_status_host(stage: Any) -> None:
    """A host that does not answer is named with the reason."""
    stage.mirror.kill()

    assert faults(stage, stage.mirror)[0].startswith("it cannot be reached")


@pytest.mark.parametrize(
    ("extra", "content", "said"),
    [
        ({"Status": "302", "Location": "https://new.example/status.json"}, "", "redirects to https://new.example/"),
        ({"Status": "404"}, "", "answers 404"),
        ({}, "<!doctype html>", "something else than status.json"),
        ({}, '{"seq": "1", "incidents": []}', "something else than status.json"),
    ],
)
def test_a_status_host_with_something_else(stage: Any, extra: dict[str, str], content: str, said: str) -> None:
    """Redirects, missing files and foreign content are told apart."""
    stage.status.extra["/status.json"], stage.status.files["/status.json"] = extra, content

    assert said in faults(stage, stage.status)[0]


def test_hosts_that_lag_behind(stage: Any) -> None:
    """A mirror behind the other host, and both behind the record, are found by the number of their state."""
    stage.publish(3, story("Weg"), hosts=[stage.status])

    assert faults(stage, stage.mirror) == ["lags behind: it has state 1, another host 3"]
    assert "the record 4" in faults(stage, stage.status, version=4)[0]


def test_things_that_could_be_better(stage: Any) -> None:
    """Long caches and a switch that was not published are told, and are no fault."""
    stage.status.extra["/status.json"] = {"Cache-Control": "public, max-age=86400"}
    stage.site = replace(stage.site, worker=replace(stage.site.worker, enabled=False))

    said = remarks(stage, stage.status)
    assert "may be kept for 86400 s" in said
    assert "notifier test" in said
    assert faults(stage, stage.status) == []


# The forum


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("default-src 'self'", "(default-src) keeps the banner from asking"),
        ("connect-src 'self'", "(connect-src) keeps the banner from asking"),
        ("connect-src http:; worker-src 'none'", "keeps the worker out (worker-src)"),
        ("connect-src http:; script-src https://cdn.example", "keeps the worker out (script-src)"),
        ("connect-src http:; trusted-types default", "add notifier to trusted-types"),
    ],
)
def test_a_policy_of_the_pages_in_the_way(stage: Any, policy: str, said: str) -> None:
    """What the pages' Content-Security-Policy forbids, by the directive that forbids it."""
    stage.forum.extra["/"] = {LONG: policy}

    assert said in faults(stage, stage.forum)[0]


def test_a_policy_in_the_page_itself(stage: Any) -> None:
    """One in a meta element counts too."""
    page = f'<meta http-equiv="{LONG}" content="connect-src \'self\'">'
    stage.forum.files["/"] = page + stage.forum.files["/"]

    assert "(connect-src)" in faults(stage, stage.forum)[0]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (f'<meta http-equiv="{LONG}" content="script-src &#39;self&#39;">', ["script-src 'self'"]),
        (f'<meta content="connect-src &#39;self&#39;" http-equiv="{LONG}">', ["connect-src 'self'"]),
        (f"<META\nHTTP-EQUIV='{LONG.lower()}'\nCONTENT='connect-src &quot;self&quot;' />", ['connect-src "self"']),
        (f"<meta http-equiv={LONG} content=connect-src>", ["connect-src"]),
        (f'<title>a > b</title><style>p > b {{}}</style><meta http-equiv="{LONG}" content="x">', ["x"]),
        (f'<script>"</head><body><p>"</script><meta http-equiv="{LONG}" content="x">', ["x"]),
        (f'<!-- <meta http-equiv="{LONG}" content="x"> -->', []),
        (f'<meta http-equiv="{LONG}-Report-Only" content="x">', []),
        (f'<noscript><meta http-equiv="{LONG}" content="x"></noscript>', []),
        (f'<body><meta http-equiv="{LONG}" content="x">', []),
        (f'Hello <meta http-equiv="{LONG}" content="x">', []),
        (f'<![nonsense[<meta http-equiv="{LONG}" content="x">', []),
    ],
)
def test_a_policy_in_a_page_is_read_as_browsers_do(page: str, said: list[str]) -> None:
    """Entities, the order of attributes, quotes; no comments, and nothing outside of the head."""
    assert csp.in_page(f"<!doctype html><html><head>{page}") == said


def test_a_policy_with_entities_lets_the_worker_in(stage: Any) -> None:
    """'self' as &#39;self&#39;, as many templates write it, is no fault; a script that speaks of one is no page."""
    page = f'<meta http-equiv="{LONG}" content="connect-src http:; script-src &#39;self&#39;">'
    stage.forum.files["/"] = page + stage.forum.files["/"]
    script = live.Answer("https://a.example/x.js", "", 200, {"Content-Type": "text/javascript"}, page)

    assert faults(stage, stage.forum) == []
    assert script.policies == []


def test_a_strict_policy_that_lets_it_work(stage: Any) -> None:
    """The policy that the docs recommend is not complained of."""
    stage.forum.extra["/"] = {
        LONG: f"default-src 'none'; script-src 'self'; worker-src 'self'; connect-src {stage.status.url} "
        f"{stage.mirror.url}; require-trusted-types-for 'script'; trusted-types notifier"
    }

    assert faults(stage, stage.forum) == []


def test_a_forum_without_banner_and_with_a_worker_of_its_own(stage: Any) -> None:
    """Both are told with what to do, and are no fault."""
    stage.forum.files |= {"/": "<h1>Forum", "/service-worker.js": "self.x = 1"}

    said = remarks(stage, stage.forum)
    assert "no banner.js is to be seen" in said
    assert "worker of its own, /service-worker.js. The notifier leaves it alone" in said
    assert 'importScripts("/notifier-sw.js")' in said


def test_a_forum_at_another_address(stage: Any) -> None:
    """A redirect to another origin: there the worker would be another one."""
    stage.forum.extra["/"] = {"Status": "301", "Location": "https://www.forum.example/"}

    assert "redirects to https://www.forum.example; put that into [site] url" in faults(stage, stage.forum)[0]


# The worker


def test_the_policy_on_the_worker_itself(stage: Any) -> None:
    """A policy for the whole server binds the worker too: it could not ask for news, and nobody would see it."""
    stage.forum.extra["/notifier-sw.js"] = {LONG: "default-src 'self'"}

    said = faults(stage, stage.forum)
    assert len(said) == 2
    assert f"keeps the worker from asking {stage.status.url.rstrip('/')}" in said[0]


@pytest.mark.parametrize(
    ("extra", "content", "said"),
    [
        ({"Content-Type": "text/plain"}, None, "it must have Content-Type: text/javascript"),
        ({}, "self.x = 1", "is another worker than ours"),
        ({"Status": "302", "Location": "/login"}, None, "answers 302"),
        ({"Status": "503"}, None, "answers 503"),
    ],
)
def test_a_worker_that_browsers_refuse(stage: Any, extra: dict[str, str], content: str | None, said: str) -> None:
    """Wrong type, wrong file, redirect, error: each with what must be done."""
    stage.forum.extra["/notifier-sw.js"] = extra
    stage.forum.files["/notifier-sw.js"] = content or stage.forum.files["/notifier-sw.js"]

    assert said in faults(stage, stage.forum)[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no worker there"), ("other", "with other settings"), ("uninstaller", "removes the worker")],
)
def test_a_worker_that_is_not_the_present_one(stage: Any, content: str | None, said: str) -> None:
    """None, an older one, the one that removes it: told, and no fault."""
    older = worker.script({**worker.settings(stage.site), "hang": 1})
    made = {None: None, "other": older, "uninstaller": worker.uninstaller()}[content]
    stage.forum.files["/notifier-sw.js"] = made

    assert said in remarks(stage, stage.forum)
    assert faults(stage, stage.forum) == []


def test_a_worker_in_a_folder(stage: Any) -> None:
    """From a folder it needs a header to look after the whole forum."""
    stage.site = replace(stage.site, worker=replace(stage.site.worker, path="/assets/notifier-sw.js"))
    stage.forum.files["/assets/notifier-sw.js"] = worker.script(worker.settings(stage.site))

    assert "Service-Worker-Allowed: /" in faults(stage, stage.forum)[0]
    stage.forum.extra["/assets/notifier-sw.js"] = {"Service-Worker-Allowed": "/"}
    assert faults(stage, stage.forum) == []


# Addresses and policies


@pytest.mark.parametrize(
    ("url", "bad"),
    [
        ("https://forum.example/", False), ("http://forum.example/", True), ("http://localhost:80/", False),
        ("http://127.0.0.1/", False), ("http://a.localhost/", False), ("http://10.0.0.1/", True),
    ],
)  # fmt: skip
def test_insecure_addresses(url: str, bad: bool) -> None:
    """What browsers count as insecure: no https, but for this machine."""
    assert live.insecure(url) == bad


def test_a_private_status_host_of_a_public_forum(stage: Any) -> None:
    """Browsers do not let a public page ask a private address."""
    site = replace(stage.site, url="https://8.8.8.8/")

    said = list(live._host(site, live.fetch(f"{stage.status.url}status.json")))
    assert "has a private address; browsers keep pages of a public forum from asking it. It must be public" in said


@pytest.mark.parametrize(
    ("policy", "url", "refused"),
    [
        ("", "https://s.example/x", ""),
        ("connect-src *", "https://s.example/x", ""),
        ("connect-src 'none'", "https://s.example/x", "connect-src"),
        ("connect-src 'self'", "https://forum.example/x", ""),
        ("connect-src s.example", "https://s.example/x", ""),
        ("connect-src http://s.example", "https://s.example/x", ""),
        ("connect-src https://s.example", "http://s.example/x", "connect-src"),
        ("connect-src *.example", "https://s.example/x", ""),
        ("connect-src *.s.example", "https://s.example/x", "connect-src"),
        ("connect-src https:", "https://s.example/x", ""),
        ("connect-src s.example:8443", "https://s.example/x", "connect-src"),
        ("connect-src s.example:*", "https://s.example:8443/x", ""),
        ("connect-src s.example", "https://s.example:8443/x", "connect-src"),
        ("connect-src https://s.example/a/", "https://s.example/a/x", ""),
        ("connect-src https://s.example/a", "https://s.example/a/x", "connect-src"),
        ("img-src 'none'; default-src 'self'", "https://s.example/x", "default-src"),
        ("connect-src *, connect-src 'self'", "https://s.example/x", "connect-src"),
        ("connect-src 'self'; connect-src *", "https://s.example/x", "connect-src"),
        ("CONNECT-SRC https://S.Example", "https://s.example/x", ""),
    ],
)
def test_policies_are_read_as_browsers_do(policy: str, url: str, refused: str) -> None:
    """Hosts, wildcards, schemes, ports, paths, several policies, fallbacks."""
    assert csp.refusing(csp.policies([policy]), "connect-src", url, "https://forum.example/") == refused


# The command


def test_check_shows_it_and_counts_it(admin: Admin, stage: Any) -> None:
    """`check --live` has a line for each finding; one that must be mended makes exit code 2."""
    site = (
        f'[site]\nname = "Stimmfunk"\nurl = "{stage.forum.url}"\nstatus_url = "{stage.status.url}"\n'
        f'languages = ["de", "en"]\n[store]\nurl = "notifier.db"\n'
    )
    admin.configure(CONSOLE, '[channels.page]\nkind = "folder"\npath = "page"\n', site=site)
    stage.publish(0, story("x", impact=Impact.MINOR))
    well = admin("check", "--live")
    stage.status.headers.clear()
    bad = admin("check", "--live")

    assert well.code == 0, well.out
    assert f"ok   {stage.status.url}status.json  answers, state number " in well.out
    assert bad.code == 2
    assert f"BAD  {stage.status.url}status.json  lets no other site read it" in bad.out
    assert "1 address needs mending. Nothing was posted." in bad.out
    assert admin("check").code == 0


def test_without_a_published_page_it_looks_at_none(admin: Admin, stage: Any) -> None:
    """A site that publishes nothing has no forum and status host to look at."""
    admin.configure(CONSOLE, site=f'[site]\nurl = "{stage.forum.url}"\nstatus_url = "{stage.status.url}"\n')

    assert admin("check", "--live").code == 0
    assert stage.forum.seen == []
