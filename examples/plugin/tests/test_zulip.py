"""The Zulip channel passes the suite that every channel passes, against a made-up Zulip on a real socket."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from outage_notifier_zulip import Config, Zulip, connect

from notifier.channel import Permanent, Receipt, Secret
from notifier.testing import Answer, ChannelContract, FakeRemote, Request, failure, refused

EMAIL = "status-bot@chat.example.org"
KEY = "Zk3yZk3yZk3yZk3yZk3y"
SHAPES = {
    "throttle": Answer(429, {"result": "error", "msg": "Slow down", "code": "RATE_LIMIT_HIT", "retry-after": 7}),
    "denied": Answer(401, {"result": "error", "msg": "Invalid API key", "code": "UNAUTHORIZED"}),
}


class Server:
    """As much of Zulip as a bot sees: one channel, its messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Answer:
        """The answer to one request."""
        if request.path.endswith("/users/me"):
            return Answer(json={"result": "success", "full_name": "Status bot"})
        if request.method == "GET":
            assert {"operator": "sender", "operand": EMAIL} in json.loads(request.query["narrow"])
            newest = self.messages[-int(request.query["num_before"]) :]
            return Answer(json={"result": "success", "messages": newest})
        form = request.form()
        if form["to"] != "status":
            return Answer(400, {"result": "error", "msg": "Channel does not exist", "code": "STREAM_DOES_NOT_EXIST"})
        id = len(self.messages) + 1
        self.messages.append({"id": id, "subject": form["topic"], "content": form["content"], "timestamp": time.time()})
        return Answer(json={"result": "success", "id": id})


@pytest.fixture
def remote() -> Iterator[Any]:
    """A server that can be told to misbehave."""
    server = Server()
    with FakeRemote(server.answer, SHAPES) as remote:
        remote.server = server  # type: ignore[attr-defined]
        yield remote


def channel(url: str, stream: str = "status") -> Zulip:
    """The channel as a configuration makes it."""
    return connect(Config(server=url, email=EMAIL, api_key=Secret(KEY), stream=stream))


class TestZulip(ChannelContract):
    """All promises of a channel."""

    secrets = (KEY,)

    def connect(self, remote: Any) -> Zulip:
        """A channel to that server."""
        return channel(remote.url)

    def dead(self) -> Zulip:
        """A channel to nobody."""
        return channel(refused())

    def changes(self, remote: Any) -> int:
        """Messages stored."""
        return len(remote.server.messages)

    def test_an_incident_is_a_topic(self, remote: Any) -> None:
        """Updates stand in the topic that the first post opened, whatever the title is by then."""
        zulip = self.connect(remote)
        first = zulip.post(self.message(title="Voice is down"))
        zulip.reply(first, self.message(title="Voice was down"))

        assert [m["subject"] for m in remote.server.messages] == ["Voice is down", "Voice is down"]

    def test_a_wrong_name_stops_the_channel(self, remote: Any) -> None:
        """A channel that Zulip does not know is for the admin to mend, and the error names the key."""
        error = failure(lambda: channel(remote.url, stream="sttaus").post(self.message()))

        assert isinstance(error, Permanent)
        assert error.whole
        assert '"stream"' in error.why

    def test_the_same_words_of_last_week_are_not_taken_for_new_ones(self, remote: Any) -> None:
        """Only a message of the last day can be the one whose answer was lost."""
        zulip, message = self.connect(remote), self.message()
        zulip.post(message)
        remote.server.messages[0]["timestamp"] -= 7 * 86_400

        assert zulip.find(message) is None

    def test_what_is_found_can_be_answered(self, remote: Any) -> None:
        """A message that was looked up after a lost answer has all that a reply needs."""
        zulip, message = self.connect(remote), self.message(title="Voice is down")
        zulip.post(message)
        found = zulip.find(message)

        assert isinstance(found, Receipt)
        zulip.reply(found, self.message(title="Other"))
        assert remote.server.messages[-1]["subject"] == "Voice is down"
