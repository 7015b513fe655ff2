"""Buttons beneath a draft in the admins' group."""

from __future__ import annotations

from pathlib import Path

from notifier.problem import DraftState
from tests.bot.evening import evening


def test_one_press_publishes(tmp_path: Path) -> None:
    """The draft comes with buttons; one press and users read it; the buttons are gone and it says by whom."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        post = town.asks()
        assert post.labels() == ["Veröffentlichen", "Lautlos veröffentlichen", "Bearbeiten", "Nicht unseres", "Später"]
        press = town.answered(town.anna.presses("Veröffentlichen", town.team))

        assert (press.text, press.alert) == ("Veröffentlicht.", False)
        town.hears("Sprachserver", chat=town.news)
        town.hears("veröffentlicht von anna", chat=town.team)
        assert post.labels() == []
        assert town.states() == [DraftState.PUBLISHED]
