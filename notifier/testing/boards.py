"""The suite that every board passes. Subclass it, and pytest runs it against your adapter.

Such as this one, in your tests:

    class TestFolder(BoardContract):
        @pytest.fixture
        def place(self, tmp_path):
            return tmp_path

        def connect(self, place):
            return connect(Config(path=str(place)))

        def dead(self):
            return connect(Config(path="/proc/nowhere"))

        def read(self, place):
            return {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}

        def leave(self, place, name, content):
            (place / name).write_bytes(content)
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from notifier.channel import Board, Permanent, Receipt, Temporary
from notifier.testing.trying import expect, failure, opened

SITE: Mapping[str, bytes] = {
    "index.html": b"<!doctype html><title>Status</title><p>All is well",
    "de/index.html": "<!doctype html><title>Störung</title>".encode(),
    "api/v2/summary.json": b'{"status": {"indicator": "none"}}',
    "feed.atom": b"<feed/>",
    "icon.png": bytes(range(256)),
    "empty.txt": b"",
}
BAD_PATHS = ("../out.txt", "/out.txt", "a/../../out.txt", "..", "")
ROUNDS, BIG = 8, 300_000


class BoardContract:
    """What a subclass says, then the tests.

    A pytest fixture ``place`` gives an empty place to publish to. secrets: what must never show in an error.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    def connect(self, place: Any) -> Board:
        """A board that publishes to that place, from the same configuration each time."""
        raise NotImplementedError(f"{type(self).__name__}.connect(place)")

    def dead(self) -> Board:
        """A board whose place cannot be written to."""
        raise NotImplementedError(f"{type(self).__name__}.dead()")

    def read(self, place: Any) -> dict[str, bytes]:
        """What visitors can fetch there: path -> content. May be called while the board publishes."""
        raise NotImplementedError(f"{type(self).__name__}.read(place)")

    def leave(self, place: Any, name: str, content: bytes) -> None:
        """Put a file there as somebody else would."""
        raise NotImplementedError(f"{type(self).__name__}.leave(place, name, content)")

    def stamp(self, place: Any) -> object:
        """Whatever shows that something was written, such as ids and times of change; None: cannot tell."""
        return None

    # Published

    def test_all_files_are_there(self, place: Any) -> None:
        """Visitors get each file whole, in folders too, and the board gives back a receipt."""
        with opened(self.connect(place)) as board:
            receipt = board.publish(SITE)
            assert isinstance(receipt, Receipt), f"publish returned {receipt!r}, not a Receipt"
            assert self._ours(place) == dict(SITE), "what visitors get is not what was published"

    def test_newer_state_replaces_older(self, place: Any) -> None:
        """What changed is new, what did not is still there."""
        newer = {**SITE, "index.html": b"<p>Voice is down", "api/v2/summary.json": b"{}"}
        with opened(self.connect(place)) as board:
            board.publish(SITE)
            board.publish(newer)
            assert self._ours(place) == newer, "what visitors get is not what was published last"

    def test_shorter_content_leaves_no_rest(self, place: Any) -> None:
        """A file that became shorter has no end of its former self."""
        with opened(self.connect(place)) as board:
            board.publish({"index.html": b"long " * 1000})
            board.publish({"index.html": b"short"})
            assert self._ours(place) == {"index.html": b"short"}, "a shorter file is not what was published"

    def test_same_again_changes_nothing(self, place: Any) -> None:
        """Publishing the same again, after a restart too, writes nothing."""
        with opened(self.connect(place)) as board:
            board.publish(SITE)
            before = self.stamp(place), self.read(place)
            board.publish(SITE)
            assert before == (self.stamp(place), self.read(place)), "the same again was written again"
        with opened(self.connect(place)) as board:
            board.publish(SITE)
            assert before == (self.stamp(place), self.read(place)), "the same again after a restart was written again"

    def test_what_is_gone_is_removed(self, place: Any) -> None:
        """A file of the former publish that the new one lacks is gone, after a restart too."""
        with opened(self.connect(place)) as board:
            board.publish(SITE)
        fewer = {name: content for name, content in SITE.items() if name not in ("de/index.html", "feed.atom")}
        with opened(self.connect(place)) as board:
            board.publish(fewer)
            assert self._ours(place) == fewer, "a file that is no longer published is still there"

    def test_files_of_others_stay(self, place: Any) -> None:
        """What the board did not write stays as it is."""
        self.leave(place, "robots.txt", b"User-agent: *")
        with opened(self.connect(place)) as board:
            board.publish(SITE)
            board.publish({"index.html": b"only this"})
            assert self.read(place).get("robots.txt") == b"User-agent: *", "somebody else's file did not stay"

    # Seen while it is written

    def test_no_visitor_sees_a_half_file(self, place: Any) -> None:
        """While it publishes, each file is the old or the new one, whole."""
        seen: set[bytes] = set()
        versions = [_version(number) for number in range(ROUNDS)]
        with opened(self.connect(place)) as board:
            board.publish(versions[0])

            def look() -> None:
                shown = self.read(place)
                seen.update(shown[name] for name in versions[0] if name in shown)

            with _watched(look):
                for version in versions[1:]:
                    board.publish(version)
        whole = {content for version in versions for content in version.values()}
        assert seen <= whole, f"visitors saw {len(seen - whole)} files that were never published"

    def test_data_comes_before_pages(self, place: Any) -> None:
        """Who sees a new page sees the new data too."""
        wrong: list[str] = []
        with opened(self.connect(place)) as board:
            board.publish(_version(0))

            def look() -> None:
                page, data = self.read(place).get("index.html"), self.read(place).get("status.json")
                if page and data and page[-8:] > data[-8:]:
                    wrong.append(f"page {page[-8:]!r} with data {data[-8:]!r}")

            with _watched(look):
                for number in range(1, ROUNDS):
                    board.publish(_version(number))
        assert not wrong, f"a page was ahead of its data: {wrong[0]}"

    # Refused

    def test_paths_outside_are_refused(self, place: Any) -> None:
        """A path that leads out of the place is refused for good, and nothing at all is written."""
        with opened(self.connect(place)) as board:
            before = self.read(place)
            for path in BAD_PATHS:
                error = failure(lambda path=path: board.publish({path: b"x", "page.html": b"y"}))  # type: ignore[misc]
                assert isinstance(error, Permanent), f"{path!r} ended in {error!r}, not in Permanent"
            assert before == self.read(place), "a refused publish wrote something"

    def test_dead_place_is_told(self) -> None:
        """A place that cannot be written to is told in words, without secrets."""
        with opened(self.dead()) as board:
            error = failure(lambda: board.publish(SITE))
            expect(error, (Temporary, Permanent), "a dead place")
            told = "".join(traceback.format_exception(error)) + repr(error.args)
            shown = [number for number, secret in enumerate(self.secrets) if secret in told]
            assert not shown, f"an error shows secrets number {shown}"

    def test_close_twice_is_harmless(self, place: Any) -> None:
        """Closing never raises, used or unused, once or twice."""
        self.connect(place).close()
        board = self.connect(place)
        board.publish(SITE)
        board.close()
        board.close()

    def _ours(self, place: Any) -> dict[str, bytes]:
        """What visitors can fetch, without the board's own notes, whose names begin with a dot."""
        shown = self.read(place).items()
        return {name: content for name, content in shown if not name.rpartition("/")[2].startswith(".")}


def _version(number: int) -> dict[str, bytes]:
    """A site so big that writing it takes a while; each file ends in its number."""
    end = f"{number:08d}".encode()
    return {name: mark * BIG + end for name, mark in (("index.html", b"p"), ("status.json", b"d"))}


@contextmanager
def _watched(look: Callable[[], None]) -> Iterator[None]:
    """Look again and again meanwhile; files that vanish while they are looked at are no concern."""
    done, errors = threading.Event(), []

    def watch() -> None:
        while not done.is_set():
            try:
                look()
            except FileNotFoundError:
                continue
            except Exception as error:
                errors.append(error)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
    if errors:
        raise errors[0]
