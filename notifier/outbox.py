"""The life of a delivery: an answer comes in, its next state goes out.

    due -> sending -> sent
                   -> due         surely not delivered, or harmless to repeat: again later
                   -> failed      surely not delivered, and never will be
                   -> unsure      may have been delivered, and a repeat could say it twice: somebody decides
    due -> superseded             something newer says it

*Sending* is stored before the call. A row found *sending* whose node is dead, or whose call ended without an
answer, is in doubt; :func:`doubt` is the only place that decides what becomes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from notifier.channel import DeliveryError, Moved, Permanent, Receipt, Temporary
from notifier.model import Delivery, Route, State, Step
from notifier.values import value

FIRST_WAIT = 5.0
LONGEST_WAIT = 600.0
REPEATABLE = frozenset({Step.EDIT, Step.PIN, Step.UNPIN, Step.DELETE, Step.PUBLISH})


@value
class Outcome:
    """What becomes of a delivery, and of its channel.

    ``did``: the step that was really made (a reply may have become a post). ``doubted``: since when it may have
    been delivered. ``rest_until``: leave the whole channel alone till then. ``broken``: why the channel is stopped.
    ``moved``: configuration keys with new values. ``alarm``: admins must hear of it.
    """

    state: State
    why: str = ""
    due: datetime | None = None
    did: Step | None = None
    receipt: Receipt | None = None
    doubted: datetime | None = None
    rest_until: datetime | None = None
    broken: str = ""
    moved: Mapping[str, str] = {}
    alarm: bool = False


@value
class Go:
    """Make this step now."""

    step: Step


def ready(row: Delivery, has_target: bool, route: Route, now: datetime) -> Go | Outcome:
    """What to do with a row whose turn it is, given whether the message it refers to ever arrived.

    A row that carries news is told as a post when there is nothing to answer or edit; the others have lost their
    purpose. A row in doubt is weighed again: the remote may have forgotten its key meanwhile.
    """
    step = row.step
    if row.refers and not has_target:
        if not row.news:
            return Outcome(State.SUPERSEDED, why=f"there is no message to {step}")
        step = Step.POST
    if row.doubted is not None and not (row.first or _harmless(step, route, now - row.doubted)):
        return Outcome(State.UNSURE, why=row.why, doubted=row.doubted, alarm=True)
    return Go(step)


def settle(
    row: Delivery, step: Step, answer: Receipt | DeliveryError, route: Route, now: datetime, jitter: float
) -> Outcome:
    """The outcome of one attempt at ``step``. ``jitter`` is in [0, 1)."""
    if isinstance(answer, Receipt):
        return Outcome(State.SENT, receipt=answer, did=step)
    if isinstance(answer, Temporary):
        return _again(row, answer, now, jitter)
    if isinstance(answer, Permanent):
        return Outcome(State.FAILED, why=answer.why, broken=answer.why if answer.whole else "", alarm=True)
    if isinstance(answer, Moved):
        return Outcome(State.DUE, why=answer.why, due=now, moved=answer.to, doubted=row.doubted, alarm=True)
    due = now + wait(row.attempts, jitter)
    return doubt(row, step, route, since=row.doubted or now, due=due, why=answer.why)


def doubt(row: Delivery, step: Step, route: Route, *, since: datetime, due: datetime, why: str) -> Outcome:
    """What becomes of a row that may have been delivered at ``since``, if its next turn would come at ``due``.

    In this order: what is harmless twice is repeated (edits, pins, boards); so is what the remote recognises by its
    key, while it remembers it, and what can be looked up; the first post of an incident is repeated once, as
    silence is the worse fault; all else is left, marked, and told to the admins. ``route.unsure`` may say "repeat"
    (always) or "leave" (not even the first post) instead of "auto".
    """
    once = row.first and row.doubted is None and route.unsure == "auto"
    if once or _harmless(step, route, due - since):
        return Outcome(State.DUE, why=why, due=due, doubted=since)
    return Outcome(State.UNSURE, why=why, doubted=since, alarm=True)


def _harmless(step: Step, route: Route, age: timedelta) -> bool:
    """Whether a repeat cannot make a second message, or is wanted all the same."""
    if step in REPEATABLE or route.unsure == "repeat":
        return True
    return "Finds" in route.can or max(age.total_seconds(), 0.0) < route.limits.same_key


def wait(attempts: int, jitter: float) -> timedelta:
    """How long to wait after that many attempts: 5 s doubling to 10 minutes, between half of it and all of it."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 20))
    return timedelta(seconds=longest * (0.5 + jitter / 2))


def _again(row: Delivery, answer: Temporary, now: datetime, jitter: float) -> Outcome:
    delay = wait(row.attempts, jitter)
    if answer.after is not None:
        delay = max(timedelta(seconds=answer.after), timedelta(seconds=jitter))
    due = now + delay
    if row.deadline is not None and due > row.deadline:
        return overdue(row, answer.why)
    rest = due if answer.whole else None
    return Outcome(State.DUE, why=answer.why, due=due, doubted=row.doubted, rest_until=rest)


def overdue(row: Delivery, why: str = "") -> Outcome:
    """It could not be told in time; ``tell_within`` says how long that is."""
    reason = why or row.why or "it never came to its turn"
    return Outcome(State.FAILED, why=f"given up after {row.attempts} attempts: {reason}", alarm=True)
