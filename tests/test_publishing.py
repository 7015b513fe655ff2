"""From the store to the site: what was stored is what programs read, also long after."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from channels.folder import Config, Folder
from notifier.channel import Receipt, Temporary
from notifier.events import Command, Open, Retract, Schedule, Tell
from notifier.incident import decide, evolve, fold
from notifier.model import Delivery, Impact, Phase, Site, Stamp, Step, Window
from notifier.perform import Caller
from notifier.publishing import Publisher
from notifier.render.site import trial
from notifier.render.site.paper import Paper
from notifier.render.site.theme import Theme
from notifier.store import Claim, StoreError
from notifier.store.sqlite import Sqlite
from notifier.testing.clock import Clock

CARD = "{{ card.title.text }} by us{% if 'bad' in card.title.text %}\n{{ 1 / 0 }}{% endif %}"
SITE = Site(name="Stimmfunk", status_url="https://status.example.net", languages=("de", "en"), timezone="Europe/Berlin")


class Desk:
    """Commands into a real store under a clock, and the site that is made of it."""

    def __init__(self, folder, theme=None):
        self.theme = theme
        self.clock = Clock(datetime(2026, 11, 1, 12, 0, tzinfo=UTC))
        self.path = folder / "n.db"
        self.opened = 0
        self.publisher = self.fresh()

    def fresh(self):
        """A publisher as in a process that has just started."""
        return Publisher(SITE, self.theme, self.open)

    def open(self):
        """The store."""
        self.opened += 1
        return Sqlite(self.path, self.clock, shared=True)

    def do(self, id, command: Command):
        """Store what comes of a command."""
        with closing(self.open()) as store, store.transaction():
            before = fold(id, store.events(id)) if store.events(id) else None
            event = decide(command, before, Stamp(self.clock()))
            store.add(evolve(before, event, id), event)

    def begin(self, title):
        """Open an incident."""
        self.do(title.replace(" ", "-"), Open({"de": title}, {"de": "Text"}, (), Impact.MAJOR))

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


# Templates of the owner's that fail


@pytest.fixture
def desk(tmp_path):
    """With a card of its own, which fails for an incident that is called bad."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "card.html").write_text(CARD)
    made = Desk(tmp_path, Theme(templates=str(tmp_path / "own")))
    assert trial.fault(SITE, made.theme) == ""
    return made


def published(publisher, board):
    """What comes of publishing there, as the dispatcher does it."""
    caller = Caller(board, lambda config: board, None, (), publisher.files)
    return caller.perform(Claim(Delivery("page", "page/b", Step.PUBLISH, "k"), None), Step.PUBLISH, {})


def shown(folder):
    """Every page of a folder, path -> text."""
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*.html")}


def plain(desk):
    """Every page as a site without templates of its own has it."""
    made = Publisher(SITE, None, desk.open).files()
    return {path: made[path].decode() for path in made if path.endswith(".html")}


def test_the_news_goes_out_though_a_template_fails(desk, tmp_path, caplog):
    """In the same call, by a process that may have been started for it alone; all pages are ours, also those that did
    not change, and stay so. It is said once, in a line."""
    board = Folder(Config(str(tmp_path / "www")))
    desk.begin("first")
    assert isinstance(published(desk.publisher, board), Receipt)
    assert "first by us" in shown(tmp_path / "www")["index.html"]
    assert caplog.records == []

    desk.begin("bad one")
    told = [published(desk.publisher, board)]
    assert shown(tmp_path / "www") == plain(desk)
    desk.begin("bad two")
    told.append(published(desk.publisher, board))

    assert all(isinstance(answer, Receipt) for answer in told)
    assert shown(tmp_path / "www") == plain(desk)
    ((name, level, said),) = caplog.record_tuples
    assert (name, level) == ("notifier", logging.WARNING)
    assert said.endswith(f"{tmp_path / 'own' / 'card.html'}:2: division by zero")
    assert "\n" not in said


def test_an_edition_is_withdrawn_as_a_whole(desk):
    """Whoever else publishes it hears of it at the next content, and nobody gets a mixture; the stamps of the next one
    are others. A path that is no part of the site is no fault of a template."""
    desk.begin("bad one")
    given, other = desk.publisher.files(), desk.publisher.files()
    assert b"by us" not in given["page.js"]
    with pytest.raises(KeyError):
        given["nothing.html"]
    assert "nothing.html" not in given
    assert not given.withdrawn

    with pytest.raises(Temporary):
        given["index.html"]

    assert given.withdrawn
    assert other.withdrawn
    with pytest.raises(Temporary):
        other["page.js"]
    after = desk.publisher.files()
    assert set(after) == set(given)
    assert all(after.stamps[path] != given.stamps[path] for path in after)
    assert {path: after[path].decode() for path in after if path.endswith(".html")} == plain(desk)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("incident.html", b'{% extends "incident.html" %}'),
        ("page.css", "café".encode("latin-1")),
        ("page.js", "café".encode("latin-1")),
        ("page.html", b'{% extends "ours/page.html" %}{% block main %}{{ current[0] }}{{ super() }}{% endblock %}'),
    ],
)
def test_templates_that_are_broken_from_the_start_are_left_aside(desk, tmp_path, caplog, name, source):
    """Pages are made with ours from the first on, when something is open and when nothing is."""
    (tmp_path / "own" / name).write_bytes(source)
    board = Folder(Config(str(tmp_path / "www")))
    desk.begin("first")
    assert isinstance(published(desk.publisher, board), Receipt)
    assert shown(tmp_path / "www") == plain(desk)
    desk.do("first", Tell({"de": "Gut"}, Phase.RESOLVED))
    assert isinstance(published(desk.publisher, board), Receipt)
    assert shown(tmp_path / "www") == plain(desk)

    assert len(caplog.messages) == 1
    assert str(tmp_path / "own" / name) in caplog.text


