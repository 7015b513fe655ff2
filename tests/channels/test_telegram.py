"""Telegram: the shipped suite, and what is particular to Telegram."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from channels.telegram import Config, Telegram, connect
from notifier.channel import (
    DeliveryError,
    Moved,
    Permanent,
    Receipt,
    Secret,
    SecretMissing,
    Temporary,
    Unsure,
    abilities,
)
from notifier.testing import Answer, ChannelContract, FakeRemote, failure, refused
from tests.fakes.telegram_api import TOKEN, Chat, TelegramRemote, bare
from tests.fakes.telegram_spec import Spec

_opened: list[Telegram] = []


def opened(url: str, chat: str = "@voice_status", token: str = TOKEN, topic: int = 0) -> Telegram:
    _opened.append(connect(Config(token=Secret(token), chat=chat, topic=topic, api_url=url)))
    return _opened[-1]


@pytest.fixture(autouse=True)
def all_closed() -> Iterator[None]:
    """No test leaves an event loop behind."""
    yield
    while _opened:
        _opened.pop().close()


def on(*chats: Chat) -> Iterator[TelegramRemote]:
    remote = TelegramRemote(*chats)
    with remote:
        yield remote
        assert remote.api.violations == []


@pytest.fixture
def remote() -> Iterator[TelegramRemote]:
    """A public channel in which the bot may do everything."""
    yield from on(Chat(-1001, username="voice_status"))


@pytest.fixture
def group() -> Iterator[TelegramRemote]:
    """A plain group in which the bot is a member."""
    yield from on(Chat(-55, "group", "Admins", status="member"))


@pytest.fixture
def forum() -> Iterator[TelegramRemote]:
    """A group with topics: 7 is open, 8 is closed."""
    yield from on(Chat(-1002, "supergroup", "Users", status="member", topics={7: True, 8: False}))


@pytest.fixture
def channel(remote: TelegramRemote) -> Telegram:
    return opened(remote.url)


class TestContract(ChannelContract):
    secrets = (TOKEN, TOKEN.partition(":")[2])
    verdicts = {"unavailable": Unsure}  # noqa: RUF012

    @pytest.fixture
    def remote(self) -> Iterator[TelegramRemote]:
        yield from on(Chat(-1001, username="voice_status"))

    def connect(self, remote: Any) -> Telegram:
        return opened(remote.url)

    def dead(self) -> Telegram:
        return opened(refused())

    def changes(self, remote: Any) -> int:
        return len(remote.api.journal)


def said(text: str = "Voice is down.", **more: Any) -> Any:
    return ChannelContract().message(text=text, **more)


def through_json(receipt: Receipt) -> Receipt:
    return Receipt(**json.loads(json.dumps(vars(receipt))))


# The story


def test_the_evening_is_told_in_order(channel: Telegram, remote: TelegramRemote) -> None:
    """The first post is pinned, later words answer it and change it, the end unpins it."""
    root = channel.post(said("<b>Voice is down</b>"))
    channel.pin(root)
    channel.reply(root, said("Our provider has a fault."))
    channel.edit(root, said("<b>Voice is down</b>: a fault at our provider"))
    channel.reply(root, said("Voice works again."))
    channel.edit(root, said("<b>Voice works again</b>"))
    channel.unpin(root)

    assert remote.api.journal == ["post 1", "pin 1", "reply 2 to 1", "edit 1", "reply 3 to 1", "edit 1", "unpin 1"]
    assert remote.api.chat.texts() == ["Voice works again", "Our provider has a fault.", "Voice works again."]
    assert remote.api.chat.pinned == []


def test_receipt_leads_to_the_public_message(channel: Telegram) -> None:
    """A reader can follow the receipt's link."""
    assert channel.post(said()) == Receipt("1", "https://t.me/voice_status/1", {"chat": -1001})


def test_a_chat_without_name_has_no_public_link(group: TelegramRemote) -> None:
    """There is no link that strangers could follow into a group."""
    assert opened(group.url, "-55").post(said()) == Receipt("1", "", {"chat": -55})


def test_receipts_hold_when_the_channel_is_renamed(remote: TelegramRemote) -> None:
    """After a restart with another @name, the first post is still edited, in the chat it is in."""
    root = through_json(opened(remote.url).post(said()))
    remote.api.chat.username = "voice_news"
    opened(remote.url, "@voice_news").edit(root, said("Voice works again."))

    assert remote.api.chat.texts() == ["Voice works again."]


