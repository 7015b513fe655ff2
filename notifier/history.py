"""What is remembered of every incident, so that nobody has to read its events again: a brief each.

The status page lists hundreds of incidents and draws ninety days of each component from their briefs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from notifier.model import Impact, Incident, Phase, Window
from notifier.values import value

RUNNING = (Phase.IN_PROGRESS, Phase.VERIFYING)


@value
class Spell:
    """A stretch of time in which nothing about an incident changed: how bad it was, and for whom.

    ``end`` None: it lasts. ``planned``: a maintenance at work, whose impact is NONE.
    """

    start: datetime
    end: datetime | None
    impact: Impact
    components: tuple[str, ...]
    planned: bool = False


@value
class Brief:
    """An incident without its words. ``revision`` is greater than that of anything stored before it.

    ``updated``: when its newest event was stored; ``over``: when it ended,
    None while it lasts, and ``seconds`` for how long it was not over till then; ``components``: those of its newest
    update; ``touched``: all that it ever named; the rest as in :class:`notifier.model.Incident`.
    """

    id: str
    version: int
    revision: int
    updated: datetime
    title: Mapping[str, str]
    phase: Phase
    impact: Impact
    worst: Impact
    began: datetime
    opened: datetime
    over: datetime | None
    seconds: int
    components: tuple[str, ...]
    touched: tuple[str, ...]
    spells: tuple[Spell, ...]
    retracted: bool = False
    window: Window | None = None

    @property
    def open(self) -> bool:
        """Users still wait for its end, or for its beginning."""
        return not self.retracted and not self.phase.over

    @property
    def scheduled(self) -> datetime:
        """When it is or was planned to begin; of what was not planned, when users first heard of it."""
        return self.window.start if self.window else self.opened

    @property
    def start(self) -> datetime:
        """When it began, or is planned to."""
        return self.window.start if self.window and self.phase is Phase.SCHEDULED else self.began


def brief(incident: Incident, updated: datetime, revision: int = 0) -> Brief:
    """The brief of an incident as it stands; ``updated`` is the time of its newest event."""
    over = incident.updates[-1].at if incident.phase.over else None
    return Brief(
        id=incident.id,
        version=incident.version,
        revision=revision,
        updated=updated,
        title=incident.title,
        phase=incident.phase,
        impact=incident.impact,
        worst=incident.worst,
        began=incident.began,
        opened=incident.opened,
        over=over,
        seconds=int(incident.lasted(over).total_seconds()) if over else 0,
        components=incident.components,
        touched=tuple(dict.fromkeys(id for u in incident.updates for id in u.components)),
        spells=tuple(_spells(incident)),
        retracted=incident.retracted,
        window=incident.window,
    )


def _spells(incident: Incident) -> Iterable[Spell]:
    """One a change of impact, components or phase that matters; none while all was well, or work had not begun."""
    before: Spell | None = None
    starts = [incident.began, *(u.at for u in incident.updates[1:])]
    for update, start, end in zip(incident.updates, starts, [*starts[1:], None], strict=True):
        quiet = update.phase.over or update.phase is Phase.SCHEDULED
        planned = update.phase in RUNNING
        same = before is not None and (before.impact, before.components, before.planned) == (
            update.impact,
            update.components,
            planned,
        )
        if before is not None and (quiet or not same):
            yield _until(before, start)
            before = None
        if not quiet and before is None:
            before = Spell(start, None, update.impact, update.components, planned)
        if before is not None and end is None:
            yield before


def _until(spell: Spell, end: datetime) -> Spell:
    return Spell(spell.start, end, spell.impact, spell.components, spell.planned)
