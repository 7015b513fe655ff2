"""PagerDuty, webhook subscriptions (v3): what PagerDuty says of its incidents.

https://developer.pagerduty.com/docs/webhooks-overview
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "pagerduty_webhook_v3"
KINDS = {"triggered": Kind.PROBLEM, "acknowledged": Kind.ACKNOWLEDGED, "resolved": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an incident, by its state: the events are many. Notes, responders and services say nothing."""
    event = _read.record(request).record("event")
    if event.word("event_type") == "pagey.ping":
        return _hosted.test(request, NAME, "PagerDuty's test")
    data = event.record("data")
    key = _read.key(data.text("id"))
    kind = _hosted.kind(KINDS, data.word("status"))
    if data.word("type") != "incident" or not key or kind is None:
        return []
    service = data.record("service")
    at = event.time("occurred_at", zone=options.zone)
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [data, service], service.text("summary"), data.text("title")),
            severity=data.record("priority").text("summary") or data.text("urgency"),
            started=data.time("created_at", zone=options.zone)
            or (at if event.word("event_type") == "incident.triggered" else None),
            ended=at,
            title=data.text("title"),
            links=_read.links(data.get("html_url")),
        )
    ]
