"""Where incidents and deliveries are kept, in the language of incidents and deliveries.

One ``Store`` object belongs to one thread, unless it was opened to be shared. Whatever writes stands inside
``with store.transaction():``, and is stored as a whole or not at all. Times are aware UTC;
:meth:`Store.now` is the only clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from notifier.channel import Receipt
from notifier.events import Event
from notifier.history import Brief
from notifier.model import Delivery, Incident
from notifier.outbox import Outcome
from notifier.values import value

if TYPE_CHECKING:
    from notifier.store.intake import Intake


class StoreError(Exception):
    """The store cannot be used; the text says what is wrong, where, and what to do."""


class StoreGone(StoreError):
    """The store that was opened is no longer the one that is there: only opening it anew may help."""


@value
class Node:
    """A process that delivers. ``place`` tells on which machine and as which process it runs."""

    id: str
    kind: str
    place: str = ""


@value
class Seen:
    """A node and when it last gave a sign of life."""

    node: Node
    beat: datetime


@value
class ChannelState:
    """What all nodes know of a channel: rest till then, paced till then, why it is stopped, moved keys."""

    rest_until: datetime
    paced_until: datetime
    broken: str = ""
    moved: Mapping[str, str] = {}


@value
class Target:
    """The earlier message that a delivery answers or changes: its row and what the remote gave for it."""

    id: int
    receipt: Receipt


@value
class Claim:
    """A delivery that this node is to make now. ``stale``: newer words wait in its lane, and it is old."""

    row: Delivery
    target: Target | None = None
    stale: bool = False


@value
class Attempt:
    """One try at a delivery, for the ledger."""

    delivery: int
    n: int
    node: str
    started: datetime
    ended: datetime
    state: str
    why: str


class Store(Protocol):
    """What the service and the dispatcher ask of a store."""

    @property
    def intake(self) -> Intake:
        """What it keeps between monitoring and the public."""
        ...

    def now(self) -> datetime:
        """The time by the store's clock."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All of it or nothing; within another one, a part of that. Raises StoreError."""
        ...

    # incidents

    def add(self, incident: Incident, event: Event) -> None:
        """Append an event; ``incident`` is the state after it."""
        ...

    def events(self, incident: str, after: int = 0) -> list[Event]:
        """The events of an incident after that version of it, oldest first; none for an unknown id."""
        ...

    def open_ids(self) -> list[str]:
        """Ids of open incidents, last touched first."""
        ...

    def newest_ids(self, most: int) -> list[str]:
        """Ids of open incidents and then the last touched ones."""
        ...

    def newest_events(self, since: datetime) -> list[tuple[str, Event]]:
        """What happened since then, newest first, with the incident's id."""
        ...

    def briefs(self, since: int) -> list[Brief]:
        """What changed after revision ``since``, oldest change first: one brief an incident. 0 gives all."""
        ...

    def version(self) -> int:
        """A number that grows with every event: the highest revision of a brief."""
        ...

    # deliveries

    def enqueue(self, rows: Iterable[Delivery]) -> list[int]:
        """Store new deliveries as due now; older ones that they make pointless become superseded. Their ids."""
        ...

    def deliveries(self, incident: str) -> list[Delivery]:
        """All deliveries of an incident in the order they were planned; "" gives the notices to admins."""
        ...

    def delivery(self, id: int) -> Delivery | None:
        """One delivery."""
        ...

    def troubled(self, since: datetime) -> list[Delivery]:
        """Deliveries that failed or became unsure since then."""
        ...

    def touched(self, since: datetime) -> list[Delivery]:
        """Deliveries that ended since then."""
        ...

    def waiting(self) -> int:
        """How many deliveries still wait or are being sent."""
        ...

    def tally(self) -> list[tuple[str, str, int]]:
        """How many deliveries there are: (channel, state, count)."""
        ...

    def attempts(self, incident: str) -> list[Attempt]:
        """Every try at this incident's deliveries."""
        ...

    def say_again(self, id: int) -> int:
        """The same change once more, at the end of its lane. The new delivery's id."""
        ...

    def end(self, row: Delivery, outcome: Outcome, now: datetime) -> bool:
        """Move a row that nobody is sending; False when it changed meanwhile."""
        ...

    # sending

    def claim(self, node: Node, channel: str, free: int, now: datetime) -> list[Claim]:
        """Mark up to ``free`` lane heads that are due as being sent by this node."""
        ...

    def settle(self, node: Node, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        """Store the result of a claimed delivery; False when the claim had been lost to another node."""
        ...

    def hand_back(self, node: Node, row: Delivery) -> None:
        """Give up a claim that was never begun."""
        ...

    def overdue(self, now: datetime) -> list[Delivery]:
        """Due rows whose deadline has passed."""
        ...

    def orphans(self, alive: Callable[[str], bool]) -> list[Delivery]:
        """Rows being sent by a node that is not alive."""
        ...

    def next_due(self, channels: Iterable[str]) -> datetime | None:
        """When the next of these channels has something to do."""
        ...

    # channels and nodes

    def channel_states(self) -> Mapping[str, ChannelState]:
        """What is known of the channels; one that never had trouble may be missing."""
        ...

    def rest(self, channel: str, until: datetime) -> None:
        """Leave a channel alone till then."""
        ...

    def pace(self, channel: str, until: datetime) -> None:
        """Note until when a channel's allowance is used up."""
        ...

    def stop(self, channel: str, why: str) -> None:
        """Mark a channel as broken."""
        ...

    def mend(self, channel: str) -> None:
        """Let a broken or resting channel go on."""
        ...

    def move(self, channel: str, to: Mapping[str, str]) -> None:
        """Remember new values of a channel's keys."""
        ...

    def hasten(self, channel: str) -> None:
        """Make everything that waits on this channel due now."""
        ...

    def beat(self, node: Node, now: datetime) -> None:
        """A sign of life."""
        ...

    def leave(self, node: Node) -> None:
        """This node ends; its claims, if any are left, are orphans."""
        ...

    def nodes(self) -> Sequence[Seen]:
        """Every node that beat lately."""
        ...

    def changed(self) -> bool:
        """Whether somebody else has written since the last call. Cheap."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


def utc_now() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)
