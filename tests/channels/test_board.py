"""What keeps two writers apart where only a mark at the place does, and what goes in which order."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from channels._board import Board
from channels._files import LOCK
from channels.folder import Config, connect
from notifier.channel import Temporary


class Shelf(Board):
    """A place that is a dict."""

    def __init__(self, place: dict[str, bytes]) -> None:
        super().__init__()
        self.place = place

    @contextmanager
    def session(self) -> Iterator[None]:
        yield

    def fetch(self, path: str) -> bytes | None:
        return self.place.get(path)

    def put(self, path: str, content: bytes) -> None:
        self.place[path] = content

    def drop(self, path: str) -> None:
        self.place.pop(path, None)

    def reserve(self) -> bool:
        return self.place.setdefault(LOCK, b"") is not None

    def release(self) -> None:
        self.place.pop(LOCK, None)


def test_a_mark_of_another_stays() -> None:
    """The line breaks while we try to make ours: whoever made the one that is there still has the place for himself."""
    place: dict[str, bytes] = {LOCK: b"another's"}
    board = Shelf(place)

    def broken() -> bool:
        raise Temporary("the line broke")

    board.reserve = broken  # type: ignore[method-assign]
    with pytest.raises(Temporary, match="the line broke"):
        board.publish({"index.html": b"1"})

    assert place == {LOCK: b"another's"}


def test_nothing_goes_before_what_leads_to_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is to go, and the disk takes none of the pages that no longer lead to it: it stays as long as they do."""
    board = connect(Config(str(tmp_path)))
    board.grace = 0.0
    board.publish({"index.html": b'<a href="old.html">', "old.html": b"x"})
    fsync = os.fsync

    def full(handle: int) -> None:
        if "index.html" in os.readlink(f"/proc/self/fd/{handle}"):
            raise OSError(errno.ENOSPC, "no space")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    for _ in range(2):
        with pytest.raises(Temporary):
            board.publish({"index.html": b"nothing"})
        assert (tmp_path / "index.html").read_bytes() == b'<a href="old.html">'
        assert (tmp_path / "old.html").exists()

    monkeypatch.setattr(os, "fsync", fsync)
    for _ in range(2):
        board.publish({"index.html": b"nothing"})
    assert (tmp_path / "index.html").read_bytes() == b"nothing"
    assert not (tmp_path / "old.html").exists()
