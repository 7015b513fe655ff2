"""What somebody wants, and what happened: commands and the events that they lead to.

Values only, as in :mod:`notifier.model`. Events are append-only; an incident is their fold.
"""

from __future__ import annotations

from datetime import datetime

from notifier.model import Impact, Phase, Stamp, Texts, Window
from notifier.values import value

# Commands: what somebody wants. None of a field means "as it is".


@value
class Open:
    """A new incident. ``began`` says that it started earlier than it is told."""

    title: Texts
    text: Texts
    components: tuple[str, ...] = ()
    impact: Impact = Impact.MAJOR
    phase: Phase = Phase.INVESTIGATING
    began: datetime | None = None


@value
class Tell:
    """A later word on an incident or a maintenance; ``Phase.RESOLVED`` ends either. ``happened``: earlier than it is
    told."""

    text: Texts
    phase: Phase | None = None
    impact: Impact | None = None
    components: tuple[str, ...] | None = None
    happened: datetime | None = None


@value
class Schedule:
    """A maintenance is planned."""

    title: Texts
    text: Texts
    components: tuple[str, ...]
    window: Window


@value
class Reschedule:
    """The maintenance is at another time, or takes longer."""

    window: Window
    text: Texts


@value
class Reopen:
    """It is back: the same incident goes on."""

    text: Texts
    phase: Phase = Phase.INVESTIGATING
    impact: Impact | None = None
    components: tuple[str, ...] | None = None
    happened: datetime | None = None


@value
class Correct:
    """Other words for update ``of`` (None: the newest), or another title; nothing new happened."""

    text: Texts | None = None
    title: Texts | None = None
    of: int | None = None


@value
class Retract:
    """Take back update ``of`` (None: the newest), or with ``whole`` the incident: it was a false alarm, or a
    maintenance is cancelled."""

    of: int | None = None
    whole: bool = False


Command = Open | Schedule | Reschedule | Tell | Reopen | Correct | Retract

# Events: what happened. Append-only; an incident is their fold.


@value
class Opened:
    """The incident was made public."""

    seq: int
    stamp: Stamp
    title: Texts
    text: Texts
    components: tuple[str, ...]
    impact: Impact
    phase: Phase
    began: datetime


@value
class Scheduled:
    """The maintenance was announced."""

    seq: int
    stamp: Stamp
    title: Texts
    text: Texts
    components: tuple[str, ...]
    window: Window


@value
class Rescheduled:
    """The maintenance was moved to this window; if it had begun and the window lies ahead, it is to begin anew."""

    seq: int
    stamp: Stamp
    text: Texts
    components: tuple[str, ...]
    phase: Phase
    window: Window


@value
class Told:
    """Users got a later word. Holds the state after it, so that a fold needs no defaults."""

    seq: int
    stamp: Stamp
    text: Texts
    components: tuple[str, ...]
    impact: Impact
    phase: Phase
    happened: datetime


@value
class Reopened:
    """A resolved incident came back."""

    seq: int
    stamp: Stamp
    text: Texts
    components: tuple[str, ...]
    impact: Impact
    phase: Phase
    happened: datetime


@value
class Corrected:
    """The words of update ``of`` were replaced; a title or text of None stayed."""

    seq: int
    stamp: Stamp
    of: int
    text: Texts | None
    title: Texts | None


@value
class Retracted:
    """Update ``of`` was taken back; 0 is the whole incident."""

    seq: int
    stamp: Stamp
    of: int


Event = Opened | Scheduled | Rescheduled | Told | Reopened | Corrected | Retracted
