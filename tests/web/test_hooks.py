"""What monitoring gets for an answer, and what is kept of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier.web.hooks import BARE
from tests.web.running import EVENTS, OPEN, Served, alert, event, serving, until

OLD, NEW = "old-s3cret-0123456789", "new-s3cret-9876543210"
BODY = json.dumps(alert("v1")).encode()


def _hook(
    name: str, auth: str, secrets: str = f'["{OLD}", "{NEW}"]', source: str = "alertmanager", more: str = ""
) -> str:
    return f'[hooks.{name}]\nsource = "{source}"\nauth = "{auth}"\nsecret = {secrets}\n{more}\n'


def _hmac(secret: str, text: bytes = BODY) -> str:
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _whsec(secret: str) -> str:
    return "whsec_" + base64.b64encode(secret.encode()).decode()


def _standard(secret: str, at: float | None = None, id: str = "msg_1") -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    signed = f"{id}.{stamp}.".encode() + BODY
    sum = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{sum}"}


def _stamped(secret: str, at: float | None = None) -> dict[str, str]:
    stamp = str(int(time.time() if at is None else at))
    return {"x-grafana-alerting-signature": _hmac(secret, f"{stamp}:".encode() + BODY), "x-time": stamp}


def _basic(secret: str) -> str:
    return "Basic " + base64.b64encode(f"monitor:{secret}".encode()).decode()


# name: its table, and what a sender who knows the secret adds: to the path, and as headers
SENDERS: dict[str, tuple[str, Any]] = {
    "bearer": (_hook("bearer", "bearer"), lambda s: ("", {"authorization": f"Bearer {s}"})),
    "basic": (
        _hook("basic", "basic", f'["monitor:{OLD}", "monitor:{NEW}"]'),
        lambda s: ("", {"authorization": _basic(s)}),
    ),
    "path": (_hook("path", "path"), lambda s: (f"/{s}", {})),
    "query": (_hook("query", "query"), lambda s: (f"?token={s}", {})),
    "header": (_hook("header", "header", more='header = "X-Own"'), lambda s: ("", {"x-own": s})),
    "github": (_hook("github", "github"), lambda s: ("", {"x-hub-signature-256": "sha256=" + _hmac(s)})),
    "pagerduty": (_hook("pagerduty", "pagerduty"), lambda s: ("", {"x-pagerduty-signature": "v1=" + _hmac(s)})),
    "grafana": (_hook("grafana", "grafana", more='stamp = "X-Time"'), lambda s: ("", _stamped(s))),
    "sentry": (_hook("sentry", "sentry"), lambda s: ("", {"sentry-hook-signature": _hmac(s)})),
    "standard": (
        _hook("standard", "standard", f'["{_whsec(OLD)}", "{_whsec(NEW)}"]'),
        lambda s: ("", _standard(s)),
    ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    tables = [table for table, _ in SENDERS.values()]
    few = '[hooks.few]\nsource = "alertmanager"\nauth = "none"\nper_minute = 3\n'
    auto = _hook("auto", "path", source="auto")
    dialects = _hook("og", "bearer", source="opsgenie_api")
    sns = _hook("sns", "path", source="aws_sns")
    with serving(tmp_path_factory.mktemp("hooks"), *tables, OPEN, EVENTS, few, auto, dialects, sns) as running:
        yield running


@pytest.mark.parametrize("name", SENDERS)
def test_who_knows_the_secret_is_heard(served: Served, name: str) -> None:
    """Both secrets pass while one is being changed; the request is in the store when the answer comes. The same body
    signed by both is the same request."""
    make = SENDERS[name][1]
    for secret in (OLD, NEW):
        path, headers = make(secret)
        before = len(served.requests())
        answer = served.post(f"/hooks/{name}{path}", BODY, headers=headers)

        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "signals": 1})
        assert len(served.requests()) == before + (secret == OLD or name in BARE)


@pytest.mark.parametrize("name", SENDERS)
def test_who_does_not_is_not(served: Served, name: str) -> None:
    """Without a secret, with a wrong one, or with that of another hook: 403, and nothing is kept."""
    make, before = SENDERS[name][1], len(served.requests())
    for path, headers in (("", {}), make("wrong-s3cret-123456789"), make("")):
        answer = served.post(f"/hooks/{name}{path}", BODY, headers=headers)

        assert answer.status_code == 403
        assert "secret" in answer.json()["message"]
    assert len(served.requests()) == before


@pytest.mark.parametrize("name", ["github", "sentry", "grafana", "standard"])
def test_a_changed_body_is_not_what_was_signed(served: Served, name: str) -> None:
    """A signature holds for its own body only."""
    path, headers = SENDERS[name][1](OLD)

    assert served.post(f"/hooks/{name}{path}", BODY + b" ", headers=headers).status_code == 403


@pytest.mark.parametrize("name", ["github", "sentry", "standard"])
def test_a_replay_is_taken_in_once(served: Served, name: str) -> None:
    """Who overheard a signed request and sends it again is answered alike and changes nothing."""
    path, headers = SENDERS[name][1](OLD)
    served.post(f"/hooks/{name}{path}", BODY, headers=headers)
    before = len(served.requests())
    again = served.post(f"/hooks/{name}{path}", BODY, headers=headers)

    assert (again.status_code, len(served.requests())) == (200, before)


@pytest.mark.parametrize("make", [_standard, _stamped], ids=["standard", "grafana"])
@pytest.mark.parametrize("away", [-3600, 3600])
def test_an_old_signature_is_refused(served: Served, make: Any, away: int) -> None:
    """Signed rightly, but an hour ago or in an hour: 403."""
    name = "standard" if make is _standard else "grafana"

    assert served.post(f"/hooks/{name}", BODY, headers=make(OLD, time.time() + away)).status_code == 403


def test_unknown_hook_and_wrong_secret_look_the_same(served: Served) -> None:
    """Nobody can find out which hooks there are."""
    one = served.post("/hooks/nothing", BODY)
    other = served.post("/hooks/bearer", BODY, headers={"authorization": "Bearer nonsense"})
    drop = {"date", "x-request-id"}

    assert one.status_code == other.status_code == 403
    assert one.content == other.content
    assert {k: v for k, v in one.headers.items() if k not in drop} == {
        k: v for k, v in other.headers.items() if k not in drop
    }
    assert served.post("/hooks/nothing/v2/enqueue").content == served.post("/hooks/pd/v2/enqueue", b"{}").content


def test_what_is_kept_holds_no_secret(served: Served) -> None:
    """Neither the proof nor a cookie is stored; what a source wants to look at is."""
    headers = {"authorization": f"Bearer {OLD}", "cookie": "a=b", "x-own": NEW, "user-agent": "Alertmanager/0.28"}
    served.post("/hooks/bearer", BODY, headers=headers)
    served.post(f"/hooks/path/{OLD}/tail?x=1", BODY)
    served.post(f"/hooks/query?token={OLD}&y=2", BODY)
    *_, bearer, path, query = (one.request for one in served.requests())

    assert dict(bearer.headers) == {"user-agent": "Alertmanager/0.28"}
    assert (path.path, dict(path.query)) == ("/tail", {"x": "1"})
    assert dict(query.query) == {"y": "2"}
    assert b"s3cret" not in b"".join(p.read_bytes() for p in served.folder.glob("n.db*"))


def test_get_and_put_are_heard_too(served: Served) -> None:
    """Some tools can only GET; HEAD is passed over; anything else is not allowed."""
    got = served.get("/hooks/open", headers={"user-agent": "x"})
    before = len(served.requests())
    head = served.post("/hooks/open", method="HEAD")

    assert got.status_code == 400
    assert served.requests()[-1].request.method == "GET"
    assert (head.status_code, head.content, len(served.requests())) == (200, b"", before)
    assert served.post("/hooks/open", BODY, method="PUT").status_code == 200
    wrong = served.post("/hooks/open", BODY, method="DELETE")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST, PUT")


def test_what_cannot_be_read_is_kept_and_shown(served: Served) -> None:
    """400 with the place and the remedy; it lies in the store, and an admin hears of it."""
    answer = served.post("/hooks/open", b'{"alerts": [')
    kept = served.requests()[-1]

    assert answer.status_code == 400
    assert "line 1" in answer.json()["message"]
    assert (kept.state, kept.request.body) == ("bad", b'{"alerts": [')
    assert kept.why == answer.json()["message"]
    with served.store() as store:
        notices = [row.message.text for row in store.deliveries("") if row.message]
    assert any(f"Request {kept.id} to the hook open cannot be read" in text for text in notices)


def test_pagerduty_clients_get_what_they_expect(served: Served) -> None:
    """202 with a key, made for those who name none; 400 for what PagerDuty would refuse, 403 for a wrong key."""
    made = served.post("/hooks/pd/v2/enqueue", event())
    own = served.post("/hooks/pd/v2/enqueue", event("resolve", dedup_key="mine"))
    bad = served.post("/hooks/pd/v2/enqueue", event("shout"))
    wrong = served.post("/hooks/pd/v2/enqueue", event(routing_key="other"))

    assert (made.status_code, made.json()["status"]) == (202, "success")
    key = made.json()["dedup_key"]
    assert len(key) == 32
    assert served.requests()[-3].request.headers["x-notifier-dedup-key"] == key
    assert (own.status_code, own.json()["dedup_key"]) == (202, "mine")
    assert (bad.status_code, bad.json()["status"]) == (400, "invalid event")
    assert (wrong.status_code, wrong.json()["status"]) == (403, "invalid key")


def test_nobody_brings_our_own_header_along(served: Served) -> None:
    """A sender cannot name the key in our header."""
    made = served.post("/hooks/pd/v2/enqueue", event(), headers={"x-notifier-dedup-key": "theirs"})

    assert made.json()["dedup_key"] != "theirs"


def test_opsgenie_clients_too(served: Served) -> None:
    """202 with a request id."""
    headers = {"authorization": f"GenieKey {NEW}"}
    made = served.post("/hooks/og/v2/alerts", {"message": "voice is down", "alias": "a"}, headers=headers)
    closed = served.post("/hooks/og/v2/alerts/a/close?identifierType=alias", {}, headers=headers)

    assert (made.status_code, made.json()["result"]) == (202, "Request will be processed")
    assert closed.status_code == 202
    assert served.requests()[-1].request.path == "/v2/alerts/a/close"


def test_auto_looks_at_each_request(served: Served) -> None:
    """One address for several tools: each is told apart and answered in its own way."""
    assert served.post(f"/hooks/auto/{OLD}", BODY).status_code == 200
    assert served.post(f"/hooks/auto/{OLD}", event()).status_code == 202
    assert [one.source for one in served.requests()[-2:]] == ["alertmanager", "pagerduty_events_v2"]


def test_cloudevents_may_ask_first(served: Served) -> None:
    """The handshake of its webhooks is answered; it tells nothing about hooks."""
    asks = {"webhook-request-origin": "eventgrid.example", "webhook-request-rate": "120"}
    for name in ("open", "nothing"):
        answer = served.post(f"/hooks/{name}", method="OPTIONS", headers=asks)

        assert answer.status_code == 200
        assert answer.headers["webhook-allowed-origin"] == "eventgrid.example"
        assert answer.headers["webhook-allowed-rate"] == "120"


def test_more_than_its_rate_is_told_to_come_later(served: Served) -> None:
    """429 with Retry-After; other hooks are not touched by it."""
    answers = [served.post("/hooks/few", BODY) for _ in range(5)]
    late = answers[-1]

    assert [a.status_code for a in answers[:3]] == [200, 200, 200]
    assert (late.status_code, 1 <= int(late.headers["retry-after"]) <= 20) == (429, True)
    assert served.post("/hooks/open", BODY).status_code == 200


def test_a_stranger_does_not_use_up_the_rate(tmp_path: Path) -> None:
    """What is refused does not count."""
    table = '[hooks.few]\nsource = "alertmanager"\nsecret = "few-s3cret-000001"\nper_minute = 2\n'
    with serving(tmp_path, table) as served:
        for _ in range(5):
            assert served.post("/hooks/few/wrong", BODY).status_code == 403

        assert served.post("/hooks/few/few-s3cret-000001", BODY).status_code == 200


def test_amazon_is_confirmed_by_a_visit(tmp_path: Path) -> None:
    """A subscription is confirmed at Amazon's own address, once it came with our secret; the admins are told."""
    visited: list[str] = []

    def confirm(url: str) -> str:
        visited.append(url)
        return ""

    host = "https://sns.eu-west-1.amazonaws.com/"
    asks = {"Type": "SubscriptionConfirmation", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": "You have chosen"}
    good = {**asks, "SigningCertURL": f"{host}c.pem", "SubscribeURL": f"{host}?Action=ConfirmSubscription&Token=t0ken"}
    evil = {**good, "SubscribeURL": "https://sns.eu-west-1.amazonaws.com.evil.example/"}
    with serving(tmp_path, _hook("sns", "path", source="aws_sns"), confirm=confirm) as served:
        assert served.post(f"/hooks/sns/{OLD}", evil).status_code == 403
        assert served.post("/hooks/sns/wrong", good).status_code == 403
        assert served.post(f"/hooks/sns/{OLD}", good, headers={"content-type": "text/plain"}).status_code == 200
        until(lambda: visited, "Amazon was visited")

        def told() -> list[str]:
            with served.store() as store:
                return [r.message.text for r in store.deliveries("") if r.message and "subscribes" in r.message.text]

        assert "It was confirmed." in until(told)[0]
    assert visited == [good["SubscribeURL"]]
