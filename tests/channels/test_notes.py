"""Notes in two parts: a base with all entries, and what differs from it; and what a kill leaves of that."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from channels._board import Board
from channels._files import BASE, NAME, wrong
from channels._notes import NONE, Notes, digest, read
from notifier.channel import Temporary, stamps
from notifier.testing import failure
from notifier.testing.boards import Killed, Rendered
from notifier.values import replace


class Memory(Board):
    """A board whose place is a dict. ``steps``: changes that it still makes before it is killed; ``late``: that the
    one at which it is killed is made yet."""

    def __init__(self, place: dict[str, bytes], grace: float = 0.0) -> None:
        super().__init__()
        self.place, self.grace = place, grace
        self.steps, self.late = -1, False
        self.wrote: list[tuple[str, int]] = []
        self.fetched: list[str] = []

    @contextmanager
    def session(self) -> Iterator[None]:
        yield

    def fetch(self, path: str) -> bytes | None:
        self.fetched.append(path)
        return self.place.get(path)

    def put(self, path: str, content: bytes) -> None:
        self.wrote.append((path, len(content)))
        self._change(lambda: self.place.update({path: content}))

    def drop(self, path: str) -> None:
        self._change(lambda: self.place.pop(path, None))

    def _change(self, change: Callable[[], object]) -> None:
        if self.steps == 0:
            if self.late:
                change()
            raise Killed
        self.steps -= 1
        change()


def site(count: int, word: str = "1", **more: str) -> dict[str, bytes]:
    """So many pages, all with the same word on them."""
    return {f"incidents/{n}.html": word.encode() for n in range(count)} | {k: v.encode() for k, v in more.items()}


def ours(place: Mapping[str, bytes]) -> dict[str, bytes]:
    """What visitors see."""
    return {path: content for path, content in place.items() if not path.startswith(".")}


def bases(place: Mapping[str, bytes]) -> set[str]:
    return {path for path in place if BASE.fullmatch(path)}


def named(place: Mapping[str, bytes]) -> str:
    """The base that the notes name."""
    return str(json.loads(place[NAME])["base"])


def notes(place: Mapping[str, bytes]) -> Notes:
    return read(place[NAME], NONE, place.get)


# What is written


@pytest.mark.parametrize("many", [300, 3_000])
def test_notes_of_an_update_do_not_grow_with_the_site(many: int) -> None:
    """One page changes: what is noted is as much for 3,000 files as for 100 or 300, and no base is written."""
    sent = {}
    for count in (201, many):
        place: dict[str, bytes] = {}
        board = Memory(place)
        board.publish(site(count))
        board.wrote.clear()
        board.publish(site(count) | {"incidents/7.html": b"2"})
        sent[count] = board.wrote
    assert [path for path, _ in sent[many]] == [NAME, "incidents/7.html", NAME]
    assert [abs(a - b) < 20 for (_, a), (_, b) in zip(sent[201], sent[many], strict=True)] == [True] * 3
    assert sum(size for path, size in sent[many] if path == NAME) < 1_000


def test_a_small_site_needs_no_base() -> None:
    """Up to 200 files, all that is noted is in one file."""
    place: dict[str, bytes] = {}
    for word in "123":
        Memory(place).publish(site(200, word))
    assert bases(place) == set()
    assert len(json.loads(place[NAME])["files"]) == 200


def test_the_base_is_read_once() -> None:
    """A process that goes on publishing reads the notes each time, and their base only the first time."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    board, other = Memory(place), Memory(place)
    for word in "234":
        board.publish(site(300) | {"incidents/7.html": word.encode()})
        other.publish(site(300) | {"incidents/8.html": word.encode()})
    assert board.fetched.count(named(place)) == 1
    assert board.fetched.count(NAME) == 3


def test_the_base_is_replaced_when_much_differs() -> None:
    """Changes add up till a new base is due; the old one stays till its time of grace is over, and then goes."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    first, files = named(place), site(300)
    for n in range(200):
        files |= {f"incidents/{n}.html": b"2"}
        Memory(place).publish(files)
    assert bases(place) == {first}
    Memory(place, 900.0).publish(files | {"incidents/200.html": b"2"})
    second = named(place)
    assert bases(place) == {first, second} != {first}
    written = json.loads(place[NAME])
    assert (written["files"], list(written["gone"])) == ({}, [first])
    Memory(place, 900.0).publish(files)
    assert bases(place) == {first, second}
    Memory(place).publish(files)
    assert bases(place) == {second}
    assert ours(place) == files


def test_the_more_files_the_more_may_differ() -> None:
    """Of 3,000 files a tenth may differ from the base: a new one is not paid for by each busy hour."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(3_000))
    first = named(place)
    Memory(place).publish(site(3_000) | site(300, "2"))
    assert named(place) == first
    Memory(place).publish(site(3_000) | site(301, "2"))
    assert named(place) != first


