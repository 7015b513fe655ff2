"""The Apprise channel, against a remote on a real socket that apprise's json:// plugin talks to."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from channels.apprise import Config, connect, fitted, shortened, verdict
from notifier.channel import Message, Permanent, Receipt, Secret, Temporary, Unsure
from notifier.testing import Answer, ChannelContract, FakeRemote, failure, refused

# What its 180 plugins import is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")

TOKEN = "t0ken-of-twenty-letters"


def channel_to(address: str, query: str = "", **over):
    """The channel for apprise's json:// plugin, with a secret in user, password and path."""
    at = address.removeprefix("http://")
    url = Secret(f"json://status:{TOKEN}@{at}/hooks/{TOKEN}/{query}")
    return connect(Config(url=url, **over))


@pytest.fixture
def remote():
    """A web hook that keeps what it is sent."""
    kept: list[dict] = []

    def answer(request):
        kept.append(request.json() if request.body else {})
        return Answer(json={"ok": True})

    with FakeRemote(answer) as fake:
        remote: Any = fake
        remote.kept = kept
        yield remote


class TestAppriseContract(ChannelContract):
    """What every channel promises."""

    secrets = (TOKEN,)
    retry_after = None

    @pytest.fixture
    def remote(self, remote):
        return remote

    def connect(self, remote):
        return channel_to(remote.url)

    def dead(self):
        return channel_to(refused())

    def changes(self, remote):
        return len(remote.kept)

    def test_probe_tells_bad_credentials(self, remote):
        """It cannot, and says so."""
        assert "cannot try credentials" in self.connect(remote).probe()


def word(**over) -> Message:
    """What rendering hands over."""
    given = {"key": "in1-u1-a", "text": "Investigating\nVoice is down.", "title": "[Example] Voice", "lang": "en"}
    return Message(**{**given, **over})


def test_the_words_arrive_as_they_are(remote):
    """Title and text come through unchanged, markup characters included."""
    channel_to(remote.url).post(word(text="*a* <b> \\n & ü 🔴\nline two"))

    assert remote.kept[0]["title"] == "[Example] Voice"
    assert remote.kept[0]["message"] == "*a* <b> \\n & ü 🔴\nline two"


def test_the_receipt_is_empty(remote):
    """Apprise gives nothing back that could be answered or edited."""
    assert channel_to(remote.url).post(word()) == Receipt()


def test_limits_are_known_before_apprise_is_loaded():
    """Rendering asks for them when an incident is planned; they come from the configuration."""
    limits = channel_to("127.0.0.1:1", limit=500, title=0).limits
    assert (limits.size, limits.title, limits.markup) == (500, 0, "plain")


@pytest.mark.parametrize(("over", "name"), [({"limit": 0}, "limit"), ({"title": -1}, "title")])
def test_senseless_limits_are_told_at_once(over, name):
    """The error names the key."""
    with pytest.raises(ValueError, match=f"^{name}: "):
        Config(url=Secret("json://127.0.0.1"), **over)


@pytest.mark.parametrize("url", [f"nonsense://{TOKEN}/", f"json://:{TOKEN}", TOKEN, "tgram://not-a-token"])
def test_a_url_that_apprise_cannot_read_stops_the_channel(url):
    """The admin learns which key is wrong, and the URL is not shown."""
    channel = connect(Config(url=Secret(url)))
    for call in (channel.probe, lambda: channel.post(word())):
        error = failure(call)
        assert isinstance(error, Permanent)
        assert error.whole
        assert error.why.startswith("url: ")
        assert TOKEN not in error.why


def test_the_error_names_the_scheme():
    """A typing mistake in the scheme is easy to see."""
    assert '"tgramm://"' in failure(connect(Config(url=Secret("tgramm://123:abc/456"))).probe).why


def test_several_recipients_in_one_url_are_refused():
    """One would be told twice when the other fails, and apprise does not say which."""
    url = Secret("sns://AHIAJGNT76XIMXDBIJYA/bu1dHSdO22pfaaVy/wmNsdjJmGqwvcc/us-east-1/topic1/topic2/")
    error = failure(connect(Config(url=url)).probe)

    assert isinstance(error, Permanent)
    assert "several recipients" in error.why


