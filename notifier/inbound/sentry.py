"""Sentry, metric alerts of an internal integration. Issues and errors are faults of an application: they say nothing.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/metric-alerts/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "sentry"
KINDS = {"critical": Kind.PROBLEM, "warning": Kind.PROBLEM, "resolved": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal a metric alert."""
    body = _read.record(request)
    data = body.record("data")
    alert = data.record("metric_alert")
    key = _read.key(alert.text("id"))
    kind = _hosted.kind(KINDS, body.word("action"))
    if not key or kind is None:
        return []
    rule = alert.record("alert_rule")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [rule, alert], *alert.texts("projects"), rule.text("name")),
            severity=body.text("action"),
            started=alert.time("date_started", "date_detected", zone=options.zone),
            ended=alert.time("date_closed", zone=options.zone),
            title=data.text("description_title") or alert.text("title"),
            text=data.text("description_text").replace("\\n", "\n"),
            links=_read.links(data.get("web_url")),
        )
    ]
