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
from notifier.testing.boards import Rendered


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


class Edition(Rendered):
    """A site that tells in which paths it differs from another one."""

    def __init__(self, files: dict[str, bytes], last: Edition | None = None) -> None:
        super().__init__(files)
        self.before = last.stamps if last else None
        there = last.stamps if last else {}
        self.news = {p for p in there | self.stamps if there.get(p) != self.stamps.get(p)}


def test_what_differs_from_the_last_publish_is_enough_only_while_nobody_else_published(tmp_path: Any) -> None:
    """Where a site differs from the one before it says itself; all is looked at where the place has another."""
    ours, other = (connect(Config(path=str(tmp_path / "page"))) for _ in range(2))
    first = Edition({"a.html": b"1", "b.html": b"1", "c.html": b"1"})
    assert ours.publish(first).more["files"] == 3
    second = Edition({"a.html": b"2", "b.html": b"1"}, first)
    assert ours.publish(second).more["files"] == 1
    assert ours.publish(second).more["files"] == 0
    silent = Edition({"a.html": b"2", "b.html": b"2"}, second)
    silent.news = set()
    assert ours.publish(silent).more["files"] == 0  # as it said
    other.publish({"a.html": b"2", "b.html": b"3"})
    third = Edition({"a.html": b"3", "b.html": b"2"}, silent)
    assert ours.publish(third).more["files"] == 2
    assert {p.name: p.read_bytes() for p in (tmp_path / "page").glob("[ab].html")} == {"a.html": b"3", "b.html": b"2"}
