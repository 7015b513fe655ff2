"""Webhook: the shipped suite, and what Standard Webhooks 1.0 asks of a sender."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.webhook import Config, Webhook, body, connect, signature
from notifier.channel import Message, Permanent, Receipt, Secret, Temporary
from notifier.testing import Answer, ChannelContract, FakeRemote, Request, failure, refused

TOKEN = "hook-token-8f2c51d7"
KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@dataclass
class Receiver:
    """Somebody's endpoint: verifies the signature over the raw bytes, then keeps one event for each webhook-id."""

    key: bytes = KEY
    events: dict[str, Any] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        wanted = base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        if request.headers.get("webhook-signature") != f"v1,{wanted}" or request.path != f"/in/{TOKEN}":
            return Answer(401)
        self.events.setdefault(request.headers["webhook-id"], request.json())
        return Answer(204)


def opened(url: str, secret: str = SECRET) -> Webhook:
    return connect(Config(url=Secret(f"{url}/in/{TOKEN}"), secret=Secret(secret)))


class TestContract(ChannelContract):
    secrets = (TOKEN, SECRET, SECRET.removeprefix("whsec_"))

    @pytest.fixture
    def remote(self) -> Iterator[FakeRemote]:
        self.receiver = Receiver()
        with FakeRemote(self.receiver.answer) as remote:
            yield remote

    def connect(self, remote: FakeRemote) -> Webhook:
        return opened(remote.url)

    def dead(self) -> Webhook:
        return opened(refused())

    def changes(self, remote: FakeRemote) -> int:
        return len(self.receiver.events)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def remote(receiver: Receiver) -> Iterator[FakeRemote]:
    with FakeRemote(receiver.answer) as remote:
        yield remote


FACTS = {
    "site": "Voice",
    "step": "post",
    "incident": {"id": "in1", "phase": "identified", "opened_at": "2011-11-19T20:14:00Z", "resolved_at": None},
    "update": {"seq": 2, "at": "2011-11-19T20:31:00Z", "text": {"de": "Störung beim Anbieter ⚠"}},
}
MESSAGE = Message(key="in1-u2-c3", text="Störung", title="Ausfall", lang="de", link="https://e.org/1", data=FACTS)


def test_receiver_gets_facts_in_the_envelope(remote: FakeRemote, receiver: Receiver) -> None:
    """The event has its type, its id, the time when it happened, and all facts."""
    assert opened(remote.url).post(MESSAGE) == Receipt(id="in1-u2-c3")

    event = {"type": "incident.update", "id": "in1-u2-c3", "timestamp": "2011-11-19T20:31:00Z", "data": FACTS}
    assert receiver.events == {"in1-u2-c3": event}
    assert remote.requests[0].headers["content-type"] == "application/json"


def test_published_vector_is_met() -> None:
    """The signature is the one that the specification's libraries are tested with."""
    made = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("a plain passphrase, ä", "a plain passphrase, ä".encode()),
        ("whsec_" + base64.b64encode(b"x" * 25).decode(), b"x" * 25),
        ("whsec_" + base64.b64encode(b"x" * 25).decode().rstrip("="), b"x" * 25),
    ],
    ids=["plain text", "base64", "base64 without padding"],
)
def test_secret_may_be_base64_or_any_text(secret: str, key: bytes) -> None:
    """Receivers that hand out whsec_ secrets and people who think one up are both served."""
    wanted = base64.b64encode(hmac.new(key, b"id.1.body", hashlib.sha256).digest()).decode()

    assert signature(secret, "id", "1", b"body") == f"v1,{wanted}"


def test_mistyped_secret_is_told(remote: FakeRemote) -> None:
    """A whsec_ secret that is no base64 breaks the channel, with words that do not show it, before anything is sent."""
    error = failure(lambda: opened(remote.url, "whsec_not*base64").post(MESSAGE))

    assert isinstance(error, Permanent)
    assert error.whole
    assert "base64" in error.why
    assert "not*base64" not in error.why
    assert remote.requests == []


