"""The life of a problem that monitoring reports: a signal or the clock comes in, its next state goes out.

    (nothing) -> pending -> open -> recovering -> cleared
                 pending -> cleared            it did not last: nobody needs to hear of it
                 recovering -> open            it came back
                 cleared -> pending            the same again

A repeat refreshes the time it was last seen, and never moves its start. Nothing here knows what is public:
:mod:`notifier.judge` decides what a rise or an end leads to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from notifier.model import Impact, Site
from notifier.problem import DEFAULT, Habits, Problem, Rule, Stage, Then
from notifier.source import Kind, Signal
from notifier.values import replace, value

_MINUTE = timedelta(minutes=1)


class Turn(StrEnum):
    """What a problem just did, if others must hear of it."""

    NOTHING = "nothing"
    ROSE = "rose"  # it counts from now on
    WORSE = "worse"  # its impact has grown
    BACK = "back"  # it came back before its end counted
    ENDED = "ended"  # its end counts
    SILENT = "silent"  # nothing was heard of it for too long


@value
class Weighed:
    """The problem after a signal (None: there is none), what it did, and the reason in words for the ledger."""

    problem: Problem | None
    turn: Turn
    why: str


def rule_for(rules: Iterable[Rule], hook: str, signal: Signal) -> Rule:
    """The first rule that matches; without one, what is at least a minor problem becomes a draft."""
    return next((r for r in rules if _matches(r, hook, signal)), DEFAULT)


def _matches(rule: Rule, hook: str, signal: Signal) -> bool:
    pairs = (
        (rule.hook, hook),
        (rule.source, signal.source),
        (rule.component, signal.component),
        (rule.key, signal.key),
        (rule.title, signal.title),
    )
    fits = all(not pattern or fnmatchcase(text.lower(), pattern.lower()) for pattern, text in pairs)
    return fits and (not rule.severity or signal.severity.lower() in [s.lower() for s in rule.severity])


def component_for(rule: Rule, signal: Signal, site: Site) -> str:
    """Our component that a signal is about: the rule's, else the one whose id or name is the hint; "" for none."""
    if rule.to:
        return rule.to
    hint = signal.component.casefold()
    found = (c.id for c in site.components if hint in {c.id.casefold(), *(n.casefold() for n in c.name.values())})
    return next(found, "") if hint else ""


def weigh(
    known: Problem | None,
    signal: Signal,
    rule: Rule,
    habits: Habits,
    hook: str,
    component: str,
    impact: Impact,
    now: datetime,
) -> Weighed:
    """What a signal does to the problem of its key."""
    if signal.kind is Kind.PROBLEM:
        if rule.then is Then.IGNORE:
            return Weighed(known, Turn.NOTHING, f"ignored by rule {rule.name}")
        fresh = _fresh(known, signal, rule, hook, component, impact, now)
        return _problem(known, fresh, signal, rule, now)
    if signal.kind is Kind.RECOVERY:
        return _recovery(known, rule, habits, now)
    if signal.kind is Kind.ACKNOWLEDGED and known is not None and known.stage is not Stage.CLEARED:
        return Weighed(replace(known, seen=now), Turn.NOTHING, "somebody acknowledged it in the monitoring")
    return Weighed(known, Turn.NOTHING, _IDLE[signal.kind])


_IDLE = {
    Kind.ACKNOWLEDGED: "acknowledged in the monitoring; nothing was open",
    Kind.MAINTENANCE: "the monitoring speaks of its own maintenance",
    Kind.TEST: "a test",
    Kind.UPSTREAM: "a provider's word on its own incident",
}


def wake(problem: Problem, rule: Rule, now: datetime) -> Weighed:
    """What a problem does when its time has come."""
    if problem.stage is Stage.PENDING:
        return Weighed(_open(problem, rule, now), Turn.ROSE, _lasted(problem, rule))
    if problem.stage is Stage.RECOVERING:
        return Weighed(_cleared(problem, now), Turn.ENDED, "it has stayed away")
    if problem.stage is Stage.OPEN:
        return Weighed(replace(problem, due=None), Turn.SILENT, "nothing was heard of it for too long")
    return Weighed(replace(problem, due=None), Turn.NOTHING, "it is over")


def unstable(problem: Problem, habits: Habits, now: datetime) -> bool:
    """Whether it came and went more often lately than ``flaps`` times."""
    return sum(turn > now - habits.flap_within for turn in problem.turns) > 2 * habits.flaps


def mute(problem: Problem, why: str, until: datetime) -> Problem:
    """It does not count for now; it is looked at again at ``until``."""
    return replace(problem, stage=Stage.PENDING, muted=why, due=until)


