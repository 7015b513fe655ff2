"""openstatus, webhook notification of a monitor.

https://docs.openstatus.dev/reference/notification/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "openstatus"
KINDS = {"error": Kind.PROBLEM, "degraded": Kind.PROBLEM, "recovered": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal a change of a monitor."""
    body = _read.record(request)
    monitor = body.record("monitor")
    key = _read.key(monitor.text("id"))
    kind = _hosted.kind(KINDS, body.word("status"))
    if not key or kind is None:
        return []
    name, code = monitor.text("name", "url"), body.text("statusCode")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [monitor], name),
            severity=body.text("status"),
            title=f"{name} {body.text('status')}",
            text=body.text("errorMessage") or (f"HTTP status {code}" if code else ""),
            links=_read.links(monitor.get("url")),
            **_hosted.span(kind, body.time("cronTimestamp", zone=options.zone)),
        )
    ]
