"""The table of the API: each address with its method, scope, shape and call. OpenAPI is made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.intake import Intake
from notifier.values import value
from notifier.web.api import calls, shapes
from notifier.web.api.shapes import Shape

BASE = "/api/v1"


@value
class Operation:
    """One operation. ``takes``: the shape of its body, None for none; ``gives``: the status of success; ``query``: the
    names of its query parameters; ``example``: a body."""

    method: str
    path: str
    scope: str
    call: Callable[[Intake, calls.Call], Any]
    says: str
    takes: Shape | None = None
    gives: int = 200
    query: tuple[str, ...] = ()
    example: Any = None

    @property
    def name(self) -> str:
        """Its name, unique in the table."""
        return self.call.__name__.rstrip("_")


_DE_EN = {"de": "Der Sprachserver ist nicht erreichbar.", "en": "The voice server cannot be reached."}
_TITLE = {"de": "Sprachserver: Ausfall", "en": "Voice server: outage"}
_WINDOW = {"start": "2030-05-01T01:00:00Z", "end": "2030-05-01T03:00:00Z"}
_PAGE = ("limit", "before")

O = Operation  # noqa: E741 - a table reads best with short rows
OPERATIONS: tuple[Operation, ...] = (
    O("GET", "/site", "read", calls.site, "What this installation speaks for, and its channels."),
    O("GET", "/incidents", "read", calls.incidents, "Open incidents; all with state=all.", query=("state",
      "limit", "after")),
    O("POST", "/incidents", "incidents", calls.open_, "Open an incident: tell everybody.", shapes.OPEN, 201,
      example={"title": _TITLE, "text": _DE_EN, "components": ["voice"], "impact": "critical"}),
    O("GET", "/find", "read", calls.find, "Which incident is meant.", query=("which", "closed", "reopen", "planned")),
    O("GET", "/incidents/{which}", "read", calls.incident, "An incident and its deliveries."),
    O("DELETE", "/incidents/{which}", "incidents", calls.retract_all, "Take everything back.", shapes.RETRACT),
    O("GET", "/incidents/{which}/attempts", "read", calls.attempts, "Every try at its deliveries."),
    O("POST", "/incidents/{which}/updates", "incidents", calls.update, "Tell more, or that it is over.",
      shapes.UPDATE, 201,
      example={"text": _DE_EN, "phase": "identified"}),
    O("PATCH", "/incidents/{which}/updates/{seq}", "incidents", calls.correct, "Correct an update.", shapes.CORRECT,
      example={"text": _DE_EN}),
    O("DELETE", "/incidents/{which}/updates/{seq}", "incidents", calls.retract, "Take an update back.", shapes.RETRACT),
    O("POST", "/incidents/{which}/reopen", "incidents", calls.reopen, "It is back.", shapes.REOPEN, 201,
      example={"text": _DE_EN}),
    O("POST", "/incidents/{which}/retry", "deliveries", calls.retry, "Try again what failed.", shapes.RETRY),
    O("POST", "/maintenances", "incidents", calls.schedule, "Plan a maintenance.", shapes.SCHEDULE, 201,
      example={"title": _TITLE, "text": _DE_EN, "components": ["voice"], "window": _WINDOW}),
    O("POST", "/incidents/{which}/reschedule", "incidents", calls.reschedule, "Move a maintenance.",
      shapes.RESCHEDULE, 201,
      example={"text": _DE_EN, "window": _WINDOW}),
    O("GET", "/deliveries", "read", calls.troubled, "What failed lately, and how much waits.", query=("days",)),
    O("GET", "/deliveries/{id}", "read", calls.delivery, "One delivery."),
    O("POST", "/deliveries/{id}/settle", "deliveries", calls.settle, "Decide an unsure delivery.", shapes.SETTLE,
      example={"arrived": True}),
    O("GET", "/channels", "read", calls.channels, "Which channels are stopped or rest."),
    O("GET", "/drafts", "read", calls.drafts, "Drafts that wait; all with state=all.", query=("state", "limit")),
    O("POST", "/drafts", "drafts", calls.propose, "Propose words, for an admin to decide.", shapes.PROPOSE, 201,
      example={"command": {"do": "open", "title": _TITLE, "text": _DE_EN, "components": ["voice"]}}),
    O("GET", "/drafts/{id}", "read", calls.draft, "One draft."),
    O("PATCH", "/drafts/{id}", "drafts", calls.reword, "Give a draft other words.", shapes.REWORD,
      example={"text": _DE_EN}),
    O("POST", "/drafts/{id}/approve", "drafts", calls.approve, "Publish a draft.", shapes.APPROVE,
      example={"version": 1}),
    O("POST", "/drafts/{id}/discard", "drafts", calls.discard, "Throw a draft away.", shapes.DECIDE),
    O("POST", "/drafts/{id}/snooze", "drafts", calls.snooze, "Decide later.", shapes.SNOOZE, example={"minutes": 15}),
    O("GET", "/signals", "read", calls.signals, "What monitoring said, newest first.", query=("hook", *_PAGE)),
    O("POST", "/signals", "signals", calls.say, "Say what monitoring says.", shapes.SIGNAL, 201,
      example={"key": "backup", "state": "problem", "component": "forum", "severity": "major"}),
    O("GET", "/problems", "read", calls.problems, "Problems that are not over.", query=("limit",)),
    O("POST", "/problems/close", "signals", calls.close, "A problem is over, its recovery never came.", shapes.CLOSE,
      example={"hook": "signal", "key": "backup"}),
    O("GET", "/requests", "read", calls.requests, "Requests as they came.", query=("state", "hook", *_PAGE)),
    O("POST", "/requests/{id}/replay", "signals", calls.replay, "Weigh a stored request again.", shapes.taken([])),
    O("GET", "/heartbeats", "read", calls.heartbeats, "Jobs that report, and how they are."),
)  # fmt: skip
