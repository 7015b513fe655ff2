"""Which incidents a file is made of that is made of a choice of them: the same that its renderer would take of all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

from notifier.history import Brief

NEWS, SERVICE = 25, 50
Rank = tuple[float, str]


class Sorted:
    """Briefs in an order that is kept, so that the first of them are known without a look at the others."""

    def __init__(self, rank: Callable[[Brief], Rank]) -> None:
        self._rank = rank
        self._ranks: list[Rank] = []
        self._held: list[Brief] = []

    def add(self, brief: Brief) -> None:
        """Put one in its place."""
        rank = self._rank(brief)
        place = bisect_left(self._ranks, rank)
        self._ranks.insert(place, rank)
        self._held.insert(place, brief)

    def remove(self, brief: Brief) -> None:
        """Take one away that is there, as it was when it was added."""
        place = bisect_left(self._ranks, self._rank(brief))
        del self._ranks[place], self._held[place]

    def first(self, most: int) -> list[Brief]:
        """So many from the beginning."""
        return self._held[:most]

    def ranked(self, most: int) -> list[tuple[Rank, Brief]]:
        """The same, each with its place among others."""
        return list(zip(self._ranks[:most], self._held, strict=False))


def told(brief: Brief) -> Rank:
    """What changed last comes first; the first 25 are news (as :func:`notifier.render.site.feed.wanted` of all)."""
    return -brief.updated.timestamp(), brief.id


def begun(brief: Brief) -> Rank:
    """What began last, or is to begin last, comes first."""
    return -brief.scheduled.timestamp(), brief.id


def service(newest: Iterable[tuple[Rank, Brief]], open: Iterable[Brief]) -> list[Brief]:
    """Those of Statuspage's interface (:func:`notifier.render.site.statuspage.wanted`). ``newest``: the first fifty of
    incidents and of maintenances, with their :func:`begun`."""
    found = {**dict(newest), **{begun(b): b for b in open}}
    return [found[rank] for rank in sorted(found)]
