"""Azure Monitor, action group with a webhook and the common alert schema.

https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "azure_monitor"
HINT = 'In the action group, switch "Enable the common alert schema" on.'
KINDS = {"fired": Kind.PROBLEM, "resolved": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Raises Malformed for the older schemas, each of which is another one."""
    body = _read.record(request, HINT)
    data = body.record("data")
    about = data.record("essentials")
    key = _read.key(about.text("originAlertId", "alertId"))
    if not about or not key:
        _read.malformed("This is not Azure's common alert schema.", HINT)
    kind = _hosted.kind(KINDS, about.word("monitorCondition"))
    if kind is None:
        return []
    targets = [target.rstrip("/").rpartition("/")[2] for target in about.texts("alertTargetIDs")]
    items = about.texts("configurationItems")
    rule = about.text("alertRule")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [data.record("customProperties"), about], *items, *targets, rule),
            severity=about.text("severity"),
            started=about.time("firedDateTime", zone="UTC"),
            ended=about.time("resolvedDateTime", zone="UTC"),
            title=rule,
            text=about.text("description"),
            links=_read.links(about.get("investigationLink")),
        )
    ]
