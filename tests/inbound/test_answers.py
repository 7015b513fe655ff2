"""What a hook answers its senders."""

import json

import pytest

from notifier.inbound import SOURCES, answers, source
from notifier.source import Malformed, Options, Request
from notifier.values import replace
from tests.inbound.hosted import NOW, sample


@pytest.mark.parametrize("name", sorted({*SOURCES} - {answers.PAGERDUTY, answers.OPSGENIE}))
def test_success_is_exactly_200(name):
    """Some senders count any other code as failure and send again."""
    status, body = answers.taken(name, Request(NOW), [])

    assert (status, body) == (200, {"status": "ok", "signals": 0})
    assert answers.taken(name, Request(NOW)) == (200, {"status": "ok"})


def test_pagerdutys_clients_get_what_pagerduty_answers():
    """202, "success" and the key, which the client needs to resolve: its own as it wrote it, or the one we made."""
    sent = sample("pagerduty_events_v2", "trigger_full")
    keyless = sample("pagerduty_events_v2", "trigger_without_key")
    made = replace(keyless, headers={"x-notifier-dedup-key": "made-1"})

    for request, key in ((sent, "voice-down"), (made, "made-1")):
        assert answers.taken("pagerduty_events_v2", request, source("pagerduty_events_v2")(request, Options())) == (
            202,
            {"status": "success", "message": "Event processed", "dedup_key": key},
        )


def test_a_long_key_comes_back_whole():
    """We keep the hash of a key of 300 characters; the client gets back what it sent."""
    body = json.dumps({"event_action": "trigger", "dedup_key": "k" * 300}).encode()

    assert answers.taken("pagerduty_events_v2", Request(NOW, body=body))[1]["dedup_key"] == "k" * 300


def test_pagerdutys_clients_learn_what_is_wrong():
    """400 and "invalid event", with the reason."""
    with pytest.raises(Malformed) as error:
        source("pagerduty_events_v2")(Request(NOW, body=b"{}"), Options())

    status, body = answers.malformed("pagerduty_events_v2", str(error.value))

    assert (status, body["status"]) == (400, "invalid event")
    assert "event_action" in body["errors"][0]


def test_opsgenies_clients_get_what_opsgenie_answers():
    """202 with an id of the request, which is the same for the same request."""
    create, close = (sample("opsgenie_api", of) for of in ("create_alertmanager", "close_alertmanager"))

    status, body = answers.taken("opsgenie_api", create)

    assert (status, body["result"], body["took"]) == (202, "Request will be processed", 0.0)
    assert body == answers.taken("opsgenie_api", create)[1] != answers.taken("opsgenie_api", close)[1]
    assert [len(part) for part in body["requestId"].split("-")] == [8, 4, 4, 4, 12]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_failures_have_the_code_that_senders_understand(name):
    """What can never work is not repeated, what cannot be stored is; a stranger learns nothing."""
    assert answers.malformed(name, "why")[0] == 400
    assert "why" in repr(answers.malformed(name, "why")[1])
    assert answers.refused(name)[0] == 403
    assert answers.busy(name)[0] == 503
    assert answers.too_large(1024)[0] == 413
    for _, body in (answers.malformed(name, "why"), answers.refused(name), answers.busy(name)):
        assert json.loads(json.dumps(body)) == body


def test_who_must_be_asked_for_a_password_is_asked():
    """Some tools send user and password only after a 401 that asks for them."""
    assert answers.refused("aws_sns", "basic")[0] == 401
    assert answers.challenge("basic")["WWW-Authenticate"].startswith("Basic ")
    assert answers.refused("aws_sns", "path")[0] == 403
    assert answers.challenge("path") == {}


def test_cloudevents_senders_ask_before_they_send():
    """The handshake is answered with the sender's origin and rate."""
    asked = Request(NOW, "OPTIONS", headers={"webhook-request-origin": "eg.example.com", "webhook-request-rate": "120"})

    assert answers.handshake(asked) == {
        "Allow": "POST",
        "WebHook-Allowed-Origin": "eg.example.com",
        "WebHook-Allowed-Rate": "120",
    }
    free = answers.handshake(replace(asked, headers={"webhook-request-origin": "eg.example.com"}))
    assert free is not None
    assert free["WebHook-Allowed-Rate"] == "*"


@pytest.mark.parametrize("origin", ["", "a b", "x\r\nset-cookie: y=z", "é", "a" * 300])
def test_a_handshake_cannot_write_headers_of_its_own(origin):
    """An origin that is none gets no answer."""
    assert answers.handshake(Request(NOW, "OPTIONS", headers={"webhook-request-origin": origin})) is None


def test_other_requests_are_no_handshake():
    """A POST with the same header is an event."""
    assert answers.handshake(Request(NOW, "POST", headers={"webhook-request-origin": "eg.example.com"})) is None
