"""The calendar of maintenances: valid iCalendar, moved and cancelled events stay the same event."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from icalendar import Calendar

from notifier.model import Phase
from notifier.render.site.calendar import calendar, wanted
from notifier.values import replace
from tests.render.states import (
    ANY_SITE,
    ANY_STATE,
    EVIL,
    NOW,
    NOWHERE,
    PLANNED,
    SITE,
    STATES,
    maintenance,
    moved,
    opened,
    story,
    texts,
)

ONCE = {"UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "STATUS", "SUMMARY",
        "DESCRIPTION", "URL", "CATEGORIES", "TRANSP"}  # fmt: skip
REQUIRED = {"UID", "DTSTAMP", "SEQUENCE", "DTSTART", "STATUS", "SUMMARY"}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """Nothing, one, many, long ones, and hostile ones."""
    return request.param


def rules(content):
    """Hold a calendar against RFC 5545 and return its events as mappings of name -> raw value."""
    assert content.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut
    lines = content.decode().replace("\r\n ", "").split("\r\n")[:-1]
    assert all(re.fullmatch(r"[A-Z-]+(;[A-Z-]+=[A-Za-z0-9-]+)*:[^\x00-\x08\x0a-\x1f\x7f]*", line) for line in lines)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    assert len([line for line in lines if line.startswith("PRODID:")]) == 1
    assert {"BEGIN:VEVENT", "BEGIN:VTIMEZONE"} & set(lines), "a calendar holds something"
    events: list[dict[str, str]] = []
    event: dict[str, str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        name = name.partition(";")[0]
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            assert event is not None
            assert set(event) >= REQUIRED
            events.append(event)
            event = None
        elif event is not None:
            assert name in ONCE
            assert name not in event
            event[name] = value
    for made in events:
        for name in {"DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND"} & set(made):
            assert re.fullmatch(r"\d{8}T\d{6}Z", made[name])
        for name in ("SUMMARY", "DESCRIPTION"):
            assert re.fullmatch(r"(?:[^\\;,]|\\[\\;,n])*", made[name])
        assert made.get("DTEND", "A") > made["DTSTART"]
        assert made["STATUS"] in ("TENTATIVE", "CONFIRMED", "CANCELLED")
    assert len({e["UID"] for e in events}) == len(events)
    return events


def parsed(incidents, site=SITE, lang="de"):
    """The events as another program reads them."""
    content = calendar(site, incidents, lang)
    rules(content)
    read = Calendar.from_ical(content)
    assert read.errors == []
    events = list(read.walk("VEVENT"))
    assert [e.errors for e in events] == [[]] * len(events)
    return events


def test_calendars_are_valid(incidents):
    """In every state and language, for our own check and for another program."""
    for lang in SITE.languages:
        planned = [i for i in incidents if i.window]
        assert len(parsed(incidents, lang=lang)) == min(len(planned), 100)
    parsed(incidents, NOWHERE, "en")
    assert len(calendar(SITE, incidents, "de")) <= 200_000


@settings(max_examples=150, deadline=None)
@given(incidents=ANY_STATE, site=ANY_SITE)
def test_calendars_are_valid_whatever_was_typed(incidents, site):
    """No text begins a property or an event, and another program reads what was meant."""
    for lang in site.languages:
        assert len(parsed(incidents, site, lang)) == len([i for i in incidents if i.window])


def test_what_an_event_says():
    """Times in UTC, words in the calendar's language, and the visitor's own time stays free."""
    (event,) = parsed([maintenance("mnpq")])
    (english,) = parsed([maintenance("mnpq")], lang="en")

    assert event["UID"] == "maintenance-mnpq@status.example.org"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (NOW, NOW + timedelta(hours=1))
    assert event["DTSTART"].dt.tzinfo.utcoffset(None) == UTC.utcoffset(None)
    assert (event["SUMMARY"], event["SUMMARY"].params["LANGUAGE"]) == ("Umbau", "de")
    assert event["DESCRIPTION"] == "Geplant: Geplant."
    assert event["URL"] == "https://status.example.org/de/incidents/mnpq.html"
    assert event["CATEGORIES"].to_ical() == b"Sprachserver"
    assert event["TRANSP"] == "TRANSPARENT"
    assert english["SUMMARY"] == "Umbau (en)"
    assert english["UID"] == event["UID"]


@pytest.mark.parametrize(
    ("phases", "taken_back", "status", "sequence"),
    [
        ((), False, "TENTATIVE", 0),
        ((Phase.IN_PROGRESS,), False, "CONFIRMED", 1),
        ((Phase.IN_PROGRESS, Phase.VERIFYING), False, "CONFIRMED", 2),
        ((Phase.IN_PROGRESS, Phase.COMPLETED), False, "CONFIRMED", 2),
        ((), True, "CANCELLED", 1),
        ((Phase.IN_PROGRESS,), True, "CANCELLED", 2),
    ],
)
def test_the_state_of_an_event(phases, taken_back, status, sequence):
    """Planned is tentative, begun is sure, taken back is cancelled; each step raises the number that programs go by."""
    (event,) = parsed([maintenance("mnpq", *phases, taken_back=taken_back)])

    assert (event["STATUS"], event["SEQUENCE"]) == (status, sequence)


def test_a_moved_maintenance_is_the_same_event():
    """Other times and one number more, under the same name."""
    before = maintenance("mnpq")
    after = moved(before, NOW + timedelta(days=1), timedelta(hours=2))
    (old,), (new,) = parsed([before]), parsed([after])

    assert old["UID"] == new["UID"]
    assert (old["SEQUENCE"], new["SEQUENCE"]) == (0, 1)
    assert (new["DTSTART"].dt, new["DTEND"].dt) == (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=2))


def test_a_maintenance_that_takes_longer_ends_later():
    """The end moves when something is told after the planned one; an early end leaves it where it was."""
    late = maintenance("late", Phase.IN_PROGRESS, Phase.VERIFYING, Phase.VERIFYING, Phase.COMPLETED)
    early = maintenance("early", Phase.IN_PROGRESS, Phase.COMPLETED)

    assert {e["UID"].split("@")[0]: e["DTEND"].dt - NOW for e in parsed([late, early])} == {
        "maintenance-late": timedelta(minutes=90),
        "maintenance-early": timedelta(hours=1),
    }


@pytest.mark.parametrize("phases", [(), (Phase.COMPLETED,)])
def test_a_cancelled_maintenance_stays(phases):
    """It is still there after hundreds of others, over or still to come, though they all begin later."""
    gone = maintenance("gone", start=NOW, taken_back=True)
    others = [maintenance(f"p{n}", *phases, start=NOW + timedelta(days=n)) for n in range(1, 300)]
    kept = {i.id for i in wanted([gone, *others])}

    assert "gone" in kept
    assert len(kept) == 100


def test_what_comes_next_is_never_missing():
    """However much is over or was cancelled, and of more than the calendar holds the soonest."""
    over = [maintenance(f"p{n}", Phase.COMPLETED, start=NOW + timedelta(days=n)) for n in range(200)]
    gone = [maintenance(f"g{n}", start=NOW + timedelta(days=n), taken_back=True) for n in range(200)]
    ahead = [maintenance(f"a{n:03}", start=NOW + timedelta(hours=n)) for n in range(200)]

    assert {i.id for i in wanted([*PLANNED[:80], *over, *gone])} >= {i.id for i in PLANNED[:80]}
    assert {i.id for i in wanted([*over, *gone, *ahead]) if i.open} == {f"a{n:03}" for n in range(80)}


def test_the_same_state_gives_the_same_bytes(incidents):
    """Neither order, nor the time of day, nor incidents that are not wanted change anything."""
    made = calendar(SITE, incidents, "de")

    assert calendar(SITE, incidents[::-1], "de") == made
    assert calendar(SITE, wanted(incidents), "de") == made
    assert calendar(SITE, [*incidents, story("other", opened())], "de") == made


def test_a_correction_is_told():
    """Other words are another version of the event, changed at that time."""
    incident = maintenance("mnpq")
    update = replace(incident.updates[0], text=texts("Doch anders."), corrected=NOW)
    (event,) = parsed([replace(incident, version=2, updates=(update,))])

    assert event["DESCRIPTION"] == "Geplant: Doch anders."
    assert event["LAST-MODIFIED"].dt == event["DTSTAMP"].dt == NOW
    assert event["SEQUENCE"] == 1


def test_hostile_words_come_through_as_words():
    """Commas, semicolons, backslashes and line breaks survive; nothing of it becomes a property."""
    (event,) = parsed([maintenance("mnpq", title=EVIL)])

    assert "<script>alert(1)</script>" in event["SUMMARY"]
    assert event["SUMMARY"].endswith(":javascript:1\\;,הצילו 💩é")
    assert "\nBEGIN:VEVENT\nATTACH;X=" in event["SUMMARY"]
    assert "ATTACH" not in event
