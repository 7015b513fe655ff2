"""New Relic: webhooks of workflows in their default template, and the notification channels before them.

https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "new_relic"
KINDS = {
    "created": Kind.PROBLEM,
    "activated": Kind.PROBLEM,
    "open": Kind.PROBLEM,
    "acknowledged": Kind.ACKNOWLEDGED,
    "closed": Kind.RECOVERY,
}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an issue."""
    body = _read.record(request)
    key = _read.key(body.text("id", "issueId", "incident_id"))
    kind = _hosted.kind(KINDS, body.word("state", "current_state"))
    if not key or kind is None:
        return []
    targets = body.records("targets")
    hit = [*body.texts("impactedEntities"), *(target.text("name") for target in targets)]
    labels = [target.record("labels") for target in targets]
    conditions = body.texts("alertConditionNames", "condition_name")
    at = body.time("updatedAt", "timestamp", zone=options.zone)
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [body, *labels], *hit, *conditions),
            severity=body.text("priority", "severity"),
            started=body.time("createdAt", zone=options.zone) or (at if kind is Kind.PROBLEM else None),
            ended=at,
            title=body.text("title", "condition_name"),
            text=_read.paragraphs(body.text("details"), *conditions, *body.texts("alertPolicyNames", "policy_name")),
            links=_read.links(body.get("issueUrl"), body.get("incident_url"), body.get("runbook_url")),
        )
    ]
