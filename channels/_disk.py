"""Files on a disk of this machine that change together: whole at any moment, in order, with few waits for the disk.

All are written beside their places first, and brought to the disk then (fsync(2)): it takes in at once what has been
handed to it meanwhile. Only then they are renamed, one after the other (rename(2)). A barrier brings names to the disk
before what comes after it is renamed: the new ones, which something may refer to, or every one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

File = tuple[int, str, str]  # open, its name beside its place, its place
MOST = 64  # files of a wave, each of them open
_BEGIN = getattr(os, "POSIX_FADV_DONTNEED", None)  # not everywhere


def folder(place: Path) -> None:
    """Make a folder that a web server may enter, if it is missing."""
    if not place.is_dir():
        place.mkdir()
        place.chmod(0o755)
        sync(place.parent)


def read(place: Path) -> bytes | None:
    """What is in a file; nothing where there is none."""
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def write(place: str, content: bytes) -> int:
    """A new file that a web server may read, still open, its content on the way to the disk: posix_fadvise(2) begins
    that, so that an fsync(2) later finds most of it done. What cannot be written is removed."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(handle, 0o644)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        _begin(handle)
    except OSError:
        forget(handle, place)
        raise
    return handle


def _begin(handle: int) -> None:
    if _BEGIN is not None:
        try:
            os.posix_fadvise(handle, 0, 0, _BEGIN)
        except OSError:
            return  # it is advice: not every file system takes it


def forget(handle: int, place: str) -> None:
    """Close and remove a file that is not to be."""
    with suppress(OSError):
        os.close(handle)
    with suppress(OSError):
        os.unlink(place)


def sync(folder: Path | str) -> None:
    """Bring names of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Wave:
    """What is on its way. ``error``: what an OSError becomes, at the place that it is about; what has not come to its
    place then waits for :meth:`forget`."""

    def __init__(self, error: Callable[[str, OSError], Exception]) -> None:
        self._error = error
        self._at = ""  # the place that it is about
        self._coming: list[File | bool] = []  # a barrier tells whether it is for every name
        self._names: dict[str, bool] = {}  # folders with a name that is not yet on the disk; whether one is new

    def add(self, handle: int, aside: str, place: str) -> None:
        """An open file that is to come to its place."""
        self._coming.append((handle, aside, place))
        if len(self._coming) >= MOST:
            self.bring()

    def barrier(self, every: bool = False) -> None:
        """What was added comes to its place before what is added from now on."""
        self._coming.append(every)

    def bring(self) -> None:
        """Bring all to their places."""
        try:
            for handle, _, place in self._files():
                self._at = place
                os.fsync(handle)
            while self._coming:
                first = self._coming[0]
                if isinstance(first, bool):
                    self._sync(first)
                else:
                    self._rename(*first)
                del self._coming[0]
        except OSError as error:
            raise self._error(self._at, error) from error

    def changed(self, folder: str) -> None:
        """A name was removed there."""
        self._names.setdefault(folder, False)

    def forget(self) -> None:
        """Remove what did not come to its place."""
        for handle, aside, _ in self._files():
            forget(handle, aside)
        self._coming = []

    def _files(self) -> list[File]:
        return [file for file in self._coming if not isinstance(file, bool)]

    def _rename(self, handle: int, aside: str, place: str) -> None:
        folder, self._at = place.rpartition("/")[0], place
        new = not os.path.lexists(place)
        os.replace(aside, place)
        self._names[folder] = self._names.get(folder, False) or new
        try:
            os.close(handle)
        except OSError:
            return  # it is on the disk: fsync said so

    def _sync(self, every: bool) -> None:
        for folder in [name for name, new in self._names.items() if new or every]:
            self._at = folder
            with suppress(FileNotFoundError):
                sync(folder)
            del self._names[folder]
