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

import re
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import count
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
MARKS = {"index.html": b"p", "status.json": b"d"}
BIG = 300_000  # bytes of a file that is watched while it is written
LEAST, MOST, LOOKS = 5, 300, 60  # versions published, and looks of a visitor meanwhile


class Rendered(Mapping[str, bytes]):
    """A site that is rendered on demand: its stamps are known, and ``asked`` is what was asked for, in order.

    ``dies``: the kill that comes when so many files have been asked for.
    """

    def __init__(self, files: Mapping[str, bytes], dies: int | None = None) -> None:
        self._files = files
        self._dies = dies
        self.stamps = {path: sha256(content).hexdigest()[:16] for path, content in files.items()}
        self.asked: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        if len(self.asked) == self._dies:
            raise Killed
        self.asked.append(path)
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class Killed(BaseException):
    """Stands for a kill in the middle of a publish."""


def story(number: int) -> dict[str, bytes]:
    """A site whose pages refer to each other; each number has an asset and a page of its own, and one less of old."""
    links = [f"incidents/{n}.html" for n in range(max(number - 2, 1), number + 1)]
    asset = f"assets/app.{number:08x}.js"
    page = "".join(f'<a href="/{link}">' for link in links) + f'<script src="/{asset}">{number}'
    return {
        "index.html": page.encode(),
        "de/index.html": page.encode(),
        "history/index.html": page.encode(),
        "status.json": f'{{"seq": {number}, "page": "/{links[-1]}"}}'.encode(),
        "feed.atom": f'<link href="/{links[-1]}"/>{number}'.encode(),
        asset: b"let it = 1",
        **{link: f'<script src="/{asset}">{link}'.encode() for link in links},
    }


def dangling(shown: Mapping[str, bytes], later: Mapping[str, bytes]) -> list[str]:
    """What files that somebody has fetched refer to, and does not find when he fetches it after that."""
    refer = re.compile(rb'"/([^"]+)"')
    found = [(path, link.decode()) for path, content in shown.items() for link in refer.findall(content)]
    return [f"{path} -> {link}" for path, link in found if not path.startswith(".") and link not in later]


