"""S3: the suite of places against a bucket on a real socket, and what is particular to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from channels._files import NAME
from channels._notes import read
from channels.s3 import Config
from notifier.channel import Permanent, Secret, Temporary
from notifier.testing import FakeRemote, failure, refused
from notifier.testing.boards import story
from notifier.values import replace
from tests.channels.places import PlaceBoardContract, board_of
from tests.fakes.s3_api import ACCESS, BUCKET, SECRET, S3Api


class Place:
    """A bucket of a service."""

    def __init__(self) -> None:
        self.api = S3Api()
        self.remote = FakeRemote(self.api.answer)
        self.settings = settings(self.remote.url)

    def files(self) -> dict[str, bytes]:
        """What is in the folder of the bucket."""
        return {k.removeprefix("status/"): v for k, v in dict(self.api.objects).items() if k.startswith("status/")}


def settings(endpoint: str) -> dict[str, Any]:
    keys = {"access_key": f"secret:{ACCESS}", "secret_key": f"secret:{SECRET}"}
    return {"bucket": BUCKET, "prefix": "/status/", "endpoint": endpoint, **keys}


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()
    with place.remote:
        yield place


class TestS3(PlaceBoardContract):
    kind = "s3"
    secrets = (SECRET,)

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        place = Place()
        with place.remote:
            yield place

    def settings(self, place: Any) -> dict[str, Any]:
        return dict(place.settings)

    def dead(self) -> Any:
        return board_of("s3", settings(refused()))

    def read(self, place: Any) -> dict[str, bytes]:
        files: dict[str, bytes] = place.files()
        if "index.html" not in files and files:
            raise FileNotFoundError
        return files

    def leave(self, place: Any, name: str, content: bytes) -> None:
        place.api.objects[f"status/{name}"] = content

    def stamp(self, place: Any) -> object:
        return place.api.writes


def test_each_file_has_its_headers(place: Place) -> None:
    """Browsers are told what a file is and how long they may keep it: news 15 seconds, what has a hash for ever."""
    names = ("index.html", "status.json", "feed.atom", "feed.json", "cal.ics", "badge.svg", "app.0123abcd.js", "x.bin")
    board_of("s3", place.settings).publish(dict.fromkeys(names, b"x"))

    kinds = {name: place.api.headers[f"status/{name}"]["Content-Type"] for name in names}
    assert kinds == {
        "index.html": "text/html; charset=utf-8",
        "status.json": "application/json; charset=utf-8",
        "feed.atom": "application/atom+xml; charset=utf-8",
        "feed.json": "application/feed+json; charset=utf-8",
        "cal.ics": "text/calendar; charset=utf-8",
        "badge.svg": "image/svg+xml; charset=utf-8",
        "app.0123abcd.js": "text/javascript; charset=utf-8",
        "x.bin": "application/octet-stream",
    }
    kept = {name: place.api.headers[f"status/{name}"]["Cache-Control"] for name in names}
    assert kept.pop("app.0123abcd.js") == "public, max-age=31536000, immutable"
    assert set(kept.values()) == {"public, max-age=15, stale-if-error=86400"}


def test_who_lost_the_race_comes_later(place: Place) -> None:
    """Another writer between our look at the notes and our note: we come later, and have changed nothing."""
    board = board_of("s3", place.settings)
    board.publish(story(1))
    other, load = board_of("s3", place.settings), board.load

    def late() -> Any:
        found = load()
        other.publish(story(2))
        return found

    board.load = late
    told = failure(lambda: board.publish(story(3)))

    assert isinstance(told, Temporary)
    assert told.after == 2.0
    assert "another notifier is publishing there" in told.why
    assert place.files().items() >= story(2).items()
    assert read(place.files()[NAME]).finished


def test_who_was_frozen_writes_nothing_more(place: Place) -> None:
    """A process that was frozen for longer than its lease, while another took over, stops before the next file."""
    board, other = board_of("s3", place.settings), board_of("s3", place.settings)
    board.publish(story(1))
    put = board.put

    def freeze(path: str, content: bytes) -> None:
        put(path, content)
        board.put = put
        board._held -= 60.0  # as if a minute had gone by
        notes = read(place.files()[NAME])
        place.api.objects[f"status/{NAME}"] = replace(notes, at=0.0, until=notes.until - 60.0).write()
        other.publish(story(3))

    board.put = freeze
    told = failure(lambda: board.publish(story(2)))

    assert isinstance(told, Temporary)
    assert place.files().items() >= story(3).items()
    assert read(place.files()[NAME]).finished


def test_a_service_without_conditional_writing_is_served_too(place: Place) -> None:
    """Some services refuse If-Match; there the last one wins."""
    place.api.conditional = False
    board = board_of("s3", place.settings)
    for number in (1, 2, 3):
        board.publish(story(number))

    assert place.files().items() >= story(3).items()


def test_the_check_leaves_nothing_behind(place: Place) -> None:
    """Trying whether the key may write leaves no object."""
    assert board_of("s3", place.settings).probe().startswith(f"may write to {BUCKET} at 127.0.0.1:")
    assert place.api.objects == {}


@pytest.mark.parametrize(
    ("refusal", "says", "lasting"),
    [
        ((403, "AccessDenied"), "the key may not do that", True),
        ((403, "SignatureDoesNotMatch"), "secret_key is not the one of access_key", True),
        ((403, "InvalidAccessKeyId"), "it does not know access_key", True),
        ((404, "NoSuchBucket"), "there is no such bucket", True),
        ((400, "AuthorizationHeaderMalformed"), "correct the key region", True),
        ((301, "PermanentRedirect"), "correct the keys region and endpoint", True),
        ((403, "RequestTimeTooSkewed"), "the clock here is wrong", False),
        ((503, "SlowDown"), "SlowDown", False),
        ((500, "InternalError"), "InternalError", False),
    ],
)
def test_refusals_are_told(place: Place, refusal: tuple[int, str], says: str, lasting: bool) -> None:
    """What only an admin can mend stops the channel, all else is for later; each with its remedy and no key."""
    place.api.refuses = refusal
    told = failure(lambda: board_of("s3", place.settings).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent if lasting else Temporary)
    assert says in told.why
    assert SECRET not in told.why
    assert "127.0.0.1" in told.why


def test_a_service_that_hangs_is_given_up(place: Place) -> None:
    """A service that never answers holds nothing up for ever."""
    board = board_of("s3", place.settings)
    board.timeout = (0.3, 0.3)
    place.remote.fault("hang", times=9)
    told = failure(lambda: board.publish({"index.html": b"1"}))

    assert isinstance(told, Temporary)


def test_an_endpoint_that_is_none_is_refused() -> None:
    """An endpoint without https:// is refused before it is serious."""
    with pytest.raises(ValueError, match=r"^endpoint: "):
        Config("b", Secret("a"), Secret("s"), endpoint="s3.example.org")
