"""A folder that a web server shows: the status page, the banner's data and the feed, written as files.

Each file is whole at any moment, and comes to its place after what it refers to (``channels/_disk.py``). Two that
publish at once take turns (flock(2)).
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from channels import _disk
from channels._board import BUSY, LATER, Board
from channels._files import NAME, folders, half
from notifier.channel import DeliveryError, Permanent, Temporary, key, value

PATIENCE = 10.0  # seconds that it waits for another who publishes there
UNLOCKED = (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL)  # network file systems without locks
FULL = "no space is left there; make room (`df -h` and `df -i` show how much there is)"
RIGHTS = "this user may not write there; give it the right to (chown, chmod)"
BLOCKED = "a file stands where a folder is needed, or a folder where a file is; remove it, or correct the key path"
PASSING = {  # may mend itself, or be mended without a change of the configuration
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: "the disk is mounted read-only; mount it for writing (`dmesg` may tell why it is not)",
    errno.EIO: "the disk answers with errors; look at `dmesg`",
    errno.ENOENT: "the folder above it does not exist; create it, mount its disk, or correct the key path",
}
LASTING = dict.fromkeys((errno.EACCES, errno.EPERM), RIGHTS)
LASTING |= dict.fromkeys((errno.ENOTDIR, errno.EEXIST, errno.EISDIR), BLOCKED)


@value
class Config:
    """A folder on this machine."""

    path: str = key("the folder, such as /srv/www/status; made if only it itself is missing", path=True)
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError for a path that would depend on where the program was started."""
        if not os.path.isabs(os.path.expanduser(self.path)):
            raise ValueError(f"path: {self.path!r} must be a whole path that begins with / or ~/")


def connect(config: Config) -> Folder:
    """The board; nothing is touched yet."""
    return Folder(config)


class Folder(Board):
    """One folder."""

    guard = "lock"

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self._root = Path(config.path).expanduser()
        self._top = f"{self._root}/"
        self._wave = _disk.Wave(_error)

    def probe(self) -> str:
        """Whether files can be made there; leaves none."""
        with _told(self._root):
            _disk.folder(self._root)
            aside = f"{self._root}/{half(secrets.token_hex(4))}"
            _disk.forget(_disk.write(aside, b"x"), aside)
        return f"may write to {self._root}"

    @contextmanager
    def session(self) -> Iterator[None]:
        """The folder, which is nobody else's meanwhile. Raises Temporary when another does not come to an end."""
        with _told(self._root):
            _disk.folder(self._root)
            handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with _told(self._root):
                _lock(handle)
            yield
            self._wave.barrier(every=True)  # also what an earlier session could not bring to the disk
            self._wave.bring()
        finally:
            self._wave.forget()
            os.close(handle)

    def fetch(self, path: str) -> bytes | None:
        """What is in one file."""
        place = self._root / path
        with _told(place):
            return _disk.read(place)

    def save(self, notes: bytes, tag: Any) -> None:
        """Replace the notes, after what they tell of and before what comes then."""
        self._wave.barrier(every=True)
        self.put(NAME, notes)
        self._wave.bring()
        self._wave.barrier(every=True)  # with what comes then: one wait of the disk less

    def settle(self) -> None:
        """What was put comes to its place before what is put from now on."""
        self._wave.barrier()

    def same(self, path: str, content: bytes) -> bool:
        """Whether the file is so already."""
        return self.fetch(path) == content

    def put(self, path: str, content: bytes) -> None:
        """Replace one file as a whole, in one wave with others."""
        place, aside = self._top + path, self._top + half(path)
        try:
            handle = self._written(path, aside, content)
        except OSError as error:
            raise _error(place, error) from error
        self._wave.add(handle, aside, place)

    def _written(self, path: str, aside: str, content: bytes) -> int:
        """Write a file beside its place."""
        try:
            return _disk.write(aside, content)
        except FileExistsError:  # what a killed one left
            os.unlink(aside)
        except FileNotFoundError:
            for folder in folders(path):
                _disk.folder(self._root / folder)
        return _disk.write(aside, content)

    def drop(self, path: str) -> None:
        """Remove one file, what a killed call left of it, and the folders that it leaves empty."""
        self._wave.bring()  # what still refers to it is replaced first
        place = self._root / path
        with _told(place), suppress(FileNotFoundError, NotADirectoryError):
            (self._root / half(path)).unlink(missing_ok=True)
            place.unlink()
            self._wave.changed(str(place.parent))
        for folder in reversed(folders(path)):
            with suppress(OSError):
                (self._root / folder).rmdir()


def _lock(handle: int) -> None:
    """Have the folder for oneself, till the handle is closed."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Temporary(BUSY, LATER) from None
            time.sleep(0.02)  # flock has no time-out of its own: look again
        except OSError as error:
            if error.errno in UNLOCKED:
                return None
            raise


@contextmanager
def _told(place: Path | str) -> Iterator[None]:
    """Whatever the disk says, in words: the place, what is wrong there, and the remedy."""
    try:
        yield
    except OSError as error:
        raise _error(place, error) from error


def _error(place: Path | str, error: OSError) -> DeliveryError:
    """Sure either way: what was not renamed is not published, and the next call writes it."""
    code = error.errno or 0
    if code in LASTING:
        return Permanent(f"{place}: {LASTING[code]}", whole=True)
    return Temporary(f"{place}: {PASSING.get(code, error.strerror or str(error))}", whole=True)
