"""The nouns: what an incident is, what is said of it, and who hears it.

Values only. Every time is an aware UTC ``datetime``; a text in several languages is a mapping from
language tag ("de") to text, whose first key is the language it was written in first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.channel import Limits, Message, Receipt
from notifier.values import value

Texts = Mapping[str, str]


class Phase(StrEnum):
    """Where an incident or a maintenance stands, in the words of Statuspage and its clients.

    The first four are those of an incident, the last four those of a maintenance.
    """

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"

    @property
    def over(self) -> bool:
        """Nothing more is to come by itself."""
        return self in (Phase.RESOLVED, Phase.COMPLETED)

    @property
    def planned(self) -> bool:
        """It is a phase of a maintenance."""
        return self in (Phase.SCHEDULED, Phase.IN_PROGRESS, Phase.VERIFYING, Phase.COMPLETED)


class Impact(StrEnum):
    """How much users feel it, from nothing to everything."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (none) to 3 (critical)."""
        return _RANKS[self]


_RANKS = {impact: rank for rank, impact in enumerate(Impact)}


class Status(StrEnum):
    """State of a component."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"
    MAINTENANCE = "under_maintenance"


STATUS_OF: Mapping[Impact, Status] = {
    Impact.NONE: Status.OPERATIONAL,
    Impact.MINOR: Status.DEGRADED,
    Impact.MAJOR: Status.PARTIAL_OUTAGE,
    Impact.CRITICAL: Status.MAJOR_OUTAGE,
}


@value
class Component:
    """A part of the service that users know by name. ``group``: the heading under which the status page lists it, or
    none. ``needs``: ids of components without which this one cannot work."""

    id: str
    name: Texts
    group: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()


@value
class Worker:
    """The offline worker of the forum. ``hosts``: where status.json is looked for, in order; none: at the status page.

    A page that has not come after ``hang`` is given up when an incident is known, after ``give_up`` in any case.
    ``reload_spread``: over how long the visitors return when the forum is back.
    """

    enabled: bool = True
    path: str = "/notifier-sw.js"
    hosts: tuple[str, ...] = ()
    hang: timedelta = timedelta(seconds=8)
    give_up: timedelta = timedelta(seconds=30)
    reload_spread: timedelta = timedelta(seconds=30)


@value
class Site:
    """What the whole installation speaks for. ``languages`` is never empty; the first is the default."""

    name: str = "Status"
    url: str = ""
    status_url: str = ""
    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    components: tuple[Component, ...] = ()
    phrases: Mapping[str, Mapping[str, str]] = {}
    worker: Worker = Worker()

    def component(self, id: str) -> Component:
        """The component of that id; one that the configuration no longer names keeps its id as its name."""
        return next((c for c in self.components if c.id == id), None) or Component(id, {self.languages[0]: id})


@value
class Window:
    """When a maintenance is planned to begin and to end."""

    start: datetime
    end: datetime


@value
class Stamp:
    """Who said something, through what, and when (aware UTC)."""

    at: datetime
    by: str = ""
    source: str = "cli"


@value
class Update:
    """One word to the users as it stands now. ``seq`` is its event's number, ``at`` when it happened; ``window`` is set
    where it says when a maintenance will be: the first word on it, and each that moved it."""

    seq: int
    phase: Phase
    impact: Impact
    components: tuple[str, ...]
    text: Texts
    at: datetime
    by: str = ""
    source: str = "cli"
    corrected: datetime | None = None
    reopened: bool = False
    window: Window | None = None


@value
class Incident:
    """An incident as it stands: phase, impact and components are those of its newest update.

    ``updates`` are oldest first and never empty; ``version`` is the seq of its newest event;
    ``began`` is when it started, ``opened`` when users were first told, ``worst`` the highest impact so far;
    ``window`` is set for a maintenance, which began when it was said to be in progress, and until then is to begin
    as planned.
    """

    id: str
    version: int
    title: Texts
    phase: Phase
    impact: Impact
    worst: Impact
    components: tuple[str, ...]
    began: datetime
    opened: datetime
    resolved: datetime | None
    updates: tuple[Update, ...]
    retracted: bool = False
    window: Window | None = None

    @property
    def open(self) -> bool:
        """Users are still waiting for its end."""
        return not self.retracted and not self.phase.over

    @property
    def current(self) -> bool:
        """It is going on: open, and not a maintenance that is still to begin."""
        return self.open and self.phase is not Phase.SCHEDULED

    @property
    def maintenance(self) -> bool:
        """It was planned; then ``window`` is set, and its impact is NONE."""
        return self.window is not None

    def lasted(self, until: datetime) -> timedelta:
        """How long it was not resolved, up to ``until``: the hours in between when all was well do not count."""
        total, since = timedelta(0), self.began
        was_open = True
        for update in self.updates:
            at = min(update.at, until)
            if was_open:
                total += max(at - since, timedelta(0))
            since, was_open = max(since, at), not update.phase.over
        return total + max(until - since, timedelta(0)) if was_open else total


class Step(StrEnum):
    """One remote change."""

    POST = "post"
    REPLY = "reply"
    EDIT = "edit"
    PIN = "pin"
    UNPIN = "unpin"
    DELETE = "delete"
    PUBLISH = "publish"


class State(StrEnum):
    """Life of a delivery. The last four are ends; only ``settle`` moves a row on from unsure."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNSURE = "unsure"
    SUPERSEDED = "superseded"

    @property
    def waiting(self) -> bool:
        """Something will still happen by itself."""
        return self in (State.DUE, State.SENDING)


@value
class Route:
    """Who hears what, in which language and style: a configured channel as the plan sees it.

    ``can`` holds the names of the channel's abilities ("Replies", "Edits", "Pins", "Deletes", "Finds");
    ``recipients`` is empty for a channel that is one place; ``board`` marks a view of the present state.
    """

    channel: str
    kind: str
    limits: Limits = Limits()
    can: frozenset[str] = frozenset()
    board: bool = False
    recipients: tuple[str, ...] = ()
    lang: str = ""
    least: Impact = Impact.NONE
    components: tuple[str, ...] = ()
    style: str = ""
    pin: bool = False
    long: str = "cut"
    catch_up: str = "latest"
    tell_within: timedelta = timedelta(hours=24)
    unsure: str = "auto"
    enabled: bool = True
    admin: bool = False


@value
class Delivery:
    """An outbox row: one remote change that is to be made once.

    ``lane`` is the unit of order; ``refers`` says which earlier message it changes or answers:
    "" none, "root" the first, "last" the newest, "update N" the one that told update N, "part" the part before.
    ``news`` marks the row that carries the words (others only tidy up); ``latest`` lets a newer one replace it
    after a long outage; ``deadline`` None means as long as it takes; ``first`` lanes go ahead of the others.
    ``doubted``: since when it may have been delivered, although no answer said so.
    """

    channel: str
    lane: str
    step: Step
    key: str
    incident: str = ""
    seq: int = 0
    part: int = 0
    to: str = ""
    refers: str = ""
    message: Message | None = None
    news: bool = False
    latest: bool = False
    deadline: datetime | None = None
    first: bool = False
    # what the store adds
    id: int = 0
    state: State = State.DUE
    due: datetime | None = None
    attempts: int = 0
    owner: str = ""
    created: datetime | None = None
    started: datetime | None = None
    doubted: datetime | None = None
    done: datetime | None = None
    why: str = ""
    url: str = ""
    receipt: Receipt | None = None
