"""What all places for the status page share: which files are written, when, and how that survives a kill.

What differs is in a few verbs (``channels/_place.py``). A publish goes so:

1. The notes say what is there. Another writer is at work: later. A newer state than ours is there: it stays.
2. The notes mark what will change as unsure, and where nothing else keeps others out, that we are writing.
3. What changed is rendered and put: what is referred to before what refers to it, status.json last.
4. What no longer belongs there is removed, once no page in a cache can refer to it any more.
5. The notes say what is there now; a new base of theirs, if one is due, is put before.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from channels import _notes, _writer
from channels._files import turn, wrong
from channels._job import Job
from channels._notes import LEASE, Notes
from channels._place import Place
from channels._place import Taken as Taken
from notifier.channel import DeliveryError, Permanent, Receipt, Temporary
from notifier.channel import stamps as stamps_of

GRACE = 900.0  # seconds; common hosts let pages be kept for ten minutes
BUSY = "another notifier is publishing there"
PATIENCE = 10.0  # seconds
LATER = 2.0  # seconds after which to look whether it still is


class Board(Place):
    """A place to which a site is published.

    ``url``: where visitors find it. ``grace``: seconds that a file outlives what refers to it. ``patience``:
    seconds after which a mark of another, see :meth:`reserve`, is one that a killed process left.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.grace = GRACE
        self.patience = PATIENCE
        self._me = _writer.writer()
        self._wary = False
        self._held = 0.0
        self._left = False  # a mark of ours, whose removal failed
        self._touched: set[str] = set()  # since the notes were right
        self._noted: tuple[bytes | None, Notes] = None, Notes(known=False)  # the notes as last seen, and what they say
        self._done: tuple[bytes | None, Mapping[str, str] | None] = (
            None,
            None,
        )  # the notes of our last publish, and the stamps it was of

    def repair(self) -> None:
        """Trust no notes at the next publish: what others changed or removed there is put right."""
        self._wary, self._noted = True, (None, Notes(known=False))

    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        """Bring the place to exactly these files, beside those of others. ``files.at``, if there is such a thing, is
        the (aware) moment of their state.

        The receipt's id is the digest of it all. Raises Permanent for a path that leads out of the place.
        """
        moment = getattr(files, "at", None)
        at = moment.timestamp() if moment is not None else time.time()
        stamps = stamps_of(files)
        _writer.begin(self._me)
        try:
            for _ in range(self.tries):
                with suppress(Taken), self.session():
                    return self._bring(files, stamps, at)
        finally:
            _writer.end(self._me)
        raise Temporary(BUSY, LATER)

    def _bring(self, files: Mapping[str, bytes], stamps: dict[str, str], at: float) -> Receipt:
        with self._alone():
            raw, tag = self.load()
            old, now = self._read(raw), time.time()
            if self.guard == "lease" and old.taken(self._me, now):
                raise Temporary(BUSY, LATER)
            if at < old.at <= now:  # one from the future is that of a wrong clock
                if not old.finished:
                    raise Temporary(f"{BUSY}, and did not finish", LATER)
                return Receipt(id=old.state, url=self.url, more={"files": 0, "bytes": 0})
            wary = self._wary or not old.known
            anyway, grace = set(stamps) if wary else self._touched, 0.0 if self._wary else self.grace
            known, among = self._known(raw, old, files, stamps)
            job = Job(stamps, known, among, at, old, now, anyway, grace)
            if bad := [path for path in job.changed if wrong(path)]:
                raise Permanent(f"{bad[0]!r} is not published: it must be a path below the place, without .. and such")
            begun = not job.nothing or wary
            tag = self._mark(job, tag) if begun else tag
        if begun:
            self._work(job, files, tag, wary)
        self._touched, self._wary = set(), False
        self._done = self._noted[0], getattr(files, "stamps", None)
        return Receipt(id=job.state, url=self.url, more={"files": job.files, "bytes": job.bytes})

    def _known(
        self, raw: bytes | None, old: Notes, files: Mapping[str, bytes], stamps: Mapping[str, str]
    ) -> tuple[Mapping[str, str], Iterable[str]]:
        """The stamps of what is there, and the paths in which these can differ from them."""
        noted, last = self._done
        if last is None or noted != raw:  # somebody published since
            return old.files, stamps
        same, after = (getattr(files, name, None) is last for name in ("stamps", "before"))
        return last, () if same else getattr(files, "news", stamps) if after else stamps

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While we look who is writing, and say that we are, nobody else does."""
        end = time.monotonic() + self.patience
        while not (self._left or self.reserve()) and time.monotonic() < end:  # after that a killed one left it
            time.sleep(0.05)  # a remote file tells nobody that it is free: look again
        self._left = True
        try:
            yield
        finally:
            with suppress(DeliveryError):
                self.release()
                self._left = False

    def _work(self, job: Job, files: Mapping[str, bytes], tag: Any, wary: bool) -> None:
        reached = None
        for path in job.changed:
            content = files[path]
            tag = self._stay(job, tag)
            if (step := turn(path)[:2]) != reached:
                self.settle()
                reached = step
            if not (wary and self.same(path, content)):
                self._touched.add(path)
                self.put(path, content)
                job.files, job.bytes = job.files + 1, job.bytes + len(content)
            job.entries[path] = job.stamps[path]
        self.settle()  # what still refers to what is to go
        for path in job.due:
            tag = self._stay(job, tag)
            self.drop(path)
            del job.gone[path]
        if job.fresh:
            tag = self._stay(job, tag)
            self.put(job.next.name, job.fresh)
        tag = self._stay(job, tag, LEASE)
        job.finish()
        self._note(job, tag)

    def _mark(self, job: Job, tag: Any) -> Any:
        """Note what is about to change, and that it is us."""
        if self.guard == "commit":
            return tag
        me = self._me if self.guard == "lease" else ""
        self._held = time.monotonic()
        return self._note(job, tag, me, time.time() + LEASE)

    def _note(self, job: Job, tag: Any, by: str = "", until: float = 0.0) -> Any:
        """Write the notes, and keep in mind what they say."""
        notes = job.notes(by, until)
        raw = notes.write()
        tag, self._noted = self.save(raw, tag), (raw, notes)
        return tag

    def _read(self, raw: bytes | None) -> Notes:
        """What notes say; those that we have seen are known, and so is their base."""
        if self._noted[0] != raw:
            self._noted = raw, _notes.read(raw, self._noted[1].base, self.fetch)
        return self._noted[1]

    def _stay(self, job: Job, tag: Any, silent: float = LEASE / 3) -> Any:
        """Note what was reached, if we were silent for long; who was frozen meanwhile may have lost the lease."""
        if self.guard == "commit" or time.monotonic() - self._held < silent:
            return tag
        if self.guard == "lease" and tag is None and self.load()[0] != self._noted[0]:
            raise Taken
        return self._mark(job, tag)