def test_without_secret_nothing_is_signed() -> None:
    """No secret, no signature header; the id is sent all the same."""
    with FakeRemote(lambda _: Answer(200)) as remote:
        connect(Config(url=Secret(remote.url))).post(MESSAGE)

        assert "webhook-signature" not in remote.requests[0].headers
        assert remote.requests[0].headers["webhook-id"] == "in1-u2-c3"


def test_body_is_the_same_on_every_attempt(remote: FakeRemote) -> None:
    """A repeat after a lost answer has the same id and the same bytes."""
    remote.fault("drop_after")
    channel = opened(remote.url)
    failure(lambda: channel.post(MESSAGE))
    channel.post(MESSAGE)

    first, second = remote.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize(
    ("change", "kind", "time"),
    [
        ({"step": "retract", "update": None}, "incident.retracted", "2011-11-19T20:14:00Z"),
        ({"step": "post", "update": None}, "incident.update", "2011-11-19T20:14:00Z"),
        ({"step": "reply"}, "incident.update", "2011-11-19T20:31:00Z"),
    ],
)
def test_type_and_time_come_from_the_facts(change: dict[str, Any], kind: str, time: str) -> None:
    """Receivers see by the type whether an incident was taken back; the time is the update's, else the incident's."""
    from json import loads

    event = loads(body(Message(key="k", text="t", data={**FACTS, **change})))

    assert (event["type"], event["timestamp"]) == (kind, time)


def test_message_without_facts_carries_its_words(receiver: Receiver, remote: FakeRemote) -> None:
    """A test message, which belongs to no incident, arrives with title, text and link."""
    opened(remote.url).post(Message(key="test-1", text="It works.", title="Test", lang="en"))

    words = {"title": "Test", "text": "It works.", "lang": "en", "link": ""}
    assert receiver.events == {"test-1": {"type": "message", "id": "test-1", "data": words}}


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(status: int) -> None:
    """Receivers answer with whichever success they like."""
    with FakeRemote(lambda _: Answer(status)) as remote:
        assert opened(remote.url).post(MESSAGE) == Receipt(id="in1-u2-c3")


@pytest.mark.parametrize(
    ("status", "kind", "whole"),
    [
        (410, Permanent, True),
        (301, Permanent, True),
        (302, Permanent, True),
        (304, Permanent, True),
        (308, Permanent, True),
        (400, Permanent, False),
        (403, Permanent, False),
        (404, Permanent, False),
        (413, Permanent, False),
        (408, Temporary, False),
        (425, Temporary, False),
        (502, Temporary, False),
        (504, Temporary, False),
        (521, Temporary, False),
    ],
)
def test_status_says_what_is_known(status: int, kind: type[Permanent | Temporary], whole: bool) -> None:
    """Gone and moved break the channel; a refusal is for this event; a failure is repeated, as that is harmless."""
    with FakeRemote(lambda _: Answer(status, headers={"Location": "/elsewhere"})) as remote:
        error = failure(lambda: opened(remote.url).post(MESSAGE))

        assert isinstance(error, kind)
        assert error.whole is whole
        assert str(status) in error.why
        assert len(remote.requests) == 1, "a redirect or a failure is not followed by a request"


def test_login_in_the_address_is_used() -> None:
    """https://user:password@host works, and no error shows the password."""
    with FakeRemote(
        lambda r: Answer(200 if r.headers.get("Authorization") == "Basic YWRhOnBhc3N3b3JkMQ==" else 403)
    ) as r:
        connect(Config(url=Secret(f"http://ada:password1@127.0.0.1:{r.port}/"))).post(MESSAGE)
        r.fault("busy")
        error = failure(lambda: connect(Config(url=Secret(f"http://ada:password1@127.0.0.1:{r.port}/"))).post(MESSAGE))

        assert error.why == f'127.0.0.1:{r.port} answers 500 ({{"error": "Internal error"}})'
