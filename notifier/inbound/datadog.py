"""Datadog, webhooks integration. The body is a template of the user's; docs/hooks.md has one.

https://docs.datadoghq.com/integrations/webhooks/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read, _words
from notifier.source import Kind, Options, Request, Signal

NAME = "datadog"
HINT = 'Use the template of docs/hooks.md: "alert_id": "$ALERT_ID", "alert_transition": "$ALERT_TRANSITION", and so on.'
KINDS = {
    "triggered": Kind.PROBLEM,
    "re-triggered": Kind.PROBLEM,
    "warn": Kind.PROBLEM,
    "re-warn": Kind.PROBLEM,
    "no data": Kind.PROBLEM,
    "re-no data": Kind.PROBLEM,
    "renotify": Kind.PROBLEM,
    "recovered": Kind.RECOVERY,
    "warn recovered": Kind.RECOVERY,
    "no data recovered": Kind.RECOVERY,
    "error": Kind.PROBLEM,
    "warning": Kind.PROBLEM,
    "success": Kind.RECOVERY,
}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal: the monitor and the group of it that has changed are the key."""
    body = _read.record(request, HINT)
    monitor, scope = body.text("alert_id", "aggreg_key"), body.text("alert_scope")
    said = body.word("alert_transition"), body.word("alert_type")
    if not monitor or not any(said):
        _read.malformed("There is no alert_id, or no alert_transition.", HINT)
    kind = _hosted.kind(KINDS, *said) or _words.kind(said[0], options)
    if kind is None:
        return []
    known = _hosted.tags(f"{scope},{body.text('tags')}")
    return [
        _read.signal(
            request,
            NAME,
            _read.key(monitor, scope),
            kind,
            component=_hosted.component(options, [known, body], known.text("service", "host"), scope),
            severity=body.text("alert_priority") or _WORDS.get(said[0], body.text("alert_type")),
            title=body.text("title", "event_title", "alert_title"),
            text=body.text("body", "event_msg", "alert_status").replace("%%%", "").strip(),
            links=_read.links(body.get("link")),
            episode=body.text("alert_cycle_key"),
            **_hosted.span(kind, body.time("last_updated", "date", zone=options.zone)),
        )
    ]


_WORDS = {"warn": "warning", "re-warn": "warning", "triggered": "error", "re-triggered": "error"}
