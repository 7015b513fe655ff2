"""A new day of the site's: its pages are written anew, once, whoever notices first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier import config, registry
from notifier.clock import go_round, new_day
from notifier.events import Open, Schedule, Tell
from notifier.model import Phase, State, Window
from notifier.render.note import trouble, words
from notifier.store import Store
from notifier.testing.clock import Clock
from notifier.wiring import House, build

SITE = """
[site]
name = "Stimmfunk"
languages = ["en"]
timezone = "Europe/Berlin"
status_url = "https://status.example.net"
[store]
url = "sqlite:///{folder}/n.db"
[components.voice]
name = "Voice"
[channels.page]
kind = "folder"
path = "{folder}/page"
[channels.second]
kind = "folder"
path = "{folder}/second"
[channels.asleep]
kind = "folder"
path = "{folder}/asleep"
enabled = false
[channels.shout]
kind = "console"
"""
WORK = datetime(2027, 1, 10, 1, 0, tzinfo=UTC)


class Town:
    """A site that is published to two folders, under a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
        self.house: House = build(config.parse(SITE.format(folder=folder), registry.kind), self.clock)
        self.store: Store = self.house.store()
        self.service = self.house.service(self.store)

    def round(self) -> int:
        """A round of the clock, and everything that is due delivered; how much came of it."""
        done = go_round(self.house.intake(self.store))
        self.house.dispatcher(self.store, "tick").run_dry()
        return done

    def page(self, folder: str = "page") -> str:
        """The first page."""
        return (self.folder / folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    with closing(town.store):
        town.round()
        town.service.handle(Schedule({"en": "New disks"}, {"en": "x"}, (), Window(WORK, WORK + timedelta(hours=2))))
        town.service.handle(Open({"en": "Voice is down"}, {"en": "x"}, ("voice",)))
        town.service.handle(Tell({"en": "Back."}, Phase.RESOLVED), which=town.service.find("", closed=True))
        town.round()
        yield town


def told(town: Town) -> list[str]:
    """Titles of what banner and worker are told of."""
    data = json.loads((town.folder / "page" / "status.json").read_text(encoding="utf-8"))
    return [one["title"]["en"] for one in data["incidents"]]


def test_what_is_planned_comes_nearer_by_itself(town: Town) -> None:
    """Work that was planned long ago appears on page and banner, and its day before nobody has said anything new."""
    assert "New disks" not in town.page()
    assert told(town) == []

    town.clock.move(WORK - timedelta(days=1) - town.clock())
    assert town.round() == 2

    assert all("New disks" in town.page(name) for name in ("page", "second"))
    assert told(town) == ["New disks"]
    assert not (town.folder / "asleep").exists()


def test_a_day_is_one_of_the_site(town: Town) -> None:
    """It begins at midnight in Berlin, once: neither before nor a second time, whoever looks."""
    town.clock.move(datetime(2026, 11, 27, 22, 59, tzinfo=UTC) - town.clock())
    assert town.round() == 0
    before = town.page()

    town.clock.move(60)
    assert new_day(town.service) == 2
    with closing(town.house.store()) as other:
        assert new_day(town.house.service(other)) == 0
    assert town.round() == 0
    assert town.page() != before


def test_the_first_look_publishes_nothing(tmp_path: Path) -> None:
    """A store that is new, or lost, does not put an empty page over the one that is there."""
    town = Town(tmp_path)
    with closing(town.store):
        assert town.round() == 0
        assert not (tmp_path / "page").exists()


def test_a_place_that_cannot_be_renewed_is_told(town: Town) -> None:
    """The others are; and the admins are to hear which one is no longer true, and how to mend it."""
    (town.folder / "second").rename(town.folder / "away")
    (town.folder / "second").write_text("a file")
    before = town.page()
    town.clock.move(timedelta(days=1))
    town.round()

    row = next(r for r in town.store.touched(town.clock()) if r.channel == "second")
    assert row.state is State.FAILED
    assert words(trouble(row, row.state, town.house.site, "de"), town.house.site, "de", town.clock()) == (
        "second: Die Statusseite konnte für den neuen Tag nicht erneuert werden",
        "Wenn es behoben ist: notifier test second",
    )
    assert town.page() != before
