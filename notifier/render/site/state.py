"""What the pages show at a moment, chosen from the briefs of all incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache, partial

from notifier.history import RUNNING, Brief, Spell
from notifier.model import STATUS_OF, Component, Impact, Phase, Site, Status
from notifier.render.memo import Memo
from notifier.values import value

DAYS = 90  # of each component's history
AHEAD = timedelta(days=30)  # maintenance is announced so early
RECENT = timedelta(days=14)
FEW, MANY = 10, 50
_SPELLS, _SETTLED, _RESTS = Memo(), Memo(16), Memo(1_024)


@value
class Over:
    """What is over. ``shown``: told in front, newest first; ``lately``: what touches the last 90 days."""

    shown: tuple[Brief, ...] = ()
    lately: tuple[Brief, ...] = ()


@value
class State:
    """All of it. ``day``: the date in the site's zone; ``revision`` grows with every change; ``as_of``: the time of
    the newest event.

    ``current``: open incidents, worst first; ``running`` and ``upcoming``: maintenance; ``over``: the rest.
    """

    day: date
    revision: int
    as_of: datetime
    current: tuple[Brief, ...] = ()
    running: tuple[Brief, ...] = ()
    upcoming: tuple[Brief, ...] = ()
    over: Over = Over()

    @property
    def front(self) -> tuple[Brief, ...]:
        """Those that the first page tells in full."""
        return (*self.current, *self.running, *self.upcoming, *self.over.shown)


def ended(day: date, zone: tzinfo, briefs: Iterable[Brief]) -> Over:
    """Of what is over and not taken back, the last end first, what is still of interest on that day."""
    today, first = midnight(day, zone), midnight(day - timedelta(days=DAYS - 1), zone)
    shown: list[Brief] = []
    lately: list[Brief] = []
    for one in briefs:
        end = one.over or one.updated
        if len(shown) < FEW or (end >= today - RECENT and len(shown) < MANY):
            shown.append(one)
        elif end < first:
            break
        if end >= first:
            lately.append(one)
    return Over(tuple(shown), tuple(lately))


def choose(day: date, revision: int, as_of: datetime, today: datetime, open: Iterable[Brief], over: Over) -> State:
    """The state. ``today``: when that day begins; ``open`` in any order; ``over`` as :func:`ended` gives it."""
    still = list(open)
    soon = [b for b in still if b.phase is Phase.SCHEDULED and b.start < today + AHEAD]
    return State(
        day=day,
        revision=revision,
        as_of=as_of,
        current=tuple(sorted((b for b in still if not b.phase.planned), key=_worst_first)),
        running=tuple(sorted((b for b in still if b.phase in RUNNING), key=_by_start)),
        upcoming=tuple(sorted(soon, key=_by_start)),
        over=over,
    )


def midnight(day: date, zone: tzinfo) -> datetime:
    """When that day begins there, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(4096)
def month(at: datetime, zone: tzinfo) -> str:
    """The month there: "2026-11"."""
    there = at.astimezone(zone)
    return f"{there.year:04}-{there.month:02}"  # strftime takes five times as long


def _worst_first(brief: Brief) -> tuple[int, float, str]:
    return -brief.impact.rank, -brief.opened.timestamp(), brief.id


def _by_start(brief: Brief) -> tuple[datetime, str]:
    return brief.start, brief.id


def overall(state: State) -> str:
    """The whole state as the key of its headline: a status, or "none" for incidents without effect."""
    impact = max((b.impact for b in state.current), key=lambda i: i.rank, default=Impact.NONE)
    if impact is not Impact.NONE:
        return str(STATUS_OF[impact])
    if state.running:
        return str(Status.MAINTENANCE)
    return "none" if state.current else str(Status.OPERATIONAL)


def status(state: State, component: str) -> Status:
    """How a component is: as its worst open incident says, else under maintenance, else operational."""
    touching = (b.impact for b in state.current if component in b.components)
    impact = max(touching, key=lambda i: i.rank, default=Impact.NONE)
    if impact is Impact.NONE and any(component in b.components for b in state.running):
        return Status.MAINTENANCE
    return STATUS_OF[impact]


def components(site: Site, state: State) -> list[Component]:
    """Those of the configuration, and any other that something open names."""
    known = {c.id for c in site.components}
    named = (id for b in (*state.current, *state.running) for id in b.components)
    return [*site.components, *map(site.component, dict.fromkeys(id for id in named if id not in known))]


# Ninety days of a component

RANKS = (Status.OPERATIONAL, Status.MAINTENANCE, Status.DEGRADED, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE)


@value
class Day:
    """A day on which a component was not as it should be: its worst, for how long, by which incidents."""

    ago: int
    date: date
    status: Status
    seconds: int
    incidents: tuple[str, ...]


