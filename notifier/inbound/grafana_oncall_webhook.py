"""The shape of Grafana OnCall's "formatted webhook", which many scripts send, those for Zabbix and PRTG among them.

https://grafana.com/docs/oncall/latest/integrations/webhook/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read, _words
from notifier.source import Kind, Options, Request, Signal

NAME = "grafana_oncall_webhook"
KINDS = {"alerting": Kind.PROBLEM, "ok": Kind.RECOVERY, "paused": Kind.MAINTENANCE}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Only a title names what has failed."""
    body = _read.record(request)
    title = body.text("title")
    key = _read.key(body.text("alert_uid") or title)
    kind = _hosted.kind(KINDS, body.word("state")) or _words.kind(body.word("state"), options)
    if not key or kind is None:
        return []
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [body], body.text("service", "host"), title),
            severity=body.text("severity"),
            title=title,
            text=body.text("message"),
            links=_read.links(body.get("link_to_upstream_details")),
        )
    ]
