"""Mastodon: the shipped suite, and what is particular to Mastodon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.mastodon import Config, Mastodon, connect
from notifier.channel import Permanent, Receipt, Secret, Temporary, Unsure
from notifier.testing import Answer, ChannelContract, FakeRemote, Request, failure, refused
from tests.fakes.mastodon_api import TOKEN, MastodonApi


class Remote(FakeRemote):
    """A Mastodon server on a real socket."""

    def __init__(self) -> None:
        self.api = MastodonApi()
        reset = (datetime.now(UTC) + timedelta(seconds=7)).isoformat()
        throttle = Answer(429, {"error": "Too many requests"}, headers={"X-RateLimit-Reset": reset})
        super().__init__(self._answered, {"throttle": throttle})

    def _answered(self, request: Request) -> Answer:
        status, headers, data = self.api.answer(request.method, request.path, request.headers, request.body)
        return Answer(status, data, headers=headers)


def opened(url: str, **over: Any) -> Mastodon:
    return connect(Config(**{"server": url, "token": Secret(TOKEN), **over}))


@pytest.fixture
def remote() -> Iterator[Remote]:
    remote = Remote()
    with remote:
        yield remote


@pytest.fixture
def mastodon(remote: Remote) -> Iterator[Mastodon]:
    channel = opened(remote.url)
    yield channel
    channel.close()


class TestContract(ChannelContract):
    secrets = (TOKEN,)

    def connect(self, remote: Any) -> Mastodon:
        return opened(remote.url)

    def dead(self) -> Mastodon:
        return opened(refused())

    def changes(self, remote: Any) -> int:
        return int(remote.api.changes)


def said(text: str = "Voice is down.", **more: Any) -> Any:
    return ChannelContract().message(text=text, **more)


def statuses(remote: Remote) -> list[dict[str, Any]]:
    return list(remote.api.statuses.values())


def test_the_evening_is_told_as_a_chain_under_a_pin(mastodon: Mastodon, remote: Remote) -> None:
    """The start is pinned, each word answers the one before, a correction replaces, the end takes the pin away."""
    root = mastodon.pin(mastodon.post(said("Voice is down.")))
    assert remote.api.pinned == {root.id}
    update = mastodon.reply(root, said("Our provider has a falt."))
    update = mastodon.edit(update, said("Our provider has a fault."))
    mastodon.reply(update, said("Voice works again."))
    mastodon.unpin(root)
    assert [(s["text"], s["in_reply_to_id"]) for s in statuses(remote)] == [
        ("Voice is down.", None),
        ("Our provider has a fault.", root.id),
        ("Voice works again.", update.id),
    ]
    assert statuses(remote)[1]["history"] == ["Our provider has a falt."]
    assert remote.api.pinned == set()
    assert root.url == f"https://mastodon.example/@status/{root.id}"


def test_a_post_whose_answer_got_lost_is_not_said_twice(mastodon: Mastodon, remote: Remote) -> None:
    """The repeat carries the same key, and the server gives back the first post."""
    message = said()
    remote.fault("drop_after")
    assert isinstance(failure(lambda: mastodon.post(message)), Unsure)
    assert mastodon.post(message).id == statuses(remote)[0]["id"]
    assert len(statuses(remote)) == 1


def test_other_words_under_the_same_key_are_another_post(mastodon: Mastodon, remote: Remote) -> None:
    """The server would give back the first words for a key it knows, so other words go under another key."""
    mastodon.post(said("Voice is down.", key="in1-u1-c1"))
    mastodon.post(said("Voice and chat are down.", key="in1-u1-c1"))
    assert [s["text"] for s in statuses(remote)] == ["Voice is down.", "Voice and chat are down."]


@pytest.mark.parametrize(("lang", "told"), [("de", "de"), ("de-AT", "de"), ("EN-us", "en"), ("", None)])
def test_the_language_goes_along_and_survives_an_edit(remote: Remote, lang: str, told: str | None) -> None:
    """Readers filter and translate by language; an edit that does not name it would lose it."""
    channel = opened(remote.url)
    receipt = channel.post(said("Sprache gestört.", lang=lang))
    channel.edit(receipt, said("Sprache ist gestört.", lang=lang))
    assert statuses(remote)[0]["language"] == told


@pytest.mark.parametrize(
    ("configured", "silent", "seen"),
    [
        ("public", False, "public"),
        ("public", True, "unlisted"),
        ("unlisted", False, "unlisted"),
        ("private", True, "private"),
        ("direct", True, "direct"),
    ],
)
def test_quiet_updates_stay_out_of_the_public_timelines(
    remote: Remote, configured: str, silent: bool, seen: str
) -> None:
    """A silent message of a public account is unlisted; what is narrower already is not widened."""
    opened(remote.url, visibility=configured).post(said(silent=silent))
    assert statuses(remote)[0]["visibility"] == seen


def test_a_sixth_pin_fails_with_a_remedy(mastodon: Mastodon, remote: Remote) -> None:
    """The server takes five; the post stays, the pin fails, the channel goes on."""
    receipts = [mastodon.post(said()) for _ in range(6)]
    for receipt in receipts[:5]:
        mastodon.pin(receipt)
    error = failure(lambda: mastodon.pin(receipts[5]))
    assert isinstance(error, Permanent)
    assert not error.whole
    assert "unpin one" in error.why


def test_pinning_the_fifth_again_is_success(mastodon: Mastodon, remote: Remote) -> None:
    """With all places taken the server says "maximum" even of a post that has one: that is success."""
    receipts = [mastodon.pin(mastodon.post(said())) for _ in range(5)]
    mastodon.pin(receipts[4])
    assert len(remote.api.pinned) == 5


def test_a_pin_of_what_is_gone_fails_and_an_unpin_does_not(mastodon: Mastodon) -> None:
    """What is gone cannot be pinned; it is not pinned either."""
    receipt = mastodon.delete(mastodon.post(said()))
    assert isinstance(failure(lambda: mastodon.pin(receipt)), Permanent)
    assert mastodon.unpin(receipt) == receipt


def test_a_token_that_may_not_post_stops_the_channel(mastodon: Mastodon, remote: Remote) -> None:
    """The rights that the token needs are named."""
    remote.api.scopes = {"read:accounts"}
    error = failure(lambda: mastodon.post(said()))
    assert isinstance(error, Permanent)
    assert error.whole
    assert "write:statuses" in error.why


def test_a_token_that_may_not_pin_goes_on_posting(mastodon: Mastodon, remote: Remote) -> None:
    """A missing right to pin is told, but does not stop the news."""
    receipt = mastodon.post(said())
    remote.api.scopes -= {"write:accounts"}
    error = failure(lambda: mastodon.pin(receipt))
    assert isinstance(error, Permanent)
    assert not error.whole
    assert "write:accounts" in error.why


def test_a_text_too_long_concerns_this_post_only(mastodon: Mastodon, remote: Remote) -> None:
    """422 does not stop the channel, and the server's reason is passed on; an answer is no exception."""
    receipt = mastodon.post(said())
    for call in (lambda: mastodon.post(said("ä" * 501)), lambda: mastodon.reply(receipt, said("ä" * 501))):
        error = failure(call)
        assert isinstance(error, Permanent)
        assert not error.whole
        assert "500" in error.why
    assert len(statuses(remote)) == 1


