"""WebDAV: the suite of places against a server on a real socket, and what is particular to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from channels._files import HALF, NAME
from channels.webdav import Config
from notifier.channel import Permanent, Temporary
from notifier.testing import Answer, FakeRemote, failure, refused
from tests.channels.places import PlaceBoardContract, board_of, on_disk
from tests.fakes.dav_server import PASSWORD, USER, Dav


class Place:
    """A folder that a server shows."""

    def __init__(self, root: Path) -> None:
        self.root = root / "dav"
        self.root.mkdir()
        self.dav = Dav(self.root)
        self.remote = FakeRemote(self.dav.answer)
        self.settings = {"address": f"{self.remote.url}/sïte/", "user": USER, "password": f"secret:{PASSWORD}"}
        self.site = self.root / "sïte"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    with place.remote:
        yield place


class TestWebDav(PlaceBoardContract):
    kind = "webdav"
    secrets = (PASSWORD,)

    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:
        place = Place(tmp_path)
        with place.remote:
            yield place

    def settings(self, place: Any) -> dict[str, Any]:
        return dict(place.settings)

    def dead(self) -> Any:
        login = {"user": USER, "password": f"secret:{PASSWORD}"}
        return board_of("webdav", {"address": f"{refused()}/site", **login})

    def read(self, place: Any) -> dict[str, bytes]:
        return on_disk(place.site)

    def leave(self, place: Any, name: str, content: bytes) -> None:
        place.site.mkdir(exist_ok=True)
        (place.site / name).write_bytes(content)

    def stamp(self, place: Any) -> object:
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_ino) for p in place.root.rglob("*") if p.is_file())


def test_a_server_that_does_not_move_is_served_too(place: Place) -> None:
    """Without MOVE a file is put in its place at once, and nothing half-written stays."""
    place.dav.moves = False
    board = board_of("webdav", place.settings)
    for content in (b"1", b"2"):
        board.publish({"de/index.html": content, "index.html": content})

    assert on_disk(place.site).keys() == {"index.html", "de/index.html", NAME}
    assert (place.site / "de" / "index.html").read_bytes() == b"2"
    assert [p for p in place.site.rglob("*") if p.name.startswith(".") and p.name != NAME] == []


def test_a_proxy_that_fails_once_changes_nothing_for_good(place: Place) -> None:
    """502 on MOVE may be the server's word or a proxy's: that one file is put in its place, the next is moved again."""
    board, answer = board_of("webdav", place.settings), place.dav.answer
    failed: list[str] = []

    def once(request: Any) -> Answer:
        if request.method == "MOVE" and "index.html" in request.path and not failed:
            failed.append(request.path)
            return Answer(502)
        return answer(request)

    place.remote._answer = once
    board.publish({"index.html": b"1"})
    assert failed
    assert on_disk(place.site)["index.html"] == b"1"
    assert [p for p in place.site.rglob("*") if p.name.startswith(".") and p.name != NAME] == []

    place.dav.seen.clear()
    board.publish({"index.html": b"2"})
    assert not [line for line in place.dav.seen if line.startswith("PUT") and not line.endswith(HALF)]
    assert on_disk(place.site)["index.html"] == b"2"


def test_what_another_moved_away_is_for_later(place: Place) -> None:
    """Somebody who took us for dead published at the same time: nothing is wrong for good, the next time it works."""
    board = board_of("webdav", place.settings)
    place.dav.stolen = 1

    told = failure(lambda: board.publish({"index.html": b"1"}))
    assert isinstance(told, Temporary)
    assert told.after

    board.publish({"index.html": b"1"})
    assert (place.site / "index.html").read_bytes() == b"1"


@pytest.mark.parametrize("status", [404, 409, 500])
def test_missing_folders_are_made_whatever_the_server_says_of_them(place: Place, status: int) -> None:
    """The standard asks for 409; some say 404, and nginx 500."""
    place.dav.no_folder = status
    board_of("webdav", place.settings).publish({"de/index.html": b"1"})

    assert (place.site / "de" / "index.html").read_bytes() == b"1"


def test_the_check_leaves_nothing_behind(place: Place) -> None:
    """Trying whether the folder can be written to leaves no file."""
    assert board_of("webdav", place.settings).probe().startswith("may write to 127.0.0.1:")
    assert [p for p in place.root.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"password": "secret:wrong-word"}, "The credentials are refused"),
        ({"user": ""}, "The credentials are refused"),
    ],
)
def test_what_only_an_admin_can_mend_stops_the_channel(place: Place, over: dict[str, str], says: str) -> None:
    """A wrong login is told with the remedy, without the password."""
    told = failure(lambda: board_of("webdav", {**place.settings, **over}).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent)
    assert told.whole
    assert says in told.why
    assert "wrong-word" not in told.why


def test_a_folder_that_is_not_there_is_told(place: Place) -> None:
    """Only the folder itself is made, not one above it."""
    settings = {**place.settings, "address": f"{place.remote.url}/no/such"}
    told = failure(lambda: board_of("webdav", settings).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent)
    assert "no WebDAV folder" in told.why


def test_a_full_disk_passes(place: Place) -> None:
    """No space is left (507): later, and it is said what to do."""
    place.dav.full = True
    told = failure(lambda: board_of("webdav", place.settings).publish({"index.html": b"1"}))

    assert isinstance(told, Temporary)
    assert "make room" in told.why


@pytest.mark.parametrize("fault", ["busy", "unavailable", "drop_before", "drop_after", "throttle"])
def test_faults_in_between_pass(place: Place, fault: str) -> None:
    """Whatever goes wrong on the way is tried again, and then all is as it should be."""
    board = board_of("webdav", place.settings)
    board.publish({"index.html": b"1"})
    for skipped in range(9):
        new = {"index.html": b"%d" % skipped, "a.html": b"%d" % skipped}
        requests = len(place.remote.requests)
        place.remote.fault("", times=1)
        _after(place, skipped, fault)
        try:
            board.publish(new)
        except Temporary:
            assert len(place.remote.requests) > requests
        place.remote.fault("")
        board.publish(new)
        assert on_disk(place.site).items() >= new.items()


def _after(place: Place, requests: int, fault: str) -> None:
    """The fault comes after so many good requests."""
    left, true = [requests], place.dav.answer

    def answer(request: Any) -> Any:
        if left[0] == 0:
            place.remote.fault(fault)
        left[0] -= 1
        return true(request)

    place.remote._answer = answer


@pytest.mark.parametrize(
    "address",
    ["dav.example.org/x", "ftp://dav.example.org", "https://a:hunter2@dav.example.org/x", "dav://a:hunter2@dav/x", ""],
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    """An address that is none, or would show a password in errors, is refused, and the password not repeated."""
    with pytest.raises(ValueError, match=r"^address: ") as told:
        Config(address)
    assert "hunter2" not in str(told.value)
