"""Pingdom, webhook integration.

https://www.pingdom.com/resources/webhooks/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "pingdom"
KINDS = {"down": Kind.PROBLEM, "failing": Kind.PROBLEM, "up": Kind.RECOVERY, "success": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. A time without a zone is UTC, whatever is configured: it is called state_changed_utc_time."""
    body = _read.record(request)
    key = _read.key(body.text("check_id"))
    kind = _hosted.kind(KINDS, body.word("current_state"))
    if not key or kind is None:
        return []
    name = body.text("check_name")
    at = body.time("state_changed_timestamp", "state_changed_utc_time", zone="UTC")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [body, body.record("check_params")], name),
            severity=body.text("importance_level"),
            title=f"{name} {body.text('current_state')}",
            text=_read.paragraphs(body.text("description"), body.text("long_description")),
            links=_read.links(body.record("check_params").get("full_url")),
            **_hosted.span(kind, at),
        )
    ]
