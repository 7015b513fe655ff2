"""The press: keeps the plates of the site's files between editions, so that an edition costs only what is new in it.

It is told which incidents changed, stamps the files that depend on them, and gives out an edition as a mapping that
renders a file when somebody asks for its content. Its memory changes no content: the same state gives the same bytes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256

from notifier.history import Brief
from notifier.model import Incident, Site
from notifier.render import when
from notifier.render.memo import Memo
from notifier.render.site import badge, calendar, chosen, rollup
from notifier.render.site import state as states
from notifier.render.site.chosen import Sorted
from notifier.render.site.edition import Edition, Load, Place
from notifier.render.site.paper import Paper
from notifier.render.site.table import ROWS, Row
from notifier.render.site.theme import Theme

PIECES = 4_000  # of pages, kept for the next editions


class Files(Mapping[str, bytes]):
    """Path -> content, rendered when it is asked for; ``stamps`` tells without rendering whether it may have changed,
    ``before`` and ``news`` which may have since then (see :func:`notifier.channel.stamp`)."""

    def __init__(
        self,
        edition: Edition,
        places: dict[str, tuple[Row, Place]],
        stamps: dict[str, str],
        before: dict[str, str] | None,
        news: Collection[str],
        at: datetime,
    ) -> None:
        self.edition, self.stamps, self.before, self.news, self.at = edition, stamps, before, news, at
        self._places = places

    def __getitem__(self, path: str) -> bytes:
        row, place = self._places[path]
        content = row.render(self.edition, place)
        return content if isinstance(content, bytes) else content.encode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def keys(self) -> KeysView[str]:
        """The paths; compared as quickly as those of a dict."""
        return self._places.keys()

    def __contains__(self, path: object) -> bool:
        return path in self._places


class Press:
    """For one site and theme. Belongs to one thread at a time; what it gives out may go elsewhere."""

    def __init__(self, site: Site, theme: Theme | None = None) -> None:
        self._site, self._theme = site, theme or Theme()
        self._paper = Paper(site, self._theme)
        self._zone = when.zone_of(site.timezone)
        self._ground = self._paper.fingerprint()
        self._all: dict[str, Brief] = {}
        self._shown: dict[str, Brief] = {}
        self._open: dict[str, Brief] = {}
        self._ended: list[tuple[datetime, str]] = []
        self._over: tuple[date, states.Over] | None = None
        self._months: dict[str, dict[str, Brief]] = {}
        self._places: dict[str, tuple[Row, Place]] = {}
        self._shared = False  # whether an edition has the places, too
        self._stamps: dict[str, str] = {}
        self._laid: set[str] = set()  # whose stamps are others than they were
        self._given: tuple[dict[str, str], dict[str, str] | None, Collection[str]] | None = None
        self._planned: dict[str, Brief] = {}
        self._newest: dict[str, Sorted] = {"": Sorted(chosen.told)}
        self._begun = (Sorted(chosen.begun), Sorted(chosen.begun))
        self._chosen: dict[tuple[str, str], Sequence[Brief]] = {}
        self._last: Edition | None = None
        self._pieces = Memo(PIECES)
        self._stale: set[str] = set()
        self._stale_parts: set[str] = {c.id for c in site.components}
        self._replanned = True
        self._order: dict[str, tuple[str, ...]] = {}
        self._lay("nothing", "", self._ground)

    @property
    def revision(self) -> int:
        """The highest revision it was told of."""
        return next(reversed(self._all.values())).revision if self._all else 0

    def edition(self, changed: Iterable[Brief], now: datetime, read: Load, later: Load, revision: int = 0) -> Files:
        """The site after these changes, in the order of their revisions.

        ``read`` reads the incidents of the first page that are new, before this returns; ``later`` those that are
        asked for afterwards. ``revision``: another number than that of the newest brief.
        """
        news = list(changed)
        for brief in news:
            self._take(brief)
        self._lay_changed(news)
        state = self._state(now, revision)
        self._lay("state", "", f"{self._ground}-{state.revision}-{state.day:%y%m%d}")
        before = {i.id: i for i in self._last.known()} if self._last else {}
        edition = Edition(
            self._site, self._theme, self._paper, self._zone, state, self._shown.copy(), self._order.copy(),
            self._chosen.copy(), later, self._kept(state), self._pieces, before,
        )  # fmt: skip
        edition.read(state.front, now_by=read)
        self._last = edition
        if self._laid or not self._given:
            last = self._given[0] if self._given else None
            self._given, self._laid = (self._stamps.copy(), last, self._laid), set()
        self._shared = True
        return Files(edition, self._places, *self._given, now)

    def _kept(self, state: states.State) -> dict[str, Incident]:
        """What the last edition had read and this one will need, as far as it did not change."""
        if self._last is None:
            return {}
        needed = {b.id: b.version for b in (*state.front, *(b for held in self._chosen.values() for b in held))}
        return {i.id: i for i in self._last.known() if needed.get(i.id) == i.version}

    # what is known

    def _take(self, brief: Brief) -> None:
        before = self._all.pop(brief.id, None)
        if before is not None:
            self._forget(before)
        self._all[brief.id] = brief  # at the end: the highest revision is always the last
        if brief.window:
            self._planned[brief.id] = brief
            self._replanned = True
        self._stale |= {self._month(brief), *([self._month(before)] if before else [])}
        self._stale_parts |= {*brief.touched, *(before.touched if before else ())}
        if brief.retracted:
            return
        self._shown[brief.id] = brief
        if brief.open:
            self._open[brief.id] = brief
        else:
            insort(self._ended, (brief.over or brief.updated, brief.id))
            self._over = None
        self._months.setdefault(self._month(brief), {})[brief.id] = brief
        self._begun[bool(brief.window)].add(brief)
        self._newest[""].add(brief)
        for component in brief.touched:
            self._newest.setdefault(component, Sorted(chosen.told)).add(brief)

    def _forget(self, brief: Brief) -> None:
        if self._shown.pop(brief.id, None) is None:
            return
        if self._open.pop(brief.id, None) is None:
            del self._ended[bisect_left(self._ended, (brief.over or brief.updated, brief.id))]
            self._over = None
        self._months[self._month(brief)].pop(brief.id)
        self._begun[bool(brief.window)].remove(brief)
        self._newest[""].remove(brief)
        for component in brief.touched:
            self._newest[component].remove(brief)

    def _month(self, brief: Brief) -> str:
        return states.month(brief.start, self._zone)

    def _state(self, now: datetime, revision: int) -> states.State:
        day = now.astimezone(self._zone).date()
        if self._over is None or self._over[0] != day:
            self._over = day, states.ended(day, self._zone, (self._shown[id] for _, id in reversed(self._ended)))
        today = states.midnight(day, self._zone)
        as_of = next(reversed(self._all.values())).updated if self._all else today
        return states.choose(day, revision or self.revision, as_of, today, self._open.values(), self._over[1])

    # what is published, and its stamps

    def _lay_changed(self, news: Sequence[Brief]) -> None:
        """The files of these incidents, of their months and components, and of what is chosen of all."""
        for brief in news:
            self._lay("incident", brief.id, "" if brief.retracted else f"{self._ground}-{brief.version}")
        self._lay_months()
        named = {c.id for c in self._site.components}
        for part in ("", *(self._stale_parts & named)):
            held = self._newest.get(part)
            self._choose("news", part, held.first(chosen.NEWS) if held else [])
            seen = badge.wanted(self._open.values(), part)
            self._chosen["open", part] = seen
            self._lay("open", part, f"{self._ground}-{rollup.overall(seen)}")
        if self._replanned:
            self._choose("planned", "", calendar.wanted(self._planned.values()))
        newest = [one for held in self._begun for one in held.ranked(chosen.SERVICE)]
        self._choose("service", "", chosen.service(newest, self._open.values()))
        self._stale, self._stale_parts, self._replanned = set(), set(), False

    def _lay_months(self) -> None:
        before = self._order.copy()
        for month in self._stale:
            if ids := tuple(sorted(self._months.get(month, ()))):
                self._order[month] = ids
            else:
                self._order.pop(month, None)
                self._lay("month", month, "")
        if before.keys() != self._order.keys():
            self._stale |= set(self._order)  # the ways to older and newer ones
        known = sorted(self._order)
        for month in self._stale & self._order.keys():
            versions = [f"{id}:{self._shown[id].version}" for id in self._order[month]]
            self._lay("month", month, self._hash([*known, "", *versions]))
        if self._replanned or before != self._order:
            works = Counter(self._month(b) for b in self._planned.values() if not b.retracted)
            self._lay("months", "", self._hash(f"{m}:{len(self._order[m])}:{works[m]}" for m in known))

    def _choose(self, after: str, part: str, briefs: Sequence[Brief]) -> None:
        self._chosen[after, part] = briefs
        self._lay(after, part, self._hash(f"{b.id}:{b.version}" for b in briefs))

    def _hash(self, parts: Iterable[str]) -> str:
        return f"{self._ground}-{sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"

    def _lay(self, after: str, thing: str, stamp: str) -> None:
        """Put that stamp on the files that come after this thing; "" takes them away."""
        for row, place in _cast(after, thing, self._site.languages, self._paper.logo_name):
            if self._stamps.get(place.path, "") == stamp:
                continue
            self._laid.add(place.path)
            if bool(stamp) != (place.path in self._places) and self._shared:
                self._places, self._shared = self._places.copy(), False
            if stamp:
                self._places.setdefault(place.path, (row, place))
                self._stamps[place.path] = stamp
            else:
                del self._places[place.path], self._stamps[place.path]


_ROWS: dict[str, list[tuple[Row, str]]] = {}
for _row in ROWS:
    _blank = next((name for name in ("id", "month", "component") if f"{{{name}}}" in _row.path), "")
    _ROWS.setdefault(_row.after, []).append((_row, _blank))


@lru_cache(256)
def _cast(after: str, thing: str, languages: tuple[str, ...], logo: str) -> list[tuple[Row, Place]]:
    """The lines of the table that come after a thing, once for each language."""
    found = []
    for row, blank in _ROWS[after]:
        if bool(blank) != bool(thing) or (row.path == "{logo}" and not logo):
            continue
        for lang in languages if "{lang}" in row.path else ("",):
            about = {blank: thing} if blank else {}
            found.append((row, Place(row.path.format(lang=lang, logo=logo, **about), lang, **about)))
    return found
