"""Incidents and deliveries as JSON values and as words for the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from notifier.cli.shell import say
from notifier.model import Delivery, Incident, State

MARKS = {
    State.DUE: "waiting",
    State.SENDING: "sending",
    State.SENT: "sent",
    State.FAILED: "failed",
    State.UNSURE: "unsure",
    State.SUPERSEDED: "not needed",
}


def iso(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def incident(found: Incident) -> dict[str, Any]:
    """An incident as JSON values."""
    return {
        "id": found.id,
        "phase": found.phase,
        "impact": found.impact,
        "title": dict(found.title),
        "components": list(found.components),
        "began": iso(found.began),
        "opened": iso(found.opened),
        "resolved": iso(found.resolved),
        "retracted": found.retracted,
        "version": found.version,
        "updates": [
            {
                "seq": u.seq,
                "phase": u.phase,
                "impact": u.impact,
                "text": dict(u.text),
                "at": iso(u.at),
                "by": u.by,
                "source": u.source,
                "corrected": iso(u.corrected),
                "reopened": u.reopened,
            }
            for u in found.updates
        ],
    }


def delivery(row: Delivery) -> dict[str, Any]:
    """A delivery as JSON values."""
    return {
        "id": row.id,
        "channel": row.channel,
        "to": row.to,
        "step": row.step,
        "seq": row.seq,
        "part": row.part,
        "state": row.state,
        "attempts": row.attempts,
        "due": iso(row.due) if row.state.waiting else None,
        "done": iso(row.done),
        "url": row.url,
        "why": row.why,
    }


def say_json(values: Any) -> None:
    """Print JSON values for programs and people alike."""
    say(json.dumps(values, ensure_ascii=False, indent=2))


def line(row: Delivery, now: datetime) -> str:
    """One delivery as one line."""
    where = row.channel + (f" ({row.to})" if row.to else "")
    part = f" {row.part + 1}" if row.part else ""
    return f"{where:<20} {row.step + part:<8} {MARKS[row.state]:<10} {remark(row, now)}".rstrip()


def remark(row: Delivery, now: datetime) -> str:
    """What there is to say about it: the link, when it is tried again, why it failed."""
    if row.state is State.SENT:
        return row.url
    if row.state is State.DUE and row.attempts:
        seconds = max(0, int((row.due - now).total_seconds())) if row.due else 0
        return f"again in {_span(seconds)}: {row.why}"
    if row.state is State.UNSURE:
        return f"{row.why}. Look there, then: notifier settle {row.id} sent|lost"
    return row.why


def _span(seconds: int) -> str:
    return f"{seconds} s" if seconds < 100 else f"{round(seconds / 60)} min"


def exit_code(rows: Iterable[Delivery]) -> int:
    """0: all told; 3: some still waiting; 4: some failed for good or are unsure."""
    states = {row.state for row in rows}
    if states & {State.FAILED, State.UNSURE}:
        return 4
    return 3 if any(state.waiting for state in states) else 0


def summary(rows: Sequence[Delivery]) -> str:
    """One line on how it ended."""
    told = sum(r.state in (State.SENT, State.SUPERSEDED) for r in rows)
    waiting = sum(r.state.waiting for r in rows)
    failed = sum(r.state in (State.FAILED, State.UNSURE) for r in rows)
    parts = [f"{told} of {len(rows)} done"]
    if waiting:
        parts.append(f"{waiting} waiting (`notifier run`, or `notifier tick` from cron, goes on)")
    if failed:
        parts.append(f"{failed} failed or unsure")
    return ", ".join(parts) + "."
