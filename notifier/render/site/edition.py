"""One edition of the site: what every file of it may ask for while it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from notifier.history import Brief
from notifier.model import Incident, Site
from notifier.render.memo import Memo
from notifier.render.site.state import Past, State, history, month
from notifier.render.site.theme import Theme

if TYPE_CHECKING:
    from notifier.render.site.paper import Paper

T = TypeVar("T")
Load = Callable[[Sequence[Brief], Mapping[str, Incident]], Sequence[Incident]]  # what they were before, by id
AHEAD = 100  # incidents read at once where a whole site is rendered


class Place(NamedTuple):
    """A file of the site: its path, and what it is about. ``lang`` is "" where a path names none."""

    path: str
    lang: str = ""
    id: str = ""
    month: str = ""
    component: str = ""

    @property
    def root(self) -> str:
        """The way from it to the site's root: "", "../", "../../"."""
        return "../" * self.path.count("/")


class Edition:
    """The site at a moment. ``briefs`` holds all that were not taken back, ``months`` their ids by month."""

    def __init__(
        self,
        site: Site,
        theme: Theme,
        paper: Paper,
        zone: tzinfo,
        state: State,
        briefs: Mapping[str, Brief],
        months: Mapping[str, Sequence[str]],
        chosen: Mapping[tuple[str, str], Sequence[Brief]],
        load: Load,
        known: Mapping[str, Incident],
        pieces: Memo,
        before: Mapping[str, Incident],
    ) -> None:
        self.site, self.theme, self.paper, self.zone = site, theme, paper, zone
        self.state, self.briefs, self.months, self.pieces = state, briefs, months, pieces
        self._chosen, self._load, self._known = chosen, load, dict(known)
        self._before = before
        self._days: dict[str, Past] | None = None
        self._once: dict[Any, Any] = {}

    def incident(self, id: str) -> Incident:
        """An incident as it stood in this edition."""
        if id not in self._known:
            self.read([self.briefs[id], *self._next(id)])
        return self._known[id]

    def read(self, wanted: Sequence[Brief], now_by: Load | None = None) -> dict[str, Incident]:
        """Have those read that are not known yet, if need be by another reader; gives them all."""
        missing = [b for b in wanted if b.id not in self._known]
        if missing:
            self._known |= {i.id: i for i in (now_by or self._load)(missing, self._before)}
        return {b.id: self._known[b.id] for b in wanted}

    def chosen(self, after: str, component: str = "") -> tuple[Incident, ...]:
        """The incidents that files of the table with this ``after`` are made of."""
        spot = ("chosen", after, component)
        return self.once(spot, lambda: tuple(self.read(self._chosen[after, component]).values()))

    def known(self) -> list[Incident]:
        """What was read so far."""
        return list(self._known.values())

    def days(self, component: str) -> Past:
        """The days of the last 90 on which it was not as it should be."""
        if self._days is None:
            self._days = history(self.state, self.zone)
        return self._days.get(component, Past())

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for this edition."""
        if key not in self._once:
            self._once[key] = make()
        found: T = self._once[key]
        return found

    def month(self, brief: Brief) -> str:
        """The month whose page lists it: "2026-11"."""
        return month(brief.start, self.zone)

    def _next(self, id: str) -> Iterator[Brief]:
        """Who will probably be asked for next: those after it."""
        found = 0
        for other in self._after(id):
            if other not in self._known and found < AHEAD:
                found += 1
                yield self.briefs[other]

    def _after(self, id: str) -> Iterator[str]:
        order = sorted(self.briefs)
        yield from order[order.index(id) + 1 :]
