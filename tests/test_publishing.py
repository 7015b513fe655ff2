"""From the store to the site: what was stored is what programs read, also long after."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from notifier.events import Command, Retract, Schedule, Tell
from notifier.incident import decide, evolve, fold
from notifier.model import Phase, Site, Stamp, Window
from notifier.publishing import Publisher
from notifier.store.sqlite import Sqlite
from notifier.testing.clock import Clock

SITE = Site(name="Stimmfunk", status_url="https://status.example.net", languages=("de", "en"), timezone="Europe/Berlin")


class Desk:
    """Commands into a real store under a clock, and the site that is made of it."""

    def __init__(self, folder):
        self.clock = Clock(datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
        self.path = folder / "n.db"
        self.publisher = self.fresh()

    def fresh(self):
        """A publisher as in a process that has just started."""
        return Publisher(SITE, None, self.open)

    def open(self):
        """The store."""
        return Sqlite(self.path, self.clock)

    def do(self, id, command: Command):
        """Store what comes of a command."""
        with closing(self.open()) as store, store.transaction():
            before = fold(id, store.events(id)) if store.events(id) else None
            event = decide(command, before, Stamp(self.clock()))
            store.add(evolve(before, event, id), event)

    def schedule(self, id, days, hours=2):
        """Plan work in so many days."""
        start = self.clock() + timedelta(days=days)
        self.do(id, Schedule({"de": id}, {"de": "Umbau"}, (), Window(start, start + timedelta(hours=hours))))


def states(publisher):
    """Each event of the calendar: its id -> STATUS; the same in each language."""
    files = publisher.files()
    found = [
        {str(e["UID"]).split("@")[0].removeprefix("maintenance-"): str(e["STATUS"]) for e in read.walk("VEVENT")}
        for read in (Calendar.from_ical(files[path]) for path in ("maintenance.ics", "de/maintenance.ics"))
    ]
    assert found[0] == found[1]
    return found[0]


def test_a_cancelled_maintenance_stays_in_the_calendar(tmp_path):
    """Who subscribed sees it struck out a month later still, whatever was planned, done and cancelled meanwhile."""
    desk = Desk(tmp_path)
    desk.schedule("gone", days=2)
    assert states(desk.publisher) == {"gone": "TENTATIVE"}

    desk.clock.move(timedelta(hours=1))
    desk.do("gone", Retract(whole=True))
    assert states(desk.publisher) == {"gone": "CANCELLED"}
    for day in range(30):
        for n in range(4):
            desk.schedule(f"m{day:02}{n}", days=1)
        desk.clock.move(timedelta(days=1))
        for n in range(3):
            desk.do(f"m{day:02}{n}", Tell({"de": "Fertig"}, Phase.COMPLETED))
        desk.schedule(f"ahead{day:02}", days=40)

    for publisher in (desk.publisher, desk.fresh()):
        found = states(publisher)
        assert found["gone"] == "CANCELLED"
        assert len(found) == 100
        assert {f"ahead{day:02}" for day in range(30)} <= {id for id, state in found.items() if state == "TENTATIVE"}
    assert "gone" not in desk.publisher.files()["index.html"].decode()


def test_a_maintenance_that_had_begun_is_cancelled_in_the_calendar_too(tmp_path):
    """Work that was broken off and taken back."""
    desk = Desk(tmp_path)
    desk.schedule("gone", days=1)
    desk.clock.move(timedelta(days=1))
    desk.do("gone", Tell({"de": "Es geht los"}, Phase.IN_PROGRESS))
    assert states(desk.publisher) == {"gone": "CONFIRMED"}

    desk.do("gone", Retract(whole=True))

    assert states(desk.publisher) == states(desk.fresh()) == {"gone": "CANCELLED"}
