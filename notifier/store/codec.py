"""Events and messages as JSON and back. The stored form is part of the schema: old rows must stay readable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.channel import Message, Receipt
from notifier.events import Corrected, Event, Opened, Reopened, Rescheduled, Retracted, Scheduled, Told
from notifier.history import Brief, Spell
from notifier.model import Impact, Phase, Stamp, Window
from notifier.values import fields

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: dict[str, type[Event]] = {
    "opened": Opened,
    "scheduled": Scheduled,
    "rescheduled": Rescheduled,
    "told": Told,
    "reopened": Reopened,
    "corrected": Corrected,
    "retracted": Retracted,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of an aware time."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The aware UTC time of that many microseconds."""
    return _EPOCH + timedelta(microseconds=at)


def maybe(at: int | None) -> datetime | None:
    """As :func:`moment`; nothing stays nothing."""
    return None if at is None else moment(at)


def dump_event(event: Event) -> tuple[str, str]:
    """Kind and body of an event."""
    body = {name: _out(getattr(event, name)) for name in fields(type(event))}
    return _NAMES[type(event)], json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def load_event(kind: str, body: str) -> Event:
    """The event of that kind and body."""
    known = _KINDS[kind]
    values = {name: _in(name, value) for name, value in json.loads(body).items()}
    event: Event = known(**values)
    return event


def dump_message(message: Message | None) -> str | None:
    """A message as JSON without its empty fields."""
    if message is None:
        return None
    values = {name: getattr(message, name) for name in fields(Message)}
    return json.dumps({k: v for k, v in values.items() if v}, ensure_ascii=False, separators=(",", ":"))


def load_message(text: str | None) -> Message | None:
    """The message of that JSON."""
    if text is None:
        return None
    values = {"text": "", **json.loads(text)}
    return Message(**{**values, "actions": tuple((label, code) for label, code in values.get("actions", ()))})


def dump_receipt(receipt: Receipt) -> str:
    """A receipt as JSON."""
    return json.dumps({"id": receipt.id, "url": receipt.url, "more": dict(receipt.more)}, ensure_ascii=False)


def load_receipt(text: str | None) -> Receipt | None:
    """The receipt of that JSON."""
    return None if text is None else Receipt(**json.loads(text))


def dump_brief(brief: Brief) -> str:
    """A brief as JSON, without what the incident's row has in columns of its own."""
    spells = [[micros(s.start), s.end and micros(s.end), s.impact, s.components, int(s.planned)] for s in brief.spells]
    window = brief.window and [micros(brief.window.start), micros(brief.window.end)]
    times = {name: at and micros(at) for name in _BRIEF_TIMES for at in (getattr(brief, name),)}
    plain = {name: getattr(brief, name) for name in _BRIEF_PLAIN}
    body = {**plain, **times, "title": dict(brief.title), "spells": spells, "window": window}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def load_brief(text: str, id: str, version: int, revision: int, updated: datetime) -> Brief:
    """The brief of that JSON and those columns."""
    body = json.loads(text)
    return Brief(
        id=id,
        version=version,
        revision=revision,
        updated=updated,
        title=body["title"],
        phase=Phase(body["phase"]),
        impact=Impact(body["impact"]),
        worst=Impact(body["worst"]),
        began=moment(body["began"]),
        opened=moment(body["opened"]),
        over=maybe(body["over"]),
        seconds=body["seconds"],
        components=tuple(body["components"]),
        touched=tuple(body["touched"]),
        spells=tuple(
            Spell(moment(a), maybe(b), Impact(impact), tuple(ids), bool(planned))
            for a, b, impact, ids, planned in body["spells"]
        ),
        retracted=body["retracted"],
        window=Window(*map(moment, body["window"])) if body["window"] else None,
    )


_BRIEF_TIMES = ("began", "opened", "over")
_BRIEF_PLAIN = ("phase", "impact", "worst", "seconds", "components", "touched", "retracted")


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Stamp):
        return {"at": _out(value.at), "by": value.by, "source": value.source}
    if isinstance(value, Window):
        return {"start": _out(value.start), "end": _out(value.end)}
    return dict(value) if isinstance(value, Mapping) else value


def _in(name: str, value: Any) -> Any:
    if name in ("began", "happened"):
        return datetime.fromisoformat(value)
    if name == "stamp":
        return Stamp(at=datetime.fromisoformat(value["at"]), by=value["by"], source=value["source"])
    if name == "window":
        return Window(start=datetime.fromisoformat(value["start"]), end=datetime.fromisoformat(value["end"]))
    if name == "components":
        return tuple(value)
    if name == "impact":
        return Impact(value)
    return Phase(value) if name == "phase" else value
