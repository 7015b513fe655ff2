"""The facts of an incident as JSON values, for programs that read them (webhooks)."""

from __future__ import annotations

from typing import Any

from notifier.model import STATUS_OF, Incident, Site, Status, Update, Window
from notifier.render.when import iso


def facts(step: str, site: Site, incident: Incident, update: Update | None, link: str) -> dict[str, Any]:
    """What happened to the incident and how it stands. Texts are objects by language, times RFC 3339 in UTC.

    ``step`` is the remote change it is told with, or "retract". ``update`` None: the incident as a whole.
    """
    return {
        "site": site.name,
        "step": step,
        "incident": _incident(site, incident, link),
        "update": None if update is None else _update(update),
    }


def _incident(site: Site, incident: Incident, link: str) -> dict[str, Any]:
    status = STATUS_OF[incident.impact] if incident.open else Status.OPERATIONAL
    if incident.maintenance and incident.current:
        status = Status.MAINTENANCE
    return {
        "id": incident.id,
        "phase": str(incident.phase),
        "impact": str(incident.impact),
        "title": dict(incident.title),
        "components": [
            {"id": id, "name": dict(site.component(id).name), "status": str(status)} for id in incident.components
        ],
        "began_at": iso(incident.began),
        "opened_at": iso(incident.opened),
        "resolved_at": iso(incident.resolved) if incident.resolved else None,
        "retracted": incident.retracted,
        "window": _window(incident.window),
        "link": link,
    }


def _update(update: Update) -> dict[str, Any]:
    return {
        "seq": update.seq,
        "phase": str(update.phase),
        "impact": str(update.impact),
        "text": dict(update.text),
        "at": iso(update.at),
        "reopened": update.reopened,
        "window": _window(update.window),
    }


def _window(window: Window | None) -> dict[str, str] | None:
    return None if window is None else {"start_at": iso(window.start), "end_at": iso(window.end)}
