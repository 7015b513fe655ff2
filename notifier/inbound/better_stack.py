"""Better Stack (Better Uptime): outgoing webhooks of incidents, and subscriptions to status pages on the same address.

https://betterstack.com/docs/uptime/webhooks/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _pages, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "better_stack"
KINDS = {
    "started": Kind.PROBLEM,
    "reopened": Kind.PROBLEM,
    "acknowledged": Kind.ACKNOWLEDGED,
    "resolved": Kind.RECOVERY,
}


def parse(request: Request, options: Options) -> list[Signal]:
    """The incident's signal, or the news of a status page. Monitors' and on-call people's webhooks say nothing."""
    body = _read.record(request)
    if body.record("page"):
        return _pages.news(request, NAME, body, options)
    data = body.record("data")
    key = _read.key(data.text("id"))
    kind = _hosted.kind(KINDS, body.word("event"))
    if data.word("type") != "incident" or not key or kind is None:
        return []
    about = data.record("attributes")
    name = about.text("name", "url")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [about, about.record("metadata")], name),
            severity=about.text("severity"),
            started=about.time("started_at", zone=options.zone),
            ended=about.time("resolved_at", zone=options.zone),
            title=name,
            text=about.text("cause"),
            links=_read.links(about.get("url")),
        )
    ]
