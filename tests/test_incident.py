"""The life of an incident: what may follow what, and what an incident is after it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.events import Correct, Open, Opened, Reopen, Retract, Tell
from notifier.incident import Refused, decide, evolve, fold
from notifier.model import Impact, Incident, Phase, Stamp
from notifier.values import replace

NOW = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
WORDS = {"de": "Weg.", "en": "Gone."}


def live(*commands, at=NOW, step=timedelta(minutes=10)):
    """Events of these commands, ten minutes apart, and the incident after them."""
    incident, events = None, []
    for number, command in enumerate(commands):
        events.append(decide(command, incident, Stamp(at + number * step, "anna")))
        incident = evolve(incident, events[-1], "bcdf")
    return incident, events


def opened(**over):
    return Open(**{"title": {"de": "Sprachserver"}, "text": WORDS, "components": ("voice",), **over})


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
        ([opened(), Tell(WORDS, happened=NOW - timedelta(hours=1))], "before the incident began"),
        ([opened(), Reopen(WORDS)], "is open already"),
        ([opened(), Tell(WORDS, Phase.RESOLVED), Tell(WORDS)], "is resolved"),
        ([opened(), Tell(WORDS, Phase.RESOLVED), Reopen(WORDS, Phase.RESOLVED)], "reopened as resolved"),
        ([opened(), Correct()], "what to correct"),
        ([opened(), Correct(WORDS, of=7)], "no update 7"),
        ([opened(), Tell(WORDS), Retract(of=1)], "add --all"),
        ([opened(), Retract(whole=True), Tell(WORDS)], "taken back"),
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


texts = st.dictionaries(st.sampled_from(["de", "en"]), st.text(min_size=1, max_size=20), min_size=0, max_size=2)
phases = st.none() | st.sampled_from(list(Phase))
impacts = st.none() | st.sampled_from(list(Impact))
commands = st.one_of(
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
        if isinstance(command, Open) and incident is not None:
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
    assert isinstance(events[0], Opened)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert fold("bcdf", events) == incident
    assert incident.version == len(events)
    assert incident.updates
    assert incident.phase is incident.updates[-1].phase
    assert incident.worst.rank == max(u.impact.rank for u in incident.updates)
    assert incident.open == (not incident.retracted and incident.phase is not Phase.RESOLVED)
    assert len({u.seq for u in incident.updates}) == len(incident.updates)


def test_the_hours_in_between_when_all_was_well_do_not_count():
    """Down from 15:00 to 17:30 and from 20:00 to 23:00 is five and a half hours."""
    incident, _ = live(opened(), Tell(WORDS, Phase.RESOLVED), Reopen(WORDS), Tell(WORDS, Phase.RESOLVED))
    at = [NOW + timedelta(hours=h) for h in (0, 2.5, 5, 8)]
    incident = replace(incident, updates=tuple(replace(u, at=t) for u, t in zip(incident.updates, at, strict=True)))

    assert incident.lasted(at[1]) == timedelta(hours=2.5)
    assert incident.lasted(NOW + timedelta(hours=4)) == timedelta(hours=2.5)
    assert incident.lasted(NOW + timedelta(hours=6)) == timedelta(hours=3.5)
    assert incident.lasted(at[3]) == timedelta(hours=5.5)
