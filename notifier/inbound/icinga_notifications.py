"""Icinga Notifications: its webhook channel with the default body. It takes no answer but 200.

https://icinga.com/docs/icinga-notifications/latest/doc/10-Channels/
"""

from __future__ import annotations

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

HINT = "Leave the body template of the channel at its default, {{json .}}."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: the incident's id. Raises Malformed."""
    body = _read.record(request, HINT)
    incident, event, it = body.record("incident"), body.record("event"), body.record("object")
    key, severity = _read.key(incident.text("id")), incident.word("severity")
    if not key or not severity:
        _read.malformed("The body has no incident.id, or no incident.severity.", HINT)
    tags, kind, at = it.record("tags"), _kind(event, severity), event.time("time", zone=options.zone)
    return [
        _read.signal(
            request,
            "icinga_notifications",
            key,
            kind,
            component=tags.text(*(options.labels or ("service", "host"))) or it.text("name"),
            severity=severity,
            started=at if kind is Kind.PROBLEM else None,
            ended=at if kind is Kind.RECOVERY else None,
            title=it.text("name") + f" is {severity}",
            text=event.text("message"),
            links=_read.links(it.get("url"), incident.get("url")),
        )
    ]


def _kind(event: Record, severity: str) -> Kind:
    type_ = event.word("type")
    if type_ == "acknowledgement-set":
        return Kind.ACKNOWLEDGED
    if type_.startswith("downtime"):
        return Kind.MAINTENANCE
    return Kind.RECOVERY if severity == "ok" else Kind.PROBLEM
