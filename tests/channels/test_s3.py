"""S3: the suite of places against a bucket on a real socket, and what is particular to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from channels._files import NAME
from channels._notes import read
from channels.s3 import Config
from notifier.channel import Permanent, Secret, Temporary
from notifier.testing import Answer, FakeRemote, Request, failure, refused
from notifier.testing.boards import story
from notifier.values import replace
from tests.channels.places import PlaceBoardContract, board_of
from tests.fakes.s3_api import ACCESS, BUCKET, SECRET, S3Api

FEEDS = ("feed.atom", "feed.rss", "feed.json", "maintenance.ics")


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


class Slow(FakeRemote):
    """A service that answers the feeds only when all of them are asked for; it notes what begins and what is done."""

    def __init__(self, api: S3Api) -> None:
        super().__init__(api.answer)
        self.all = threading.Barrier(len(FEEDS), timeout=30)
        self.seen: list[tuple[str, bool]] = []

    def take(self, request: Request, fault: str) -> Answer | None:
        name = request.path.rpartition("/")[2]
        self.seen.append((name, False))
        if name in FEEDS:
            self.all.wait()
        answer = super().take(request, fault)
        self.seen.append((name, True))
        return answer


def test_a_long_way_is_gone_side_by_side() -> None:
    """What no other file of its kind refers to is sent at once; what refers to it comes when all of that is there."""
    pages = ("page.js", "index.html", "status.json")
    remote = Slow(S3Api())
    with remote:
        board_of("s3", settings(remote.url)).publish(dict.fromkeys((*FEEDS, *pages), b"x"))

    seen = [(name, done) for name, done in remote.seen if name in (*FEEDS, *pages)]
    assert [name for name, _ in seen[:2]] == ["page.js"] * 2
    assert {name for name, done in seen[2 : 2 + len(FEEDS)] if not done} == set(FEEDS)
    assert [name for name, _ in seen[2 + 2 * len(FEEDS) :]] == ["index.html"] * 2 + ["status.json"] * 2


def test_of_what_is_sent_side_by_side_none_gets_lost(place: Place) -> None:
    """One of many at once is refused: it is told, nothing later is sent, and the next publish makes it whole."""
    board = board_of("s3", place.settings)
    board.publish(story(1))
    answer = place.api.answer

    def full(request: Request) -> Answer:
        if request.path.endswith("/feed.atom"):
            return Answer(507, body=b"<Error><Code>NoSpace</Code></Error>")
        return answer(request)

    place.remote._answer = full
    assert isinstance(failure(lambda: board.publish(story(2))), Temporary)
    assert place.files()["status.json"] == story(1)["status.json"]

    place.remote._answer = answer
    board.publish(story(2))
    assert place.files().items() >= story(2).items()
    assert read(place.files()[NAME]).finished


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


def test_only_a_service_that_says_so_knows_no_conditional_writing(place: Place) -> None:
    """A fault that passes is no such word, though "501" stands in its text: in the address, in an id."""
    board, answer = board_of("s3", {**place.settings, "prefix": "501/NotImplemented"}), place.api.answer
    passing = Answer(500, body=b"<Error><Code>InternalError</Code><RequestId>A501</RequestId></Error>")
    place.remote._answer = lambda request: passing if request.method == "PUT" else answer(request)
    assert isinstance(failure(lambda: board.publish(story(1))), Temporary)

    place.remote._answer, seen = answer, len(place.remote.requests)
    board.publish(story(1))
    notes = [r for r in place.remote.requests[seen:] if r.method == "PUT" and r.path.endswith(NAME)]
    assert all("If-Match" in r.headers or "If-None-Match" in r.headers for r in notes)
    assert len(notes) == 2


@pytest.mark.parametrize("refusal", [Answer(501), Answer(400, body=b"<Error><Code>NotImplemented</Code></Error>")])
def test_a_service_may_say_it_by_status_or_by_code(place: Place, refusal: Answer) -> None:
    """That it knows no conditional writing: asked for once, then the last one wins."""
    answer, asked = place.api.answer, []

    def refuse(request: Request) -> Answer:
        if "If-Match" in request.headers or "If-None-Match" in request.headers:
            asked.append(request.path)
            return refusal
        return answer(request)

    place.remote._answer = refuse
    board = board_of("s3", place.settings)
    for number in (1, 2):
        board.publish(story(number))

    assert place.files().items() >= story(2).items()
    assert len(asked) <= 3  # the client repeats a 501 twice


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


@pytest.mark.parametrize(
    "endpoint", ["s3.example.org", "ftp://s3.example.org", "http://user:hunter2@host", "user:hunter2@host", "https://"]
)
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    """An endpoint that is no web address, or holds a password, is refused before it is serious, and not repeated."""
    with pytest.raises(ValueError, match=r"^endpoint: ") as told:
        Config("b", Secret("a"), Secret("s"), endpoint=endpoint)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("prefix", ["../x", "a/../b", "a//b", "./a", "a\n"])
def test_a_prefix_that_is_no_folder_of_the_bucket_is_refused(prefix: str) -> None:
    """It is told when the configuration is read, with its key."""
    with pytest.raises(ValueError, match=r"^prefix: "):
        Config("b", Secret("a"), Secret("s"), prefix=prefix)


@pytest.mark.parametrize("bucket", ["", " ", "a/b"])
def test_a_bucket_has_a_name(bucket: str) -> None:
    """None at all is refused before it is serious."""
    with pytest.raises(ValueError, match=r"^bucket: "):
        Config(bucket, Secret("a"), Secret("s"))
