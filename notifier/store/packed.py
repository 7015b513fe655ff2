"""Values as JSON and back, by the types that their fields declare. The stored form is part of the schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from notifier.events import Command, Correct, Open, Reopen, Retract, Tell
from notifier.model import Impact, Phase
from notifier.problem import DraftState, Stage
from notifier.source import Kind
from notifier.values import defaults, fields

T = TypeVar("T")

_COMMANDS: dict[str, type[Any]] = {
    "open": Open,
    "tell": Tell,
    "reopen": Reopen,
    "correct": Correct,
    "retract": Retract,
}
_OTHER = object()
_NAMES = {kind: name for name, kind in _COMMANDS.items()}


def pack(value: Any, without: tuple[str, ...] = ()) -> str:
    """A value as JSON, without the fields that are as usual and those named."""
    usual = defaults(type(value))
    kept = (n for n in fields(type(value)) if n not in without)
    body = {n: _out(v) for n in kept if (v := getattr(value, n)) != usual.get(n, _OTHER)}
    return json.dumps(body, ensure_ascii=False)


def unpack(cls: type[T], text: str, /, **more: Any) -> T:
    """The value of that JSON, with ``more`` fields."""
    return _made(cls, json.loads(text), more)


def command_out(command: Command) -> dict[str, Any]:
    """A command as JSON values: ``{"do": "open", ...}``."""
    body = {name: _out(getattr(command, name)) for name in fields(type(command))}
    return {"do": _NAMES[type(command)], **{k: v for k, v in body.items() if v is not None}}


def command_in(body: Mapping[str, Any]) -> Command:
    """The command of these JSON values. Raises ValueError, KeyError or TypeError for what is none."""
    command: Command = _made(_COMMANDS[body["do"]], {k: v for k, v in body.items() if k != "do"}, {})
    return command


def _made(kind: type[T], body: Mapping[str, Any], more: Mapping[str, Any]) -> T:
    types = kind.__annotations__
    return kind(**{name: _in(types[name], value) for name, value in body.items()}, **more)


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [_out(v) for v in value]
    if type(value) in _NAMES:
        return command_out(value)
    return dict(value) if isinstance(value, Mapping) else value


def _in(hint: str, value: Any) -> Any:
    convert = _CONVERT.get(hint.removesuffix(" | None"))
    return value if convert is None or value is None else convert(value)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.fromisoformat,
    "Impact": Impact,
    "Phase": Phase,
    "Stage": Stage,
    "DraftState": DraftState,
    "Kind": Kind,
    "Command": command_in,
    "tuple[str, ...]": tuple,
    "tuple[datetime, ...]": lambda values: tuple(map(datetime.fromisoformat, values)),
}
