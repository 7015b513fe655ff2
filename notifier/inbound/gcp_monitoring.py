"""Google Cloud Monitoring, notification channel of type webhook.

https://cloud.google.com/monitoring/support/notification-options#webhooks
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "gcp_monitoring"
KINDS = {"open": Kind.PROBLEM, "acknowledged": Kind.ACKNOWLEDGED, "closed": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an incident."""
    body = _read.record(request)
    incident = body.record("incident")
    key = _read.key(incident.text("incident_id"))
    kind = Kind.TEST if body.word("version") == "test" else _hosted.kind(KINDS, incident.word("state"))
    if not key or kind is None:
        return []
    labels = [incident.record("policy_user_labels"), incident.record("resource").record("labels"), incident]
    named = [incident.text(name) for name in ("resource_display_name", "resource_name", "policy_name")]
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, labels, *named),
            severity=incident.text("severity"),
            started=incident.time("started_at", zone=options.zone),
            ended=incident.time("ended_at", zone=options.zone),
            title=" - ".join(filter(None, (incident.text("policy_name"), incident.text("condition_name")))),
            text=incident.text("summary"),
            links=_read.links(incident.get("url")),
        )
    ]
