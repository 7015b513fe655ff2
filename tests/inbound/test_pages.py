"""News of providers' status pages."""

import json

import pytest

from notifier.inbound import detect, source
from notifier.source import Kind, Options, Request
from tests.inbound.hosted import COLLECTION, NOW, names, sample

TABLE = [  # source, sample: provider, then key, severity, title, text of each signal
    (
        "better_stack", "statuspage_incident", "status.example.org",
        [("98765/11111", "", "Voice server unreachable", "We have identified the cause and are working on it")],
    ),
    (
        "cachet", "component_status_changed", "",
        [("component/3/1/4", "major_outage", "Component 3", "Major outage")],
    ),
    (
        "instatus", "component_update", "status.provider.example",
        [("c1/2024-05-01T17:31:00.000Z", "MAJOROUTAGE", "Hall 3 network", "Major outage")],
    ),
    (
        "instatus", "incident_investigating", "status.provider.example",
        [("i1/u1/INVESTIGATING", "MAJOROUTAGE", "Router failure in hall 3", "Investigating: We are looking into it.")],
    ),
    (
        "instatus", "incident_resolved", "status.provider.example",
        [("i1/u1/RESOLVED", "MAJOROUTAGE", "Router failure in hall 3", "Resolved: We are looking into it.")],
    ),
    (
        "instatus", "maintenance", "status.provider.example",
        [("m1/mu1/NOTSTARTEDYET", "UNDERMAINTENANCE", "New router", "Scheduled: A router is exchanged.")],
    ),
    (
        "statuspage_webhook", "identified", "hosting.statuspage.example",
        [("inc1/up1", "minor", "Slow databases", "Identified: Queries time out.")],
    ),
    (
        "statuspage_webhook", "resolved", "hosting.statuspage.example",
        [
            ("inc1/up1", "minor", "Slow databases", "Identified: Queries time out."),
            ("inc1/up2", "minor", "Slow databases", "Resolved: All is well again."),
        ],
    ),
    (
        "statuspage_webhook", "component", "hosting.statuspage.example",
        [("c1/cu1", "major_outage", "Hall 3", "Major outage")],
    ),
    (
        "statuspage_api", "summary", "Example Hosting",
        [
            ("inc2/up9", "major", "Network", "Investigating: We look into it."),
            ("mnt1/mu1", "maintenance", "Switches", "Scheduled: New switches."),
            ("mnt1/mu2", "maintenance", "Switches", "In progress: It has begun."),
            ("c1/major_outage/2026-10-23T09:26:00Z", "major_outage", "Hall 3", "Major outage"),
        ],
    ),
]  # fmt: skip


def parsed(name, request):
    return source(name)(request, Options())


@pytest.mark.parametrize(("name", "of", "provider", "told"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE])
def test_each_update_is_news(name, of, provider, told):
    """One signal an update, oldest first, in the provider's name and never as a problem of ours."""
    signals = parsed(name, sample(name, of))

    assert [(s.key, s.severity, s.title, s.text) for s in signals] == told
    assert {s.kind for s in signals} == {Kind.UPSTREAM}
    assert {s.component for s in signals} == {provider}
    if name != "statuspage_api":
        assert detect(sample(name, of)) == name


def test_an_update_that_was_told_keeps_its_key():
    """The list grows with each call: what was seen before has the same key, so that it is told once."""
    first = parsed("statuspage_webhook", sample("statuspage_webhook", "identified"))
    second = parsed("statuspage_webhook", sample("statuspage_webhook", "resolved"))

    assert second[0] == first[0]
    assert {s.episode for s in second} == {"inc1"}


def test_the_times_of_an_update():
    """When it was said; the end only when it is over."""
    identified, resolved = parsed("statuspage_webhook", sample("statuspage_webhook", "resolved"))

    assert identified.started.isoformat() == "2026-10-23T09:25:00.548000+00:00"
    assert identified.ended is None
    assert resolved.started.isoformat() == resolved.ended.isoformat() == "2026-10-23T09:30:00+00:00"


def test_the_times_of_a_maintenance():
    """An announcement says when it begins and ends."""
    (announced,) = parsed("instatus", sample("instatus", "maintenance"))

    assert announced.started.isoformat() == "2026-10-24T02:00:00+00:00"
    assert announced.ended.isoformat() == "2026-10-24T04:00:00+00:00"


def test_cachets_incidents():
    """States are numbers; another message is another news of the same incident."""
    sent = sample("cachet", "incident")
    body = json.loads(sent.body)
    body["body"] |= {"status": 4, "message": "All is well."}

    (first,) = parsed("cachet", sent)
    (second,) = parsed("cachet", Request(NOW, body=json.dumps(body).encode()))

    assert (first.text, second.text) == ("Investigating: We look into it.", "Fixed: All is well.")
    assert first.episode == second.episode
    assert first.key != second.key
    assert parsed("cachet", Request(NOW, body=b'{"event": "metric_point_created", "body": {"id": 1}}')) == []


def test_an_incident_without_updates():
    """It is news itself, and again when it changes."""
    incident = {"id": "i9", "name": "Network", "status": "investigating", "updated_at": "2026-10-23T09:25:00Z"}
    page = {"page": {"id": "p"}, "incident": incident}
    later = {**page, "incident": {**incident, "updated_at": "2026-10-23T10:25:00Z"}}

    keys = [parsed("statuspage_webhook", Request(NOW, body=json.dumps(one).encode()))[0].key for one in (page, later)]

    assert keys[0] != keys[1]


def test_a_page_that_says_nothing():
    """A page on which all is well gives no signal, and neither does what is no page."""
    for body in (
        b"{}",
        b'{"page": {"id": "p"}}',
        b'{"page": 7, "incident": []}',
        b'{"page": {}, "incident": {"id": null}}',
    ):
        for name in ("statuspage_webhook", "statuspage_api", "instatus", "cachet"):
            assert parsed(name, Request(NOW, body=body)) == []


KNOWN = {
    "statuspage_webhook/incident_identified": 1,
    "statuspage_webhook/incident_resolved": 2,
    "statuspage_api/maintenance_completed": 3,
}


@pytest.mark.parametrize("of", KNOWN)
def test_what_others_recorded(of):
    """Pages that other projects have recorded are understood, too."""
    name, _, file = of.partition("/")
    if not COLLECTION.is_dir():
        pytest.skip("the collection of samples is not here")
    assert file in set(names(COLLECTION / name))

    signals = parsed(name, sample(name, file, COLLECTION))

    assert len(signals) == KNOWN[of]
    assert {s.kind for s in signals} == {Kind.UPSTREAM}


def test_an_outage_in_which_the_incident_names_the_wrong_component():
    """The components at the page's top tell what is down, even when the incident names only one that is well."""
    if not COLLECTION.is_dir():
        pytest.skip("the collection of samples is not here")

    signals = parsed("statuspage_api", sample("statuspage_api", "summary_outage", COLLECTION))

    assert {s.component for s in signals} == {"GitHub"}
    assert "Git Operations" in {s.title for s in signals}
