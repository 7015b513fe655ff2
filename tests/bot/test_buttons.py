"""Buttons beneath a draft in the admins' group."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier import config, registry
from notifier.events import Retract
from notifier.problem import DraftState
from notifier.wiring import build
from tests.bot.evening import Town, evening, until
from tests.fakes.telegram_api import Post
from tests.fakes.telegram_people import Person


def alarmed(town: Town) -> Post:
    """A draft waits; the group's post of it."""
    town.alarm("v1")
    return town.asks()


def test_one_press_publishes(tmp_path: Path) -> None:
    """The draft comes with buttons; one press and users read it; the buttons are gone and it says by whom."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        assert [[b["text"] for b in row] for row in post.buttons] == [
            ["Veröffentlichen"],
            ["Lautlos veröffentlichen"],
            ["Bearbeiten", "Nicht unseres", "Später"],
        ]
        press = town.answered(town.anna.presses("Veröffentlichen", town.team))

        assert (press.text, press.alert) == ("Veröffentlicht.", False)
        assert not town.hears("Sprachserver", chat=town.news).silent
        town.hears("veröffentlicht von anna", chat=town.team)
        assert post.labels() == []
        assert town.states() == [DraftState.PUBLISHED]
        assert town.drafts()[0].via == "telegram"


def test_public_posts_have_no_buttons(tmp_path: Path) -> None:
    """What users read is to be read, not pressed; and silent means without a sound."""
    with evening(tmp_path) as town:
        alarmed(town)
        press = town.answered(town.anna.presses("Lautlos veröffentlichen", town.team))
        post = town.hears("Sprachserver", chat=town.news)

        assert press.text == "Lautlos veröffentlicht."
        assert post.silent
        assert post.buttons == []


def test_what_is_refused_is_told_in_his_own_language(tmp_path: Path) -> None:
    """The incident was taken back on the command line while the draft of its update waited: Anna reads so in German,
    Ben in English, and neither reads of commands for a terminal."""
    with evening(tmp_path) as town:
        alarmed(town)
        town.answered(town.anna.presses("Veröffentlichen", town.team))
        town.alarm("f1", service="forum")
        post = until(lambda: next((p for p in town.team.posts.values() if "Entwurf 2 " in p.text and p.buttons), None))
        with town.store() as store:
            (id,) = store.open_ids()
            build(config.load(town.at, registry.kind)).service(store).handle(Retract(whole=True), which=id)
        german = town.answered(town.anna.presses("Veröffentlichen", town.team, post))
        english = town.answered(town.ben.presses("Veröffentlichen", town.team, post))

        assert german.text == f"Störung {id} wurde zurückgenommen. Verwirf diesen Entwurf, oder eröffne eine neue."
        assert english.text == f"Incident {id} was taken back. Discard this draft, or open a new incident."
        assert (german.alert, english.alert) == (True, True)


def test_not_us_ends_it(tmp_path: Path) -> None:
    """Nobody is told, and the group sees who said so."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        press = town.answered(town.ben.presses("Nicht unseres", town.team))
        town.hears("verworfen von ben", chat=town.team)

        assert press.text == "Discarded. Nobody is told."
        assert (post.labels(), town.public(), town.states()) == ([], [], [DraftState.DISCARDED])


def test_later_asks_again(tmp_path: Path) -> None:
    """It waits on, with buttons that still work."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        press = town.answered(town.anna.presses("Später", town.team))
        assert press.text is not None
        assert press.text.startswith("Ich frage um ")
        until(lambda: post.buttons[0][0]["callback_data"] == "publish:1:2")
        town.answered(town.anna.presses("Veröffentlichen", town.team))

        assert town.states() == [DraftState.PUBLISHED]


def test_two_at_once_act_once(tmp_path: Path) -> None:
    """Both press within the same second: one publishes, the other is told who was first."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        with town.api.inbox._changed:  # both lie there before anything is fetched
            first = town.anna.presses("Veröffentlichen", town.team, post)
            second = town.ben.presses("Nicht unseres", town.team, post)
        town.answered(first)
        town.answered(second)

        assert first.text == "Veröffentlicht."
        assert (second.text, second.alert) == ("Too late: published by anna.", True)
        assert town.states() == [DraftState.PUBLISHED]
        town.hears("Sprachserver", chat=town.news)
        assert len(town.public()) == 1


