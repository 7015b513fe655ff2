"""News of providers' status pages in the shape that Statuspage has given them and others have taken over.

Each update is a signal of its own, ``Kind.UPSTREAM``: its key is the incident's id and the update's, its episode the
incident's id. ``component`` is the provider, ``severity`` the impact in the page's word, ``started`` when the update
was said (of a maintenance that is announced: when it will begin), ``ended`` when the incident ended or the maintenance
shall end. A list of updates grows with every call: only those not seen before are news.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

LISTS = ("incidents", "scheduled_maintenances")
ANNOUNCED = ("scheduled", "notstartedyet")
HOSTS = ("dashboard.instatus.com",)  # of the service itself, not of a provider's page
_WORDS = {
    "majoroutage": "major outage",
    "partialoutage": "partial outage",
    "degradedperformance": "degraded performance",
    "undermaintenance": "under maintenance",
    "notstartedyet": "scheduled",
    "inprogress": "in progress",
}


def news(request: Request, source: str, body: Record, options: Options, by_status: bool = False) -> list[Signal]:
    """The signals of a page's webhook, or of what its API answers; oldest first.

    by_status: for pages that send the same update again when only its status has changed.
    """
    page = _provider(body)
    told = [body.record("incident"), body.record("maintenance")]
    told += [one for name in LISTS for one in reversed(body.records(name))]
    found = [one for incident in told for one in _updates(request, source, page, incident, options, by_status)]
    found += _change(request, source, page, body, options)
    found += _components(request, source, page, body, options)
    return found


def _updates(
    request: Request, source: str, page: str, incident: Record, options: Options, by_status: bool
) -> Iterator[Signal]:
    """One signal an update, or one for the incident where it comes without."""
    name = _read.key(incident.text("id"))
    if not name:
        return
    lists = ("incident_updates", "maintenance_updates", "updates")
    updates = next((found for each in lists if (found := incident.records(each))), [incident])
    for update in reversed(updates):
        status = update.text("status") or incident.text("status")
        own = update.text("id") if update is not incident else incident.text("updated_at")
        started, ended = _times(incident, update, options.zone)
        yield _read.signal(
            request,
            source,
            _read.key(name, own or status, status if by_status else ""),
            Kind.UPSTREAM,
            component=page,
            severity=incident.text("impact"),
            started=started,
            ended=ended,
            title=incident.text("name"),
            text=": ".join(filter(None, (spoken(status), update.text("body", "markdown", "message")))),
            links=_read.links(*(incident.get(each) for each in ("shortlink", "url"))),
            episode=name,
        )


def _times(incident: Record, update: Record, zone: str) -> tuple[datetime | None, datetime | None]:
    """When it was said, or will begin; when it ended, or shall end."""
    said = update.time("display_at", "created_at", "updated_at", zone=zone)
    until = incident.time("resolved_at", "scheduled_until", zone=zone)
    if fold_status(update) in ANNOUNCED:
        return incident.time("scheduled_for", zone=zone) or said, until
    over = fold_status(update) in ("resolved", "completed", "postmortem")
    return said, until if over or incident.get("scheduled_until") else None


def fold_status(record: Record) -> str:
    """A status without case and separators, as some pages write it."""
    return _read.fold(record.text("status"))


def _components(request: Request, source: str, page: str, body: Record, options: Options) -> Iterator[Signal]:
    """The components that are not well, of a page's API: an incident does not always name those that it hits."""
    for component in body.records("components"):
        name, status = component.text("id"), component.text("status")
        if name and status and _read.fold(status) != "operational" and component.get("group") is not True:
            yield _read.signal(
                request,
                source,
                _read.key(name, status, component.text("updated_at")),
                Kind.UPSTREAM,
                component=page,
                severity=status,
                started=component.time("updated_at", zone=options.zone),
                title=component.text("name"),
                text=spoken(status),
                links=_read.links(body.record("page").get("url")),
                episode=_read.key(name),
            )


def _change(request: Request, source: str, page: str, body: Record, options: Options) -> Iterator[Signal]:
    """The change of a component's status, of a page's webhook."""
    change, component = body.record("component_update"), body.record("component")
    name = _read.key(component.text("id") or change.text("component_id"))
    status = change.text("new_status") or component.text("status")
    if not name or not status:
        return
    yield _read.signal(
        request,
        source,
        _read.key(name, change.text("id") or change.text("created_at") or status),
        Kind.UPSTREAM,
        component=page,
        severity=status,
        started=change.time("created_at", zone=options.zone),
        title=component.text("name"),
        text=spoken(status),
        links=_read.links(body.record("page").get("url")),
        episode=name,
    )


def spoken(status: str) -> str:
    """A status as one would say it: "Major outage" for MAJOROUTAGE and major_outage."""
    words = _WORDS.get(_read.fold(status), status.replace("_", " ").lower())
    return words[:1].upper() + words[1:]


def _provider(body: Record) -> str:
    """The name of the page, else its host, else its id."""
    page, meta = body.record("page"), body.record("meta")
    hosts = (_host(address) for address in (page.text("url"), meta.text("unsubscribe")))
    return _read.first(iter((page.text("name"), *hosts, page.text("id"))))


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return "" if host in HOSTS else host
