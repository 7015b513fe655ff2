"""What makes the notifier fail holds up nothing else; a store that was taken away is noticed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from notifier import inbound
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
