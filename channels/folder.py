"""A folder that a web server shows: the status page, the banner's data and the feed, written as files.

Each file is whole at any moment: written beside its place, brought to the disk, then renamed over the old one
(rename(2) and fsync(2)). What this board wrote is noted in a hidden file, so that it never removes what others left.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from notifier.channel import DeliveryError, Permanent, Receipt, Temporary, key, value

NOTES = ".notifier-files.json"
HALF = ".notifier-half"  # ends the names of files that are being written
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

    def __post_init__(self) -> None:
        """Raises ValueError for a path that would depend on where the program was started."""
        if not os.path.isabs(os.path.expanduser(self.path)):
            raise ValueError(f"path: {self.path!r} must be a whole path that begins with / or ~/")


def connect(config: Config) -> Folder:
    """The board; nothing is touched yet."""
    return Folder(config)


class Folder:
    """One folder."""

    def __init__(self, config: Config) -> None:
        self._root = Path(config.path).expanduser()

    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        """Bring the folder to exactly these files, beside those of others: data, then pages, then removals.

        The receipt's id is the hash of it all. Raises Permanent for a path that leads out of the folder.
        """
        if refused := [path for path in files if _wrong(path)]:
            raise Permanent(f"{refused[0]!r} is not published: it must be a path below the folder, without .. and such")
        with _told(self._root):
            _folder(self._root)
            before = self._noted()
            self._sweep({*files, *before})
            self._note({*files, *before})
            for path in sorted(files, key=_turn):
                self._put(path, files[path])
            for path in sorted(before - set(files)):
                self._remove(path)
            self._note(set(files))
        return Receipt(id=_digest(files))

    def probe(self) -> str:
        """Whether files can be made there; leaves none."""
        with _told(self._root):
            _folder(self._root)
            _write(self._root / f".{secrets.token_hex(4)}{HALF}", b"x").unlink()
        return f"may write to {self._root}"

    def close(self) -> None:
        """Nothing is kept open."""

    def _put(self, path: str, content: bytes) -> None:
        """Replace one file as a whole, unless it is so already."""
        place = self._root / path
        with _told(place):
            if _read(place) == content:
                return
            for folder in reversed(place.relative_to(self._root).parents[:-1]):
                _folder(self._root / folder)
            half = place.with_name(f".{place.name}.{secrets.token_hex(4)}{HALF}")
            try:
                _write(half, content).replace(place)
            except OSError:
                with suppress(OSError):
                    half.unlink()
                raise
            _sync(place.parent)

    def _remove(self, path: str) -> None:
        """Remove one file, and the folders that it leaves empty."""
        place = self._root / path
        with _told(place), suppress(FileNotFoundError, NotADirectoryError):
            place.unlink()
            _sync(place.parent)
        for folder in place.relative_to(self._root).parents[:-1]:
            with suppress(OSError):
                (self._root / folder).rmdir()

    def _noted(self) -> set[str]:
        """The files that former calls wrote. Notes that cannot be read remove nothing."""
        try:
            noted = json.loads(_read(self._root / NOTES) or b"[]")
        except ValueError:
            return set()
        return {n for n in noted if isinstance(n, str) and not _wrong(n)} if isinstance(noted, list) else set()

    def _note(self, paths: set[str]) -> None:
        self._put(NOTES, json.dumps(sorted(paths), indent=0).encode() + b"\n")

    def _sweep(self, paths: set[str]) -> None:
        """Remove half-written files that a killed call left."""
        for folder in {self._root, *((self._root / path).parent for path in paths)}:
            for half in folder.glob(f".*{HALF}"):
                half.unlink(missing_ok=True)


def _wrong(path: str) -> bool:
    """Whether it leads out of the folder, or is a name that this board needs itself."""
    lost = any(part in ("", ".", "..") for part in path.split("/"))
    return lost or "\0" in path or path == NOTES or path.endswith(HALF)


def _turn(path: str) -> tuple[bool | str, ...]:
    """Data before the pages that show it: pictures, scripts and feeds, then JSON, then HTML, the first page last."""
    return path.endswith(".html"), path == "index.html", path.endswith(".json"), path == "status.json", path


def _digest(files: Mapping[str, bytes]) -> str:
    parts = (f"{path}\0{sha256(files[path]).hexdigest()}\n" for path in sorted(files))
    return sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _folder(place: Path) -> None:
    """Make a folder that a web server may enter, if it is missing."""
    if not place.is_dir():
        place.mkdir()
        place.chmod(0o755)
        _sync(place.parent)


def _read(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None


def _write(place: Path, content: bytes) -> Path:
    """A new file that a web server may read, with its content on the disk."""
    with open(place, "xb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return place


def _sync(folder: Path) -> None:
    """Bring names of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(place: Path) -> Iterator[None]:
    """Whatever the disk says, in words: the place, what is wrong there, and the remedy."""
    try:
        yield
    except OSError as error:
        raise _error(place, error) from error


def _error(place: Path, error: OSError) -> DeliveryError:
    """Sure either way: what was not renamed is not published, and the next call writes it."""
    code = error.errno or 0
    if code in LASTING:
        return Permanent(f"{place}: {LASTING[code]}", whole=True)
    return Temporary(f"{place}: {PASSING.get(code, error.strerror or str(error))}", whole=True)
