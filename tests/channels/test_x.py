"""X: the shipped suite, and what is particular to X."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.x import Config, X, connect
from notifier.channel import Permanent, Receipt, Secret, Temporary, Unsure
from notifier.testing import Answer, ChannelContract, FakeRemote, Request, failure, refused
from tests.fakes.x_api import KEYS, ME, XApi


class Remote(FakeRemote):
    """X on a real socket."""

    def __init__(self) -> None:
        self.api = XApi()
        reset = str(int(time.time()) + 7)
        headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        too_many = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
        super().__init__(self._answered, {"throttle": Answer(429, too_many, headers=headers)})

    def _answered(self, request: Request) -> Answer:
        url = f"{self.url}{request.path}" + ("?" + urlencode(request.query) if request.query else "")
        status, headers, data = self.api.answer(request.method, url, request.headers, request.body)
        return Answer(status, data, headers=headers)


def opened(url: str, **over: str) -> X:
    secrets = {name: Secret(value) for name, value in {**KEYS, **over}.items()}
    return connect(Config(**secrets, api_url=url))


@pytest.fixture
def remote() -> Iterator[Remote]:
    remote = Remote()
    with remote:
        yield remote


@pytest.fixture
def x(remote: Remote) -> Iterator[X]:
    channel = opened(remote.url)
    yield channel
    channel.close()


class TestContract(ChannelContract):
    secrets = tuple(KEYS.values())

    def connect(self, remote: Any) -> X:
        return opened(remote.url)

    def dead(self) -> X:
        return opened(refused())

    def changes(self, remote: Any) -> int:
        return int(remote.api.changes)


def said(text: str = "Voice is down.", **more: Any) -> Any:
    return ChannelContract().message(text=text, **more)


def texts(remote: Remote) -> list[str]:
    return [post["written"] for post in remote.api.posts]


def test_the_evening_is_told_as_a_chain(x: X, remote: Remote) -> None:
    """Start, update and end are three posts, each an answer to the one before; the receipt leads to the post."""
    root = x.post(said("Voice is down. https://status.example.org/i/1"))
    update = x.reply(root, said("Our provider has a fault."))
    x.reply(update, said("Voice works again."))
    assert [post["reply_to"] for post in remote.api.posts] == ["", root.id, update.id]
    assert root.url == f"https://x.com/i/status/{root.id}"


def test_where_answers_are_refused_the_update_stands_alone(x: X, remote: Remote) -> None:
    """X lets small apps answer only who mentioned them: the news go out all the same, in the same call."""
    root = x.post(said("Voice is down."))
    remote.api.refuses_replies = True
    update = x.reply(root, said("Our provider has a fault."))
    assert [post["reply_to"] for post in remote.api.posts] == ["", ""]
    assert update.id == remote.api.posts[-1]["id"]


def test_a_post_whose_answer_got_lost_is_not_said_twice(x: X, remote: Remote) -> None:
    """The second try is refused as a duplicate; the receipt of the first is found in the timeline."""
    message = said("Voice is down & out: „Störung“ 🔴 https://status.example.org/i/1?a=1&b=2, or status.example.org")
    remote.fault("drop_after")
    assert isinstance(failure(lambda: x.post(message)), Unsure)
    receipt = x.post(message)
    assert receipt.id == remote.api.posts[0]["id"]
    assert len(remote.api.posts) == 1


def test_an_answer_that_got_lost_is_found_too(x: X, remote: Remote) -> None:
    """The same for an update in the chain, before which X may show the account's name."""
    root = x.post(said("Voice is down."))
    message = said("Our provider has a fault.")
    remote.fault("drop_after")
    failure(lambda: x.reply(root, message))
    remote.api.posts[-1]["text"] = "@status " + remote.api.posts[-1]["text"]
    assert x.reply(root, message).id == remote.api.posts[-1]["id"]


def test_words_said_days_ago_are_no_proof(x: X, remote: Remote) -> None:
    """The same text from another outage two days ago is not taken for today's; the admin learns what to do."""
    remote.api.add("Voice is down.", age=2 * 86400)
    assert x.find(said("Voice is down.")) is None
    error = failure(lambda: x.post(said("Voice is down.")))
    assert isinstance(error, Permanent)
    assert not error.whole
    assert "twice" in error.why


def test_a_duplicate_that_cannot_be_looked_up_is_unsure(x: X, remote: Remote) -> None:
    """X has the words, but will not show them for want of credits: nobody can say whether they are ours."""
    message = said()
    x.post(message)
    remote.api.credits = 1
    assert isinstance(failure(lambda: x.post(message)), Unsure)


def test_a_token_without_the_account_number_is_looked_up(remote: Remote) -> None:
    """X's tokens begin with the account's number; for one that does not, X is asked who we are."""
    remote.api.keys = {**KEYS, "access_token": "token-without-a-number-0123"}
    channel = opened(remote.url, access_token="token-without-a-number-0123")
    message = said()
    channel.post(message)
    assert channel.find(message) is not None
    assert [r.path for r in remote.requests[1:]] == ["/2/users/me", f"/2/users/{ME}/tweets"]
    channel.close()


def test_used_up_credits_stop_the_channel(x: X, remote: Remote) -> None:
    """402 is not this post's fault: the channel stops, and the admin is told to buy credits."""
    remote.api.credits = 0
    error = failure(lambda: x.post(said()))
    assert isinstance(error, Permanent)
    assert error.whole
    assert "credits" in error.why
    assert "console.x.com" in error.why


