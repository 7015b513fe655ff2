"""api/v2/*.json: the state in the form of Statuspage's public API (https://metastatuspage.com/api, version 2).

Programs that read it are strict: lists are never null, times have exactly three decimals and end in "Z", ids are twelve
lower-case letters and digits. What the form asks for and nobody knows is null, false, or in 1970.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

from notifier.model import STATUS_OF, Component, Impact, Incident, Phase, Site, Status, Update
from notifier.render import markup
from notifier.render.memo import Memo
from notifier.render.site import ids, rollup, text
from notifier.render.site.data import as_json, changed
from notifier.values import value

MOST = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, Any]
K = TypeVar("K", bound=rollup.Known)

# From well to worst.
_OVERALL: Mapping[Status, tuple[str, str]] = {
    Status.OPERATIONAL: ("none", "All Systems Operational"),
    Status.MAINTENANCE: ("maintenance", "Service Under Maintenance"),
    Status.DEGRADED: ("minor", "Partially Degraded Service"),
    Status.PARTIAL_OUTAGE: ("major", "Partial System Outage"),
    Status.MAJOR_OUTAGE: ("critical", "Major Service Outage"),
}

_MADE, _SAID, _OVER, _VIEWS = Memo(), Memo(), Memo(16), Memo(16)


@value
class View:
    """What all files of the interface are made of, ``page``, ``parts`` and ``told`` as JSON. ``open``: those of both
    kinds that are not over; ``parts``: components and groups by id, in order; ``told``: what stands before and after
    an incident's components, by its id; ``about``: when a component changed last, and how it is, by its id; ``joined``:
    components that were written together."""

    site: Site
    lang: str
    page: bytes
    incidents: tuple[Incident, ...]
    maintenances: tuple[Incident, ...]
    open: tuple[Incident, ...]
    parts: Mapping[str, bytes]
    told: Mapping[str, tuple[bytes, bytes]]
    about: Mapping[str, tuple[datetime, Status]]
    joined: dict[tuple[str, ...], bytes]


def wanted(incidents: Iterable[K]) -> list[K]:
    """Those that the files are made of: whatever is open, the 50 newest incidents and the 50 newest maintenances,
    newest first, without those taken back. Nothing else changes a byte of any of them."""
    known = sorted([i for i in incidents if not i.retracted], key=attrgetter("id"))
    known.sort(key=_begins, reverse=True)
    planned = [i for i in known if i.window]
    kept = {i.id for i in (*planned[:MOST], *[i for i in known if not i.window][:MOST])}
    return [i for i in known if i.id in kept or i.open]


def summary(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """summary.json: components, what is open, planned and under way, and the whole in one word."""
    view = _seen(site, incidents, lang)
    return _file(
        view,
        _status(view),
        components=view.parts.values(),
        incidents=[_incident(view, i) for i in view.open if not i.maintenance],
        scheduled_maintenances=[_incident(view, i) for i in reversed(view.open) if i.maintenance],
    )


def status(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """status.json: the whole in one word and a few."""
    view = _seen(site, incidents, lang)
    return _file(view, _status(view))


def components(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """components.json: components and groups."""
    view = _seen(site, incidents, lang)
    return _file(view, components=view.parts.values())


def incidents(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """incidents.json: the 50 newest, newest first."""
    view = _seen(site, incidents, lang)
    return _file(view, incidents=[_incident(view, i) for i in view.incidents[:MOST]])


def unresolved(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """incidents/unresolved.json: the open ones, newest first."""
    view = _seen(site, incidents, lang)
    return _file(view, incidents=[_incident(view, i) for i in view.open if not i.maintenance])


def maintenances(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """scheduled-maintenances.json: the 50 newest, the latest planned first."""
    view = _seen(site, incidents, lang)
    return _file(view, scheduled_maintenances=[_incident(view, i) for i in view.maintenances[:MOST]])


def upcoming(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """scheduled-maintenances/upcoming.json: those not begun, the next one first."""
    return _planned(site, incidents, lang, (Phase.SCHEDULED,))


def active(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """scheduled-maintenances/active.json: those begun and not finished."""
    return _planned(site, incidents, lang, rollup.ACTIVE)


FILES: Mapping[str, Callable[[Site, Iterable[Incident], str], bytes]] = {
    "summary.json": summary,
    "status.json": status,
    "components.json": components,
    "incidents.json": incidents,
    "incidents/unresolved.json": unresolved,
    "scheduled-maintenances.json": maintenances,
    "scheduled-maintenances/upcoming.json": upcoming,
    "scheduled-maintenances/active.json": active,
}


def _planned(site: Site, incidents: Iterable[Incident], lang: str, phases: Sequence[Phase]) -> bytes:
    view = _seen(site, incidents, lang)
    found = [i for i in reversed(view.maintenances) if i.phase in phases]
    return _file(view, scheduled_maintenances=[_incident(view, i) for i in found])


def _file(view: View, status: Json | None = None, **lists: Iterable[bytes]) -> bytes:
    """The page, lists of what is JSON already, and the status."""
    parts = [b'{"page":', view.page]
    for name, held in lists.items():
        parts += [f',"{name}":['.encode(), b",".join(held), b"]"]
    if status:
        parts += [b',"status":', _json(status)]
    return b"".join([*parts, b"}\n"])


def _json(facts: Json) -> bytes:
    return as_json(facts).encode("ascii")


def _seen(site: Site, incidents: Iterable[Incident], lang: str) -> View:
    """The same for all files of the same incidents."""
    given = tuple(incidents)
    return _VIEWS.get((site, given), lang, lambda: _view(site, wanted(given), lang))


def _view(site: Site, known: Sequence[Incident], lang: str) -> View:
    over, open = held = list[Incident](), list[Incident]()
    for incident in known:
        held[incident.open].append(incident)
    before, told = _OVER.get((site, *over), lang, lambda: (_changes(over, {}), _told(site, over, lang)))
    changes = _changes(open, before)
    about = {id: (at, rollup.component(id, open)) for id, at in changes.items() if id is not None}
    page = {
        "id": _page(site),
        "name": markup.clean(site.name),
        "url": markup.clean(site.status_url).rstrip("/"),
        "time_zone": "Etc/UTC" if site.timezone == "UTC" else markup.clean(site.timezone),
        "updated_at": _time(changes.get(None, EPOCH)),
    }
    return View(
        site=site,
        lang=lang,
        page=_json(page),
        incidents=tuple([i for i in known if not i.window]),
        maintenances=tuple([i for i in known if i.window]),
        open=tuple(open),
        parts={key: _json(part) for key, part in _parts(site, open, about, lang).items()},
        told={**told, **_told(site, open, lang)},
        about=about,
        joined={},
    )


def _status(view: View) -> Json:
    indicator, description = _OVERALL[rollup.overall(view.open)]
    if indicator == "minor" and not any(i.components for i in view.open if i.impact is Impact.MINOR):
        description = "Minor Service Outage"
    return {"indicator": indicator, "description": description}


# Components


def _parts(
    site: Site, open: Iterable[Incident], about: Mapping[str, tuple[datetime, Status]], lang: str
) -> dict[str, Json]:
    """The components of the configuration, each group before its own, and others that an open incident names."""
    named = dict.fromkeys(id for i in open for id in i.components)
    others = [site.component(id) for id in named if id not in {c.id for c in site.components}]
    tops: dict[tuple[str, str], list[Component]] = {}
    for component in (*site.components, *others):
        group = _group(site, component)
        tops.setdefault((group, "" if group else component.id), []).append(component)
    parts = {}
    for position, ((group, _), children) in enumerate(tops.items(), 1):
        made = [_component(site, c, about, lang, n if group else position) for n, c in enumerate(children, 1)]
        if group:
            parts[f"group {group}"] = _heading(children[0], made, lang, group, position)
        parts |= {f"component {c.id}": one for c, one in zip(children, made, strict=True)}
    return parts


def _changes(incidents: Iterable[Incident], before: Mapping[str | None, datetime]) -> dict[str | None, datetime]:
    """When an incident that ever named it changed last, by component; of None, when any did. ``before``: by others."""
    found = dict(before)
    for incident in incidents:
        at = changed(incident)
        for id in {None, *(id for u in incident.updates for id in u.components)}:
            found[id] = max(at, found.get(id, at))
    return found


def _component(
    site: Site, component: Component, about: Mapping[str, tuple[datetime, Status]], lang: str, place: int
) -> Json:
    updated, status = about.get(component.id, (EPOCH, Status.OPERATIONAL))
    group = _group(site, component)
    return {
        "id": _code(component.id),
        "name": text.choose(component.name, lang).text,
        "status": str(status),
        "created_at": _time(EPOCH),
        "updated_at": _time(updated),
        "position": place,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": ids.short("group", group) if group else None,
        "page_id": _page(site),
        "group": False,
        "only_show_if_degraded": False,
    }


def _heading(first: Component, children: Sequence[Json], lang: str, group: str, position: int) -> Json:
    """A group: as bad as the worst of its components."""
    return {
        **children[0],
        "id": ids.short("group", group),
        "name": text.choose(first.group, lang).text,
        "status": max((c["status"] for c in children), key=lambda s: list(_OVERALL).index(Status(s))),
        "updated_at": max(c["updated_at"] for c in children),
        "position": position,
        "group_id": None,
        "group": True,
        "components": [c["id"] for c in children],
    }


def _group(site: Site, component: Component) -> str:
    """What a group is known by: its name in the language that the site is written in first; "" for none."""
    return text.choose(component.group, site.languages[0]).text if component.group else ""


def _code(id: str) -> str:
    return ids.short("component", id)


def _page(site: Site) -> str:
    return ids.short("page", ids.domain(site))


# Incidents and maintenances


def _incident(view: View, incident: Incident) -> bytes:
    """As JSON; its components as they are now, all else as it was written before."""
    (before, after), named = view.told[incident.id], incident.components
    if named not in view.joined:
        view.joined[named] = b",".join([_full(view, c) for c in named])
    return b"%b%b%b" % (before, view.joined[named], after)


def _told(site: Site, incidents: Iterable[Incident], lang: str) -> dict[str, tuple[bytes, bytes]]:
    """Of each, by its id, what stands before and after its components."""
    return {i.id: _MADE.get((site, i), lang, partial(_around, site, i, lang)) for i in incidents}


def _around(site: Site, incident: Incident, lang: str) -> tuple[bytes, bytes]:
    id = ids.short("incident", incident.id)
    impact = "maintenance" if incident.maintenance else incident.impact if incident.open else incident.worst
    facts = {
        "id": id,
        "name": text.choose(incident.title, lang).text,
        "status": str(incident.phase),
        "created_at": _time(incident.opened),
        "updated_at": _time(changed(incident)),
        "monitoring_at": _monitoring(incident),
        "resolved_at": _time(incident.updates[-1].at) if incident.phase.over else None,
        "impact": str(impact),
        "shortlink": ids.link(site, incident, lang),
        "started_at": _time(incident.began),
        "page_id": _page(site),
    }
    rest: Json = {"reminder_intervals": None}
    if incident.window:
        rest["scheduled_for"] = _time(incident.window.start)
        rest["scheduled_until"] = _time(incident.window.end)
    updates = b",".join(_updates(site, incident, id, lang))
    before = b'%b,"incident_updates":[%b],"components":[' % (_json(facts)[:-1], updates)
    return before, b"]," + _json(rest)[1:]


def _full(view: View, id: str) -> bytes:
    """The component as it is now; one that the configuration no longer names stands in no list of components."""
    if known := view.parts.get(f"component {id}"):
        return known
    return _json(_component(view.site, view.site.component(id), view.about, view.lang, 0))


def _monitoring(incident: Incident) -> str | None:
    """When it was mended, unless it came back since."""
    found = None
    for update in incident.updates:
        found = None if update.reopened else update.at if update.phase is Phase.MONITORING else found
    return _time(found) if found else None


def _updates(site: Site, incident: Incident, id: str, lang: str) -> list[bytes]:
    """Newest first, as JSON; one that was written before need not be written again."""

    def made(before: Update | None, update: Update) -> bytes:
        of = (site, update, before)
        return _SAID.get(of, (lang, id), lambda: _json(_update(site, incident, id, before, update, lang)))

    return [made(before, update) for before, update in pairwise((None, *incident.updates)) if update][::-1]


def _update(site: Site, incident: Incident, id: str, before: Update | None, update: Update, lang: str) -> Json:
    at = _time(update.at)
    touched = dict.fromkeys((*update.components, *(before.components if before else ())))
    return {
        "id": ids.short("update", f"{incident.id}/{update.seq}"),
        "status": str(update.phase),
        "body": _body(text.choose(update.text, lang).text),
        "incident_id": id,
        "created_at": at,
        "updated_at": _time(max(update.at, update.corrected or update.at)),
        "display_at": at,
        "affected_components": [_affected(site, c, before, update, lang) for c in touched],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _body(words: str) -> str:
    """Plain words, with "<" as HTML writes it: some programs put them into their pages as they are."""
    return text.bare(words).replace("<", "&lt;")


def _affected(site: Site, id: str, before: Update | None, update: Update, lang: str) -> Json:
    component = site.component(id)
    names = [text.choose(texts, lang).text for texts in (component.group, component.name) if texts]
    return {
        "code": _code(id),
        "name": " - ".join(names),
        "old_status": str(_after(before, id)),
        "new_status": str(_after(update, id)),
    }


def _after(update: Update | None, id: str) -> Status:
    """How the component was once this was told; None: before anything was."""
    if update is None or id not in update.components or update.phase.over:
        return Status.OPERATIONAL
    if update.phase.planned:
        return Status.MAINTENANCE if update.phase in rollup.ACTIVE else Status.OPERATIONAL
    return STATUS_OF[update.impact]


def _begins(incident: rollup.Known) -> datetime:
    return incident.window.start if incident.window else incident.opened


def _time(at: datetime) -> str:
    """ISO 8601 in UTC with exactly three decimals: "2025-11-22T18:05:00.000Z"."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
