"""Alerta: alerts as they are posted to it or forwarded by it.

https://docs.alerta.io/api/alert.html
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

NAME = "alerta"
WELL = {"ok", "normal", "cleared", "informational"}
SILENT = {"debug", "trace", "unknown", "indeterminate"}
STATUS = {
    "ack": Kind.ACKNOWLEDGED,
    "closed": Kind.RECOVERY,
    "expired": Kind.RECOVERY,
    "blackout": Kind.MAINTENANCE,
    "shelved": Kind.MAINTENANCE,
}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Problem and recovery have different events: what they correlate with is in the key."""
    body = _read.record(request)
    resource, event = body.text("resource"), body.text("event")
    kind = _kind(body)
    if not resource or not event or kind is None:
        return []
    group = "+".join(sorted({event, *body.texts("correlate")}))
    return [
        _read.signal(
            request,
            NAME,
            _read.key(body.text("environment"), resource, group),
            kind,
            component=_hosted.component(options, [body, body.record("attributes")], resource),
            severity=body.text("severity"),
            title=f"{resource} {event}",
            text=_read.paragraphs(body.text("text"), body.text("value")),
            links=_read.links(body.get("href"), body.record("attributes").get("moreInfo")),
            **_hosted.span(kind, body.time("createTime", zone="UTC")),
        )
    ]


def _kind(body: Record) -> Kind | None:
    """A forwarded alert has a status beside its severity; an alert without a severity is normal."""
    severity = body.word("severity") or "normal"
    if (said := STATUS.get(body.word("status"))) is not None:
        return said
    return None if severity in SILENT else Kind.RECOVERY if severity in WELL else Kind.PROBLEM
