"""Cachet 3, webhook subscription of a provider's page: an event and a body, in which states are numbers.

https://docs.cachethq.io/
"""

from __future__ import annotations

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

NAME = "cachet"
INCIDENT = {"0": "Reported", "1": "Investigating", "2": "Identified", "3": "Watching", "4": "Fixed"}
COMPONENT = {
    "1": "operational",
    "2": "performance_issues",
    "3": "partial_outage",
    "4": "major_outage",
    "5": "unknown",
    "6": "under_maintenance",
}


def parse(request: Request, options: Options) -> list[Signal]:
    """What the provider says, one signal.

    Cachet numbers its incidents but neither their updates nor the changes of components, and sends no times with the
    latter: the same change again has the same key, so it may be taken for a repeat within some minutes only.
    """
    whole = _read.record(request)
    event, body = whole.word("event"), whole.record("body")
    if event == "component_status_changed":
        return _component(request, body)
    return _incident(request, event, body, options) if event.startswith(("incident_", "schedule_")) else []


def _component(request: Request, body: Record) -> list[Signal]:
    name, new = body.text("component_id", "id"), body.text("new_status", "status")
    if not name or not new:
        return []
    status = COMPONENT.get(new, new)
    return [
        _read.signal(
            request,
            NAME,
            _read.key("component", name, body.text("old_status"), new),
            Kind.UPSTREAM,
            severity=status,
            title=body.text("name", "component_name") or f"Component {name}",
            text=status.replace("_", " ").capitalize(),
            episode=_read.key("component", name),
        )
    ]


def _incident(request: Request, event: str, body: Record, options: Options) -> list[Signal]:
    about = body.record("incident", "schedule") or body
    name = about.text("guid", "id", "incident_id", "schedule_id")
    if not name:
        return []
    status = about.record("status").text("value") or about.text("status", "new_status")
    word, said = INCIDENT.get(status, status), about.text("message")
    change = body.text("update_id") or _read.digest(event, status, said)[-16:]
    return [
        _read.signal(
            request,
            NAME,
            _read.key(event.partition("_")[0], name, change),
            Kind.UPSTREAM,
            started=about.time("updated_at", "occurred_at", "created_at", zone=options.zone),
            title=about.text("name"),
            text=": ".join(filter(None, (word, said))),
            links=_read.links(about.get("url")),
            episode=name,
        )
    ]