def test_what_is_no_fault_of_a_template_leaves_them_in_place(desk, monkeypatch, caplog):
    """A store that does not answer while a content is asked for: that is tried again, with the same templates."""
    for n in range(20):
        desk.begin(f"n{n}")
        desk.do(f"n{n}", Tell({"de": "Gut"}, Phase.RESOLVED))
    desk.clock.move(timedelta(days=30))  # of what is that old ten are read for the first page
    made = desk.publisher.files()

    def away():
        raise StoreError("disk full")

    with monkeypatch.context() as now:
        now.setattr(desk.publisher, "_open", away)
        with pytest.raises(Temporary, match="disk full"):
            dict(made)

    assert not made.withdrawn
    assert b"by us" in desk.publisher.files()["index.html"]
    assert caplog.records == []


def test_without_templates_of_its_own_an_error_stays_one(tmp_path, monkeypatch):
    """Nothing is hidden there, and nothing is tried twice."""
    desk = Desk(tmp_path)
    desk.begin("first")
    made = desk.publisher.files()
    monkeypatch.setattr("notifier.render.site.paper.Paper.page", lambda *_, **__: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        made["index.html"]
    assert not hasattr(made, "withdrawn")
    assert "ZeroDivisionError" in published(desk.publisher, Folder(Config(str(tmp_path / "www")))).why


def test_who_was_slow_puts_nothing_over_what_is_newer(tmp_path):
    """Somebody read the state, and publishes it after another has read and published a newer one."""
    desk = Desk(tmp_path)
    desk.begin("first")
    slow, older = Folder(Config(str(tmp_path / "www"))), desk.publisher.files()
    desk.clock.move(1)
    desk.do("first", Tell({"de": "Gut"}, Phase.RESOLVED))

    Folder(Config(str(tmp_path / "www"))).publish(desk.fresh().files())
    kept = slow.publish(older)

    assert kept.more == {"files": 0, "bytes": 0}
    assert {p: (tmp_path / "www" / p).read_bytes() for p in older} == dict(desk.fresh().files())


def test_a_clock_that_was_put_back_makes_no_difference(tmp_path):
    """A process that has seen it all, and one that reads it now, make the same bytes under the same stamps."""
    desk = Desk(tmp_path)
    desk.begin("first")
    desk.publisher.files()
    desk.clock.move(-5_000)
    desk.do("first", Tell({"de": "Weiter"}))

    old, new = desk.publisher.files(), desk.fresh().files()
    assert old.stamps == new.stamps
    assert dict(old) == dict(new)


def test_a_logo_that_is_gone_holds_nothing_up(tmp_path, caplog):
    """The news goes out without it, and that is said once."""
    desk = Desk(tmp_path)
    desk.begin("first")
    publisher = Publisher(SITE, Theme(logo=str(tmp_path / "logo.png")), desk.open)

    assert dict(publisher.files()) == dict(desk.publisher.files())
    publisher.files()
    assert caplog.messages == [f"Pages go without the logo. {tmp_path / 'logo.png'} cannot be read."]


def test_templates_that_are_called_otherwise_are_other_ones(tmp_path):
    """A template that is renamed, or lies in a folder of its own, changes what pages are made of: all are made anew."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "crad.html").write_text("by us")
    seen = [Paper(SITE, Theme(templates=str(own))).fingerprint()]
    (own / "crad.html").rename(own / "bit.html")
    seen.append(Paper(SITE, Theme(templates=str(own))).fingerprint())
    (own / "bits").mkdir()
    (own / "bit.html").rename(own / "bits" / "bit.html")
    seen.append(Paper(SITE, Theme(templates=str(own))).fingerprint())

    assert len(set(seen)) == 3


def test_the_store_stays_open_whichever_thread_asks(tmp_path):
    """It is opened once, let go of when that is said, and opened anew after that, or after another took its place."""
    desk = Desk(tmp_path)
    desk.begin("one")
    desk.opened = 0
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(desk.publisher.files) for _ in range(20)]
    assert all("incidents/one.html" in files.result() for files in found)
    assert desk.opened == 1
    desk.publisher.close()
    desk.publisher.close()
    desk.publisher.files()
    assert desk.opened == 2

    desk.path.rename(tmp_path / "old.db")
    with pytest.raises(Temporary, match="replaced while it was in use"):
        desk.publisher.files()
    assert "incidents/one.html" not in desk.publisher.files()
    assert desk.opened == 3
