"""What a board notes at its place, in a hidden file: which files it wrote, in which state, and who is writing now.

    {"at": 1321733640.5, "state": "9f86...", "gone": {"incidents/7.html": 1321733640.5},
     "files": {"index.html": "2c26...", "status.json": ""}, "writing": {"by": "...", "until": 1321733670.5}}

An entry of ``files`` is the stamp of what is there, or "" for a file that may be the old or the new one: before a
file is touched its entry is made unsure, so that a kill at any moment leaves nothing in the notes that is not true.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from channels._files import turn, wrong
from notifier.channel import value

UNSURE = ""
LEASE = 30.0  # seconds that a writer may be silent before another takes over
_AT_WORK: set[str] = set()  # the writers of this process that are in the middle of it


@value
class Notes:
    """What a place says of itself.

    ``at``: the moment of the state that was written last, in seconds since 1970; ``state``: its digest. ``gone``: files
    that belong there no longer, and since when. ``by``: who writes now, ``until`` when at the longest, unless renewed.
    ``known``: false where there are no notes, or damaged ones.
    """

    at: float = 0.0
    state: str = ""
    files: Mapping[str, str] = {}
    gone: Mapping[str, float] = {}
    by: str = ""
    until: float = 0.0
    known: bool = True

    @property
    def finished(self) -> bool:
        """Whether what is there is one whole state."""
        return self.known and not self.by and UNSURE not in self.files.values()

    def taken(self, me: str, now: float) -> bool:
        """Whether somebody else is writing there. A time further away than a lease is that of a wrong clock."""
        if not self.by or self.by == me:
            return False
        return now < self.until <= now + 2 * LEASE and not _surely_done(self.by)

    def write(self, same: str = "") -> bytes:
        """The bytes that :func:`read` takes. ``same``: what :func:`listed` gives for ``files``, if that is known."""
        data: dict[str, Any] = {"at": self.at, "state": self.state, "gone": self.gone}
        if self.by:
            data["writing"] = {"by": self.by, "until": self.until}
        return f'{json.dumps(data)[:-1]}, "files": {{{same or listed(self.files)}}}}}'.encode()


def listed(files: Mapping[str, str]) -> str:
    """The entries as JSON, without the braces around them. That there are thousands of them is why it looks so: the
    common ones need no escapes, which is seen at all of them at once."""
    text = ",".join([f'"{path}":"{stamp}"' for path, stamp in files.items()])
    if text.isascii() and text.isprintable() and "\\" not in text and text.count('"') == 4 * len(files):
        return text
    return json.dumps(files, separators=(",", ":"))[1:-1]


def read(raw: bytes | None) -> Notes:
    """The notes of a place. Missing and damaged ones know nothing; of those of version 0.1.0 the names are known."""
    try:
        data = json.loads(raw or b"")
        if isinstance(data, list):
            return Notes(files={name: UNSURE for name in data if isinstance(name, str)}, known=False)
        writing = data.get("writing") or {}
        gone = {str(path): float(since) for path, since in data["gone"].items()}
        by, until = str(writing.get("by", "")), float(writing.get("until", 0))
        return Notes(float(data["at"]), str(data["state"]), dict(data["files"]), gone, by, until)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Notes(known=False)


class Job:
    """What one publish has to do, and how far it has come."""

    def __init__(
        self, stamps: dict[str, str], at: float, old: Notes, now: float, anyway: Iterable[str], grace: float
    ) -> None:
        known, get = old.files, old.files.get
        self.stamps = stamps
        self.at = at
        self.state = _digest(stamps)
        changed = {p for p, s in stamps.items() if get(p) != s}
        changed.update(p for p in anyway if p in stamps)
        self.changed = sorted(changed, key=turn)
        self.entries = dict.fromkeys(self.changed, UNSURE)
        self._kept = {p: s for p, s in stamps.items() if p not in changed} if changed else stamps
        self._listed = ""
        left = dict.fromkeys(sorted(known.keys() - stamps.keys()), now)
        self.gone = {p: since for p, since in {**left, **old.gone}.items() if p not in stamps and not wrong(p)}
        self.due = [p for p, since in old.gone.items() if p in self.gone and since <= now - grace]
        self.nothing = not (self.changed or left or self.due) and old.finished and old.state == self.state
        self.files = 0
        self.bytes = 0

    def notes(self, by: str = "", until: float = 0.0) -> tuple[Notes, bytes]:
        """What there is to note now, and how that is written: what does not change is written only once."""
        notes = Notes(self.at, self.state, {**self._kept, **self.entries}, dict(self.gone), by, until)
        self._listed = self._listed or listed(self._kept)
        return notes, notes.write(",".join(filter(None, (self._listed, listed(self.entries)))))


def _digest(stamps: Mapping[str, str]) -> str:
    parts = [f"{path}\0{stamp}\n" for path, stamp in sorted(stamps.items())]
    return sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def writer() -> str:
    """A name for one board of this process, from which others on this machine can tell whether it is still at work."""
    pid = os.getpid()
    return f"{_here() or 'elsewhere'} {pid}@{_started(pid)} {secrets.token_hex(8)}"


def begin(me: str) -> None:
    """This writer is at work now."""
    _AT_WORK.add(me)


def end(me: str) -> None:
    """It no longer is, whatever it left behind."""
    _AT_WORK.discard(me)


def _surely_done(by: str) -> bool:
    """Whether a writer is known to have died, or to have given up: it was on this machine, in our process namespace."""
    here, _, rest = by.rpartition(" ")[0].rpartition(" ")
    pid, _, started = rest.partition("@")
    if not here or here != _here() or not pid.isdecimal():
        return False
    return by not in _AT_WORK if int(pid) == os.getpid() else started != _started(int(pid))


def _here() -> str:
    """This boot of this machine and this process namespace, as Linux names them; "" elsewhere."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since boot (proc(5), field 22); "" when there is none or it is a zombie."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""
