"""Who is no admin learns nothing, and does nothing."""

from __future__ import annotations

from pathlib import Path

from notifier.problem import DraftState
from tests.bot.evening import evening


def test_a_stranger_in_private_hears_one_word(tmp_path: Path) -> None:
    """However much he writes, he gets one short answer, which says nothing."""
    with evening(tmp_path) as town:
        for text in ("hello", "/status", "/open x", "/drafts", "/help", "/start edit-1", "/resolve"):
            town.mallory.writes(text)
        town.quiet()

        assert [post.text for post in town.mallory.reads()] == ["This is a private bot."]
        assert town.drafts() == []


def test_a_stranger_in_the_group_hears_nothing(tmp_path: Path) -> None:
    """No answer at all: the group is not to be disturbed."""
    with evening(tmp_path) as town:
        for text in ("/status", "/open x", "/signals@status_bot"):
            town.mallory.writes(text, town.team)
        town.quiet()

        assert town.mallory.reads(town.team) == []


def test_anybody_can_ask_for_his_own_number(tmp_path: Path) -> None:
    """It is needed for the configuration; only admins are told the chat's number."""
    with evening(tmp_path) as town:
        town.mallory.writes("/id")
        town.mallory.writes("/id", town.team)
        town.anna.writes("/id", town.team)
        town.hears("-1009", chat=town.team)

        assert [post.text for post in town.mallory.reads()] == ["Your user id: 666"]
        assert [post.text for post in town.anna.reads(town.team)] == ["Deine Nutzer-ID: 7\nDieser Chat: -1009"]


def test_forwarded_and_edited_words_never_count(tmp_path: Path) -> None:
    """An admin who forwards somebody's words did not say them; nor does a bot, nor a chat, nor a late change count."""
    with evening(tmp_path) as town:
        town.anna.forwards("/resolve")
        town.anna.forwards("/status", town.team)
        town.anna.writes("/status", town.team, sender_chat=town.team.shown())
        town.anna.writes("/status", via_bot=town.anna.account | {"is_bot": True})
        town.anna.writes("/status", edit_date=1_700_000_000)
        town.anna.writes("/help@other_bot", town.team)
        town.quiet()
        town.anna.writes("/drafts")
        town.hears("Kein Entwurf wartet", chat=town.anna.chat)

        assert len(town.anna.reads()) == 1
        assert town.anna.reads(town.team) == []


def test_group_words_count_only_as_an_answer(tmp_path: Path) -> None:
    """What admins say to each other is no text for users."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        town.asks()
        town.answered(town.anna.presses("Bearbeiten", town.team))
        question = town.hears("Neuer Text", chat=town.team)
        assert question.force
        talk = town.ben.writes("Hat jemand Kaffee?", town.team)
        town.anna.writes("Ja, gleich.", town.team, talk)
        town.ben.writes("Nicht meine Frage", town.team, question)
        town.anna.writes("Wir sind dran.", town.team, question)
        second = town.hears("Englisch", chat=town.team)
        town.anna.writes("We are on it.", town.team, second)
        town.hears("We are on it.", "wartet auf dich", chat=town.team)

        assert town.states() == [DraftState.WAITING]
        assert town.drafts()[0].command.text == {"de": "Wir sind dran.", "en": "We are on it."}  # type: ignore[union-attr]
