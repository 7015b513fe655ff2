"""What makes the notifier fail holds up nothing else; a store that was taken away is noticed."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from notifier import inbound
from notifier.beats import Beats
from notifier.events import Open
from notifier.source import Options, Request, Signal
from notifier.store import StoreGone
from notifier.store.intake import Inbound
from notifier.store.sqlite import Sqlite
from tests.intake_desk import Desk


def test_a_request_on_which_a_source_fails_holds_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault is written down with the request, the admins hear of it, and what came before and after is weighed."""
    desk = Desk(tmp_path)
    broken: Any = ModuleType("broken_source")
    broken.parse = _fails
    monkeypatch.setitem(__import__("sys").modules, "broken_source", broken)
    monkeypatch.setitem(inbound.SOURCES, "alertmanager", "broken_source")
    with desk.store.transaction():
        for body in (b"fine", b"bad", b"fine too"):
            desk.store.intake.take_in(Inbound("prometheus", "alertmanager", Request(datetime.now(UTC), body=body)))
    desk.tick()

    found = desk.store.intake.requests(10)[::-1]
    assert [one.state for one in found] == ["weighed", "bad", "weighed"]
    assert "ZeroDivisionError" in found[1].why
    assert len([text for text in desk.told() if "notifier signals replay 2" in text]) == 1


def _fails(request: Request, options: Options) -> list[Signal]:
    if request.body == b"bad":
        raise ZeroDivisionError("a fault of the source")
    return []


RULES = "".join(
    f'[rules.{name}]\ncomponent = "{name}"\nfor = "2m"\npublish_after = "10m"\ngroup = "{name}"\n'
    for name in ("voice", "forum", "network")
)


def hit(desk: Desk) -> tuple[str, ...]:
    """What the only waiting draft is about."""
    command = desk.draft.command
    assert isinstance(command, Open)
    return command.components


def _fails_on(patch: pytest.MonkeyPatch, target: str, what: str) -> None:
    """From now on a fault of ours comes in the way where ``target`` is called with anything that speaks of ``what``."""
    place, _, name = target.rpartition(".")
    real = getattr(import_module(place), name)

    def call(*args: Any, **more: Any) -> Any:
        if any(what in repr(arg) for arg in args):
            raise ZeroDivisionError("a fault of ours")
        return real(*args, **more)

    patch.setattr(target, call)


def test_a_problem_on_which_we_fail_holds_up_no_other(tmp_path: Path) -> None:
    """Two become due at once; the first is put off and told, the other becomes a draft; after a fix it does, too."""
    desk = Desk(tmp_path, RULES)
    for name in ("forum", "voice"):
        desk.down(name)
    with pytest.MonkeyPatch.context() as patch:
        _fails_on(patch, "notifier.triage.wake", "forum down")
        desk.later(minutes=2)
        assert hit(desk) == ("voice",)
        told = [text for text in desk.told() if "forum down ließ sich nicht prüfen" in text]
        assert len(told) == 1
        assert "ZeroDivisionError" in told[0]
        assert "notifier signals close prometheus forum" in told[0]
        for _ in range(5):
            desk.later(minutes=1)
        assert len([text for text in desk.told() if "forum down ließ sich nicht prüfen" in text]) == 1
    desk.later(minutes=60)
    desk.later(minutes=10)
    assert {i.components for i in desk.incidents()} == {("voice",), ("forum",)}


def test_a_draft_on_which_we_fail_holds_up_no_other(tmp_path: Path) -> None:
    """The time of two drafts is up; one cannot be published, the other is, and it still can be decided by hand."""
    desk = Desk(tmp_path, RULES)
    for name in ("forum", "voice"):
        desk.down(name)
    desk.later(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        _fails_on(patch, "notifier.incident.decide", "components=('forum',)")
        desk.later(minutes=10)
        assert desk.incident.components == ("voice",)
        assert hit(desk) == ("forum",)
        told = [text for text in desk.told() if "von selbst geschehen sollte, ging nicht" in text]
        assert len(told) == 1
        assert f"notifier approve {desk.draft.id}" in told[0]
    desk.later(minutes=2)
    assert {i.components for i in desk.incidents()} == {("voice",), ("forum",)}


def test_a_fault_in_the_telling_holds_up_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the note about what failed fails: the rest goes on."""
    desk = Desk(tmp_path, RULES)
    for name in ("forum", "voice"):
        desk.down(name)
    _fails_on(monkeypatch, "notifier.triage.wake", "forum down")
    _fails_on(monkeypatch, "notifier.plan.notices", "forum down")
    desk.later(minutes=2)

    assert hit(desk) == ("voice",)


def test_a_heartbeat_on_which_we_fail_holds_up_no_other(tmp_path: Path) -> None:
    """Two jobs are missing; one cannot be weighed, the other is a draft all the same."""
    jobs = "".join(
        f'[heartbeats.{name}]\nkey = "key-of-{name}"\nevery = "1h"\ngrace = "5m"\ncomponent = "{name}"\n'
        for name in ("forum", "voice")
    )
    desk = Desk(tmp_path, jobs)
    beats = Beats(desk.intake, lambda places: True)
    for name in ("forum", "voice"):
        job = beats.job(f"key-of-{name}")
        assert job is not None
        beats.ping(job, "success")
    with pytest.MonkeyPatch.context() as patch:
        _fails_on(patch, "notifier.heartbeat.signal", "name='forum'")
        for _ in range(66):
            desk.later(minutes=1)
            beats.tick()
        assert hit(desk) == ("voice",)
    for _ in range(10):
        desk.later(minutes=1)
        beats.tick()
    assert hit(desk) == ("voice", "forum")


@pytest.mark.parametrize("again", [False, True])
def test_nothing_is_written_to_a_file_that_nobody_will_find(tmp_path: Path, again: bool) -> None:
    """It was deleted, or another one stands in its place: an error says so, and what to do."""
    path = tmp_path / "n.db"
    store = Sqlite(path)
    path.rename(tmp_path / "away.db")
    if again:
        Sqlite(path).close()
    with pytest.raises(StoreGone, match="deleted or replaced"), store.transaction():
        store.intake.keep("a", "b")
    assert store.intake.kept("a") is None
    store.close()
