"""kill -9 of a real `notifier serve` while admins press and write: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import random
from pathlib import Path
from time import sleep

import pytest

from notifier.problem import DraftState
from tests.bot.die import POINTS
from tests.bot.evening import Process, Town, until
from tests.bot.test_talk import opened

DIE = str(Path(__file__).with_name("die.py"))
pytestmark = pytest.mark.crash


def killed(town: Town, point: str) -> Process:
    """A process that will die there."""
    return Process(town, DIE, point)


@pytest.mark.parametrize("point", POINTS)
def test_a_press_survives(tmp_path: Path, point: str) -> None:
    """Killed between receiving and acting, while acting, before and after the answer: published once, and answered."""
    with Town(tmp_path) as town:
        with killed(town, point) as first:
            until(first.well, first.said)
            town.alarm("v1")
            town.asks()
            (tmp_path / "armed").touch()
            press = town.anna.presses("Veröffentlichen", town.team)
            assert until(lambda: first.process.poll() is not None)
            assert first.process.returncode == -9, first.said()
        with Process(town) as second:
            town.answered(press)
            town.hears("Sprachserver", chat=town.news)
            town.hears("veröffentlicht von anna", chat=town.team)
            town.quiet()

            assert press.text == "Veröffentlicht."
            assert town.states() == [DraftState.PUBLISHED]
            with town.store() as store:
                assert store.version() == 1
            assert second.process.poll() is None


@pytest.mark.parametrize("point", POINTS)
def test_a_proposal_survives(tmp_path: Path, point: str) -> None:
    """A command becomes one draft; its preview comes at least once."""
    with Town(tmp_path) as town:
        with killed(town, point) as first:
            until(first.well, first.said)
            opened(town)
            (tmp_path / "armed").touch()
            town.ben.writes("/resolve")
            assert until(lambda: first.process.poll() is not None)
        with Process(town):
            town.asks(town.ben.chat, "Publish")
            town.quiet()

            assert town.states() == [DraftState.WAITING]


def at_random(town: Town, seed: int, kills: int, commands_each: int) -> None:
    """Commands and presses while the process dies again and again; each counts once. Telegram takes 20 messages a
    minute in a group: more commands than that would have to wait."""
    chance, commands = random.Random(seed), 0
    with Process(town) as first:
        until(first.well, first.said)
        opened(town)
    for _ in range(kills):
        with Process(town):
            end = chance.uniform(1.0, 3.0)
            for _ in range(commands_each):
                sleep(end / commands_each)  # the kill is to come at any moment of its work
                chance.choice((town.anna, town.ben)).writes("/resolve")
                commands += 1
    with Process(town):
        until(lambda: len(town.drafts()) >= commands)
        town.quiet()
        newest = town.drafts()[-1].id
        post = until(lambda: next((p for p in town.team.posts.values() if f"Entwurf {newest} " in p.text), None))
        presses = [who.presses("Veröffentlichen", town.team, post) for who in (town.anna, town.ben)]
        for press in presses:
            town.answered(press)
        town.quiet()  # the answer is out before it is noted that it is: killed in between, it would be said once more

    assert len(town.drafts()) == commands
    assert sorted(p.alert for p in presses) == [False, True]
    with town.store() as store:
        assert store.version() == 2
        assert store.intake.kept("bot/says") == "[]"


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Each command becomes one draft, however often the process dies."""
    with Town(tmp_path) as town:
        at_random(town, seed=1, kills=3, commands_each=4)


@pytest.mark.crash_long
@pytest.mark.parametrize("seed", range(2, 8))
def test_killed_at_many_random_moments(tmp_path: Path, seed: int) -> None:
    """The same for longer."""
    with Town(tmp_path) as town:
        at_random(town, seed, kills=12, commands_each=1)
