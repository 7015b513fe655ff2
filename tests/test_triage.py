"""The life of a problem: each stage, each signal, each look at the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.model import Component, Impact, Site
from notifier.problem import Habits, Problem, Rule, Stage, Then, impact_of
from notifier.source import Kind, Signal
from notifier.triage import Turn, component_for, needed, rule_for, unstable, wake, weigh

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HELD = Rule("held", hold=2 * MINUTE, recovered=3 * MINUTE)
QUICK = Rule("quick")
SITE = Site(
    components=(
        Component("voice", {"de": "Sprachserver", "en": "Voice server"}, needs=("network",)),
        Component("network", {"en": "Network"}, needs=("power",)),
        Component("power", {"en": "Power"}, needs=("voice",)),
    )
)


def signal(kind: Kind = Kind.PROBLEM, **more: object) -> Signal:
    return Signal("alertmanager", "k", kind, NOW, **more)  # type: ignore[arg-type]


def problem(stage: Stage, **more: object) -> Problem:
    values = {"since": NOW - MINUTE, "seen": NOW - MINUTE, **more}
    return Problem("hook", "k", "held", "voice", Impact.MAJOR, "voice down", stage, **values)  # type: ignore[arg-type]


def after(known: Problem | None, kind: Kind, rule: Rule = HELD, impact: Impact = Impact.MAJOR, **more: object):
    return weigh(known, signal(kind, **more), rule, Habits(), "hook", "voice", impact, NOW)


@pytest.mark.parametrize(
    ("known", "kind", "rule", "stage", "turn"),
    [
        (None, Kind.PROBLEM, HELD, Stage.PENDING, Turn.NOTHING),
        (None, Kind.PROBLEM, QUICK, Stage.OPEN, Turn.ROSE),
        (None, Kind.RECOVERY, QUICK, None, Turn.NOTHING),
        (None, Kind.TEST, QUICK, None, Turn.NOTHING),
        (None, Kind.UPSTREAM, QUICK, None, Turn.NOTHING),
        (problem(Stage.PENDING), Kind.PROBLEM, HELD, Stage.PENDING, Turn.NOTHING),
        (problem(Stage.PENDING), Kind.RECOVERY, HELD, Stage.CLEARED, Turn.NOTHING),
        (problem(Stage.OPEN), Kind.PROBLEM, HELD, Stage.OPEN, Turn.NOTHING),
        (problem(Stage.OPEN), Kind.RECOVERY, HELD, Stage.RECOVERING, Turn.NOTHING),
        (problem(Stage.OPEN), Kind.RECOVERY, QUICK, Stage.CLEARED, Turn.ENDED),
        (problem(Stage.OPEN), Kind.ACKNOWLEDGED, HELD, Stage.OPEN, Turn.NOTHING),
        (problem(Stage.OPEN), Kind.MAINTENANCE, HELD, Stage.OPEN, Turn.NOTHING),
        (problem(Stage.RECOVERING), Kind.PROBLEM, HELD, Stage.OPEN, Turn.BACK),
        (problem(Stage.RECOVERING), Kind.RECOVERY, HELD, Stage.RECOVERING, Turn.NOTHING),
        (problem(Stage.CLEARED), Kind.PROBLEM, HELD, Stage.PENDING, Turn.NOTHING),
        (problem(Stage.CLEARED), Kind.PROBLEM, QUICK, Stage.OPEN, Turn.ROSE),
        (problem(Stage.CLEARED), Kind.RECOVERY, QUICK, Stage.CLEARED, Turn.NOTHING),
    ],
)
def test_each_signal_at_each_stage(known, kind, rule, stage, turn) -> None:
    """The whole table of what a signal does."""
    weighed = after(known, kind, rule)

    assert (weighed.problem and weighed.problem.stage, weighed.turn) == (stage, turn)
    assert weighed.why


@pytest.mark.parametrize(
    ("stage", "then", "turn"),
    [
        (Stage.PENDING, Stage.OPEN, Turn.ROSE),
        (Stage.RECOVERING, Stage.CLEARED, Turn.ENDED),
        (Stage.OPEN, Stage.OPEN, Turn.SILENT),
        (Stage.CLEARED, Stage.CLEARED, Turn.NOTHING),
    ],
)
def test_each_stage_when_its_time_has_come(stage, then, turn) -> None:
    """The whole table of what the clock does."""
    woken = wake(problem(stage, due=NOW), HELD, NOW)

    assert (woken.problem.stage if woken.problem else None, woken.turn) == (then, turn)


def test_hold_times_are_those_of_the_rule() -> None:
    """`for` before it counts, `recovered_for` before it is over, `no_news` before the admins are asked."""
    pending = after(None, Kind.PROBLEM).problem
    opened = wake(problem(Stage.PENDING), HELD, NOW).problem
    recovering = after(problem(Stage.OPEN), Kind.RECOVERY).problem

    assert pending
    assert opened
    assert recovering
    assert (pending.due, recovering.due) == (NOW + 2 * MINUTE, NOW + 3 * MINUTE)
    assert opened.due == NOW + HELD.no_news


def test_a_repeat_never_moves_the_start() -> None:
    """Whatever start the source names later."""
    again = after(problem(Stage.OPEN), Kind.PROBLEM, started=NOW).problem

    assert again
    assert again.since == NOW - MINUTE


def test_a_start_in_the_future_is_now() -> None:
    """The clock of the monitoring runs ahead."""
    begun = after(None, Kind.PROBLEM, started=NOW + timedelta(hours=1)).problem

    assert begun
    assert begun.since == NOW


def test_worse_but_never_better_by_a_repeat() -> None:
    """A higher severity is news; a lower one leaves it as it is."""
    worse = after(problem(Stage.OPEN), Kind.PROBLEM, impact=Impact.CRITICAL)
    milder = after(problem(Stage.OPEN), Kind.PROBLEM, impact=Impact.MINOR)

    assert (worse.turn, worse.problem and worse.problem.impact) == (Turn.WORSE, Impact.CRITICAL)
    assert (milder.turn, milder.problem and milder.problem.impact) == (Turn.NOTHING, Impact.MAJOR)


def test_a_late_repeat_of_what_is_over_is_no_new_problem() -> None:
    """Requests can overtake each other: the same episode does not begin twice."""
    over = problem(Stage.CLEARED, episode="e1", ended=NOW - MINUTE)

    assert after(over, Kind.PROBLEM, QUICK, episode="e1").turn is Turn.NOTHING
    assert after(over, Kind.PROBLEM, QUICK, episode="e2").turn is Turn.ROSE


def test_unstable_after_more_returns_than_allowed() -> None:
    """Three times down and up is allowed, the fourth is not; old turns do not count."""
    turns = tuple(NOW - n * MINUTE for n in range(7))

    assert not unstable(problem(Stage.OPEN, turns=turns[:6]), Habits(), NOW)
    assert unstable(problem(Stage.OPEN, turns=turns), Habits(), NOW)
    assert not unstable(problem(Stage.OPEN, turns=turns), Habits(), NOW + timedelta(hours=2))


def test_the_end_of_what_is_unstable_waits_longer() -> None:
    """Half of `flap_within`, even where the rule would believe at once."""
    waits = after(problem(Stage.OPEN, unstable=True), Kind.RECOVERY, QUICK).problem

    assert waits
    assert (waits.stage, waits.due) == (Stage.RECOVERING, NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (Rule("r"), True),
        (Rule("r", hook="hook"), True),
        (Rule("r", hook="other"), False),
        (Rule("r", source="alert*"), True),
        (Rule("r", component="VOICE-?"), True),
        (Rule("r", component="forum*"), False),
        (Rule("r", severity=("Critical",)), True),
        (Rule("r", severity=("warning",)), False),
        (Rule("r", title="*dead*"), True),
        (Rule("r", key="x*"), False),
    ],
)
def test_rules_match_by_patterns(rule, matches) -> None:
    """As file names in a shell; upper and lower case are the same."""
    heard = signal(component="voice-1", severity="critical", title="It is dead")

    assert (rule_for([rule], "hook", heard).name == "r") is matches


def test_the_first_rule_that_matches_counts() -> None:
    """In the order of the configuration."""
    rules = [Rule("a", component="v*", then=Then.NOTE), Rule("b")]

    assert rule_for(rules, "hook", signal(component="voice")).name == "a"
    assert rule_for(rules, "hook", signal(component="x")).name == "b"
    assert rule_for([], "hook", signal()).name == "default"


@pytest.mark.parametrize(
    ("hint", "component"),
    [("voice", "voice"), ("Sprachserver", "voice"), ("VOICE SERVER", "voice"), ("voice1", ""), ("", "")],
)
def test_components_by_id_or_name(hint, component) -> None:
    """What the monitoring calls it may be our id or our name for it, in any language."""
    assert component_for(QUICK, signal(component=hint), SITE) == component
    assert component_for(Rule("r", to="forum"), signal(component=hint), SITE) == "forum"


def test_what_it_needs_in_turn() -> None:
    """Each once, also when they need each other."""
    assert needed("voice", SITE) == ["network", "power"]
    assert needed("", SITE) == []


@pytest.mark.parametrize(
    ("severity", "impact"),
    [
        ("critical", Impact.CRITICAL),
        ("Disaster", Impact.CRITICAL),
        ("P1", Impact.CRITICAL),
        ("DOWN", Impact.CRITICAL),
        ("high", Impact.MAJOR),
        ("error", Impact.MAJOR),
        ("Sev1", Impact.MAJOR),
        ("PARTIALOUTAGE", Impact.MAJOR),
        ("warning", Impact.MINOR),
        ("Average", Impact.MINOR),
        ("UNKNOWN", Impact.MINOR),
        ("P3", Impact.MINOR),
        ("info", Impact.NONE),
        ("notice", Impact.NONE),
        ("Not classified", Impact.NONE),
        ("", Impact.MAJOR),
        ("whatever", Impact.MAJOR),
    ],
)
def test_what_severities_mean(severity, impact) -> None:
    """Words and codes of many tools; a word that nobody knows is taken seriously."""
    assert impact_of(severity, QUICK, Habits()) is impact


def test_severities_of_the_hook_come_before_those_of_the_configuration() -> None:
    """And a rule's impact before all."""
    habits = Habits(severity={"gold": "minor", "silver": "minor"})

    assert impact_of("Gold", QUICK, habits, {"gold": "critical"}) is Impact.CRITICAL
    assert impact_of("silver", QUICK, habits, {"gold": "critical"}) is Impact.MINOR
    assert impact_of("gold", Rule("r", impact=Impact.NONE), habits) is Impact.NONE


@given(
    kinds=st.lists(st.tuples(st.sampled_from(list(Kind)), st.integers(0, 600)), max_size=30),
    rule=st.sampled_from([HELD, QUICK]),
)
def test_any_sequence_keeps_a_problem_whole(kinds, rule) -> None:
    """Times never run backwards, a cleared problem waits for nothing, and every waiting stage has a time."""
    known, now = None, NOW
    for kind, seconds in kinds:
        now += timedelta(seconds=seconds)
        while known and known.due and known.due <= now:
            known = wake(known, rule, known.due).problem
        weighed = weigh(known, signal(kind), rule, Habits(), "hook", "voice", Impact.MAJOR, now)
        known = weighed.problem
        if known:
            assert known.since <= known.seen <= now
            assert (known.due is None) or known.stage is not Stage.CLEARED
            assert known.due is not None or known.stage in (Stage.CLEARED, Stage.OPEN)
            assert len(known.turns) <= 20
