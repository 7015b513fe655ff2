"""What comes in and goes out, as JSON Schema 2020-12: requests are held against these, and OpenAPI shows them."""

from __future__ import annotations

from typing import Any

from notifier.model import Impact, Phase

Shape = dict[str, Any]

TEXT: Shape = {"type": "string", "minLength": 1, "maxLength": 20_000}
TEXTS: Shape = {
    "description": "One text a language: language tag -> text.",
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    "additionalProperties": TEXT,
    "examples": [{"de": "Der Sprachserver ist nicht erreichbar.", "en": "The voice server cannot be reached."}],
}
TIME: Shape = {"type": "string", "format": "date-time", "examples": ["2026-05-01T15:00:00Z"]}
IMPACT: Shape = {"enum": [str(i) for i in Impact]}
PHASE: Shape = {"enum": [str(p) for p in Phase]}
NAMES: Shape = {"type": "array", "items": {"type": "string"}, "maxItems": 100}
WINDOW: Shape = {
    "type": "object",
    "required": ["start", "end"],
    "properties": {"start": TIME, "end": TIME},
    "additionalProperties": False,
}
MANNER: Shape = {
    "only": {**NAMES, "description": "Only these channels."},
    "without": {**NAMES, "description": "Not these channels."},
    "again": {"type": "boolean", "description": "Although the same was told a moment ago."},
    "silent": {"type": "boolean", "description": "Without a sound on people's devices."},
    "dry_run": {"type": "boolean", "description": "Show what each channel would get; store nothing."},
    "by": {"type": "string", "maxLength": 100, "description": "Who says it; the token's name if not given."},
}


def taken(required: list[str], **properties: Shape) -> Shape:
    """A body that a request may bring."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def told(required: list[str], **properties: Shape) -> Shape:
    """A body of a command, with how it is to be carried out."""
    return taken(required, **properties, **MANNER)


OPEN = told(["title", "text"], title=TEXTS, text=TEXTS, components=NAMES, impact=IMPACT, phase=PHASE, began=TIME)
UPDATE = told(["text"], text=TEXTS, phase=PHASE, impact=IMPACT, components=NAMES, happened=TIME)
REOPEN = UPDATE
CORRECT = told([], text=TEXTS, title=TEXTS)
RETRACT = told([])
SCHEDULE = told(["title", "text", "window"], title=TEXTS, text=TEXTS, components=NAMES, window=WINDOW)
RESCHEDULE = told(["text", "window"], text=TEXTS, window=WINDOW)
RETRY = taken([], channels=NAMES)
SETTLE = taken(["arrived"], arrived={"type": "boolean"}, id={"type": "string"}, url={"type": "string"})
APPROVE = taken(
    [],
    version={"type": "integer", "minimum": 0, "description": "The version that was seen; 0 for any."},
    silent=MANNER["silent"],
    again=MANNER["again"],
    by=MANNER["by"],
)
DECIDE = taken([], version=APPROVE["properties"]["version"], by=MANNER["by"])
SNOOZE = taken([], minutes={"type": "integer", "minimum": 1, "maximum": 10_080}, by=MANNER["by"])
REWORD = taken([], text=TEXTS, title=TEXTS, by=MANNER["by"])


def proposed(**commands: Shape) -> Shape:
    """A command as it stands in a draft: ``do`` and the fields that this command has."""
    cases = [
        {"if": {"required": ["do"], "properties": {"do": {"const": do}}}, "then": shape}
        for do, shape in commands.items()
    ]
    return {
        "type": "object",
        "required": ["do"],
        "properties": {"do": {"enum": list(commands)}},
        "allOf": cases,
        "description": "As in a draft: do, and the fields of that command.",
    }


_MORE = {"phase": PHASE, "impact": IMPACT, "components": NAMES}
_OF: Shape = {
    "type": "integer",
    "minimum": 1,
    "maximum": 1_000_000,
    "description": "The update; the newest if not given.",
}
COMMAND = proposed(
    open=taken(["title", "text"], do={}, title=TEXTS, text=TEXTS, **_MORE, began=TIME),
    tell=taken(["text"], do={}, text=TEXTS, **_MORE, happened=TIME),
    reopen=taken(["text"], do={}, text=TEXTS, **_MORE, happened=TIME),
    correct=taken([], do={}, text=TEXTS, title=TEXTS, of=_OF),
    retract=taken([], do={}, of=_OF, whole={"type": "boolean"}),
)
PROPOSE = taken(
    ["command"],
    command=COMMAND,
    incident={"type": "string"},
    publish_after={
        "type": "integer",
        "minimum": 0,
        "maximum": 10 * 366 * 86_400,
        "description": "Seconds; then it is published by itself.",
    },
    by=MANNER["by"],
)
SIGNAL = taken(
    ["key", "state"],
    key={"type": "string", "minLength": 1, "maxLength": 255},
    state={"enum": ["problem", "recovery", "acknowledged", "test"]},
    component={"type": "string", "maxLength": 255},
    severity={"type": "string", "maxLength": 100},
    title={"type": "string", "maxLength": 300},
    text={"type": "string", "maxLength": 10_000},
    hook={"type": "string", "maxLength": 100},
    started_at=TIME,
)
CLOSE = taken(["hook", "key"], hook={"type": "string"}, key={"type": "string"})

PROBLEM: Shape = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
