"""When something goes wrong on the way: what the admin sees, what the world sees, and how it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest

from notifier.testing import refused
from tests.e2e.town import HOOK_SECRET, STATUS, Desk, Hooks, MastodonRemote, channel, states, telegram
from tests.fakes.mastodon_api import TOKEN, length
from tests.fakes.telegram_api import TelegramRemote

LONG = " ".join(f"Das ist Satz Nummer {n} einer langen Erklärung." for n in range(1, 41))


@pytest.fixture
def remotes() -> Iterator[ExitStack]:
    """Closes the remotes that a test opened."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def mastodon(remotes: ExitStack) -> MastodonRemote:
    return cast(MastodonRemote, remotes.enter_context(MastodonRemote()))


@pytest.fixture
def hooks(remotes: ExitStack) -> Hooks:
    return cast(Hooks, remotes.enter_context(Hooks()))


def public(hooks: Hooks) -> str:
    """A web hook for everybody."""
    return channel("hook", "webhook", url=f"{hooks.url}/signed", secret=HOOK_SECRET)


def ops(hooks: Hooks) -> str:
    """A web hook for the admins."""
    return channel("ops", "webhook", url=f"{hooks.url}/ops")


def notices(hooks: Hooks) -> list[dict[str, str]]:
    """What the admins were told."""
    return [taken["data"]["notice"] for taken in hooks.taken.get("/ops", ())]


def test_a_remote_that_is_down_hears_it_all_when_it_is_back(
    tmp_path: Path, mastodon: MastodonRemote, hooks: Hooks
) -> None:
    """The others are told at once and the exit code says that something waits; then all comes in order, once."""
    page = channel("page", "folder", path="page")
    gone = channel("mastodon", "mastodon", server=refused(), token=TOKEN, pin=True)
    desk = Desk(tmp_path, gone, public(hooks), page)

    told = desk.say("open", "Weg", "-m", "Kaputt.", "--wait", "0.3", code=3)
    assert states(told) == {
        ("mastodon", "post", 1): "due",
        ("mastodon", "pin", 1): "due",
        ("hook", "post", 1): "sent",
        ("page", "publish", 1): "sent",
    }
    waits = told["deliveries"][0]
    assert waits["attempts"] >= 1
    assert waits["due"] > told["incident"]["opened"]
    assert "cannot be reached" in waits["why"]
    assert desk.say("tick", code=3)["waiting"] == 2
    desk.say("update", "-m", "Mehr.", "--no-wait", code=3)

    desk.write(mastodon.toml("mastodon", pin=True), public(hooks), page)  # nobody gets the same port again
    desk.hasten("mastodon")
    ticked = desk.say("tick")

    assert {d["state"] for d in ticked["deliveries"]} == {"sent"}
    assert ticked["waiting"] == 0
    root, more = mastodon.statuses
    assert "Kaputt." in root["text"]
    assert "Mehr." in more["text"]
    assert more["in_reply_to_id"] == root["id"]
    assert mastodon.api.pinned == {root["id"]}
    assert [f["data"]["update"]["seq"] for f in hooks.taken["/signed"]] == [1, 2]


def test_refused_credentials_stop_the_channel_until_they_are_mended(
    tmp_path: Path, mastodon: MastodonRemote, hooks: Hooks
) -> None:
    """The admins hear why, the public does not; what failed is told after `retry`, in order and under its pin."""
    good = mastodon.toml("mastodon", pin=True)
    desk = Desk(tmp_path, good.replace(TOKEN, "expired-token-1234"), public(hooks), ops(hooks), admins=("ops",))

    told = desk.say("open", "Weg", "-m", "Kaputt.", "--wait", "1", code=4)
    failed = told["deliveries"][0]
    assert (failed["channel"], failed["step"], failed["state"]) == ("mastodon", "post", "failed")
    assert "401" in failed["why"]
    assert states(told)["hook", "post", 1] == "sent"
    assert ("ops", "post", 1) not in states(told)

    asked = len(mastodon.requests)
    told = desk.say("update", "-m", "Mehr.", "--wait", "0.3", code=3)
    assert states(told) == {("mastodon", "reply", 2): "due", ("hook", "post", 2): "sent"}
    assert len(mastodon.requests) == asked

    (notice,) = notices(hooks)
    id = told["incident"]["id"]
    assert "mastodon" in notice["subject"]
    assert "credentials" in notice["text"]
    assert f"notifier retry {id}" in notice["text"]
    assert "expired-token-1234" not in str(hooks.taken)
    assert [f["data"]["step"] for f in hooks.taken["/signed"]] == ["post", "post"]

    desk.write(good, public(hooks), ops(hooks), admins=("ops",))
    told = desk.say("retry", id)
    assert states(told) == dict.fromkeys(
        [("mastodon", "post", 1), ("mastodon", "pin", 1), ("mastodon", "reply", 2)], "sent"
    )
    root, more = mastodon.statuses
    assert "Kaputt." in root["text"]
    assert more["in_reply_to_id"] == root["id"]
    assert mastodon.api.pinned == {root["id"]}
    assert "Nothing of incident" in desk.run("retry", id).stdout
    assert len(mastodon.statuses) == len(hooks.taken["/signed"]) == 2


