"""What the judge sees: built from the store once a transaction, and kept true while problems are weighed one by one."""

from __future__ import annotations

from datetime import datetime

from notifier import incident as life
from notifier.judge import Scene
from notifier.model import Impact, Incident
from notifier.problem import Draft, DraftState, Habits, Problem, Stage
from notifier.store import Store
from notifier.values import replace

_RECENT = 50
_MANY = 10_000
Spot = tuple[Stage, int, str, str, str, Impact]


class Crowd:
    """The scene of one transaction."""

    def __init__(self, store: Store, habits: Habits, now: datetime) -> None:
        self._store = store
        self._habits = habits
        self._now = now
        self.read()

    def read(self) -> None:
        """Build it anew: something was undone."""
        self._drafts = {d.id: d for d in self._store.intake.drafts(most=_MANY)}
        self._alike: dict[Spot, tuple[int, datetime]] = {}
        for one in self._store.intake.crowd():
            spot = (one.stage, one.draft, one.incident, one.component, one.group, one.impact)
            self._alike[spot] = (one.count, one.since)
        self.look_again()

    def look_again(self) -> None:
        """The incidents have changed."""
        recent = self._store.newest_ids(_RECENT)
        found = [life.fold(id, self._store.events(id)) for id in dict.fromkeys((*self._store.open_ids(), *recent))]
        self._open = tuple(i for i in found if i.open and not i.maintenance)
        self._planned = tuple(i for i in found if i.open and i.maintenance)
        since = self._now - self._habits.reopen_within
        self._resolved = tuple(i for i in found if not i.maintenance and _lately(i, since))

    def scene(self) -> Scene:
        """As things stand."""
        others = tuple(_stand_in(spot, since) for spot, (_, since) in self._alike.items())
        drafts = tuple(sorted(self._drafts.values(), key=lambda d: -d.id))
        return Scene(self._open, self._resolved, self._planned, drafts, others)

    def leaves(self, problem: Problem | None) -> None:
        """A problem is weighed: it is not among the others."""
        if problem is None or problem.stage is Stage.CLEARED:
            return
        count, since = self._alike.get(_spot(problem), (1, problem.since))
        if count > 1:
            self._alike[_spot(problem)] = (count - 1, since)
        else:
            self._alike.pop(_spot(problem), None)

    def joins(self, problem: Problem | None) -> None:
        """It has been weighed."""
        if problem is None or problem.stage is Stage.CLEARED:
            return
        count, since = self._alike.get(_spot(problem), (0, problem.since))
        self._alike[_spot(problem)] = (count + 1, min(since, problem.since))

    def moved(self, draft: int, incident: str) -> None:
        """The problems of a draft became part of an incident."""
        for spot in [s for s in self._alike if s[1] == draft]:
            count, since = self._alike.pop(spot)
            there = (spot[0], 0, incident, *spot[3:])
            more, earlier = self._alike.get(there, (0, since))
            self._alike[there] = (count + more, min(since, earlier))

    def draft(self, draft: Draft) -> None:
        """A draft as it now stands."""
        self._drafts.pop(draft.id, None)
        if draft.state is DraftState.WAITING:
            self._drafts[draft.id] = draft


def _spot(problem: Problem) -> Spot:
    p = problem
    return (p.stage, p.draft, p.incident, p.component, p.group, p.impact)


def _stand_in(spot: Spot, since: datetime) -> Problem:
    """One problem that stands for all those alike."""
    stage, draft, incident, component, group, impact = spot
    blank = Problem("", "", "", component, impact, "", stage, since, since)
    return replace(blank, draft=draft, incident=incident, group=group)


def _lately(incident: Incident, since: datetime) -> bool:
    return incident.resolved is not None and not incident.retracted and incident.resolved >= since