class BoardContract:
    """What a subclass says, then the tests.

    A pytest fixture ``place`` gives an empty place to publish to. secrets: what must never show in an error.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    def connect(self, place: Any) -> Board:
        """A board that publishes to that place, from the same configuration each time."""
        raise NotImplementedError(f"{type(self).__name__}.connect(place)")  # a subclass says it

    def dead(self) -> Board:
        """A board whose place cannot be written to."""
        raise NotImplementedError(f"{type(self).__name__}.dead()")  # a subclass says it

    def read(self, place: Any) -> dict[str, bytes]:
        """What visitors can fetch there: path -> content. May be called while the board publishes."""
        raise NotImplementedError(f"{type(self).__name__}.read(place)")  # a subclass says it

    def leave(self, place: Any, name: str, content: bytes) -> None:
        """Put a file there as somebody else would."""
        raise NotImplementedError(f"{type(self).__name__}.leave(place, name, content)")  # a subclass says it

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
        """A file of the former publish that the new one lacks goes, after a restart too: at the latest with the next
        one after its time of grace."""
        with opened(self.connect(place)) as board:
            board.publish(SITE)
        fewer = {name: content for name, content in SITE.items() if name not in ("de/index.html", "feed.atom")}
        for _ in range(2):
            with opened(self.connect(place)) as board:
                _without_grace(board)
                board.publish(fewer)
        assert self._ours(place) == fewer, "a file that is no longer published is still there"

    def test_what_comes_back_is_there(self, place: Any) -> None:
        """A file that went and comes back is there, and stays."""
        fewer = {"index.html": b"1"}
        with opened(self.connect(place)) as board:
            _without_grace(board)
            for files in (SITE, fewer, SITE, SITE, fewer, fewer, SITE, SITE):
                board.publish(files)
        assert self._ours(place) == dict(SITE), "a file that came back is not there"

    def test_only_what_changed_is_asked_for(self, place: Any) -> None:
        """What did not change is not even rendered, after a restart neither."""
        with opened(self.connect(place)) as board:
            board.publish(Rendered(SITE))
        newer = Rendered({**SITE, "index.html": b"<p>Voice is down", "new.txt": b"new"})
        with opened(self.connect(place)) as board:
            board.publish(newer)
        assert sorted(set(newer.asked)) == ["index.html", "new.txt"], "it asked for what did not change"
        assert self._ours(place)["index.html"] == b"<p>Voice is down", "what changed is not there"

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
        broken: list[str] = []

        def look() -> None:
            shown = self.read(place)
            broken.extend(name for name in MARKS if not _whole(name, shown.get(name)))

        self._publish_watched(place, look)
        assert not broken, f"visitors saw {broken[0]} broken or missing"

    def test_the_news_is_told_last(self, place: Any) -> None:
        """Who learns from the data that there is news finds the new page."""
        wrong: list[str] = []

        def look() -> None:
            data = self.read(place)["status.json"][-8:]
            page = self.read(place)["index.html"][-8:]
            if data > page:
                wrong.append(f"data of version {data!r} with a page of version {page!r}")

        self._publish_watched(place, look)
        assert not wrong, f"the data was ahead of the page: {wrong[0]}"

    def test_no_page_refers_to_what_is_not_there(self, place: Any) -> None:
        """While it publishes, a visitor finds what a page refers to: it comes before the page and goes after it."""
        missing: list[str] = []
        begun = [1]

        def look() -> None:
            before, shown = begun[0], self.read(place)
            found = dangling({"index.html": shown["index.html"]}, self.read(place))
            if begun[0] - before < 2:  # else the visitor was so slow that two newer states have come meanwhile
                missing.extend(found)

        with opened(self.connect(place)) as board:
            board.publish(story(1))
            with _watching(look) as looks:
                for number in count(2):
                    begun[0] = number
                    board.publish(story(number))
                    if number >= MOST or (number >= LEAST and looks() >= LOOKS):
                        break
        assert not missing, f"a visitor did not find what a page refers to: {missing[0]}"

    def test_a_kill_leaves_no_page_that_refers_to_nothing(self, place: Any) -> None:
        """Killed at any file, no page refers to what is not there, and the next publish puts everything right."""
        number = 1
        with opened(self.connect(place)) as board:
            board.publish(story(number))
        for dies in range(len(story(9))):
            number += 1
            with opened(self.connect(place)) as board, suppress(Killed):
                _without_grace(board)
                board.publish(Rendered(story(number), dies))
            shown = self._ours(place)
            assert not dangling(shown, shown), f"killed at file {dies}: {dangling(shown, shown)}"
            self._recovered(place, number)

    def _recovered(self, place: Any, number: int) -> None:
        for _ in range(3):
            with opened(self.connect(place)) as board:
                _without_grace(board)
                board.publish(Rendered(story(number)))
        assert self._ours(place) == story(number), "after a kill the next publish does not put everything right"

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

    def _publish_watched(self, place: Any, look: Callable[[], None]) -> None:
        """Publish one version after the other while a visitor looks, until he has looked often."""
        with opened(self.connect(place)) as board:
            board.publish(_version(0))
            with _watching(look) as looks:
                for number in count(1):
                    board.publish(_version(number))
                    if number >= MOST or (number >= LEAST and looks() >= LOOKS):
                        break

    def _ours(self, place: Any) -> dict[str, bytes]:
        """What visitors can fetch, without the board's own notes, whose names begin with a dot."""
        shown = self.read(place).items()
        return {name: content for name, content in shown if not name.rpartition("/")[2].startswith(".")}


def _without_grace(board: Any) -> None:
    """Let it remove at the next publish what goes now, if it would wait longer."""
    if hasattr(board, "grace"):
        board.grace = 0.0


def _version(number: int) -> dict[str, bytes]:
    """A site so big that writing it takes a while; each file ends in its number of eight digits."""
    return {name: mark * BIG + b"%08d" % number for name, mark in MARKS.items()}


def _whole(name: str, content: bytes | None) -> bool:
    return content is not None and len(content) == BIG + 8 and content[:BIG] == MARKS[name] * BIG


@contextmanager
def _watching(look: Callable[[], None]) -> Iterator[Callable[[], int]]:
    """Look again and again meanwhile; gives how often. Files that vanish under the look are no concern."""
    done, looks, errors = threading.Event(), [0], list[Exception]()

    def watch() -> None:
        while not (done.is_set() or errors):
            try:
                look()
            except FileNotFoundError:
                continue
            except Exception as error:
                errors.append(error)
            looks[0] += 1

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield lambda: LOOKS if errors else looks[0]
    finally:
        done.set()
        watcher.join()
    if errors:
        raise errors[0]
