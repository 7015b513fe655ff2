"""Group commit: together, but each for itself."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notifier import config, registry
from notifier.intake import Intake
from notifier.web import writer as module
from notifier.web.log import Log
from notifier.web.writer import Desk, Writer
from notifier.wiring import build
from tests.web.running import OPEN, write


def _keep(name: str) -> Callable[[Intake], str]:
    def call(intake: Intake) -> str:
        intake.store.intake.keep(name, "yes")
        if name == "bad":
            raise ValueError(name)
        return name

    return call


def _together(folder: Path, *names: str) -> tuple[list[Any], list[int], list[str | None]]:
    """Written in one go: the answers, how many were in each commit, and what is there afterwards."""
    house = build(config.load(write(folder, OPEN), registry.kind))
    sizes: list[int] = []
    gate = house.store()
    writer = Writer(lambda: house.intake(house.store()), Log(io.StringIO()), observe=lambda _, size: sizes.append(size))

    async def ask() -> list[Any]:
        with gate.transaction():
            first = writer.write(_keep("first"))
            writer.start()
            while len(writer._waiting):  # the thread has taken it and waits for its turn
                await asyncio.sleep(0.01)  # between two looks
            rest = [writer.write(_keep(name)) for name in names]
        return await asyncio.gather(first, *rest, return_exceptions=True)

    answers = asyncio.run(ask())
    writer.stop()
    kept = [gate.intake.kept(name) for name in names]
    gate.close()
    return answers[1:], sizes, kept


def test_what_waits_is_written_together(tmp_path: Path) -> None:
    """While one commit is under way others come: they share the next."""
    answers, sizes, kept = _together(tmp_path, "a", "b", "c")

    assert (answers, kept) == (["a", "b", "c"], ["yes"] * 3)
    assert sizes == [1, 3]


def test_one_that_fails_takes_nobody_along(tmp_path: Path) -> None:
    """It is told so and leaves nothing; all others are written."""
    answers, _, kept = _together(tmp_path, "a", "bad", "c")

    assert (answers[0], repr(answers[1]), answers[2]) == ("a", "ValueError('bad')", "c")
    assert kept == ["yes", None, "yes"]


def test_the_desk_answers_and_raises(tmp_path: Path) -> None:
    """A question has its answer, a fault goes to who asked, and the next one is answered."""
    house = build(config.load(write(tmp_path, OPEN), registry.kind))
    desk = Desk(lambda: house.intake(house.store()), Log(io.StringIO()))
    desk.start()

    async def ask() -> list[Any]:
        asked = [desk.ask(_keep(name)) for name in ("a", "bad", "c")]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    desk.stop()

    assert (answers[0], repr(answers[1]), answers[2]) == ("a", "ValueError('bad')", "c")
    assert desk.ill() == ""


def test_a_burst_goes_ahead_and_single_requests_hold_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who weighs waits while a lot comes in; after a single request it goes on, and a burst has an end."""
    house = build(config.load(write(tmp_path, OPEN), registry.kind))
    writer = Writer(lambda: house.intake(house.store()), Log(io.StringIO()))
    monkeypatch.setattr(module, "MOMENT", 3600.0)

    async def one_and_many() -> tuple[bool, bool]:
        await writer.write(_keep("one"))
        after_one = writer.busy
        await asyncio.gather(*(writer.write(_keep(f"n{n}")) for n in range(module.MANY)))
        return after_one, writer.busy

    writer.start()
    assert asyncio.run(one_and_many()) == (False, True)
    monkeypatch.setattr(module, "MOMENT", 0.0)
    writer.let_through(3600)
    writer.stop()

    assert not writer.busy
