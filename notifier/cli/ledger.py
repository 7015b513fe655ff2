"""The ledger of signals: what was said, what came of it, what could not be read."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import typer

from notifier.cli import report
from notifier.cli.draft import Desk, desk
from notifier.cli.report import Entry, iso
from notifier.cli.shell import say
from notifier.cli.signals import as_values
from notifier.incident import Refused
from notifier.problem import Problem, Stage
from notifier.source import Kind, Signal
from notifier.store.intake import BAD, Heard, Inbound

_LOOKS = {Kind.PROBLEM: "bold red", Kind.RECOVERY: "green"}
_SHOWN = 300


def show(ctx: typer.Context, hook: str, bad: bool, most: int, as_json: bool) -> int:
    """The newest signals, or the requests that could not be read."""
    at_desk = desk(ctx)
    kept = at_desk.store.intake
    if bad:
        requests = kept.requests(most, BAD, hook)
        if as_json:
            report.say_json([_request(r) for r in requests])
        else:
            report.page([_unread(at_desk, r) for r in requests] or [Entry("Every request could be read.")])
        return 0
    heard = kept.heard(most, hook)
    if as_json:
        report.say_json([heard_values(h) for h in heard])
        return 0
    entries = [_heard(at_desk, h) for h in heard] or [Entry("Monitoring has said nothing yet.")]
    unread = len(kept.requests(100, BAD))
    if unread:
        many = "1 request" if unread == 1 else f"{unread if unread < 100 else 'Over 99'} requests"
        entries.append(Entry(f"{many} could not be read: notifier signals --bad"))
    report.page(entries)
    return 0


def replay(ctx: typer.Context, request: int, as_json: bool) -> int:
    """Weigh it again; what came of each signal."""
    at_desk = desk(ctx)
    verdicts = at_desk.house.intake(at_desk.store).replay(request)
    if as_json:
        report.say_json({"request": request, "verdicts": verdicts})
    else:
        say("\n".join(verdicts) or "It said nothing about a problem.")
    return 0


def close(ctx: typer.Context, hook: str, key: str) -> int:
    """As if its recovery had come."""
    at_desk = desk(ctx)
    known = at_desk.store.intake.problem(hook, key)
    if known is None or known.stage is Stage.CLEARED:
        raise Refused(f"{hook} has no open problem {key}. `notifier signals` shows what was said.")
    intake = at_desk.house.intake(at_desk.store)
    signal = Signal("hand", key, Kind.RECOVERY, at_desk.store.now(), component=known.component, title=known.title)
    say(intake.hear(hook, [signal])[0])
    return 0


def heard_values(heard: Heard) -> dict[str, Any]:
    """A signal and what came of it, as JSON values."""
    values = as_values(heard.signal) | {"received_at": iso(heard.signal.received)}
    return {"id": heard.id, "request": heard.request, "hook": heard.hook, "verdict": heard.verdict, **values}


def problem_values(problem: Problem) -> dict[str, Any]:
    """A problem as JSON values."""
    names = ("hook", "key", "component", "impact", "title", "stage", "incident", "draft", "muted", "unstable", "rule")
    times = {name: iso(getattr(problem, name)) for name in ("since", "seen", "due", "ended")}
    return {name: getattr(problem, name) for name in names} | times


def _request(one: Inbound) -> dict[str, Any]:
    body = one.request.body[:_SHOWN].decode("utf-8", "replace")
    values = {"id": one.id, "hook": one.hook, "source": one.source, "state": one.state, "why": one.why}
    return values | {"received_at": iso(one.request.received), "body": body}


def _heard(at_desk: Desk, heard: Heard) -> Entry:
    zone = ZoneInfo(at_desk.house.site.timezone)
    signal = heard.signal
    head = f"{signal.received.astimezone(zone):%d.%m. %H:%M:%S}  {signal.kind:<9}  "
    text = f"{heard.hook}: {signal.title or signal.key}\n→ {heard.verdict}   [{signal.key}]"
    return Entry(head, text, _LOOKS.get(signal.kind, ""))


def _unread(at_desk: Desk, one: Inbound) -> Entry:
    zone = ZoneInfo(at_desk.house.site.timezone)
    shown = " ".join(one.request.body[:_SHOWN].decode("utf-8", "replace").split())
    head = f"{one.id}  {one.request.received.astimezone(zone):%d.%m. %H:%M:%S}  "
    return Entry(head, f"{one.hook}: {one.why}\n{shown}\nAfter a fix: notifier signals replay {one.id}", "bold yellow")