def test_a_button_of_an_old_version_does_nothing(tmp_path: Path) -> None:
    """Nobody publishes what he has not seen: the words have changed since that button was drawn."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        town.answered(town.anna.presses("Später", town.team))
        press = town.answered(town.ben.presses("Veröffentlichen", town.team, post, data="publish:1:1"))

        assert (press.text, press.alert) == ("It has changed. Read it again, then press again.", True)
        assert town.states() == [DraftState.WAITING]


def stranger(town: Town) -> Person:
    """Somebody who is in the group but no admin."""
    return town.mallory


def test_a_stranger_in_the_group_presses_in_vain(tmp_path: Path) -> None:
    """He hears that the bot is private, and no more."""
    with evening(tmp_path) as town:
        alarmed(town)
        press = town.answered(stranger(town).presses("Veröffentlichen", town.team))

        assert press.text == "This is a private bot."
        assert (town.states(), town.public()) == ([DraftState.WAITING], [])


@pytest.mark.parametrize(
    "data",
    [
        "publish:99:1",
        "publish:1",
        "publish:1:1:x",
        "publish:-1:1",
        "rm -rf",
        "",
        "q:1:text:",
        "q:",
        "publish:1:" + "9" * 50,
    ],
)
def test_what_no_button_says_does_nothing(tmp_path: Path, data: str) -> None:
    """A changed client can send anything; it is answered and forgotten."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        press = town.answered(town.anna.presses("Veröffentlichen", town.team, post, data=data))

        assert press.text in ("Dieser Knopf ist zu alt. /drafts zeigt, was wartet.", "Diese Frage ist erledigt.")
        assert town.states() == [DraftState.WAITING]


def test_a_button_must_be_beneath_the_bots_own_message(tmp_path: Path) -> None:
    """A press on somebody else's message, or on one that Telegram no longer shows, is no decision."""
    with evening(tmp_path) as town:
        alarmed(town)
        theirs = town.mallory.writes("press here", town.team)
        press = town.answered(town.anna.presses("x", town.team, theirs, data="publish:1:1"))
        gone = {"chat": town.team.shown(), "message_id": 1, "date": 0}
        lost = town.api.inbox.press(
            {"id": "lost", "from": town.anna.account, "chat_instance": "1", "message": gone, "data": "publish:1:1"}
        )
        town.answered(lost)

        assert press.alert
        assert lost.alert
        assert town.states() == [DraftState.WAITING]


def test_an_admin_in_a_foreign_group_presses_in_vain(tmp_path: Path) -> None:
    """Only the chats of the configuration count, whoever it is."""
    from tests.fakes.telegram_api import Chat

    with evening(tmp_path) as town:
        alarmed(town)
        town.api.chats[-5] = Chat(-5, "group", "Elsewhere", status="member")
        post = Post(1, "x", "x", 0.0)
        press = town.answered(town.anna.presses("x", town.api.chats[-5], post, data="publish:1:1"))

        assert press.text == "Dies ist ein privater Bot."
        assert town.states() == [DraftState.WAITING]


def test_an_incident_tells_of_it_already(tmp_path: Path) -> None:
    """Somebody opened an incident by hand meanwhile: the press says so, and what to do."""
    with evening(tmp_path) as town:
        post = alarmed(town)
        town.anna.writes("/open Weg")
        town.hears("betroffen", chat=town.anna.chat)
        town.answered(town.anna.presses("Sprachserver"))
        until(lambda: "☑ Sprachserver" in town.anna.reads()[-1].labels())
        town.answered(town.anna.presses("Weiter"))
        town.hears("schlimm", chat=town.anna.chat)
        town.answered(town.anna.presses("Kritisch"))
        town.hears("lesen", chat=town.anna.chat)
        town.answered(town.anna.presses("Fertiger Text"))
        town.asks(town.anna.chat)
        town.answered(town.anna.presses("Veröffentlichen"))
        press = town.answered(town.anna.presses("Veröffentlichen", town.team, post))

        assert press.text is not None
        assert "berichtet schon davon" in press.text
        assert town.states() == [DraftState.WAITING, DraftState.PUBLISHED]


def test_in_a_channel_edit_goes_on_in_private(tmp_path: Path) -> None:
    """Nobody can write in a channel: the button opens the chat with the bot, and there it asks."""
    with evening(tmp_path, kind="channel") as town:
        alarmed(town)
        press = town.answered(town.anna.presses("Bearbeiten", town.team))
        assert press.url == "https://t.me/status_bot?start=edit-1"
        town.anna.writes("/start edit-1")

        assert "meldet eine Störung" in town.hears("Neuer Text", chat=town.anna.chat).text