def test_silent_messages_make_no_sound(channel: Telegram, remote: TelegramRemote) -> None:
    """Only what is to be heard is heard."""
    channel.post(said("loud"))
    channel.post(said("silent", silent=True))

    assert [post.silent for post in remote.api.chat.posts.values()] == [False, True]


def test_pins_notify_nobody_and_links_unfold_nothing(channel: Telegram, remote: TelegramRemote) -> None:
    """The post was the news: neither its pin nor a big preview of the status page adds to it."""
    root = channel.post(said("https://status.example.org"))
    channel.pin(root)
    calls = dict(remote.api.calls)

    assert calls["sendMessage"]["link_preview_options"] == {"is_disabled": True}
    assert calls["pinChatMessage"]["disable_notification"] is True


def test_it_can_all_but_look_up(channel: Telegram) -> None:
    """A bot cannot read a channel's history, and the channel does not claim it could."""
    assert abilities(channel) == {"Replies", "Edits", "Pins", "Deletes", "Probes"}


# Refusals that are no end


def test_markup_that_telegram_refuses_goes_out_plain(channel: Telegram, remote: TelegramRemote) -> None:
    """Better without bold than not at all; and it is told once."""
    channel.post(said("<b>down <3", plain="down <3"))

    assert remote.api.chat.texts() == ["down <3"]
    assert remote.api.journal == ["post 1"]


def test_an_edit_falls_back_to_plain_too(channel: Telegram, remote: TelegramRemote) -> None:
    """An edit is not lost for its markup either."""
    root = channel.post(said())
    channel.edit(root, said("<huge>up</huge>", plain="up"))

    assert remote.api.chat.texts() == ["up"]


def test_full_size_counts_what_people_read(channel: Telegram, remote: TelegramRemote) -> None:
    """4096 units are the visible text: tags are free, a pictograph counts twice."""
    channel.post(said("<b>" + "🔴" * 2048 + "</b>"))

    assert remote.api.chat.texts() == ["🔴" * 2048]


def test_a_text_too_long_is_refused_for_good(channel: Telegram, remote: TelegramRemote) -> None:
    """One unit more is refused; the channel is not broken by it."""
    error = failure(lambda: channel.post(said("a" * 4097)))

    assert isinstance(error, Permanent)
    assert not error.whole
    assert error.why == "Telegram refuses this in @voice_status: message is too long"


def test_news_go_to_the_topic(forum: TelegramRemote) -> None:
    """A topic of a group is a place to post to."""
    channel = opened(forum.url, "-1002", topic=7)
    channel.reply(channel.post(said()), said())

    assert [post.topic for post in forum.api.chat.posts.values()] == [7, 7]


@pytest.mark.parametrize("topic", [8, 9], ids=["closed", "gone"])
def test_without_the_topic_the_news_go_to_the_group(forum: TelegramRemote, topic: int) -> None:
    """A closed or deleted topic silences nobody."""
    opened(forum.url, "-1002", topic=topic).post(said("<b>down"[3:]))

    assert [(post.text, post.topic) for post in forum.api.chat.posts.values()] == [("down", 0)]


def test_neither_topic_nor_markup(forum: TelegramRemote) -> None:
    """Both may be refused, one after the other; it still arrives, once."""
    opened(forum.url, "-1002", topic=8).post(said("<b>down", plain="down"))

    assert forum.api.journal == ["post 1"]


def test_reply_to_a_deleted_root_arrives(channel: Telegram, remote: TelegramRemote) -> None:
    """Somebody deleted the first post by hand: the next word is posted on its own."""
    root = channel.post(said())
    del remote.api.chat.posts[1]
    channel.reply(root, said("Voice works again."))

    assert remote.api.journal[-1] == "post 2"


# Already so


def test_what_is_so_already_is_success(channel: Telegram, remote: TelegramRemote) -> None:
    """The same words again, unpinned twice, deleted twice: nothing to complain about, and nothing changes."""
    words = said("Voice works again.")
    root = channel.post(said())
    channel.edit(root, words)
    channel.edit(root, words)
    channel.unpin(root)
    channel.delete(root)
    channel.delete(root)

    assert remote.api.journal == ["post 1", "edit 1", "delete 1"]


