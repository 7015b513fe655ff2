"""What each address of the API does: from JSON values to a command or a question, and its outcome as JSON values.

Everything here runs in one thread that has the store; what is raised becomes an answer in :mod:`notifier.web.api.door`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from notifier import incident as life
from notifier import wire
from notifier.channel import Receipt
from notifier.events import Command, Correct, Open, Reopen, Reschedule, Retract, Schedule, Tell
from notifier.incident import Refused
from notifier.intake import Intake
from notifier.model import Impact, Phase, State
from notifier.service import Said
from notifier.source import Kind, Signal
from notifier.store.intake import Heartbeat, Token
from notifier.store.packed import command_in
from notifier.values import value

MOST, USUAL = 200, 50


class Missing(Exception):
    """There is no such thing."""


@value
class Call:
    """One call: what stands in the address, in the query and in the body, and whose token it is."""

    place: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    token: Token

    @property
    def by(self) -> str:
        """Who speaks."""
        return str(self.body.get("by") or self.token.name)

    def number(self, name: str) -> int:
        """A number in the address. Raises Missing."""
        text = self.place[name]
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Missing
        return int(text)

    @property
    def most(self) -> int:
        """How many are asked for."""
        text = self.query.get("limit", "")
        return max(1, min(int(text), MOST)) if text.isascii() and text.isdigit() and len(text) < 9 else USUAL

    @property
    def before(self) -> int:
        """The cursor of the page: older than this."""
        text = self.query.get("before", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


# Incidents


def site(intake: Intake, call: Call) -> Any:
    """What this installation speaks for, and its channels."""
    routes = intake.service.routes
    channels = [{"name": r.channel, "kind": r.kind, "admin": r.admin, "enabled": r.enabled} for r in routes]
    return wire.site(intake.service.site) | {"channels": channels, "admin_lang": intake.lang}


def incidents(intake: Intake, call: Call) -> Any:
    """Open ones, or the newest of all."""
    store, state = intake.store, call.query.get("state", "open")
    ids = store.open_ids() if state == "open" else store.newest_ids(5000)
    at = call.query.get("after", "")
    rest = ids[ids.index(at) + 1 :] if at in ids else ids
    page = rest[: call.most]
    found = [wire.incident(life.fold(id, store.events(id))) for id in page]
    return {"items": found, "next": page[-1] if len(rest) > len(page) else None}


def incident(intake: Intake, call: Call) -> Any:
    """One, with its deliveries. ``which``: an id, the beginning of one, or a component."""
    found = intake.service.incident(_which(intake, call))
    rows = [wire.delivery(d) for d in intake.store.deliveries(found.id)]
    return {"incident": wire.incident(found), "deliveries": rows}


def attempts(intake: Intake, call: Call) -> Any:
    """Every try at its deliveries."""
    return {"items": [wire.attempt(a) for a in intake.store.attempts(_which(intake, call))], "next": None}


def find(intake: Intake, call: Call) -> Any:
    """The id of the incident that is meant. Query: which, closed, reopen, planned."""
    flags = {name: call.query[name] == "true" for name in ("closed", "reopen", "planned") if name in call.query}
    return {"id": intake.service.find(call.query.get("which", ""), **flags)}


def open_(intake: Intake, call: Call) -> Any:
    """Open an incident."""
    impact, phase = Impact(call.body.get("impact", Impact.MAJOR)), Phase(call.body.get("phase", Phase.INVESTIGATING))
    body = call.body
    command = Open(body["title"], body["text"], _names(body) or (), impact, phase, _time(body, "began"))
    return _told(intake, call, command, "")


def update(intake: Intake, call: Call) -> Any:
    """Tell more; phase "resolved" ends it."""
    return _told(intake, call, Tell(call.body["text"], **_later(call.body)), _which(intake, call))


def reopen(intake: Intake, call: Call) -> Any:
    """It is back."""
    more = _later(call.body)
    phase = more.pop("phase") or Phase.INVESTIGATING
    return _told(intake, call, Reopen(call.body["text"], phase, **more), call.place["which"])


def correct(intake: Intake, call: Call) -> Any:
    """Other words for an update; "newest" is the newest."""
    command = Correct(call.body.get("text"), call.body.get("title"), _update(call))
    return _told(intake, call, command, _which(intake, call))


def retract(intake: Intake, call: Call) -> Any:
    """Take an update back."""
    return _told(intake, call, Retract(_update(call)), _which(intake, call))


def retract_all(intake: Intake, call: Call) -> Any:
    """Take everything back."""
    return _told(intake, call, Retract(whole=True), _which(intake, call))


def schedule(intake: Intake, call: Call) -> Any:
    """Plan a maintenance."""
    body = call.body
    window = wire.window_in(body["window"])
    assert window is not None
    return _told(intake, call, Schedule(body["title"], body["text"], _names(body) or (), window), "")


def reschedule(intake: Intake, call: Call) -> Any:
    """Move a maintenance."""
    window = wire.window_in(call.body["window"])
    assert window is not None
    return _told(intake, call, Reschedule(window, call.body["text"]), _which(intake, call))


def _told(intake: Intake, call: Call, command: Command, which: str) -> Any:
    body = call.body
    chosen = {"which": which, "only": body.get("only", ()), "without": body.get("without", ())}
    if body.get("dry_run"):
        said = intake.service.preview(command, **chosen)
        return wire.previews(said.incident, said.deliveries, intake.service.routes)
    more = {"again": body.get("again", False), "silent": body.get("silent", False)}
    return _said(intake.service.handle(command, by=call.by, source="api", **chosen, **more))


def _said(said: Said) -> Any:
    return {"incident": wire.incident(said.incident), "deliveries": [wire.delivery(d) for d in said.deliveries]}


def _which(intake: Intake, call: Call) -> str:
    try:
        return intake.service.find(call.place["which"])
    except Refused as refused:
        if "There is no incident" in str(refused):
            raise Missing from refused
        raise


def _update(call: Call) -> int | None:
    return None if call.place["seq"] == "newest" else call.number("seq")


def _names(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    return tuple(body["components"]) if "components" in body else None


def _time(body: Mapping[str, Any], name: str) -> Any:
    return wire.moment(body[name]) if name in body else None


def _later(body: Mapping[str, Any]) -> dict[str, Any]:
    phase, impact = body.get("phase"), body.get("impact")
    return {
        "phase": Phase(phase) if phase else None,
        "impact": Impact(impact) if impact else None,
        "components": _names(body),
        "happened": _time(body, "happened"),
    }


# Deliveries


def delivery(intake: Intake, call: Call) -> Any:
    """One delivery."""
    row = intake.store.delivery(call.number("id"))
    if row is None:
        raise Missing
    return wire.delivery(row)


def channels(intake: Intake, call: Call) -> Any:
    """What is known of the channels: stopped, resting, and how much waits there."""
    waiting: dict[str, int] = {}
    for channel, state, count in intake.store.tally():
        waiting[channel] = waiting.get(channel, 0) + count * State(state).waiting
    items = [
        {"name": n, "stopped": s.broken, "rests_until": wire.iso(s.rest_until), "waiting": waiting.get(n, 0)}
        for n, s in intake.store.channel_states().items()
    ]
    return {"items": items}


def troubled(intake: Intake, call: Call) -> Any:
    """What failed or became unsure within the last days (query: days, 1 if not given), and how much waits."""
    text = call.query.get("days", "1")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    rows = intake.store.troubled(intake.store.now() - timedelta(days=days))
    return {"items": [wire.delivery(d) for d in rows], "waiting": intake.store.waiting()}


def retry(intake: Intake, call: Call) -> Any:
    """Try again what failed on an incident."""
    which = _which(intake, call)
    names = call.body.get("channels", ())
    intake.service.chosen(names)
    intake.service.retry(which, names)
    rows = [d for d in intake.store.deliveries(which) if d.state.waiting]
    return {"deliveries": [wire.delivery(d) for d in rows if not names or d.channel in names]}


def settle(intake: Intake, call: Call) -> Any:
    """Decide an unsure delivery."""
    id, url = call.body.get("id", ""), call.body.get("url", "")
    receipt = Receipt(id, url) if id or url else None
    now = intake.service.settle(call.number("id"), call.body["arrived"], receipt)
    row = intake.store.delivery(now)
    return {"deliveries": [wire.delivery(row)] if row else []}


# Drafts


def drafts(intake: Intake, call: Call) -> Any:
    """Those that wait, or with state=all the newest of all."""
    found = intake.store.intake.drafts(call.query.get("state", "waiting") != "all", call.most)
    return {"items": [wire.draft(d) for d in found], "next": None}


def draft(intake: Intake, call: Call) -> Any:
    """One draft."""
    found = intake.store.intake.draft(call.number("id"))
    if found is None:
        raise Missing
    return wire.draft(found)


def propose(intake: Intake, call: Call) -> Any:
    """A draft, for an admin to decide."""
    after = call.body.get("publish_after")
    span = None if after is None else timedelta(seconds=after)
    command = command_in(call.body["command"])
    made = intake.propose(command, call.body.get("incident", ""), by=call.by, via="api", publish_after=span)
    return wire.draft(made)


def approve(intake: Intake, call: Call) -> Any:
    """Publish a draft."""
    body = call.body
    more = {"version": body.get("version", 0), "silent": body.get("silent", False), "again": body.get("again", False)}
    return _said(intake.approve(call.number("id"), by=call.by, via="api", **more))


def discard(intake: Intake, call: Call) -> Any:
    """Throw a draft away."""
    return wire.draft(intake.discard(call.number("id"), by=call.by, via="api", version=call.body.get("version", 0)))


def snooze(intake: Intake, call: Call) -> Any:
    """Decide later."""
    delay = timedelta(minutes=call.body.get("minutes", 15))
    return wire.draft(intake.snooze(call.number("id"), delay, by=call.by, via="api"))


def reword(intake: Intake, call: Call) -> Any:
    """Give a draft other words."""
    text, title = call.body.get("text"), call.body.get("title")
    if text is None and title is None:
        raise Refused("Say the new words: text, or title.")
    return wire.draft(intake.edit(call.number("id"), by=call.by, via="api", text=text, title=title))


# Signals


def signals(intake: Intake, call: Call) -> Any:
    """What was said, newest first."""
    found = intake.store.intake.heard(call.most, call.query.get("hook", ""), call.before)
    return {"items": [wire.heard(h) for h in found], "next": found[-1].id if len(found) == call.most else None}


def requests(intake: Intake, call: Call) -> Any:
    """Requests as they came; state=bad for those that could not be read."""
    state, hook = call.query.get("state", ""), call.query.get("hook", "")
    found = intake.store.intake.requests(call.most, state, hook, call.before)
    return {"items": [wire.inbound(r) for r in found], "next": found[-1].id if len(found) == call.most else None}


def problems(intake: Intake, call: Call) -> Any:
    """Problems that are not over."""
    return {"items": [wire.problem(p) for p in intake.store.intake.standing(call.most)], "next": None}


def say(intake: Intake, call: Call) -> Any:
    """A signal, as monitoring would say it."""
    body = call.body
    names = ("component", "severity", "title", "text")
    said = {name: body[name] for name in names if name in body}
    started = _time(body, "started_at")
    signal = Signal("api", body["key"], Kind(body["state"]), intake.store.now(), started=started, **said)
    return {"verdicts": intake.hear(body.get("hook", "signal"), [signal])}


def replay(intake: Intake, call: Call) -> Any:
    """Weigh a stored request again."""
    return {"verdicts": intake.replay(call.number("id"))}


def close(intake: Intake, call: Call) -> Any:
    """A problem is over, as its recovery never came."""
    return {"verdicts": [intake.close(call.body["hook"], call.body["key"])]}


def heartbeats(intake: Intake, call: Call) -> Any:
    """Jobs that report, and how they are."""
    known = {beat.name: beat for beat in intake.store.intake.heartbeats()}
    beats = [known.get(job.name, Heartbeat(job.name)) for job in intake.duty.jobs]
    return {"items": [wire.heartbeat(b) for b in beats], "next": None}
