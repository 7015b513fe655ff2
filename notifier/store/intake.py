"""What a store keeps between monitoring and the public: requests, signals, problems, drafts, heartbeats, tokens.

It belongs to a :class:`notifier.store.Store` and shares its transactions: whatever writes stands inside
``with store.transaction():``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from notifier.model import Impact
from notifier.problem import Draft, Problem, Stage
from notifier.source import Request, Signal
from notifier.values import value

NEW, WEIGHED, BAD = "new", "weighed", "bad"


@value
class Inbound:
    """A request as it was taken in, before or after it was weighed.

    same: what a repeat of the very same request is known by, or "". state: "new", "weighed" or "bad" (it could not be
    read; ``why`` says why, and it can be replayed after a fix).
    """

    hook: str
    source: str
    request: Request
    same: str = ""
    state: str = NEW
    why: str = ""
    id: int = 0


@value
class Heard:
    """A signal and what came of it, for the ledger. ``request`` is 0 for signals that arose here."""

    hook: str
    signal: Signal
    verdict: str
    request: int = 0
    id: int = 0


@value
class Alike:
    """Problems that are the same to the judge: how many, and since when the first."""

    stage: Stage
    draft: int
    incident: str
    component: str
    group: str
    impact: Impact
    count: int
    since: datetime


@value
class Heartbeat:
    """What is known of a job that reports: last sign of success, last start, whether it is down, when to look again.

    state: "new", "up", "late" (in grace), "down" or "paused"; since: since when.
    """

    name: str
    state: str = "new"
    since: datetime | None = None
    last: datetime | None = None
    started: datetime | None = None
    due: datetime | None = None
    status: str = ""


@value
class Token:
    """Who may use the HTTP API. The token itself is not kept, only its hash (SHA-256)."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created: datetime
    until: datetime | None = None
    used: datetime | None = None


class Intake(Protocol):
    """What the intake asks of a store."""

    # requests and signals

    def take_in(self, inbound: Inbound) -> int:
        """Store a request; the id of the earlier one if the same was taken in before."""
        ...

    def unweighed(self, most: int) -> list[Inbound]:
        """The oldest requests that are new."""
        ...

    def request(self, id: int) -> Inbound | None:
        """One request."""
        ...

    def requests(self, most: int, state: str = "", hook: str = "", before: int = 0) -> list[Inbound]:
        """The newest requests, of that state and hook if given, older than the request ``before``."""
        ...

    def mark(self, id: int, state: str, why: str = "") -> None:
        """What became of a request."""
        ...

    def hear(self, heard: Heard) -> int:
        """Note a signal and what came of it."""
        ...

    def heard(self, most: int, hook: str = "", before: int = 0) -> list[Heard]:
        """The newest signals, of that hook if given, older than the signal ``before``."""
        ...

    def forget(self, before: datetime, now: datetime) -> None:
        """Delete requests and signals older than ``before``, and what was to be kept till ``now`` at most."""
        ...

    # problems

    def problem(self, hook: str, key: str) -> Problem | None:
        """The problem of that key."""
        ...

    def save_problem(self, problem: Problem) -> None:
        """Store it in place of what was known."""
        ...

    def due_problems(self, now: datetime, most: int) -> list[Problem]:
        """Those whose time has come, the longest overdue first."""
        ...

    def standing(self, most: int = 500) -> list[Problem]:
        """Problems that are not cleared, last seen first."""
        ...

    def members(self, draft: int = 0, incident: str = "") -> list[Problem]:
        """The problems of a draft, or of an incident."""
        ...

    def crowd(self) -> list[Alike]:
        """Problems that are not cleared, those alike as one."""
        ...

    def move_members(self, draft: int, incident: str) -> None:
        """The problems of a draft become part of an incident ("": of none)."""
        ...

    # drafts

    def add_draft(self, draft: Draft) -> int:
        """Store a new draft; its number."""
        ...

    def save_draft(self, draft: Draft) -> None:
        """Store it in place of what was known."""
        ...

    def draft(self, id: int) -> Draft | None:
        """One draft."""
        ...

    def drafts(self, waiting: bool = True, most: int = 100) -> list[Draft]:
        """The waiting drafts, or the newest of all."""
        ...

    def due_drafts(self, now: datetime) -> list[Draft]:
        """Waiting drafts whose time has come."""
        ...

    def next_due(self) -> datetime | None:
        """When the next problem or draft wants to be looked at."""
        ...

    # heartbeats, tokens, what else is kept

    def heartbeat(self, name: str) -> Heartbeat | None:
        """One heartbeat."""
        ...

    def heartbeats(self) -> list[Heartbeat]:
        """All of them, by name."""
        ...

    def save_heartbeat(self, beat: Heartbeat) -> None:
        """Store it in place of what was known."""
        ...

    def add_token(self, token: Token) -> None:
        """Store a token."""
        ...

    def token(self, hash: str) -> Token | None:
        """The token of that hash."""
        ...

    def tokens(self) -> Sequence[Token]:
        """All tokens, oldest first."""
        ...

    def drop_token(self, id: str) -> bool:
        """Whether there was one to delete."""
        ...

    def keep(self, name: str, value: str, until: datetime | None = None) -> None:
        """Remember a text under a name."""
        ...

    def kept(self, name: str) -> str | None:
        """The text kept under that name, unless its time is over."""
        ...

    def counts(self) -> Iterable[tuple[str, str, int]]:
        """How many requests, signals, problems and drafts there are: (table, state, count)."""
        ...