def test_links_and_names_count_as_the_server_counts(mastodon: Mastodon, remote: Remote) -> None:
    """A long link is 23 and the server in a name is free: such a text of 500 arrives."""
    text = "@admin@a-very-long-name.example.org https://status.example.org/" + "x" * 300 + " " + "ö" * 469
    mastodon.post(said(text))
    assert statuses(remote)[0]["text"] == text


@pytest.mark.parametrize("status", [400, 404, 422])
def test_however_a_server_refuses_an_answer_the_words_go_out(status: int) -> None:
    """Servers other than Mastodon refuse an answer to what is gone in their own ways."""

    def answer(request: Request) -> Answer:
        if "in_reply_to_id" in request.json():
            return Answer(status, {"error": "no such post"})
        return Answer(200, {"id": "1", "url": "https://gts.example/@status/statuses/1"})

    with FakeRemote(answer) as remote:
        receipt = opened(remote.url).reply(Receipt(id="9"), said())
    assert receipt == Receipt(id="1", url="https://gts.example/@status/statuses/1")


def test_an_epoch_as_reset_time_is_understood() -> None:
    """GoToSocial says in seconds since 1970 when to come back, Mastodon as a date."""
    reset = str(int(datetime.now(UTC).timestamp()) + 90)
    with FakeRemote(lambda request: Answer(429, {"error": "slow"}, headers={"X-RateLimit-Reset": reset})) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Temporary)
    assert error.after is not None
    assert 80 < error.after <= 90


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_a_success_that_cannot_be_read_is_unsure(body: bytes) -> None:
    """200 without an id: the post may be there."""
    with FakeRemote(lambda request: Answer(200, body=body)) as remote:
        assert isinstance(failure(lambda: opened(remote.url).post(said())), Unsure)


def test_a_redirect_names_the_new_address() -> None:
    """A POST is not sent elsewhere; the admin learns where the server is now."""
    with FakeRemote(lambda request: Answer(301, headers={"Location": "https://new.example.org/api"})) as remote:
        error = failure(lambda: opened(remote.url).post(said()))
    assert isinstance(error, Permanent)
    assert error.whole
    assert "new.example.org" in error.why


def test_probe_names_the_account(mastodon: Mastodon) -> None:
    """The admin sees at once whether it is the right account."""
    assert mastodon.probe() == "as @status"


def test_probe_tells_another_limit(mastodon: Mastodon, remote: Remote) -> None:
    """A server that takes more or less than ``limit`` says so in time."""
    remote.api.limit = 5000
    assert "set limit = 5000" in mastodon.probe()
    assert opened(remote.url, limit=5000).probe() == "as @status"


def test_limit_is_the_size_that_texts_are_made_for(remote: Remote) -> None:
    """``limit`` in the configuration reaches rendering."""
    assert opened(remote.url, limit=5000).limits.size == 5000


def test_a_slash_at_the_end_of_the_address_is_fine(remote: Remote) -> None:
    """People copy addresses with it."""
    opened(remote.url + "/").post(said())
    assert remote.requests[0].path == "/api/v1/statuses"
