"""The life of an incident: what may follow what, and what an incident is after it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.events import Correct, Open, Opened, Reopen, Reschedule, Retract, Schedule, Scheduled, Tell
from notifier.incident import Refused, decide, evolve, fold
from notifier.model import Impact, Incident, Phase, Stamp, Window
from notifier.values import replace

NOW = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
WORDS = {"de": "Weg.", "en": "Gone."}
NIGHT = Window(NOW + timedelta(hours=12), NOW + timedelta(hours=14))
LATER = Window(NOW + timedelta(hours=36), NOW + timedelta(hours=38))
BEGIN, DONE = Tell(WORDS, Phase.IN_PROGRESS), Tell(WORDS, Phase.RESOLVED)


def live(*commands, at=NOW, step=timedelta(minutes=10)):
    """Events of these commands, ten minutes apart, and the incident after them."""
    incident, events = None, []
    for number, command in enumerate(commands):
        events.append(decide(command, incident, Stamp(at + number * step, "anna")))
        incident = evolve(incident, events[-1], "bcdf")
    return incident, events


def opened(**over):
    return Open(**{"title": {"de": "Sprachserver"}, "text": WORDS, "components": ("voice",), **over})


def planned(**over):
    return Schedule(**{"title": {"de": "Wartung"}, "text": WORDS, "components": ("voice",), "window": NIGHT, **over})


def test_the_evening_of_2011_is_one_incident():
    """Down at 15:00, back at 17:30, dead again at 20:00, back at 23:00: one incident, reopened once."""
    incident, events = live(
        opened(impact=Impact.CRITICAL),
        Tell(WORDS, Phase.IDENTIFIED),
        Tell(WORDS, Phase.RESOLVED),
        Reopen(WORDS),
        Tell(WORDS, Phase.RESOLVED),
    )

    assert [u.phase for u in incident.updates] == [
        "investigating",
        "identified",
        "resolved",
        "investigating",
        "resolved",
    ]
    assert [u.reopened for u in incident.updates] == [False, False, False, True, False]
    assert incident.impact is Impact.CRITICAL
    assert incident.resolved == events[-1].stamp.at
    assert not incident.open


def test_reopening_takes_the_impact_from_before_it_was_resolved():
    """An incident that was resolved with another impact comes back as bad as it was."""
    incident, _ = live(opened(impact=Impact.CRITICAL), Tell(WORDS, Phase.RESOLVED, Impact.NONE), Reopen(WORDS))

    assert incident.impact is Impact.CRITICAL
    assert incident.worst is Impact.CRITICAL


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        ([Tell(WORDS)], "no such incident"),
        ([opened(phase=Phase.RESOLVED)], "cannot be opened as resolved"),
        ([opened(title={})], "title is missing"),
        ([opened(text={"de": "  "})], "text in de is empty"),
        ([opened(text={"de": "x" * 20_001})], "20000 is the most"),
        ([opened(began=NOW + timedelta(hours=1))], "lies ahead"),
        ([opened(began=NOW.replace(year=211))], "0211-11-21 14:00 UTC is before 1990. Is the year right?"),
        ([planned(window=Window(NOW.replace(year=1), NIGHT.end))], "Is the year right?"),
        ([opened(), Tell(WORDS, happened=NOW - timedelta(hours=1))], "before the incident began"),
        ([opened(), Reopen(WORDS)], "is open already"),
        ([opened(), Tell(WORDS, Phase.RESOLVED), Tell(WORDS)], "is resolved"),
        ([opened(), Tell(WORDS, Phase.RESOLVED), Reopen(WORDS, Phase.RESOLVED)], "reopened as resolved"),
        ([opened(), Correct()], "what to correct"),
        ([opened(), Correct(WORDS, of=7)], "no update 7"),
        ([opened(), Tell(WORDS), Retract(of=1)], "add --all"),
        ([opened(), Retract(whole=True), Tell(WORDS)], "taken back"),
        ([opened(phase=Phase.SCHEDULED)], "notifier schedule"),
        ([opened(), Tell(WORDS, Phase.IN_PROGRESS)], "An incident cannot be in_progress"),
        ([opened(), Reschedule(NIGHT, WORDS)], "was not planned"),
        ([planned(window=Window(NIGHT.end, NIGHT.start))], "ends after it begins"),
        ([planned(window=Window(NIGHT.start, NIGHT.start))], "ends after it begins"),
        ([planned(window=Window(NOW - timedelta(hours=2), NOW))], "has passed"),
        ([planned(window=Window(NIGHT.start, NOW + timedelta(days=367)))], "more than a year"),
        ([planned(title={})], "title is missing"),
        ([planned(), Tell(WORDS, Phase.MONITORING)], "A maintenance cannot be monitoring"),
        ([planned(), Tell(WORDS, impact=Impact.MAJOR)], "is an incident"),
        ([planned(), Tell(WORDS, Phase.COMPLETED)], "still to begin.*--all"),
        ([planned(), Tell(WORDS, Phase.RESOLVED)], "still to begin.*--all"),
        ([planned(), Tell(WORDS, happened=NOW - timedelta(minutes=1))], "before the maintenance was planned"),
        ([planned(), Reschedule(NIGHT, WORDS)], "for that time already"),
        ([planned(), Reopen(WORDS)], "is open already"),
        ([planned(), BEGIN, DONE, Tell(WORDS)], "is completed.*notifier open.*notifier schedule"),
        ([planned(), BEGIN, DONE, Reopen(WORDS)], "is completed.*notifier open.*notifier schedule"),
        ([planned(), BEGIN, DONE, Reschedule(LATER, WORDS)], "is completed"),
        ([planned(), Retract(whole=True), Tell(WORDS)], "was cancelled"),
        ([Reschedule(NIGHT, WORDS)], "no such incident"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(commands, says):
    """A refusal says why, and nothing happens."""
    with pytest.raises(Refused, match=says):
        live(*commands)


def test_a_correction_changes_words_and_nothing_else():
    """The corrected update keeps its number, phase and time, and says when it was corrected."""
    incident, events = live(opened(), Tell(WORDS, Phase.IDENTIFIED), Correct({"en": "Mended."}, of=1))

    first = incident.updates[0]
    assert first.text == {"en": "Mended."}
    assert (first.seq, first.phase, first.at) == (1, Phase.INVESTIGATING, NOW)
    assert first.corrected == events[-1].stamp.at
    assert incident.phase is Phase.IDENTIFIED


def test_a_retracted_resolve_leaves_the_incident_open():
    """Taking back "resolved" brings back the state before it."""
    incident, _ = live(opened(), Tell(WORDS, Phase.MONITORING), Tell(WORDS, Phase.RESOLVED), Retract())

    assert incident.open
    assert incident.phase is Phase.MONITORING


def test_retracting_the_only_update_retracts_the_incident():
    """A false alarm: nothing of it counts any more."""
    incident, events = live(opened(), Retract())

    assert incident.retracted
    assert not incident.open
    assert events[-1].of == 0


def test_it_began_earlier_than_it_was_told():
    """--at is when it began; when users were told is another time."""
    incident, _ = live(opened(began=NOW - timedelta(minutes=20)))

    assert incident.began == NOW - timedelta(minutes=20)
    assert incident.opened == NOW


def test_a_maintenance_from_plan_to_end():
    """Planned, begun, checked, over: without impact; it began when it was said to, not when it was planned to."""
    incident, events = live(planned(), BEGIN, Tell(WORDS, Phase.VERIFYING), DONE)

    assert [u.phase for u in incident.updates] == ["scheduled", "in_progress", "verifying", "completed"]
    assert (incident.impact, incident.worst, incident.window) == (Impact.NONE, Impact.NONE, NIGHT)
    assert (incident.opened, incident.began) == (NOW, events[1].stamp.at)
    assert incident.resolved == events[-1].stamp.at
    assert not incident.open
    assert incident.lasted(NOW + timedelta(days=1)) == timedelta(minutes=20)


def test_a_maintenance_that_is_only_planned_is_to_begin_as_planned():
    """It is open, as users wait for its end, but not going on; nothing of it has lasted yet."""
    incident, _ = live(planned(), Tell(WORDS))

    assert (incident.open, incident.current, incident.maintenance) == (True, False, True)
    assert incident.began == NIGHT.start
    assert incident.lasted(NOW + timedelta(hours=1)) == timedelta(0)


def test_an_incident_is_no_maintenance():
    """It has no window, and is going on as soon as it is opened."""
    incident, _ = live(opened())

    assert (incident.window, incident.maintenance, incident.current) == (None, False, True)


def test_a_moved_maintenance_has_the_new_window_until_that_is_taken_back():
    """The newest window counts; each update that set one keeps it."""
    incident, _ = live(planned(), Reschedule(LATER, WORDS))
    back, _ = live(planned(), Reschedule(LATER, WORDS), Retract())

    assert (incident.window, incident.began) == (LATER, LATER.start)
    assert [u.window for u in incident.updates] == [NIGHT, LATER]
    assert (back.window, back.began) == (NIGHT, NIGHT.start)


@pytest.mark.parametrize(
    ("window", "phase"),
    [
        (Window(NIGHT.start, LATER.end), Phase.IN_PROGRESS),
        (Window(NOW, LATER.end), Phase.IN_PROGRESS),
        (LATER, Phase.SCHEDULED),
    ],
)
def test_a_maintenance_under_way_takes_longer_or_is_put_off(window, phase):
    """Another end leaves it in progress; a beginning that is put off means that it begins anew."""
    incident, events = live(planned(), BEGIN, Reschedule(window, WORDS))

    assert incident.phase is phase
    assert incident.began == (window.start if phase is Phase.SCHEDULED else events[1].stamp.at)


def test_a_maintenance_completed_without_a_word_in_between_took_place_as_planned():
    """Whoever forgot to say that it began can still end it once its time has come."""
    incident, _ = live(planned(), Tell(WORDS), DONE, step=timedelta(hours=6, minutes=30))

    assert (incident.phase, incident.began) == (Phase.COMPLETED, NIGHT.start)
    assert incident.lasted(NIGHT.end) == timedelta(hours=1)


def test_completed_too_early_is_taken_back():
    """Taking back "completed" brings back the state before it."""
    incident, _ = live(planned(), BEGIN, DONE, Retract())

    assert (incident.phase, incident.open, incident.resolved) == (Phase.IN_PROGRESS, True, None)


def test_it_began_earlier_than_it_is_said_to():
    """--at with in_progress is the real beginning, also before the window."""
    incident, _ = live(planned(), Tell(WORDS, Phase.IN_PROGRESS, happened=NOW + timedelta(minutes=3)))

    assert incident.began == NOW + timedelta(minutes=3)


texts = st.dictionaries(st.sampled_from(["de", "en"]), st.text(min_size=1, max_size=20), min_size=0, max_size=2)
phases = st.none() | st.sampled_from(list(Phase))
impacts = st.none() | st.sampled_from(list(Impact))
hours = st.integers(-3, 30).map(lambda n: NOW + timedelta(minutes=20 * n))
windows = st.builds(Window, hours, hours)
commands = st.one_of(
    st.builds(Schedule, texts, texts, st.just(()), windows),
    st.builds(Reschedule, windows, texts),
    st.builds(Open, texts, texts, impact=st.sampled_from(list(Impact)), phase=st.sampled_from(list(Phase))),
    st.builds(Tell, texts, phases, impacts),
    st.builds(Reopen, texts, st.sampled_from(list(Phase)), impacts),
    st.builds(Correct, st.none() | texts, st.none() | texts, st.none() | st.integers(0, 9)),
    st.builds(Retract, st.none() | st.integers(0, 9), st.booleans()),
)


@given(st.lists(commands, max_size=20))
def test_any_sequence_of_commands_keeps_an_incident_whole(sequence):
    """Whatever is tried: refused, or one event more; numbers grow by one; a fold gives the same incident."""
    incident: Incident | None = None
    events = []
    for number, command in enumerate(sequence):
        if isinstance(command, Open | Schedule) and incident is not None:
            continue
        try:
            event = decide(command, incident, Stamp(NOW + timedelta(minutes=number)))
        except Refused:
            continue
        incident = evolve(incident, event, "bcdf")
        events.append(event)

    if incident is None:
        assert not events
        return
    assert isinstance(events[0], Opened | Scheduled)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert fold("bcdf", events) == incident
    assert incident.version == len(events)
    assert incident.updates
    assert incident.phase is incident.updates[-1].phase
    assert incident.worst.rank == max(u.impact.rank for u in incident.updates)
    assert incident.open == (not incident.retracted and incident.phase not in ("resolved", "completed"))
    assert (incident.resolved is None) == (incident.phase not in ("resolved", "completed"))
    assert len({u.seq for u in incident.updates}) == len(incident.updates)
    assert all(u.phase.planned == incident.maintenance for u in incident.updates)
    assert incident.lasted(NOW + timedelta(days=1)) >= timedelta(0)
    check_maintenance(incident, events)


def check_maintenance(incident, events):
    """It has the window that was told last and not taken back, and no impact; an incident has no window at all."""
    assert incident.maintenance == isinstance(events[0], Scheduled)
    if incident.window is None:
        assert not any(u.window for u in incident.updates)
        return
    assert incident.window.start < incident.window.end
    assert incident.window == [u.window for u in incident.updates if u.window][-1]
    assert incident.worst is Impact.NONE
    assert incident.phase is not Phase.SCHEDULED or incident.began == incident.window.start


def test_the_hours_in_between_when_all_was_well_do_not_count():
    """Down from 15:00 to 17:30 and from 20:00 to 23:00 is five and a half hours."""
    incident, _ = live(opened(), Tell(WORDS, Phase.RESOLVED), Reopen(WORDS), Tell(WORDS, Phase.RESOLVED))
    at = [NOW + timedelta(hours=h) for h in (0, 2.5, 5, 8)]
    incident = replace(incident, updates=tuple(replace(u, at=t) for u, t in zip(incident.updates, at, strict=True)))

    assert incident.lasted(at[1]) == timedelta(hours=2.5)
    assert incident.lasted(NOW + timedelta(hours=4)) == timedelta(hours=2.5)
    assert incident.lasted(NOW + timedelta(hours=6)) == timedelta(hours=3.5)
    assert incident.lasted(at[3]) == timedelta(hours=5.5)