def test_an_answer_that_was_lost_leaves_the_decision_to_a_human(
    tmp_path: Path, remotes: ExitStack, hooks: Hooks
) -> None:
    """Telegram cannot be asked whether an answer arrived: the admins are; "sent" leaves it, "lost" sends it again."""
    remote = cast(TelegramRemote, remotes.enter_context(TelegramRemote()))
    desk = Desk(tmp_path, telegram(remote, "telegram"), ops(hooks), admins=("ops",))
    desk.say("open", "Weg", "-m", "Kaputt.")

    remote.fault("drop_after")
    told = desk.say("update", "-m", "Mehr.", code=4)
    assert states(told) == {("telegram", "reply", 2): "unsure", ("telegram", "edit", 2): "sent"}
    number = str(told["deliveries"][0]["id"])
    assert f"notifier settle {number} sent" in notices(hooks)[0]["text"]
    assert states(desk.say("settle", number, "sent")) == {("telegram", "reply", 2): "sent"}
    assert len(remote.api.chat.posts) == 2
    assert desk.run("settle", number, "lost").returncode == 2

    remote.fault("drop_unprocessed")
    told = desk.say("update", "-m", "Noch mehr.", code=4)
    number = str(told["deliveries"][0]["id"])
    assert len(remote.api.chat.posts) == 2
    assert states(desk.say("settle", number, "lost")) == {("telegram", "reply", 3): "sent"}

    first, *answers = remote.api.chat.posts.values()
    assert "Noch mehr." in first.text
    assert [("Mehr." in a.text, "Noch mehr." in a.text) for a in answers] == [(True, False), (False, True)]
    assert {a.reply_to for a in answers} == {first.id}
    assert len(notices(hooks)) == 2
    assert remote.api.violations == []


def test_a_long_text_becomes_a_chain_or_ends_with_the_link(tmp_path: Path, remotes: ExitStack) -> None:
    """`long = "chain"`: all of it, each part in answer to the one before; "cut": whole sentences, then the link."""
    chain, cut = (cast(MastodonRemote, remotes.enter_context(MastodonRemote())) for _ in range(2))
    desk = Desk(tmp_path, chain.toml("chain", long="chain", pin=True), cut.toml("cut", long="cut"))

    id = desk.say("open", "Weg", "-m", LONG)["incident"]["id"]
    told = desk.say("update", "-m", "Kurz.")
    assert {d["state"] for d in told["deliveries"]} == {"sent"}

    *parts, short = chain.statuses
    assert len(parts) > 3
    assert [p["in_reply_to_id"] for p in parts] == [None, *(p["id"] for p in parts[:-1])]
    assert all(length(p["text"]) <= 500 for p in parts)
    assert all(f"({n}/{len(parts)})" in p["text"] for n, p in enumerate(parts, 1))
    whole = " ".join(" ".join(p["text"] for p in parts).split())
    assert [n for n in range(1, 41) if f"Satz Nummer {n} einer" not in whole] == []
    assert short["in_reply_to_id"] == parts[-1]["id"]
    assert chain.api.pinned == {parts[0]["id"]}

    one, _ = cut.statuses
    assert length(one["text"]) <= 500
    assert one["text"].endswith(f"Erklärung.\n\n{STATUS}/incidents/{id}.html")