def needed(component: str, site: Site) -> list[str]:
    """Every component without which this one cannot work, nearest first."""
    found: list[str] = []
    ahead = list(site.component(component).needs) if component else []
    while ahead:
        name = ahead.pop(0)
        if name not in found and name != component:
            found.append(name)
            ahead += site.component(name).needs
    return found


def _fresh(
    known: Problem | None, signal: Signal, rule: Rule, hook: str, component: str, impact: Impact, now: datetime
) -> Problem:
    """The problem as it would begin with this signal; what it did before is not forgotten."""
    return Problem(
        hook=hook,
        key=signal.key,
        rule=rule.name,
        component=component,
        impact=impact,
        title=signal.title or signal.component or signal.key,
        stage=Stage.PENDING,
        since=min(signal.started or now, now).astimezone(UTC),
        seen=now,
        due=now + rule.hold,
        episode=signal.episode,
        group=rule.group,
        turns=known.turns if known else (),
        ended=known.ended if known else None,
        incident=known.incident if known else "",
    )


def _problem(known: Problem | None, fresh: Problem, signal: Signal, rule: Rule, now: datetime) -> Weighed:
    if known is None or known.stage is Stage.CLEARED:
        return _begun(known, fresh, signal, rule, now)
    seen = replace(known, seen=now, title=fresh.title)
    if fresh.impact.rank > known.impact.rank:
        seen = replace(seen, impact=fresh.impact)
    if known.stage is Stage.PENDING:
        why = known.muted or "it has not yet lasted long enough"
        latest = now + max(rule.hold, _MINUTE)  # due later than that is only what a clock that was ahead wrote down
        return Weighed(replace(seen, due=min(known.due or latest, latest)), Turn.NOTHING, why)
    back = _open(seen, rule, now)
    if known.stage is Stage.RECOVERING:
        return Weighed(_turned(back, now), Turn.BACK, "it came back")
    if back.impact is not known.impact:
        return Weighed(back, Turn.WORSE, "it got worse")
    return Weighed(back, Turn.NOTHING, "known already")


def _begun(known: Problem | None, fresh: Problem, signal: Signal, rule: Rule, now: datetime) -> Weighed:
    if known and known.episode and known.episode == signal.episode:
        return Weighed(known, Turn.NOTHING, "a late word on what is over")
    begun = _turned(fresh, now)
    if rule.hold:
        return Weighed(begun, Turn.NOTHING, "waits whether it lasts")
    return Weighed(_open(begun, rule, now), Turn.ROSE, "a new problem")


def _recovery(known: Problem | None, rule: Rule, habits: Habits, now: datetime) -> Weighed:
    if known is None or known.stage is Stage.CLEARED:
        return Weighed(known, Turn.NOTHING, "nothing was open")
    if known.stage is Stage.PENDING:
        return Weighed(_cleared(known, now), Turn.NOTHING, "it did not last")
    if known.stage is Stage.RECOVERING:
        return Weighed(replace(known, seen=now), Turn.NOTHING, "known already")
    hold = (
        max(rule.recovered, habits.flap_within / 2)
        if known.unstable or unstable(known, habits, now)
        else rule.recovered
    )
    if not hold:
        return Weighed(_cleared(known, now), Turn.ENDED, "it is over")
    waits = replace(known, stage=Stage.RECOVERING, seen=now, due=now + hold)
    return Weighed(waits, Turn.NOTHING, "waits whether it stays away")


def _open(problem: Problem, rule: Rule, now: datetime) -> Problem:
    return replace(problem, stage=Stage.OPEN, due=max(problem.seen, now) + rule.no_news, muted="")


def _cleared(problem: Problem, now: datetime) -> Problem:
    return replace(_turned(problem, now), stage=Stage.CLEARED, ended=now, due=None, muted="")


def _turned(problem: Problem, now: datetime) -> Problem:
    return replace(problem, turns=(*problem.turns[-19:], now))


def _lasted(problem: Problem, rule: Rule) -> str:
    return "it still stands" if problem.muted else f"it has lasted {int(rule.hold.total_seconds())} s"


def components(problems: Sequence[Problem]) -> tuple[str, ...]:
    """The components of these problems, each once, in their order."""
    return tuple(dict.fromkeys(p.component for p in problems if p.component))


def worst(problems: Sequence[Problem]) -> Impact:
    """The highest impact among them; NONE where there are none."""
    return max((p.impact for p in problems), key=lambda i: i.rank, default=Impact.NONE)
