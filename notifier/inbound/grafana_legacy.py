"""Grafana's legacy alerting, up to version 8: a notification channel of type webhook. It names no times."""

from __future__ import annotations

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {"alerting": Kind.PROBLEM, "no_data": Kind.PROBLEM, "ok": Kind.RECOVERY, "paused": Kind.MAINTENANCE}
HINT = "A webhook channel of Grafana 8 or older sends ruleId and state; newer ones are the source grafana."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for a rule that is pending. Key: the rule's id. "No data" has the severity info.

    Raises Malformed.
    """
    body = _read.record(request, HINT)
    key, state = _read.key(body.text("ruleId") or body.text("ruleName")), body.word("state")
    if not key or not state:
        _read.malformed("The body has no ruleId, or no state.", HINT)
    kind = KINDS.get(state)
    if kind is None:
        return []
    name = body.text("ruleName", "title")
    return [
        _read.signal(
            request,
            "grafana_legacy",
            key,
            kind,
            component=_labelled(body, options) or name,
            severity="info" if state == "no_data" else body.record("tags").text("severity"),
            title=body.text("title", "ruleName"),
            text=body.text("message"),
            links=_read.links(body.get("ruleUrl")),
        )
    ]


def _labelled(body: Record, options: Options) -> str:
    """The component by the labels that the hook names: in the rule's tags, else in those of what matched."""
    tags = [body.record("tags"), *(match.record("tags") for match in body.records("evalMatches"))]
    return _read.first(one.text(*options.labels) for one in tags)
