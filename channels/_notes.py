"""What a board notes at its place, in hidden files: which files it wrote, in which state, and who is writing now.

    {"at": 1321733640.5, "state": "9f86...", "gone": {"incidents/7.html": 1321733640.5},
     "base": ".notifier-files-2c26....json", "files": {"index.html": "fcde...", "status.json": "", "old.html": null},
     "writing": {"by": "...", "until": 1321733670.5}}

The base is a file (path -> stamp) with all entries as of some publish, named by its content and never changed. An entry
of ``files`` is what differs from it: the stamp of what is there; null for a file that is not ours any more; or "" for a
file that may be the old or the new one: before a file is touched its entry is made unsure, so that a kill at any moment
leaves nothing in the notes that is not true. A base is at its place before notes name it, and while it is named by none
it is among what is ``gone``: from before it is written, and once another has taken its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from channels._files import BASE
from channels._writer import surely_done
from notifier.channel import value

UNSURE = ""
LEASE = 30.0  # seconds that a writer may be silent before another takes over
ROOM = 200  # entries that may differ from the base, or a tenth of it, before there is a new one


@value
class Base:
    """All entries as of some publish; without a name, there is none yet."""

    name: str = ""
    files: Mapping[str, str] = {}


NONE = Base()


def base(files: dict[str, str]) -> tuple[Base, bytes]:
    """A base of these entries, and what its file holds."""
    raw = json.dumps(files, separators=(",", ":")).encode()
    return Base(_name(raw), files), raw


@value
class Notes:
    """What a place says of itself.

    ``at``: the moment of the state that was written last, in seconds since 1970; ``state``: its digest. ``differs``:
    entries that are not those of ``base``. ``gone``: files that belong there no longer, and since when. ``by``: who
    writes now, ``until`` when at the longest, unless renewed. ``known``: false where there are no notes, or damaged
    ones.
    """

    at: float = 0.0
    state: str = ""
    base: Base = NONE
    differs: Mapping[str, str | None] = {}
    gone: Mapping[str, float] = {}
    by: str = ""
    until: float = 0.0
    known: bool = True

    @property
    def files(self) -> dict[str, str]:
        """The files that are there, and their stamps."""
        files: dict[str, Any] = {**self.base.files, **self.differs}
        for path in [p for p, stamp in self.differs.items() if stamp is None]:
            del files[path]
        return files

    @property
    def finished(self) -> bool:
        """Whether what is there is one whole state."""
        return self.known and not self.by and UNSURE not in self.differs.values()

    def taken(self, me: str, now: float) -> bool:
        """Whether somebody else is writing there. A time further away than a lease is that of a wrong clock."""
        if not self.by or self.by == me:
            return False
        return now < self.until <= now + 2 * LEASE and not surely_done(self.by)

    def write(self) -> bytes:
        """The bytes that :func:`read` takes."""
        data: dict[str, Any] = {"at": self.at, "state": self.state, "gone": self.gone, "base": self.base.name}
        if self.by:
            data["writing"] = {"by": self.by, "until": self.until}
        return json.dumps({**data, "files": self.differs}, separators=(",", ":")).encode()


def read(raw: bytes | None, last: Base = NONE, fetch: Callable[[str], bytes | None] = lambda name: None) -> Notes:
    """The notes of a place. Missing and damaged ones know nothing; of those of version 0.1.0 the names are known.

    ``last`` is a base that is known already, ``fetch`` reads another. Without their base notes still tell who writes.
    """
    try:
        data = json.loads(raw or b"")
        if isinstance(data, list):
            return Notes(differs={name: UNSURE for name in data if isinstance(name, str)}, known=False)
        writing, files, name = data.get("writing") or {}, _stamps(data["files"], None), data.get("base", "")
        gone = {str(path): float(since) for path, since in data["gone"].items()}
        by, until = str(writing.get("by", "")), float(writing.get("until", 0))
        at, state = float(data["at"]), digest(files) if "base" not in data else f"{int(data['state'], 16):064x}"
        found = last if name == last.name else _based(name, fetch)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Notes(known=False)
    if found.name == name:
        return Notes(at, state, found, files, gone, by, until)
    unsure = {path: UNSURE for path, stamp in files.items() if stamp is not None}
    return Notes(at, state, NONE, unsure, {**gone, name: at}, by, until, known=False)


def _based(name: str, fetch: Callable[[str], bytes | None]) -> Base:
    """That base, if it is there and what its name says. Raises ValueError for what is no name of one."""
    if name == "":
        return NONE
    if not BASE.fullmatch(name):
        raise ValueError(name)
    raw = fetch(name)
    return Base(name, _stamps(json.loads(raw))) if raw and _name(raw) == name else NONE


def _stamps(found: Any, *others: object) -> dict[str, Any]:
    """Entries that were noted. Raises TypeError for one that is neither a stamp nor one of the others."""
    files = dict(found)
    if any(not isinstance(stamp, str) and stamp not in others for stamp in files.values()):
        raise TypeError("a stamp is a text")
    return files


def _name(raw: bytes) -> str:
    return f".notifier-files-{sha256(raw).hexdigest()[:32]}.json"


def digest(files: Mapping[str, str], start: int = 0, less: Iterable[tuple[str, str]] = ()) -> str:
    """A name for the state of all files, in 64 characters: the sum of a hash of each entry, modulo 2**256.

    The order of the files does not matter, and a state's digest is had from that of another (``start``) by what came
    and what went (``less``). Sums can be made to collide by whoever chooses many entries; here that would be
    somebody who writes the site, and all he would gain is a wrong id in a receipt: what is written is told by stamps.
    """
    total = start + sum(map(_hash, files.items())) - sum(map(_hash, less))
    return f"{total % 2**256:064x}"


@lru_cache(8192)
def _hash(entry: tuple[str, str]) -> int:
    path, stamp = entry
    return int.from_bytes(sha256(f"{path}\0{stamp}".encode("utf-8", "surrogateescape")).digest(), "big")
