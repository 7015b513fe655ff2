"""Incidents and deliveries as JSON values and as words for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from notifier.cli.shell import say
from notifier.model import Delivery, Incident, State, Step
from notifier.values import value

DONE = {
    Step.POST: "sent",
    Step.REPLY: "replied",
    Step.EDIT: "edited",
    Step.PIN: "pinned",
    Step.UNPIN: "unpinned",
    Step.DELETE: "deleted",
    Step.PUBLISH: "published",
}
MARKS = {
    State.FAILED: ("✗", "bold red"),
    State.UNSURE: ("?", "bold magenta"),
    State.SENDING: ("→", "cyan"),
    State.DUE: ("…", "yellow"),
    State.SENT: ("✓", "green"),
    State.SUPERSEDED: ("–", "dim"),
}
_WORST = list(MARKS)
_TIDYING = (Step.EDIT, Step.PIN, Step.UNPIN, Step.DELETE)


@value
class Entry:
    """A piece of a page for people: a head, what hangs beside it, and how the head looks (a style of Rich's)."""

    head: str
    text: str = ""
    look: str = ""


def page(entries: Iterable[Entry]) -> None:
    """Print them: wrapped beside their heads and in colour in a terminal, each line whole in a pipe."""
    if sys.stdout.isatty():
        from notifier.cli.table import lay

        lay(entries)
        return
    for entry in entries:
        first, *more = entry.text.split("\n")
        indent = " " * len(entry.head)
        say("\n".join(s.rstrip() for s in (entry.head + first, *(indent + m for m in more))))


def say_json(values: Any) -> None:
    """Print JSON values for programs and people alike, as they are."""
    print(json.dumps(values, ensure_ascii=False, indent=2), flush=True)


# Words


def planned(found: Incident, zone: str) -> str:
    """From when to when a maintenance is planned, in that zone: "2026-12-01 02:00 to 04:00"; "" for an incident."""
    if found.window is None:
        return ""
    from zoneinfo import ZoneInfo

    start, end = (at.astimezone(ZoneInfo(zone)) for at in (found.window.start, found.window.end))
    return f"{start:%Y-%m-%d %H:%M} to {end:{'%H:%M' if end.date() == start.date() else '%Y-%m-%d %H:%M'}}"


def line(row: Delivery, now: datetime) -> str:
    """One delivery as one line, for pipes and logs."""
    to = f"{row.to}: " if row.to else ""
    return f"{row.channel:<12} {to}{words(row, now)}".rstrip()


def words(row: Delivery, now: datetime, when: str = "") -> str:
    """What became of a delivery: done and its link, when it is tried again, or why not. ``when``: the time of it."""
    part = f" (part {row.part + 1})" if row.part else ""
    if row.state is State.SENT:
        return f"{DONE[row.step]}{part}{when} {row.url}".rstrip()
    tidying = f"{row.step}: " if row.step in _TIDYING else ""
    return tidying + _state(row, now) + part + when + _why(row)


def _state(row: Delivery, now: datetime) -> str:
    if row.state is State.DUE and row.attempts:
        seconds = int((row.due - now).total_seconds()) if row.due else 0
        return f"will retry in {span(seconds)}" if seconds > 0 else "will retry now"
    return {State.DUE: "waiting", State.SUPERSEDED: "not needed"}.get(row.state, str(row.state))


def _why(row: Delivery) -> str:
    if not row.why or row.state is State.SENDING:
        return ""
    if row.state is State.UNSURE:
        return f": {row.why.rstrip('.')}. Look there, then: notifier settle {row.id} sent (or: lost, to send it again)"
    return f": {row.why}"


def span(seconds: int) -> str:
    """A length of time: 99 s, 12 min, 5 h."""
    if seconds < 100:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{round(minutes / 60)} h"


def worst(rows: Iterable[Delivery]) -> State:
    """The state that deserves the most attention."""
    return min((row.state for row in rows), key=_WORST.index)


def gist(rows: Sequence[Delivery], now: datetime) -> str:
    """How things stand with some deliveries of one channel: what is done, then what is not, a line a reason."""
    if len(rows) == 1:
        return words(rows[0], now)
    calm = [r for r in rows if r.state is State.SENT or not r.why or r.state in (State.SENDING, State.SUPERSEDED)]
    counted = ", ".join(_counted(rows, calm, now))
    urls = [r.url for r in calm if r.url and r.state is State.SENT]
    other = sorted((r for r in rows if r not in calm), key=lambda r: (r.state, r.why))
    return "\n".join(s for s in (" ".join([counted, *urls[:1]]), *_reasons(other, now)) if s)


def _counted(rows: Sequence[Delivery], calm: Sequence[Delivery], now: datetime) -> list[str]:
    found: dict[str, int] = {}
    for row in calm:
        word = DONE[row.step] if row.state is State.SENT else _state(row, now)
        found[word] = found.get(word, 0) + 1
    many = any(row.to for row in rows)
    return [f"{n} {word}" if many or n > 1 else word for word, n in found.items()]


def _reasons(rows: Sequence[Delivery], now: datetime) -> list[str]:
    said = []
    for (state, _), same in groupby(rows, key=lambda r: (r.state, r.why)):
        first, *more = sorted(same, key=lambda r: (r.due or now, r.id))
        if state is State.UNSURE:
            said += [f"{r.to}: {words(r, now)}" if r.to else words(r, now) for r in (first, *more)]
        elif more:
            said.append(f"{1 + len(more)} {words(first, now)}")
        else:
            said.append(f"{first.to}: {words(first, now)}" if first.to else words(first, now))
    return said


def exit_code(rows: Iterable[Delivery]) -> int:
    """0: all told; 3: some still waiting; 4: some failed for good or are unsure."""
    states = {row.state for row in rows}
    if states & {State.FAILED, State.UNSURE}:
        return 4
    return 3 if any(state.waiting for state in states) else 0


def summary(rows: Sequence[Delivery], stopped: Mapping[str, str]) -> str:
    """How it ended, counted in channels, and what to do about what did not; of a stopped channel as ``stopped`` has
    it, by its name."""
    by_name = {name: worst(r for r in rows if r.channel == name) for name in dict.fromkeys(r.channel for r in rows)}
    ends, halted = list(by_name.values()), [n for n, end in by_name.items() if end.waiting and n in stopped]
    if not ends:
        return "No channel had to be told."
    told = sum(end in (State.SENT, State.SUPERSEDED) for end in ends)
    failed, unsure = ends.count(State.FAILED), ends.count(State.UNSURE)
    waiting = len(ends) - told - failed - unsure - len(halted)
    counts = [f"{told} of {len(ends)} channel{'' if len(ends) == 1 else 's'} told"]
    others = {"waiting": waiting, "stopped": len(halted), "failed": failed, "unsure": unsure}
    counts += [f"{n} {word}" for word, n in others.items() if n]
    lines = [", ".join(counts) + "."]
    id = rows[0].incident
    lines += [stopped[name] for name in halted]
    if any(r.state.waiting and r.channel not in stopped for r in rows):
        lines.append("Waiting: `notifier tick` or `run` goes on.")
    if failed:
        lines.append(f"Failed: once mended, `notifier retry {id}".rstrip() + "`.")
    return "\n".join(lines)
