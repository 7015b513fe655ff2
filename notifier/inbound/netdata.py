"""Netdata's agent: the variables of ``custom_sender`` in health_alarm_notify.conf.

https://learn.netdata.cloud/docs/alerts-&-notifications/notifications/agent-dispatched-notifications/custom
"""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {
    "clear": Kind.RECOVERY,
    "warning": Kind.PROBLEM,
    "critical": Kind.PROBLEM,
    "removed": Kind.MAINTENANCE,  # the alarm is no more: no news will come
}
LONGEST = 10 * 365 * 86_400  # seconds; a longer outage is a mistake
HINT = "Let custom_sender export host, alarm_id, status and the others, as docs/hooks.md shows."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for an alarm that is not known yet. Key: host and the alarm's id. Raises Malformed."""
    body = _read.record(request, HINT)
    host, alarm, status = body.text("host"), body.text("alarm_id") or body.text("name"), body.word("status")
    if not host or not alarm or not status:
        _read.malformed("There is no host, no alarm_id, or no status.", HINT)
    kind = KINDS.get(status)
    if kind is None:
        return []
    at = body.time("when", zone=options.zone)
    return [
        _read.signal(
            request,
            "netdata",
            _read.key(host, alarm),
            kind,
            component=body.text(*options.labels) or host,
            severity=body.text("status"),
            started=_began(body, at),
            ended=at if kind is Kind.RECOVERY else None,
            title=f"{host}: {body.text('alarm', 'name')}",
            text=_read.paragraphs(body.text("info"), body.text("value_string"), body.text("severity")),
            links=_read.links(body.get("goto_url")),
        )
    ]


def _began(body: Record, at: datetime | None) -> datetime | None:
    """An alarm that went from warning to critical has been raised for ``non_clear_duration`` seconds."""
    lasted = body.text("non_clear_duration")
    if at is None or not lasted.isascii() or not lasted.isdigit() or len(lasted) > 10 or int(lasted) > LONGEST:
        return at if body.word("status") != "clear" else None
    return at - timedelta(seconds=int(lasted))