def test_a_message_too_old_stays(group: TelegramRemote) -> None:
    """In a group a bot deletes its own messages for 48 hours only."""
    channel = opened(group.url, "-55")
    receipt = channel.post(said())
    group.api.chat.posts[1].date -= 49 * 3600
    error = failure(lambda: channel.delete(receipt))

    assert isinstance(error, Permanent)
    assert not error.whole
    assert "message can't be deleted" in error.why


# A group becomes a supergroup


def test_a_moved_group_says_its_new_number(group: TelegramRemote) -> None:
    """The number of the supergroup comes back as the new value of the key; with it the post arrives."""
    new = group.api.migrate(group.api.chat)
    error = failure(lambda: opened(group.url, "-55").post(said()))

    assert isinstance(error, Moved)
    assert error.to == {"chat": str(new.id)}
    opened(group.url, error.to["chat"]).post(said("Voice is down."))
    assert new.texts() == ["Voice is down."]


def test_after_the_move_news_answer_no_stranger(group: TelegramRemote) -> None:
    """Numbers start anew in the supergroup: an answer to the old first post must not answer another's message."""
    root = through_json(opened(group.url, "-55").post(said()))
    new = group.api.migrate(group.api.chat)
    channel = opened(group.url, str(new.id))
    channel.post(said("of somebody else"))
    channel.reply(root, said("Voice works again."))

    assert group.api.journal[-1] == "post 2"


def test_after_the_move_the_old_message_cannot_be_edited(group: TelegramRemote) -> None:
    """It stayed behind; that is said once, and does not go round in circles."""
    root = opened(group.url, "-55").post(said())
    new = group.api.migrate(group.api.chat)
    first = failure(lambda: opened(group.url, "-55").edit(root, said()))
    second = failure(lambda: opened(group.url, str(new.id)).edit(root, said()))

    assert isinstance(first, Moved)
    assert isinstance(second, Permanent)
    assert not second.whole


# Buttons


def test_buttons_come_and_go(channel: Telegram, remote: TelegramRemote) -> None:
    """A message with actions has buttons, as many in a row as fit; an edit sets others, or takes them away."""
    actions = (
        ("Publish", "publish:1:1"),
        ("Publish silently", "silent:1:1"),
        ("Edit", "edit:1:1"),
        ("Not us", "no:1:1"),
    )
    root = channel.post(said(actions=actions))
    answer = channel.reply(root, said(actions=actions[:1]))
    posts = remote.api.chat.posts

    assert [[b["text"] for b in row] for row in posts[1].buttons] == [
        ["Publish", "Publish silently"],
        ["Edit", "Not us"],
    ]
    assert posts[1].buttons[0][1]["callback_data"] == "silent:1:1"
    assert posts[2].labels() == ["Publish"]
    channel.edit(root, said(actions=actions[2:3]))
    assert posts[1].labels() == ["Edit"]
    channel.edit(answer, said("Decided."))
    assert posts[2].labels() == []
    channel.edit(root, said())
    assert (posts[1].text, posts[1].labels()) == (said().text, [])


def test_without_actions_there_are_no_buttons(channel: Telegram, remote: TelegramRemote) -> None:
    """What is for the public is to be read."""
    channel.post(said())

    assert remote.api.chat.posts[1].buttons == []
    assert "reply_markup" not in dict(remote.api.calls)["sendMessage"]


def test_buttons_survive_refused_markup(channel: Telegram, remote: TelegramRemote) -> None:
    """Without its formatting a question still has its buttons."""
    channel.post(said("<b>down", plain="down", actions=(("Publish", "publish:1:1"),)))

    assert (remote.api.chat.texts(), remote.api.chat.posts[1].labels()) == (["down"], ["Publish"])


# What breaks the whole channel


def broken(why: Callable[[Chat], None], remote: TelegramRemote, **over: Any) -> DeliveryError:
    why(remote.api.chat)
    error = failure(lambda: opened(remote.url, **over).post(said()))
    assert isinstance(error, Permanent)
    assert error.whole
    return error


@pytest.mark.parametrize("status", ["kicked", "left"])
def test_out_of_the_chat(remote: TelegramRemote, status: str) -> None:
    """A bot that was removed says where to put it back."""
    error = broken(lambda chat: setattr(chat, "status", status), remote)

    assert "add the bot to @voice_status again" in error.why