@value
class Past:
    """The days on which a component was not as it should be, newest first: ``fresh`` from the first day on which
    something touched it that is still open; ``rest`` before that, the same object while no incident on it changes."""

    fresh: tuple[Day, ...] = ()
    rest: tuple[Day, ...] = ()


def history(state: State, zone: tzinfo) -> dict[str, Past]:
    """By component, the last 90 days of those that had trouble or maintenance."""
    over = state.over.lately
    settled = _SETTLED.get((over,), (state.day, zone), lambda: _settled(state.day, zone, over))
    found = {component: Past((), days) for component, (_, days) in settled.items()}
    for component, pieces in _gathered(state.day, zone, (*state.current, *state.running)).items():
        known, days = settled.get(component, ({}, ()))
        first = min(pieces)
        fresh = {n: (*pieces.get(n, ()), *known.get(n, ())) for n in (*pieces, *(n for n in known if n > first))}
        rest = _RESTS.get((days,), first, partial(_before, days, first))
        found[component] = Past(tuple([_day(state.day, n, fresh[n]) for n in sorted(fresh, reverse=True)]), rest)
    return found


def _before(days: Iterable[Day], first: int) -> tuple[Day, ...]:
    return tuple([day for day in days if DAYS - 1 - day.ago < first])


def _settled(day: date, zone: tzinfo, over: Iterable[Brief]) -> dict[str, tuple[_Pieces, tuple[Day, ...]]]:
    """By component, what each day has of incidents that are over, and those days, newest first."""
    return {
        component: (pieces, tuple([_day(day, n, tuple(pieces[n])) for n in sorted(pieces, reverse=True)]))
        for component, pieces in _gathered(day, zone, over).items()
    }


def _gathered(day: date, zone: tzinfo, briefs: Iterable[Brief]) -> dict[str, _Pieces]:
    starts, found = _days(day, zone), dict[str, _Pieces]()
    for brief in briefs:
        for component, n, piece in _SPELLS.get((brief,), (day, zone), partial(_shares, starts, brief)):
            found.setdefault(component, {}).setdefault(n, []).append(piece)
    return found


_Piece = tuple[Status, datetime, datetime, str]
_Pieces = dict[int, list[_Piece]]


def _shares(starts: list[datetime], brief: Brief) -> list[tuple[str, int, _Piece]]:
    """What each component and day has of an incident."""
    return [
        (component, n, piece)
        for spell in brief.spells
        if spell.impact is not Impact.NONE or spell.planned
        for n, piece in _pieces(starts, spell, brief.id)
        for component in spell.components
    ]


def _pieces(starts: list[datetime], spell: Spell, id: str) -> Iterable[tuple[int, _Piece]]:
    """What each day has of a spell. Nobody can say yet for how long today, while it lasts."""
    how = Status.MAINTENANCE if spell.planned and spell.impact is Impact.NONE else STATUS_OF[spell.impact]
    for n in _touched(starts, spell.start, spell.end):
        start, end = max(spell.start, starts[n]), min(spell.end or starts[-1], starts[n + 1])
        lasts = spell.end is None and n == DAYS - 1
        yield n, (how, start, start if lasts else end, id)


@lru_cache(16)
def _days(day: date, zone: tzinfo) -> list[datetime]:
    """When each of the 90 days begins, and when the last one ends."""
    return [midnight(day - timedelta(days=DAYS - 1 - n), zone) for n in range(DAYS + 1)]


def _touched(starts: list[datetime], start: datetime, end: datetime | None) -> range:
    """Numbers of the days between; up to today while it lasts."""
    from bisect import bisect_right

    first = max(bisect_right(starts, start) - 1, 0)
    last = DAYS - 1 if end is None else min(bisect_right(starts, end) - 1, DAYS - 1)
    return range(first, last + 1)


@lru_cache(4096)
def _day(today: date, n: int, pieces: tuple[_Piece, ...]) -> Day:
    seconds, reached = 0.0, datetime.min.replace(tzinfo=UTC)
    for _, start, end, _ in sorted(pieces, key=lambda p: p[1]):
        seconds += max((end - max(start, reached)).total_seconds(), 0)
        reached = max(reached, end)
    worst = max((p[0] for p in pieces), key=RANKS.index)
    ago = DAYS - 1 - n
    ids = tuple(dict.fromkeys(p[3] for p in sorted(pieces, key=lambda p: p[1])))
    return Day(ago, today - timedelta(days=ago), worst, int(seconds), ids)


def grouped(site: Site, found: Iterable[Component], lang: str) -> list[tuple[str, list[Component]]]:
    """Components under their headings, in the order in which these first appear; "" has none."""
    groups: dict[str, tuple[str, list[Component]]] = {}
    for component in found:
        heading = _heading(component.group, lang)
        key = "\0".join(component.group.values())
        groups.setdefault(key, (heading, []))[1].append(component)
    return list(groups.values())


def _heading(group: Mapping[str, str], lang: str) -> str:
    from notifier.render.words import pick

    return pick(group, lang)[0] if group else ""
