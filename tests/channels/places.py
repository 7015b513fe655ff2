"""What our own boards keep beyond the suite for all: kills of real processes, two writers, the address, old states."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from channels import KINDS
from channels._files import BASE, HALF
from notifier.channel import Secret, Temporary
from notifier.testing import BoardContract, Rendered
from notifier.testing.boards import dangling, story
from notifier.testing.trying import opened

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds for what takes a moment


class State(Rendered):
    """The site in one state, of a known moment."""

    def __init__(self, files: Mapping[str, bytes], at: datetime) -> None:
        super().__init__(files)
        self.at = at


def board_of(kind: str, settings: Mapping[str, Any]) -> Any:
    """A board of that kind; what begins with "secret:" is a secret."""
    module = import_module(KINDS[kind])
    values = {k: Secret(v[7:]) if isinstance(v, str) and v.startswith("secret:") else v for k, v in settings.items()}
    board = module.connect(module.Config(**values))
    board.patience = 2.0
    return board


def on_disk(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but those that are being written: path -> content."""
    walk = os.walk(folder)  # passes over folders that go meanwhile, such as the lock of who is being killed
    found = (Path(above, name) for above, _, names in walk for name in names if not name.endswith(HALF))
    return {str(p.relative_to(folder)): p.read_bytes() for p in found}


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.005)  # between two looks
    raise AssertionError(f"{what} did not happen")


