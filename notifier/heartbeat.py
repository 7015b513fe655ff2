"""The life of a heartbeat: a job reports, or its time runs out. The rules are those of Healthchecks.

    new -> up <-> down        new: it has never reported; until it does, its silence means nothing

A job reports success, its start, or failure. It is down when it reports failure, when nothing has come ``grace`` after
it was due, or when it has started and not ended within ``grace``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from notifier.hooks import Job
from notifier.source import Kind, Signal
from notifier.store.intake import Heartbeat
from notifier.values import replace

HOOK = "heartbeat"
SUCCESS, START, FAIL = "success", "start", "fail"


def meaning(word: str) -> str | None:
    """What the end of a ping's address says: nothing, "start", "fail", or an exit status (0 is success); None for
    anything else."""
    if word.isascii() and word.isdigit() and len(word) <= 3 and int(word) <= 255:
        return SUCCESS if int(word) == 0 else FAIL
    return {"": SUCCESS, "start": START, "fail": FAIL, "success": SUCCESS}.get(word)


def pinged(job: Job, known: Heartbeat | None, what: str, now: datetime, status: str = "") -> Heartbeat:
    """The heartbeat after a job reported."""
    beat = known or Heartbeat(job.name)
    if what == START:
        return replace(beat, started=now, due=now + job.grace)
    if what == FAIL:
        return replace(_is(beat, "down", now), started=None, due=None, status=status)
    return replace(_is(beat, "up", now), last=now, started=None, due=deadline(job, now), status=status)


def overdue(beat: Heartbeat, now: datetime) -> Heartbeat:
    """The heartbeat when its time has run out."""
    return replace(_is(beat, "down", now), due=None)


def deadline(job: Job, last: datetime) -> datetime:
    """When silence after a report at ``last`` means that something is wrong: the next time it is due, and its grace."""
    return next_run(job, last) + job.grace


def next_run(job: Job, last: datetime) -> datetime:
    """When the job is due after ``last``: by its cron expression in its zone, else ``every`` so often."""
    if not job.cron:
        return last + job.every
    from cronsim import CronSim

    found: datetime = next(CronSim(job.cron, last.astimezone(ZoneInfo(job.zone))))
    return found.astimezone(last.tzinfo)


def signal(job: Job, beat: Heartbeat, now: datetime) -> Signal:
    """What the state of a heartbeat says to triage."""
    down = beat.state == "down"
    return Signal(
        source=HOOK,
        key=job.name,
        kind=Kind.PROBLEM if down else Kind.RECOVERY,
        received=now,
        component=job.component or job.name,
        severity=job.severity if down else "",
        started=beat.last if down and not beat.status else None,
        title=f"{job.name}: {_what(beat)}" if down else f"{job.name}: it reports again",
    )


def _what(beat: Heartbeat) -> str:
    if beat.status:
        return f"it failed ({beat.status})"
    if beat.started is not None:
        return "it started and did not end"
    return "it does not report"


def _is(beat: Heartbeat, state: str, now: datetime) -> Heartbeat:
    return beat if beat.state == state else replace(beat, state=state, since=now)


LONG = timedelta(minutes=3)


def was_away(last: datetime | None, now: datetime) -> bool:
    """Whether nobody was there to hear heartbeats: nothing has looked for longer than any tick takes."""
    return last is not None and now - last > LONG