def test_keys_that_may_only_read_stop_the_channel(x: X, remote: Remote) -> None:
    """The usual mistake, a token made before the app got its rights, is named, in a post and in a probe."""
    remote.api.rights = "read"
    for call in (lambda: x.post(said()), x.probe):
        error = failure(call)
        assert isinstance(error, Permanent)
        assert error.whole
        assert "Read and write" in error.why


@pytest.mark.parametrize(
    ("detail", "whole"),
    [
        ("Your account is suspended and is not permitted to access this feature.", True),
        ("To protect our users, this account is temporarily locked.", True),
        ("You have been blocked from interacting with this account.", False),
        ("You are not permitted to perform this action.", False),
    ],
)
def test_refusals_of_the_account_stop_the_channel(detail: str, whole: bool) -> None:
    """A suspended or locked account stops the channel; another refusal concerns this one post."""
    body = {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}
    with FakeRemote(lambda request: Answer(403, body)) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Permanent)
    assert error.whole is whole
    assert detail in error.why


def test_a_text_too_long_concerns_this_post_only(x: X) -> None:
    """A refused text does not stop the channel."""
    error = failure(lambda: x.post(said("ä" * 281)))
    assert isinstance(error, Permanent)
    assert not error.whole


def test_weighty_text_of_full_size_is_accepted(x: X, remote: Remote) -> None:
    """140 Chinese characters are 280 to X."""
    x.post(said("声" * 140))
    assert texts(remote) == ["声" * 140]


def test_the_day_limit_is_obeyed() -> None:
    """When the limit of the day is used up, the pause lasts until the day's end, not the quarter hour's."""
    now = int(time.time())
    headers = {
        "x-rate-limit-remaining": "12",
        "x-rate-limit-reset": str(now + 60),
        "x-app-limit-24hour-remaining": "0",
        "x-app-limit-24hour-reset": str(now + 7200),
    }
    with FakeRemote(lambda request: Answer(429, {"detail": "Too Many Requests"}, headers=headers)) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Temporary)
    assert error.after is not None
    assert 7000 < error.after <= 7200


def test_a_day_limit_that_is_not_used_up_does_not_count() -> None:
    """X names the day's end in every answer; with calls left in the day, the quarter hour decides."""
    now = int(time.time())
    headers = {
        "x-rate-limit-reset": str(now + 60),
        "x-app-limit-24hour-remaining": "12",
        "x-app-limit-24hour-reset": str(now + 7200),
    }
    with FakeRemote(lambda request: Answer(429, {"detail": "Too Many Requests"}, headers=headers)) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Temporary)
    assert error.after is not None
    assert 0 < error.after <= 60


def test_a_limit_without_a_time_leaves_the_pause_open() -> None:
    """Without a reset time the outbox decides how long to wait."""
    with FakeRemote(lambda request: Answer(429, {"detail": "Too Many Requests"})) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Temporary)
    assert error.after is None


@pytest.mark.parametrize("body", [b"<html>gateway</html>", b"{}", b"[]", b'{"data": {}}'])
def test_a_success_that_cannot_be_read_is_unsure(body: bytes) -> None:
    """201 without an id: the post may be there."""
    with FakeRemote(lambda request: Answer(201, body=body)) as remote:
        assert isinstance(failure(lambda: opened(remote.url).post(said())), Unsure)


def test_a_redirect_is_not_followed() -> None:
    """A POST that is sent elsewhere would arrive as a GET: it counts as refused."""
    with FakeRemote(lambda request: Answer(301, headers={"Location": "/elsewhere"})) as remote:
        assert isinstance(failure(lambda: opened(remote.url).post(said())), Permanent)
        assert len(remote.requests) == 1


def test_wrong_keys_say_what_to_do(remote: Remote) -> None:
    """The signature is really made with the keys: one wrong letter, and X refuses the channel."""
    error = failure(lambda: opened(remote.url, consumer_secret="consumersecret-very-wrong").post(said()))
    assert isinstance(error, Permanent)
    assert error.whole
    assert "keys" in error.why
    assert "clock" in error.why


def test_probe_names_the_account(x: X) -> None:
    """The admin sees at once whether it is the right account."""
    assert x.probe() == "as @status, may post"


def test_deleting_what_never_was_is_success(x: X) -> None:
    """A post that is gone needs no deleting."""
    assert x.delete(Receipt(id="1346889436626259968")).id == "1346889436626259968"


def test_requests_fit_the_published_api(x: X, remote: Remote) -> None:
    """Bodies of posts and answers, and ids of deletes, are valid by X's own OpenAPI document."""
    folder = os.environ.get("NOTIFIER_SPECS", "")
    path = Path(folder) / "x-tweets.json"
    if not folder or not path.exists():
        pytest.skip("set NOTIFIER_SPECS to a folder with x-tweets.json (from docs.x.com) to check requests against it")
    jsonschema = pytest.importorskip("jsonschema")
    spec = json.loads(path.read_text())
    root = x.post(said("Voice is down. https://status.example.org/i/1"))
    x.reply(root, said("Our provider has a fault."))
    x.delete(root)
    wanted = {"$ref": "#/components/schemas/CreatePostsRequest", "components": spec["components"]}
    assert len(remote.api.bodies) == 2
    for body in remote.api.bodies:
        jsonschema.validate(body, wanted)
        assert set(body) <= set(spec["components"]["schemas"]["CreatePostsRequest"]["properties"])
    jsonschema.validate(root.id, {"$ref": "#/components/schemas/PostId", "components": spec["components"]})
    assert [r.path for r in remote.requests if r.method == "DELETE"] == [f"/2/tweets/{root.id}"]