def test_one_comes_and_one_goes() -> None:
    """As many files as before, and yet one of them is another: the old one goes."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300, old="1"))
    for _ in range(2):
        Memory(place).publish(site(300, new="1"))
    assert ours(place) == site(300, new="1")


def test_what_is_gone_is_noted_as_a_difference() -> None:
    """Files that were in the base and are not ours any more go, and stay away; they may come back."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    Memory(place).publish(site(290))
    Memory(place).publish(site(290))
    assert ours(place) == site(290)
    assert json.loads(place[NAME])["files"] == {f"incidents/{n}.html": None for n in range(290, 300)}
    assert notes(place).files.keys() == site(290).keys()
    assert Memory(place).publish(site(290)).more["files"] == 0

    Memory(place).publish(site(300))
    assert ours(place) == site(300)
    assert json.loads(place[NAME])["files"] == {}


def test_a_base_may_come_back() -> None:
    """A state that was there before has the base of that time: it is not removed as the old one that it was."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    first = named(place)
    Memory(place, 900.0).publish(site(300, "2"))
    Memory(place, 900.0).publish(site(300))
    assert named(place) == first
    for word in "34":
        Memory(place).publish(site(300, status=word))
    assert bases(place) == {first}


# What is found


@pytest.mark.parametrize("damage", [None, b"", b"{", b"[]", b"{}"])
def test_without_its_base_all_is_written_afresh(damage: bytes | None) -> None:
    """A base that is missing or is not what it was: nothing is believed, and in the end all is as it should be."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    old = named(place)
    place.pop(old)
    place |= {} if damage is None else {old: damage}
    place["incidents/7.html"] = b"defaced"

    receipt = Memory(place).publish(site(300, status="2"))

    assert receipt.more["files"] == 301
    assert ours(place) == site(300, status="2")
    assert notes(place).finished
    Memory(place).publish(site(300, status="3"))
    assert bases(place) == {named(place)}


def test_repair_trusts_no_base_that_is_known() -> None:
    """A process that knows the base looks at it again when asked to repair."""
    place: dict[str, bytes] = {}
    board = Memory(place)
    board.publish(site(300))
    place[named(place)] = b"{}"
    board.repair()
    assert board.publish(site(300)).more["files"] == 300
    assert len(json.loads(place[named(place)])) == 300


def test_a_writer_is_heeded_without_the_base() -> None:
    """Who is at work stands in the notes themselves."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    place[NAME] = replace(notes(place), by="elsewhere 1@1 x", until=9e9).write()
    place.pop(named(place))
    found = notes(place)
    assert (found.known, found.by, found.until) == (False, "elsewhere 1@1 x", 9e9)


def test_the_base_in_use_is_never_removed() -> None:
    """Whatever notes say is to go, the base that they name stays."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(300))
    first = named(place)
    place[NAME] = replace(notes(place), gone={first: 0.0}).write()
    for word in "23":
        Memory(place).publish(site(300, status=word))
        assert bases(place) == {named(place)} == {first}


@pytest.mark.parametrize("base", ["../secret.json", "secret.json", 7, None, [], NAME, ".notifier-files-00.json"])
def test_no_other_file_is_taken_for_a_base(base: Any) -> None:
    """Whatever somebody wrote into the notes, nothing but a base is read, and nothing but a base removed."""
    place = {"secret.json": b'{"x": "1"}', "index.html": b"0", NAME: b""}
    place[NAME] = json.dumps({"at": 0, "state": "0", "files": {}, "gone": {}, "base": base}).encode()
    boards = [Memory(place) for _ in range(3)]
    for board in boards:
        board.publish({"index.html": b"1"})
    assert {path for board in boards for path in board.fetched} == {NAME}
    assert ours(place) == {"secret.json": b'{"x": "1"}', "index.html": b"1"}


