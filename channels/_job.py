"""What one publish has to do at a place, reckoned from its notes and from the site as it is to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from channels._files import BASE, turn, wrong
from channels._notes import ROOM, UNSURE, Notes, base, digest


class Job:
    """What one publish has to do, and how far it has come. ``known``: the stamps of what is there; ``among``: the
    paths in which they can differ from ``stamps``, nowhere else; ``anyway``: those that are written anyway. ``fresh``:
    what a new base holds, if one is to be written, which is then ``next``."""

    def __init__(
        self,
        stamps: dict[str, str],
        known: Mapping[str, str],
        among: Iterable[str],
        at: float,
        old: Notes,
        now: float,
        anyway: Iterable[str],
        grace: float,
    ) -> None:
        get = known.get
        self.stamps = stamps
        self.at = at
        self.now = now
        changed = {p for p in among if p in stamps and get(p) != stamps[p]}
        changed.update(p for p in anyway if p in stamps)
        self.changed = sorted(changed, key=turn)
        self.entries = dict.fromkeys(self.changed, UNSURE)
        new = {p: stamps[p] for p in self.changed}
        was = {p: known[p] for p in self.changed if p in known}
        some = len(known) > len(stamps) - len(new) + len(was)  # else there is no need to look at all of them
        left = dict.fromkeys(sorted(known.keys() - stamps.keys()) if some else (), now)
        was |= {p: known[p] for p in left}
        self.state = digest(new, int(old.state, 16), was.items()) if old.finished else digest(stamps)
        self.base = self.next = old.base
        self.differs = old.differs
        self.differs = self._differing(dict.fromkeys(left))  # those are not ours any more
        self.fresh = b""
        if len(self._differing(new)) > max(ROOM, len(self.base.files) // 10):
            self.next, self.fresh = base(stamps)
        self._wait(left, old, grace)
        self.nothing = not (self.changed or left or self.due) and old.finished
        self.files = 0
        self.bytes = 0

    def _wait(self, left: Mapping[str, float], old: Notes, grace: float) -> None:
        """What is to go, and what of that now."""
        found = {**left, **old.gone}.items()
        fit = {p: since for p, since in found if BASE.fullmatch(p) or not (p in self.stamps or wrong(p))}
        self.due = [
            p for p, since in fit.items() if p in old.gone and since <= self.now - grace and p != self.next.name
        ]
        self.gone = {**fit, self.next.name: self.now} if self.fresh else fit

    def finish(self) -> None:
        """All is written; from now on the notes name the new base, and the old one may go."""
        if self.fresh:
            self.gone.pop(self.next.name)
            if self.base.name:
                self.gone[self.base.name] = self.now
            self.base, self.differs, self.entries = self.next, {}, {}

    def notes(self, by: str = "", until: float = 0.0) -> Notes:
        """What there is to note now."""
        return Notes(self.at, self.state, self.base, self._differing(self.entries), dict(self.gone), by, until)

    def _differing(self, entries: Mapping[str, str | None]) -> dict[str, str | None]:
        """What differs from the base with these entries."""
        differs = {**self.differs, **entries}
        get = self.base.files.get
        for path, stamp in entries.items():
            if get(path) == stamp:
                del differs[path]
        return differs
