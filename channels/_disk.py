"""Files on a disk of this machine, each brought there for good: fsync(2) of what is in it, and of its name."""

from __future__ import annotations

import os
from pathlib import Path


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


def write(place: str, content: bytes) -> None:
    """A new file that a web server may read, with its content on the disk."""
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        os.fchmod(handle, 0o644)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync(folder: Path | str) -> None:
    """Bring names of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
