"""What we know as JSON values, for --json, the HTTP API and the command line that drives a server; and back again.

Times are RFC 3339 in UTC. No list is ever null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from notifier.channel import Limits
from notifier.model import (
    Component,
    Delivery,
    Impact,
    Incident,
    Phase,
    Route,
    Site,
    State,
    Step,
    Update,
    Window,
)
from notifier.problem import Draft, DraftState, Problem
from notifier.render import fit
from notifier.source import Kind, Request, Signal
from notifier.store import Attempt
from notifier.store.intake import Heard, Heartbeat, Inbound, Token
from notifier.store.packed import command_in, command_out

_SHOWN = 300


def iso(at: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The aware UTC time of an RFC 3339 text. Raises ValueError for what is none, or has no zone."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo:
            return at.astimezone(UTC)
        why = "has no zone"
    except (ValueError, OverflowError):  # the first and the last day that there is may overflow
        why = "is no time"
    raise ValueError(f'"{text[:40]}" {why}; write it as 2026-05-01T15:00:00Z')


def _maybe(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


# Incidents


def incident(found: Incident) -> dict[str, Any]:
    """An incident."""
    return {
        "id": found.id,
        "phase": found.phase,
        "impact": found.impact,
        "title": dict(found.title),
        "components": list(found.components),
        "began": iso(found.began),
        "opened": iso(found.opened),
        "resolved": iso(found.resolved),
        "retracted": found.retracted,
        "window": window(found.window),
        "version": found.version,
        "updates": [_update(u) for u in found.updates],
    }


def _update(update: Update) -> dict[str, Any]:
    u = update
    said = {"seq": u.seq, "phase": u.phase, "impact": u.impact, "text": dict(u.text), "at": iso(u.at), "by": u.by}
    more = {"source": u.source, "corrected": iso(u.corrected), "reopened": u.reopened, "window": window(u.window)}
    return said | more | {"components": list(u.components)}


def window(planned: Window | None) -> dict[str, Any] | None:
    """A window."""
    return None if planned is None else {"start": iso(planned.start), "end": iso(planned.end)}


def window_in(body: Mapping[str, Any] | None) -> Window | None:
    """A window of these values."""
    return None if body is None else Window(moment(body["start"]), moment(body["end"]))


def incident_in(body: Mapping[str, Any]) -> Incident:
    """An incident of these values."""
    updates = tuple(map(_update_in, body["updates"]))
    return Incident(
        id=body["id"],
        version=body["version"],
        title=body["title"],
        phase=Phase(body["phase"]),
        impact=Impact(body["impact"]),
        worst=max((u.impact for u in updates), key=lambda i: i.rank),
        components=tuple(body["components"]),
        began=moment(body["began"]),
        opened=moment(body["opened"]),
        resolved=_maybe(body["resolved"]),
        updates=updates,
        retracted=body["retracted"],
        window=window_in(body["window"]),
    )


def _update_in(body: Mapping[str, Any]) -> Update:
    return Update(
        seq=body["seq"],
        phase=Phase(body["phase"]),
        impact=Impact(body["impact"]),
        components=tuple(body["components"]),
        text=body["text"],
        at=moment(body["at"]),
        by=body["by"],
        source=body["source"],
        corrected=_maybe(body["corrected"]),
        reopened=body["reopened"],
        window=window_in(body["window"]),
    )


# Deliveries


def delivery(row: Delivery) -> dict[str, Any]:
    """A delivery."""
    return {
        "id": row.id,
        "channel": row.channel,
        "to": row.to,
        "step": row.step,
        "seq": row.seq,
        "part": row.part,
        "state": row.state,
        "attempts": row.attempts,
        "due": iso(row.due) if row.state.waiting else None,
        "done": iso(row.done),
        "url": row.url,
        "why": row.why,
        "incident": row.incident,
    }


def delivery_in(body: Mapping[str, Any]) -> Delivery:
    """A delivery of these values; its words stayed where it came from."""
    names = ("channel", "to", "seq", "part", "attempts", "url", "why", "incident", "id")
    return Delivery(
        lane=f"{body['channel']}/{body['incident']}/{body['to']}",
        step=Step(body["step"]),
        key="",
        state=State(body["state"]),
        due=_maybe(body["due"]),
        done=_maybe(body["done"]),
        **{name: body[name] for name in names},
    )


def attempt(one: Attempt) -> dict[str, Any]:
    """One try at a delivery."""
    times = {"started": iso(one.started), "ended": iso(one.ended)}
    return {"delivery": one.delivery, "n": one.n, "node": one.node, "state": one.state, "why": one.why} | times


def attempt_in(body: Mapping[str, Any]) -> Attempt:
    """One try at a delivery, of these values."""
    times = {"started": moment(body["started"]), "ended": moment(body["ended"])}
    return Attempt(**{**body, **times})


def previewed(row: Delivery, route: Route | None) -> dict[str, Any]:
    """What a delivery would bring. ``length`` is counted as the channel counts."""
    message, limits = row.message, route.limits if route else Limits()
    text = message.text if message else ""
    return {
        "channel": row.channel,
        "kind": route.kind if route else "",
        "to": row.to,
        "step": row.step,
        "lang": message.lang if message else "",
        "title": message.title if message else "",
        "text": text,
        "plain": message.plain if message else "",
        "length": fit.measure(text, limits.measure, limits.markup),
        "size": limits.size,
        "measure": limits.measure,
    }


def previews(found: Incident, rows: Sequence[Delivery], routes: Sequence[Route]) -> dict[str, Any]:
    """What a command would bring: the incident after it, each message, and the channels that hear nothing of it."""
    known = {route.channel: route for route in routes}
    hears = {row.channel for row in rows}
    return {
        "incident": incident(found),
        "previews": [previewed(row, known.get(row.channel)) for row in rows],
        "not_told": [name for name, route in known.items() if not route.admin and name not in hears],
    }


# Drafts, signals, problems


def draft(one: Draft) -> dict[str, Any]:
    """A draft."""
    return {
        "id": one.id,
        "state": one.state,
        "version": one.version,
        "incident": one.incident,
        "command": command_out(one.command),
        "why": one.why,
        "rule": one.rule,
        "created": iso(one.created),
        "due": iso(one.due),
        "by": one.by,
        "via": one.via,
        "decided": iso(one.decided),
    }


def draft_in(body: Mapping[str, Any]) -> Draft:
    """A draft of these values."""
    names = ("id", "version", "incident", "why", "rule", "by", "via")
    return Draft(
        command=command_in(body["command"]),
        created=moment(body["created"]),
        state=DraftState(body["state"]),
        due=_maybe(body["due"]),
        decided=_maybe(body["decided"]),
        **{name: body[name] for name in names},
    )


def signal(one: Signal) -> dict[str, Any]:
    """A signal."""
    return {
        "source": one.source,
        "key": one.key,
        "episode": one.episode,
        "state": one.kind.value,
        "component": one.component,
        "severity": one.severity,
        "started_at": iso(one.started),
        "ended_at": iso(one.ended),
        "title": one.title,
        "text": one.text,
        "links": list(one.links),
    }


def heard(one: Heard) -> dict[str, Any]:
    """A signal and what came of it."""
    said = {"id": one.id, "request": one.request, "hook": one.hook, "verdict": one.verdict}
    return said | signal(one.signal) | {"received_at": iso(one.signal.received)}


def heard_in(body: Mapping[str, Any]) -> Heard:
    """A signal and what came of it, of these values."""
    said = Signal(
        source=body["source"],
        key=body["key"],
        kind=Kind(body["state"]),
        received=moment(body["received_at"]),
        started=_maybe(body["started_at"]),
        ended=_maybe(body["ended_at"]),
        links=tuple(body["links"]),
        **{name: body[name] for name in ("component", "severity", "title", "text", "episode")},
    )
    return Heard(body["hook"], said, body["verdict"], body["request"], body["id"])


def inbound(one: Inbound) -> dict[str, Any]:
    """A request, with the beginning of what it said."""
    said = {"id": one.id, "hook": one.hook, "source": one.source, "state": one.state, "why": one.why}
    body = one.request.body[:_SHOWN].decode("utf-8", "replace")
    return said | {"received_at": iso(one.request.received), "body": body}


def inbound_in(body: Mapping[str, Any]) -> Inbound:
    """A request of these values, with the beginning of what it said."""
    request = Request(moment(body["received_at"]), body=body["body"].encode())
    return Inbound(request=request, **{name: body[name] for name in ("id", "hook", "source", "state", "why")})


def problem(one: Problem) -> dict[str, Any]:
    """A problem."""
    names = ("hook", "key", "component", "impact", "title", "stage", "incident", "draft", "muted", "unstable", "rule")
    times = {name: iso(getattr(one, name)) for name in ("since", "seen", "due", "ended")}
    return {name: getattr(one, name) for name in names} | times


def heartbeat(one: Heartbeat) -> dict[str, Any]:
    """A heartbeat."""
    times = {name: iso(getattr(one, name)) for name in ("since", "last", "started", "due")}
    return {"name": one.name, "state": one.state, "status": one.status} | times


def heartbeat_in(body: Mapping[str, Any]) -> Heartbeat:
    """A heartbeat of these values."""
    times = {name: _maybe(body[name]) for name in ("since", "last", "started", "due")}
    return Heartbeat(body["name"], body["state"], status=body["status"], **times)


def token(one: Token) -> dict[str, Any]:
    """A token, without what it is known by."""
    times = {"created": iso(one.created), "until": iso(one.until), "used": iso(one.used)}
    return {"id": one.id, "name": one.name, "scopes": list(one.scopes)} | times


# The site


def site(found: Site) -> dict[str, Any]:
    """What an installation speaks for."""
    names = ("name", "url", "status_url", "timezone")
    parts = [{"id": c.id, "name": dict(c.name)} for c in found.components]
    phrases = {lang: dict(words) for lang, words in found.phrases.items()}
    said = {name: getattr(found, name) for name in names}
    return said | {"languages": list(found.languages), "components": parts, "phrases": phrases}


def site_in(body: Mapping[str, Any]) -> Site:
    """What an installation speaks for, of these values."""
    parts = tuple(Component(c["id"], c["name"]) for c in body["components"])
    names = ("name", "url", "status_url", "timezone", "phrases")
    return Site(languages=tuple(body["languages"]), components=parts, **{name: body[name] for name in names})