@pytest.mark.parametrize(
    ("status", "kind", "whole"),
    [
        (400, Permanent, False), (401, Permanent, True), (403, Permanent, True), (404, Permanent, True),
        (408, Temporary, False), (410, Permanent, True), (413, Permanent, False), (422, Permanent, False),
        (429, Temporary, False), (500, Unsure, None), (502, Unsure, None), (503, Temporary, False),
        (504, Unsure, None), (418, Unsure, None), (302, Permanent, True),
    ],
)  # fmt: skip
def test_each_status_means_what_it_means_elsewhere(status, kind, whole):
    """The status that apprise only writes into its log is understood."""
    with FakeRemote(lambda request: Answer(status, headers={"Location": "/elsewhere"})) as remote:
        error = failure(lambda: channel_to(remote.url).post(word()))

    assert isinstance(error, kind)
    assert getattr(error, "whole", None) is whole
    assert str(status) in error.why
    assert len(remote.requests) == 1


def test_apprise_does_not_repeat_by_itself(remote):
    """Whatever the URL asks for: a repeat after a lost answer would be a second message."""
    channel = channel_to(remote.url, "?retry=3&wait=0")
    remote.fault("drop_after")

    assert isinstance(failure(lambda: channel.post(word())), Unsure)
    assert len(remote.requests) == 1


def test_a_name_that_dns_does_not_know_is_for_later():
    """No connection, nothing sent: surely not delivered."""
    error = failure(lambda: channel_to("no-such-host.invalid").post(word()))

    assert isinstance(error, Temporary)
    assert "cannot be reached" in error.why


def test_the_errors_say_the_reason():
    """A refused connection is told as such."""
    assert "Connection refused" in failure(lambda: channel_to(refused()).post(word())).why


def test_a_plugin_that_says_nothing_leaves_it_unsure():
    """Not every plugin writes a status; what is not known is not claimed."""
    assert isinstance(verdict("MQTT", [("WARNING", "Failed to send.")]), Unsure)
    assert isinstance(verdict("MQTT", []), Unsure)


def test_answers_that_disagree_leave_it_unsure():
    """A plugin that asked twice may have succeeded in between."""
    assert isinstance(verdict("Matrix", [("WARNING", "error=401."), ("WARNING", "error=429.")]), Unsure)


def test_a_time_out_after_apprise_gave_up_waiting_is_unsure():
    """The thread that apprise leaves behind may still deliver."""
    assert isinstance(verdict("IRC", [("ERROR", "Service 'IRC' did not finish within 60.000s.")]), Unsure)


def test_apprise_keeps_silent_in_our_logs(remote, caplog):
    """Its log lines quote payloads and addresses; none of them, at any level, reaches a log of ours."""
    caplog.set_level(logging.DEBUG)
    channel = channel_to(remote.url)
    channel.post(word())
    remote.fault("denied")
    failure(lambda: channel.post(word()))

    assert [record.name for record in caplog.records if record.name.startswith(("apprise", "urllib3"))] == []


def test_a_service_with_less_room_gets_a_shorter_text_with_its_link():
    """Cut after a word, marked, and the way to the whole story stays."""
    message = word(text="Voice is down since noon and we look into it. https://status.example.org/i/1",
                   link="https://status.example.org/i/1")  # fmt: skip
    newline = word(text=message.text.replace(". https", ".\nhttps"), link=message.link)

    assert fitted(newline, 250, 1000) == ("[Example] Voice", newline.text)
    assert fitted(newline, 250, 70) == (
        "[Example] Voice",
        "Voice is down since noon and we look…\nhttps://status.example.org/i/1",
    )
    assert len(fitted(newline, 250, 40)[1]) <= 40
    assert fitted(newline, 5, 1000)[0] == "[Exa…"


def test_a_service_without_titles_counts_the_title_with_the_text():
    """Apprise puts the title before the text; both together must fit."""
    title, body = fitted(word(text="one two three four five six"), 0, 40)

    assert title == "[Example] Voice"
    assert len(title) + 2 + len(body) <= 40
    assert body == "one two three four…"


@pytest.mark.parametrize("most", range(12))
def test_shortening_never_takes_more_than_there_is(most):
    """Whatever the room, the text fits."""
    assert len(shortened("one two three", most)) <= max(most, 1)
