"""Holds requests and answers against the machine-readable description of Telegram's Bot API, where it is at hand.

Without the description (``../shared/specs/telegram-bot-api.json``) forms are read by their looks and nothing is held
against anything.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DESCRIPTION = Path(__file__).resolve().parents[3] / "shared" / "specs" / "telegram-bot-api.json"
TEXTS = ("text", "chat_id", "callback_query_id", "url", "secret_token", "language_code")
PLAIN: dict[str, tuple[type, ...]] = {"Integer": (int,), "String": (str,), "Boolean": (bool,), "Float": (int, float)}


@cache
def description() -> dict[str, Any]:
    """The description: "methods" and "types" by name; {} when it is not at hand."""
    return dict(json.loads(DESCRIPTION.read_text("utf-8"))) if DESCRIPTION.exists() else {}


class Spec:
    """``violations`` collects one line for each thing that does not fit."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._known = description()

    def read(self, method: str, form: dict[str, str]) -> dict[str, Any]:
        """The values of a form, which sends everything but text as JSON; held against the method's parameters."""
        if not self._known:
            return {name: value if name in TEXTS else _json(value) for name, value in form.items()}
        if method not in self._known["methods"]:
            self.violations.append(f"{method}: no such method")
            return {}
        fields = self._known["methods"][method].get("fields") or []
        types = {f["name"]: f["types"] for f in fields}
        given = {n: v if "String" in types.get(n, ()) else _json(v) for n, v in form.items()}
        self._object(method, given, fields)
        return given

    def check_answer(self, method: str, result: Any) -> None:
        """Hold what the fake answers against what the method returns."""
        if self._known:
            self._value(f"answer to {method}", result, self._known["methods"][method]["returns"])

    def _object(self, where: str, given: dict[str, Any], fields: list[dict[str, Any]]) -> None:
        known = {f["name"]: f for f in fields}
        for name, value in given.items():
            if name in known:
                self._value(f"{where}.{name}", value, known[name]["types"])
            else:
                self.violations.append(f"{where}: has no {name}")
        missing = [name for name, f in known.items() if f["required"] and name not in given]
        self.violations += [f"{where}: needs {name}" for name in missing]

    def _value(self, where: str, value: Any, types: list[str]) -> None:
        if not any(self._fits(value, kind) for kind in types):
            self.violations.append(f"{where}: {value!r} is not {' or '.join(types)}")
        elif isinstance(value, dict):
            self._closest(where, value, [self._known["types"][kind] for kind in types if kind in self._known["types"]])

    def _closest(self, where: str, value: dict[str, Any], shapes: list[dict[str, Any]]) -> None:
        """Complain by the shape that ``value`` fits best: unions such as ChatMember have several."""
        single = [s for shape in shapes for s in self._members(shape)]
        complaints: list[list[str]] = []
        for shape in single:
            trial = Spec()
            trial._object(where, value, shape.get("fields") or [])
            complaints.append(trial.violations)
        self.violations += min(complaints, key=lambda lines: sum(1 for _ in lines), default=[])

    def _members(self, shape: dict[str, Any]) -> list[dict[str, Any]]:
        return [self._known["types"][name] for name in shape.get("subtypes") or []] or [shape]

    def _fits(self, value: Any, kind: str) -> bool:
        if kind.startswith("Array of "):
            return isinstance(value, list) and all(self._fits(v, kind.removeprefix("Array of ")) for v in value)
        if kind in PLAIN:
            return isinstance(value, PLAIN[kind]) and (kind == "Boolean" or not isinstance(value, bool))
        return isinstance(value, dict)


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