def test_a_right_taken_away_from_posts(remote: TelegramRemote) -> None:
    """Without the right to post, nothing works, and the remedy is named."""
    error = broken(lambda chat: chat.rights.clear(), remote)

    assert error.why.endswith("rights in the channel chat; make the bot an administrator who may post messages")


def test_a_wrong_chat(remote: TelegramRemote) -> None:
    """A chat that does not exist is a matter of the configuration."""
    error = broken(lambda chat: None, remote, chat="@nobody")

    assert 'refuses this in @nobody: chat not found; look at the key "chat"' in error.why


def test_a_secret_that_is_not_set(remote: TelegramRemote) -> None:
    """Nothing was sent; the core hears that the secret is missing and waits for it."""
    channel = connect(Config(Secret(), "@voice_status", api_url=remote.url))

    with pytest.raises(SecretMissing, match="the secret is not set"):
        channel.post(said())
    assert remote.requests == []


@pytest.mark.parametrize("token", ["4839574812:wrong-wrong-wrong-wrong-wrong-wrong", "no-token-at-all"])
def test_a_wrong_token(remote: TelegramRemote, token: str) -> None:
    """Telegram says 401 to an unknown token and 404 to what is none; the text does not show it."""
    error = broken(lambda chat: None, remote, token=token)

    assert 'look at the key "token"' in error.why
    assert token not in error.why


def test_a_right_taken_away_from_pins(channel: Telegram, remote: TelegramRemote) -> None:
    """A bot that may not pin goes on posting."""
    remote.api.chat.rights = {"can_post_messages"}
    root = channel.post(said())
    error = failure(lambda: channel.pin(root))

    assert isinstance(error, Permanent)
    assert not error.whole
    assert "not enough rights to manage pinned messages" in error.why


# What is known after an error


@pytest.mark.parametrize("newer", ["0", "1"])
@pytest.mark.filterwarnings("ignore:.*retry_after")
def test_throttled_in_both_spellings(channel: Telegram, remote: TelegramRemote, monkeypatch: Any, newer: str) -> None:
    """Seconds or timedelta, as python-telegram-bot gives it: the pause is the same, and the whole channel keeps it."""
    monkeypatch.setenv("PTB_TIMEDELTA", newer)
    remote.fault("throttle")
    error = failure(lambda: channel.post(said()))

    assert isinstance(error, Temporary)
    assert (error.after, error.whole) == (7, True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(502, body=b"<html>Bad Gateway</html>"), Unsure),
        (Answer(500, {"ok": False, "error_code": 500, "description": "Internal Server Error: restart"}), Unsure),
        (Answer(200, body=b"<html>Sign in to this network</html>"), Unsure),
        (Answer(200, {"ok": True, "result": {}}), Unsure),
        (Answer(409, {"ok": False, "error_code": 409, "description": "Conflict"}), Unsure),
        (Answer(429, {"ok": False, "error_code": 429, "description": "Too Many Requests: later"}), Temporary),
        (Answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: something new"}), Permanent),
    ],
    ids=["gateway", "inner", "portal", "empty", "conflict", "throttled", "refused"],
)
def test_what_an_odd_answer_says(answer: Answer, kind: type[DeliveryError]) -> None:
    """Sure only where Telegram said so; a page of a hotel's network is no answer of Telegram."""
    with FakeRemote(lambda request: answer) as remote:
        error = failure(lambda: opened(remote.url).post(said()))

    assert type(error) is kind
    assert not getattr(error, "whole", False)


def test_an_address_without_scheme_sends_nothing() -> None:
    """A slip in api_url is surely no delivery."""
    assert isinstance(failure(lambda: opened("api.telegram.org").post(said())), Temporary)


def test_every_name_in_the_tables_exists() -> None:
    """The verdicts go by the names of classes: each still exists where it comes from."""
    import httpx
    import telegram.error

    import notifier.channel as contract
    from channels._telegram import NEVER_SENT, VERDICTS

    ours = ("Exception", "DeliveryError", "SecretMissing")
    assert all(hasattr(telegram.error, name) for name in VERDICTS if name not in ours)
    assert all(hasattr(contract, name) for name in ours[1:])
    assert all(hasattr(httpx, name) for name in NEVER_SENT)


