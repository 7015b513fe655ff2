"""A whole evening, German and English. ``pytest -s`` shows what stands on the telephones."""

from __future__ import annotations

from pathlib import Path

from notifier.problem import DraftState
from tests.bot.evening import evening
from tests.fakes.telegram_people import transcript


def test_an_evening(tmp_path: Path) -> None:
    """Monitoring raises the alarm, Anna rewords it in the group, Ben is too late, and goes on till it is over."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        post = town.asks()
        town.answered(town.anna.presses("Bearbeiten", town.team))
        question = town.hears("anna: Neuer Text (Deutsch)?", chat=town.team)
        town.anna.writes("Der Sprachserver ist weg. Wir sind dran.", town.team, question)
        town.hears("Neuer Text (Englisch)?", chat=town.team)
        town.anna.writes("/skip", town.team)
        town.hears("Wir sind dran.", "wartet auf dich", chat=town.team)
        town.answered(town.anna.presses("Veröffentlichen", town.team))
        late = town.answered(town.ben.presses("Nicht unseres", town.team, post, data="discard:1:2"))
        assert late.text == "Too late: published by anna."
        town.ben.writes("/status")
        town.hears("Investigating, since", chat=town.ben.chat)
        town.ben.writes("/update It is our provider.")
        town.hears("How does it stand?", chat=town.ben.chat)
        town.answered(town.ben.presses("Cause found"))
        town.hears("What are users to read? (German)", chat=town.ben.chat)
        town.ben.writes("Es liegt am Provider.")
        town.asks(town.ben.chat, "Publish")
        town.answered(town.ben.presses("Publish"))
        town.hears("Es liegt am Provider.", chat=town.news)
        town.ben.writes("/resolve")
        town.hears("Would resolve the incident", chat=town.ben.chat)
        town.answered(town.ben.presses("Publish silently"))
        town.hears("✅", "Behoben", chat=town.news)
        town.quiet()
        for chat in (town.team, town.ben.chat, town.news):
            print(f"--- {chat.title}\n{transcript(chat)}\n")

        assert town.states() == [DraftState.PUBLISHED] * 3
        assert [draft.by for draft in town.drafts()] == ["anna", "ben", "ben"]
