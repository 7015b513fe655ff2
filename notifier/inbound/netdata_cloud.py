"""Netdata Cloud: a webhook integration, which sends alerts and whether a node can be reached. It names no times.

https://learn.netdata.cloud/docs/alerts-&-notifications/notifications/centralized-cloud-notifications/webhook
"""

from __future__ import annotations

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {"warning": Kind.PROBLEM, "critical": Kind.PROBLEM, "clear": Kind.RECOVERY}
HINT = "A webhook integration of Netdata Cloud sends alert and severity, or host and status.reachable."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: the host; of an alert its chart and name, with the host where one is named. Raises Malformed."""
    body = _read.record(request, HINT)
    host, alert, reachable = body.text("host"), body.text("alert"), body.record("status").get("reachable")
    if isinstance(reachable, bool) and host:
        return [_signal(request, options, body, host, Kind.RECOVERY if reachable else Kind.PROBLEM)]
    token = body.text("token")  # of the form that sets the integration up
    if not alert and not token:
        _read.malformed("The body has neither an alert nor status.reachable.", HINT)
    if not alert:
        text = f"Netdata Cloud asks for this token: {token}"
        return [_read.signal(request, "netdata_cloud", "test", Kind.TEST, title="Netdata Cloud: test", text=text)]
    kind = KINDS.get(body.word("severity"))
    key = _read.key(host, body.text("chart"), alert)
    return [_signal(request, options, body, key, kind)] if kind else []


def _signal(request: Request, options: Options, body: Record, key: str, kind: Kind) -> Signal:
    at = body.time("date", zone=options.zone)
    labelled = body.text(*options.labels)
    return _read.signal(
        request,
        "netdata_cloud",
        _read.key(key),
        kind,
        component=labelled or body.text("host", "chart", "alert"),
        severity=body.text("severity"),
        started=at if kind is Kind.PROBLEM else None,
        ended=at if kind is Kind.RECOVERY else None,
        title=body.text("message", "alert"),
        text=body.text("info"),
        links=_read.links(body.get("alert_url"), body.get("url")),
    )