@pytest.mark.parametrize("stamp", [["x"], {"x": 1}, 7, True, 0.5])
def test_a_stamp_that_is_none_is_damage(stamp: Any) -> None:
    """Notes are believed altogether or not at all; the next publish mends them."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(3))
    found = json.loads(place[NAME])
    found["files"]["incidents/1.html"] = stamp
    place[NAME] = json.dumps(found).encode()

    assert not notes(place).known
    Memory(place).publish(site(3, "2"))
    assert ours(place) == site(3, "2")
    assert notes(place).finished


def test_notes_of_one_part_are_read() -> None:
    """Notes of an earlier version hold all entries: nothing is written for their sake, and they are followed."""
    place: dict[str, bytes] = {**site(300), "old.html": b"1"}
    known = stamps(site(300))
    former = {"at": 1.0, "state": "9f" * 32, "gone": {"old.html": 1.0}, "files": known}
    place[NAME] = json.dumps(former).encode()

    receipt = Memory(place, 9e9).publish(site(300))
    assert (receipt.more["files"], receipt.id) == (0, digest(known))
    assert Memory(place).publish(site(300, status="2")).more["files"] == 1
    assert ours(place) == site(300, status="2")
    assert bases(place) == {named(place)}


@pytest.mark.parametrize("path", [NAME, ".notifier-files-" + 32 * "0" + ".json", ".notifier-files-0a.json"])
def test_names_of_notes_are_no_files(path: str) -> None:
    """A site cannot have a file that is called like notes or a base."""
    assert wrong(path)


def test_the_digest_follows_changes() -> None:
    """The digest that is had from what changed is the one of all files, whatever their order."""
    chance = random.Random(3)
    files = {f"{n}": f"{n}" for n in range(50)}
    state = digest(files)
    for n in range(50):
        path = chance.choice([*files, f"new{n}"])
        new = {path: f"x{n}"}
        state = digest(new, int(state, 16), [(path, files[path])] if path in files else [])
        files |= new
        gone = chance.choice([*files])
        state = digest({}, int(state, 16), [(gone, files.pop(gone))])
        assert state == digest(dict(reversed(files.items())))
    assert len({digest({"a": "b"}), digest({"b": "a"}), digest({"ab": ""}), digest({})}) == 4


# Killed


@pytest.mark.parametrize("guard", ["lock", "lease"])
@pytest.mark.parametrize("late", [False, True])
def test_killed_at_any_step(guard: str, late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill at any change, also between base and notes: the base that the notes name is there, the next publish makes
    all right, and no base is left over."""
    monkeypatch.setattr(Memory, "guard", guard)
    start: dict[str, bytes] = {}
    Memory(start).publish(site(230))
    second = site(205, "2", status="2")
    steps = count_steps(start, second)
    assert steps > 200
    for step in [*range(6), steps // 2, *range(steps - 30, steps)]:
        place = dict(start)
        killed(place, second, step, late)
        assert named(place) in place
        killed(place, site(206, "3"), step, late)  # and again
        assert named(place) in place
        for word in "45":
            receipt = Memory(place).publish(site(205, status=word))
            assert receipt.id == digest(stamps(site(205, status=word)))
        assert ours(place) == site(205, status="5")
        assert bases(place) == {named(place)}
        assert notes(place).finished


def count_steps(start: Mapping[str, bytes], files: Mapping[str, bytes]) -> int:
    """How many changes a publish makes."""
    board = Memory(dict(start))
    board.publish(Rendered(files))
    return -1 - board.steps


def killed(place: dict[str, bytes], files: Mapping[str, bytes], step: int, late: bool) -> None:
    """A publish that is killed at its change of that number, or done where it has not so many."""
    board = Memory(place)
    board.steps, board.late = step, late
    with suppress(Killed):
        board.publish(files)


# Several


@pytest.mark.parametrize("seed", range(6))
def test_many_who_are_killed_at_times(seed: int) -> None:
    """Processes that live long and such that are killed, in any order: the base that notes name is always there, who
    comes to an end has published, and in the end no other base lies about."""
    chance = random.Random(seed)
    place: dict[str, bytes] = {}
    boards = [Memory(place) for _ in range(3)]
    for _ in range(25):
        files = site(chance.choice([190, 230, 240])) | site(chance.choice([0, 20, 180]), str(chance.randrange(3)))
        at = chance.randrange(len(boards))
        boards[at].steps, boards[at].late = chance.choice([-1, 0, 1, 2, 100, 205, 206, 207]), chance.random() < 0.5
        boards[at].grace = chance.choice([0.0, 900.0])
        try:
            boards[at].publish(files)
            assert ours(place).items() >= files.items()
        except Killed:
            boards[at] = Memory(place)
        if NAME in place:
            assert named(place) in {"", *place}
    for word in "12":
        Memory(place).publish(site(230, status=word))
    assert ours(place) == site(230, status="2")
    assert bases(place) == {named(place)}


def test_who_was_frozen_removes_no_base() -> None:
    """A process that was frozen for longer than its lease, while another took over and wrote a new base, stops at its
    next file, though the place knows no conditional writing."""
    place: dict[str, bytes] = {}
    Memory(place).publish(site(230))
    frozen, put = Memory(place), Memory.put

    def freeze(path: str, content: bytes) -> None:
        put(frozen, path, content)
        if path != NAME and len(frozen.wrote) == 100:
            frozen._held -= 60.0  # as if a minute had gone by
            place[NAME] = replace(notes(place), until=notes(place).until - 60.0).write()
            Memory(place).publish(site(230, "3", status="3"))

    frozen.put = freeze  # type: ignore[method-assign]
    told = failure(lambda: frozen.publish(site(230, "2")))

    assert isinstance(told, Temporary)
    assert "another notifier is publishing there" in told.why
    assert named(place) in place
    for word in "45":
        frozen.publish(site(230, "3", status=word))
    assert ours(place) == site(230, "3", status="5")
    assert bases(place) == {named(place)}