# Looking before the first outage


def test_probe_says_who_and_what(channel: Telegram) -> None:
    """One line for the admin."""
    assert channel.probe() == "as @status_bot in 'Status': may post, may edit, may pin"


def test_probe_names_the_right_that_lacks(channel: Telegram, remote: TelegramRemote) -> None:
    """A bot that may not pin is told so, and is no broken channel."""
    remote.api.chat.rights = {"can_post_messages"}

    assert channel.probe() == "as @status_bot in 'Status': may post, may edit, may not pin (lacks can_edit_messages)"


@pytest.mark.parametrize("status", ["administrator", "member"])
def test_probe_breaks_where_the_bot_may_not_post(channel: Telegram, remote: TelegramRemote, status: str) -> None:
    """Better to hear it now than during an outage: in a channel only administrators with that right post."""
    remote.api.chat.rights = set()
    remote.api.chat.status = status
    error = failure(channel.probe)

    assert isinstance(error, Permanent)
    assert error.whole
    assert "may not post (lacks can_post_messages)" in error.why


@pytest.mark.parametrize(
    ("chat", "line"),
    [
        (Chat(-55, "group", "Admins", status="administrator"), "may post, may edit, may pin"),
        (
            Chat(-55, "group", "Admins", status="member"),
            "may post, may edit, may not pin (lacks can_pin_messages)",
        ),
        (Chat(-55, "group", "Admins", status="creator", rights=set()), "may post, may edit, may pin"),
    ],
    ids=["administrator", "member", "creator"],
)
def test_probe_of_a_group(chat: Chat, line: str) -> None:
    """In a group whoever is a member may post; pinning is a right of its own."""
    for remote in on(chat):
        assert opened(remote.url, "-55").probe() == f"as @status_bot in 'Admins': {line}"


# Secrets and start-up


def test_the_token_is_in_no_log_of_a_whole_evening(
    channel: Telegram, remote: TelegramRemote, caplog: Any, monkeypatch: Any
) -> None:
    """With everything logged, and with answers that nobody can read, the token shows nowhere."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "asyncio")
    monkeypatch.setattr(logging.getLogger("asyncio"), "propagate", True)  # whatever ran in this process before
    root = channel.post(said())
    for call in (lambda: channel.edit(root, said()), lambda: channel.pin(root), channel.probe):
        call()
        for fault in ("denied", "unavailable", "drop_after"):
            remote.fault(fault)
            failure(call)

    assert TOKEN.partition(":")[2] not in caplog.text
    assert caplog.text


def test_connect_is_light() -> None:
    """The command line is measured in milliseconds: no library is loaded before the first call."""
    program = (
        "import sys; from channels.telegram import Config, connect; from notifier.channel import Secret; "
        "connect(Config(Secret('1:x'), '@x')); "
        "print({'telegram', 'httpx', 'asyncio', 'logging'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_it_works_again_after_close(channel: Telegram, remote: TelegramRemote) -> None:
    """A closed channel that is asked once more simply begins anew."""
    channel.post(said())
    channel.close()
    channel.post(said())

    assert len(remote.api.chat.posts) == 2


# The fake itself


@pytest.mark.parametrize(
    ("marked", "shown"), [("a &amp; <b>b</b>", "a & b"), ('<a href="https://x.org?a=1">c</a>', "c"), ("plain", "plain")]
)
def test_the_fake_reads_markup(marked: str, shown: str) -> None:
    """Tags do not show, escapes do what they stand for."""
    assert bare(marked) == shown


def test_the_fake_is_strict() -> None:
    """What the published description does not allow is noticed; without the description there is nothing to notice."""
    spec = Spec()
    if not spec._known:
        pytest.skip("the description of the Bot API is not at hand")
    spec.read("sendMessage", {"text": "x", "chat": "@x", "disable_notification": "maybe"})
    spec.read("sendMessage", {"text": "x", "chat_id": "1", "reply_parameters": '{"message_id": "1", "odd": 1}'})

    assert spec.violations == [
        "sendMessage: has no chat",
        "sendMessage.disable_notification: 'maybe' is not Boolean",
        "sendMessage: needs chat_id",
        "sendMessage.reply_parameters.message_id: '1' is not Integer",
        "sendMessage.reply_parameters: has no odd",
    ]
