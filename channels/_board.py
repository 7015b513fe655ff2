"""What all places for the status page share: which files are written, when, and how that survives a kill.

A place is a class with a few verbs: ``load`` and ``save`` the notes, ``put`` and ``drop`` a file. A publish goes so:

1. The notes say what is there. Another writer is at work: later. A newer state than ours is there: it stays.
2. The notes mark what will change as unsure, and where nothing else keeps others out, that we are writing.
3. What changed is rendered and put: what is referred to before what refers to it, status.json last.
4. What no longer belongs there is removed, once no page in a cache can refer to it any more.
5. The notes say what is there now.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from typing import Any, ClassVar

from channels import _notes
from channels._files import turn, wrong
from channels._notes import LEASE, UNSURE, Notes
from notifier.channel import DeliveryError, Permanent, Receipt, Temporary, stamp

GRACE = 900.0  # seconds; common hosts let pages be kept for ten minutes
BUSY = "another notifier is publishing there"
PATIENCE = 10.0  # seconds
LATER = 2.0  # seconds after which to look whether it still is


class Taken(Exception):
    """The notes were changed by somebody else since they were loaded."""


class Board(ABC):
    """A place for a site's files; subclasses say how a file gets there.

    ``guard``: what keeps two writers apart. "lock": the session does, and lets the next one in when it ends or is
    killed. "lease": the notes name the writer, who renews that. "commit": nothing changes before ``save``.
    ``url``: where visitors find it. ``grace``: seconds that a file outlives what refers to it.
    """

    guard: ClassVar[str] = "lease"
    tries: ClassVar[int] = 1  # how often at once, where somebody else was quicker

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.grace = GRACE
        self._me = _notes.writer()
        self._wary = False
        self._held = 0.0
        self._touched: set[str] = set()  # since the notes were right

    @abstractmethod
    def session(self) -> AbstractContextManager[Any]:
        """In which the other verbs work: a connection, a lock. Raises DeliveryError, as they do."""

    @abstractmethod
    def load(self) -> tuple[bytes | None, Any]:
        """The notes, and a tag of their version; no tag where the place knows no conditional writing."""

    def save(self, notes: bytes, tag: Any) -> Any:
        """Write the notes; gives their new tag. Raises Taken when ``tag`` is not that of what is there."""
        self.put(_notes.NAME, notes)

    @abstractmethod
    def put(self, path: str, content: bytes) -> None:
        """Write one file, whole at any moment, and the folders above it."""

    @abstractmethod
    def drop(self, path: str) -> None:
        """Remove one file; what is gone already is fine."""

    def reserve(self) -> bool:
        """Make a mark that only one can make, for a place without conditional writing; False when it is there."""
        return True

    def release(self) -> None:  # noqa: B027 - most have none
        """Remove that mark."""

    def same(self, path: str, content: bytes) -> bool:
        """Whether the file is so already, as far as that can be asked cheaply."""
        return False

    def repair(self) -> None:
        """Trust no notes at the next publish: what others changed or removed there is put right."""
        self._wary = True

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Nothing is kept open between two calls."""

    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        """Bring the place to exactly these files, beside those of others. ``files.at``, if there is such a thing, is
        the (aware) moment of their state.

        The receipt's id is the digest of it all. Raises Permanent for a path that leads out of the place.
        """
        moment = getattr(files, "at", None)
        at = moment.timestamp() if moment is not None else time.time()
        stamps = {path: stamp(files, path) for path in files}
        _notes.begin(self._me)
        try:
            for _ in range(self.tries):
                with suppress(Taken), self.session():
                    return self._bring(files, stamps, at)
        finally:
            _notes.end(self._me)
        raise Temporary(BUSY, LATER)

    def _bring(self, files: Mapping[str, bytes], stamps: dict[str, str], at: float) -> Receipt:
        with self._alone():
            raw, tag = self.load()
            old, now = _notes.read(raw), time.time()
            if self.guard == "lease" and old.taken(self._me, now):
                raise Temporary(BUSY, LATER)
            if at < old.at <= now:  # one from the future is that of a wrong clock
                if not old.finished:
                    raise Temporary(f"{BUSY}, and did not finish", LATER)
                return Receipt(id=old.state, url=self.url, more={"files": 0, "bytes": 0})
            wary = self._wary or not old.known
            job = _Job(stamps, at, old, now, set(stamps) if wary else self._touched, 0.0 if wary else self.grace)
            if bad := [path for path in job.changed if wrong(path)]:
                raise Permanent(f"{bad[0]!r} is not published: it must be a path below the place, without .. and such")
            begun = not job.nothing or wary
            tag = self._mark(job, tag) if begun else tag
        if begun:
            self._work(job, files, tag, wary)
        self._touched, self._wary = set(), False
        return Receipt(id=job.state, url=self.url, more={"files": job.files, "bytes": job.bytes})

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While we look who is writing, and say that we are, nobody else does."""
        end = time.monotonic() + PATIENCE
        while not self.reserve() and time.monotonic() < end:  # after that it is what a killed one left
            time.sleep(0.05)
        try:
            yield
        finally:
            with suppress(DeliveryError):
                self.release()

    def _work(self, job: _Job, files: Mapping[str, bytes], tag: Any, wary: bool) -> None:
        for path in job.changed:
            content = files[path]
            tag = self._stay(job, tag)
            if not (wary and self.same(path, content)):
                self._touched.add(path)
                self.put(path, content)
                job.files, job.bytes = job.files + 1, job.bytes + len(content)
            job.entries[path] = job.stamps[path]
        for path in job.due:
            tag = self._stay(job, tag)
            self.drop(path)
            del job.gone[path]
        tag = self._stay(job, tag, LEASE)
        self.save(job.notes().write(), tag)

    def _mark(self, job: _Job, tag: Any) -> Any:
        """Note what is about to change, and that it is us."""
        if self.guard == "commit":
            return tag
        me = self._me if self.guard == "lease" else ""
        self._held = time.monotonic()
        return self.save(job.notes(me, time.time() + LEASE).write(), tag)

    def _stay(self, job: _Job, tag: Any, silent: float = LEASE / 3) -> Any:
        """Note what was reached, if we were silent for long; who was frozen meanwhile may have lost the lease."""
        if self.guard == "commit" or time.monotonic() - self._held < silent:
            return tag
        if self.guard == "lease" and tag is None and _notes.read(self.load()[0]).by != self._me:
            raise Taken
        return self._mark(job, tag)


class _Job:
    """What one publish has to do, and how far it has come."""

    def __init__(
        self, stamps: dict[str, str], at: float, old: Notes, now: float, anyway: Iterable[str], grace: float
    ) -> None:
        known = old.files
        self.stamps = stamps
        self.at = at
        self.state = _digest(stamps)
        self.changed = sorted({p for p, s in stamps.items() if known.get(p) != s} | {*anyway} & {*stamps}, key=turn)
        self.entries = {**stamps, **dict.fromkeys(self.changed, UNSURE)}
        left = {path: now for path in known if path not in stamps}
        self.gone = {p: since for p, since in {**left, **old.gone}.items() if p not in stamps and not wrong(p)}
        self.due = [p for p, since in old.gone.items() if p in self.gone and since <= now - grace]
        self.nothing = not (self.changed or left or self.due) and old.finished and old.state == self.state
        self.files = 0
        self.bytes = 0

    def notes(self, by: str = "", until: float = 0.0) -> Notes:
        return Notes(self.at, self.state, self.entries, self.gone, by, until)


def _digest(stamps: Mapping[str, str]) -> str:
    parts = (f"{path}\0{stamps[path]}\n" for path in sorted(stamps))
    return sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
