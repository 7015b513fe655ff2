"""Gatus: an alert of type ``n8n`` (well-formed JSON), or ``custom`` with the body of docs/hooks.md.

https://github.com/TwiN/gatus#alerting
"""

from __future__ import annotations

from notifier.inbound import _read, _words
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

HINT = (
    "Gatus puts values unescaped into a custom body; the alert type n8n with webhook-url set to this hook sends sound "
    "JSON. Words of one's own for TRIGGERED and RESOLVED belong into the hook's mapping (problem, recovery)."
)


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: group and name of the endpoint. There are no times and no severity. Raises Malformed."""
    body = _read.record(request, HINT)
    name, group = body.text("endpoint_name", "name", "endpoint"), body.text("endpoint_group", "group")
    address = body.text("endpoint_url", "url")
    key = _read.key(f"{group}_{name}" if group and name else name or address)
    if not key:
        _read.malformed("The body has no endpoint_name.", HINT)
    described = body.text("alert_description", "description")
    return [
        _read.signal(
            request,
            "gatus",
            key,
            _kind(body, options),
            component=body.text(*options.labels) or name or address,
            severity=body.text("severity"),
            title=body.text("message") or _read.key(group, name or address),
            text=_read.paragraphs(described, body.text("errors", "error"), _conditions(body)),
            links=_read.links(address),
        )
    ]


def _kind(body: Record, options: Options) -> Kind:
    resolved = body.get("resolved")
    if isinstance(resolved, bool) or body.word("resolved") in ("true", "false"):
        return Kind.RECOVERY if body.word("resolved") == "true" else Kind.PROBLEM
    return _words.told(body.text("state", "status", "event", "alert_triggered_or_resolved"), options, HINT)


def _conditions(body: Record) -> str:
    """The conditions that were not met."""
    failed = (one.text("condition") for one in body.records("condition_results") if one.get("success") is False)
    return _read.paragraphs(*failed)
