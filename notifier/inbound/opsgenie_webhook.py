"""Opsgenie, outgoing webhook: what Opsgenie says of its alerts.

https://support.atlassian.com/opsgenie/docs/integrate-opsgenie-with-webhook/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

NAME = "opsgenie_webhook"
KINDS = {
    "create": Kind.PROBLEM,
    "unacknowledge": Kind.PROBLEM,
    "acknowledge": Kind.ACKNOWLEDGED,
    "close": Kind.RECOVERY,
    "delete": Kind.RECOVERY,
}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an alert. Notes, tags and escalations say nothing."""
    body = _read.record(request)
    alert = body.record("alert")
    key = _read.key(alert.text("alias", "alertId"))
    kind = _hosted.kind(KINDS, body.word("action"))
    if not key or kind is None:
        return []
    named = [alert.text("entity"), *alert.texts("tags"), alert.text("message")]
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [alert.record("details"), alert], *named),
            severity=_priority(alert),
            started=alert.time("createdAt", zone=options.zone),
            ended=alert.time("updatedAt", zone=options.zone),
            title=alert.text("message"),
            text=alert.text("description"),
        )
    ]


def _priority(alert: Record) -> str:
    """Such as "P3", which older integrations write as 3."""
    said = alert.text("priority")
    return f"P{said}" if said.isdecimal() else said