def again(board: Any, files: Callable[[], Mapping[str, bytes]]) -> Any:
    """Publish as the outbox would: later, when it is told so; the state is the one of the moment."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return board.publish(files())
        except Temporary as error:
            if time.monotonic() > end:
                raise
            time.sleep(min(error.after or 0.05, 0.05))  # as the error asks


class PlaceBoardContract(BoardContract):
    """For boards that share channels/_board.py. ``kind`` and ``settings`` say how another process connects."""

    kind: ClassVar[str] = ""
    kills: ClassVar[int] = 3

    def settings(self, place: Any) -> dict[str, Any]:
        """The configuration as JSON values; secrets begin with "secret:"."""
        raise NotImplementedError(f"{type(self).__name__}.settings(place)")  # a subclass says it

    def connect(self, place: Any) -> Any:
        return board_of(self.kind, self.settings(place))

    def test_the_receipt_says_where_and_how_much(self, place: Any) -> None:
        """The ledger shows the public address, how much was written, and an id of the state."""
        url = {"url": "https://status.example.org"}
        with opened(board_of(self.kind, {**self.settings(place), **url})) as board:
            first = board.publish({"index.html": b"123", "page.js": b"4"})
            same = board.publish({"page.js": b"4", "index.html": b"123"})
            other = board.publish({"index.html": b"1234", "page.js": b"4"})

        assert (first.url, first.more) == (url["url"], {"files": 2, "bytes": 4})
        assert (same.id, same.more) == (first.id, {"files": 0, "bytes": 0})
        assert (other.id != first.id, other.more) == (True, {"files": 1, "bytes": 4})

    def test_an_older_state_does_not_replace_a_newer_one(self, place: Any) -> None:
        """A process that was frozen with an old state in its hands does no harm; after an hour all is as usual."""
        now = datetime.now(UTC).timestamp()
        old, new, later = (
            State(story(n), datetime.fromtimestamp(now - ago, UTC)) for n, ago in ((1, 60), (2, 30), (3, 0))
        )
        with opened(self.connect(place)) as one, opened(self.connect(place)) as other:
            one.publish(new)
            kept = other.publish(old)
            assert self._ours(place) == story(2)
            assert kept.more == {"files": 0, "bytes": 0}
            assert old.asked == []
            other.publish(later)
        assert self._ours(place).items() >= story(3).items()

    def test_a_clock_that_was_wrong_does_not_stop_it(self, place: Any) -> None:
        """A state from the future, of a clock that is right again, is replaced."""
        with opened(self.connect(place)) as board:
            board.publish(State(story(1), datetime(2099, 1, 1, tzinfo=UTC)))
            board.publish(story(2))
        assert self._ours(place).items() >= story(2).items()

    def test_it_repairs_what_others_did(self, place: Any) -> None:
        """What somebody overwrote or removed is put right when asked to."""
        with opened(self.connect(place)) as board:
            board.publish(story(1))
            self.leave(place, "index.html", b"defaced")
            board.repair()
            board.publish(story(1))
        assert self._ours(place) == story(1)

    def test_a_large_site_has_its_notes_in_two_parts(self, place: Any) -> None:
        """With hundreds of files the notes name a base, which other processes find, which is replaced when much has
        changed, and without which all is written again."""
        site = {f"incidents/{n}.html": b"1" for n in range(250)} | {"index.html": b"1"}
        for name, content in (("incidents/0.html", b"2"), ("incidents/1.html", b"3")):
            with opened(self.connect(place)) as board:
                board.publish(site)
                site[name] = content
                assert board.publish(site).more["files"] == 1
        first = self._bases(place)
        assert (self._ours(place), len(first)) == (site, 1)

        other = dict.fromkeys(site, b"4")
        with opened(self.connect(place)) as board:
            assert board.publish(other).more["files"] == len(other)
        (new,) = self._bases(place) - first
        assert self._ours(place) == other
        self.leave(place, new, b"{}")
        with opened(self.connect(place)) as board:
            board.publish(site)
        with opened(self.connect(place)) as board:
            assert board.publish(site).more["files"] == 0
        assert self._ours(place) == site

    def _bases(self, place: Any) -> set[str]:
        return {name for name in self.read(place) if BASE.fullmatch(name)}

    def test_a_killed_process_does_no_harm(self, place: Any) -> None:
        """Killed at any moment (SIGKILL), no page refers to what is not there; the next one goes on at once."""
        with opened(self.connect(place)) as board:
            board.publish(story(1))
        number = 2
        for kill in range(self.kills):
            with self._visited(place), self._publisher(place, number) as publisher:
                until(lambda: int(publisher.stdout.readline() or 0) >= number + 1 + kill, "publishing")  # noqa: B023
                time.sleep(0.013 * kill)  # another moment each time
                publisher.kill()
                publisher.wait()
            shown = self._ours(place)
            assert dangling(shown, shown) == []
            number = json.loads(shown["status.json"])["seq"] + 2
            with opened(self.connect(place)) as board:
                board.publish(story(number))
            assert self._ours(place).items() >= story(number).items()
            number += 1

    def test_two_processes_at_once(self, place: Any, tmp_path: Path) -> None:
        """Command line and daemon publish at once: no page refers to nothing, and the newest state is what stays."""
        with opened(self.connect(place)) as board:
            board.publish(story(1))
        told = tmp_path / "told"
        told.write_text("2")
        with self._visited(place), self._publisher(place, 2, told) as one, self._publisher(place, 2, told) as other:
            for number in range(3, 13):
                beside = tmp_path / "beside"
                beside.write_text(str(number))
                beside.replace(told)
                assert int(one.stdout.readline()) > 0
                assert int(other.stdout.readline()) > 0
            beside.write_text("-12")  # the last word
            beside.replace(told)
            assert [process.wait(PATIENCE) for process in (one, other)] == [0, 0]
        assert self._ours(place).items() >= story(12).items()

    @contextmanager
    def _publisher(self, place: Any, number: int, told: Path | None = None) -> Iterator[Any]:
        words = [self.kind, json.dumps(self.settings(place)), str(number), *([str(told)] if told else [])]
        command = [sys.executable, "-m", "tests.channels.places", *words]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    @contextmanager
    def _visited(self, place: Any) -> Iterator[None]:
        """Meanwhile a visitor looks at the first page and then at what it refers to."""
        missing: list[str] = []
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                with suppress(FileNotFoundError):
                    shown = self.read(place)
                    missing.extend(dangling({"index.html": shown["index.html"]}, self.read(place)))

        visitor = threading.Thread(target=look)
        visitor.start()
        try:
            yield
        finally:
            done.set()
            visitor.join()
        assert missing == []


def main(kind: str, settings: str, number: str, told: str = "") -> None:
    """Publish one state after the other; or, with ``told``, the state whose number stands in that file, till that is
    the last one: a negative number."""
    board = board_of(kind, json.loads(settings))
    at = int(number)
    while at > 0:
        if told:
            at = int(Path(told).read_text())
            again(board, lambda: State(story(abs(int(Path(told).read_text()))), datetime.now(UTC)))
        else:
            again(board, partial(story, at))
        print(abs(at), flush=True)
        at += not told
    board.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
