"""Cloudflare, notifications to a webhook.

https://developers.cloudflare.com/notifications/reference/webhook-payload-schema/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "cloudflare"
KINDS = {"alert_state_event_start": Kind.PROBLEM, "alert_state_event_end": Kind.RECOVERY}
NAMED = ("health_check_name", "pool_name", "tunnel_name", "zone_name", "name")


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an alert that starts or ends. Notices without a state say nothing, but for the test's greeting."""
    body = _read.record(request)
    if set(body.data) == {"text"}:
        return _hosted.test(request, NAME, body.text("text"))
    key = _read.key(body.text("alert_correlation_id"))
    kind = _hosted.kind(KINDS, body.word("alert_event"))
    if not key or kind is None:
        return []
    data = body.record("data")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [data, body], data.text(*NAMED), body.text("name", "policy_name")),
            severity=data.text("severity"),
            title=body.text("name", "policy_name", "alert_type"),
            text=_read.paragraphs(body.text("text"), data.text("reason")),
            **_hosted.span(kind, body.time("ts", zone=options.zone)),
        )
    ]
