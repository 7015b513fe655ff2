"""The shipped suites: a good channel and a good board pass, and each way to be bad is found out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels._http import TIMEOUT, Http
from notifier.channel import DeliveryError, Limits, Message, Permanent, Receipt, Secret, Temporary, stamp
from notifier.testing import Answer, BoardContract, ChannelContract, Clock, FakeRemote, Request, failure, refused

TOKEN = "pager-token-77c1"


class Pager:
    """A remote with all abilities; ``journal`` grows only when something changes."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}
        self.journal: list[str] = []
        self.remote = FakeRemote(self.answer)

    def fault(self, name: str) -> None:
        self.remote.fault(name)

    def answer(self, request: Request) -> Answer:
        verb, _, id = request.path.strip("/").partition("/")
        if request.headers.get("Authorization") != TOKEN:
            return Answer(401)
        if verb == "find":
            return Answer(json=[i for i, m in self.messages.items() if m["key"] == id])
        if verb in ("me", "post"):
            return Answer(json={"id": self.store(request.json()) if verb == "post" else "pager"})
        if id not in self.messages:
            return Answer(410)
        return self.change(verb, id, request)

    def store(self, message: dict[str, Any]) -> str:
        id = str(len(self.journal) + 1)
        self.messages[id] = message
        self.journal.append(f"post {id}")
        return id

    def change(self, verb: str, id: str, request: Request) -> Answer:
        before = dict(self.messages[id])
        if verb == "delete":
            del self.messages[id]
        else:
            self.messages[id].update({"text": request.json()["text"]} if verb == "edit" else {"pinned": verb == "pin"})
        if self.messages.get(id) != before and not (verb == "unpin" and "pinned" not in before):
            self.journal.append(f"{verb} {id}")
        return Answer(json={"id": id})


class Good:
    """A channel to it, as an adapter is to be."""

    limits = Limits(size=500)

    def __init__(self, url: str) -> None:
        self.timeout = TIMEOUT
        self.url = url
        self.http = Http([Secret(TOKEN)])

    def call(self, path: str, **more: Any) -> Any:
        return self.http.request(
            "POST", f"{self.url}/{path}", headers={"Authorization": TOKEN}, timeout=self.timeout, json=more
        ).json()

    def post(self, message: Message) -> Receipt:
        return Receipt(id=self.call("post", key=message.key, text=message.text)["id"])

    def reply(self, to: Receipt, message: Message) -> Receipt:
        return Receipt(id=self.call("post", key=message.key, text=message.text, to=to.id)["id"])

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        self.call(f"edit/{receipt.id}", text=message.text)
        return receipt

    def pin(self, receipt: Receipt) -> Receipt:
        self.call(f"pin/{receipt.id}")
        return receipt

    def unpin(self, receipt: Receipt) -> Receipt:
        self.call(f"unpin/{receipt.id}")
        return receipt

    def delete(self, receipt: Receipt) -> Receipt:
        try:
            self.call(f"delete/{receipt.id}")
        except Permanent as error:
            if "410" not in error.why:
                raise
        return receipt

    def find(self, message: Message) -> Receipt | None:
        found = self.call(f"find/{message.key}")
        return Receipt(id=found[0]) if found else None

    def probe(self) -> str:
        return f"as {self.call('me')['id']}"

    def close(self) -> None:
        self.http.close()


class TestGood(ChannelContract):
    secrets = (TOKEN,)
    made: Callable[[str], Any] = Good

    @pytest.fixture
    def remote(self) -> Iterator[Pager]:
        pager = Pager()
        with pager.remote:
            yield pager

    def connect(self, remote: Pager) -> Any:
        return type(self).made(remote.remote.url)

    def dead(self) -> Any:
        return type(self).made(refused())

    def changes(self, remote: Pager) -> int:
        return len(remote.journal)


class Doubled(Good):
    def post(self, message: Message) -> Receipt:
        super().post(message)
        return super().post(message)


class Silent(Good):
    def post(self, message: Message) -> Receipt:
        return Receipt(id="1")


class Persistent(Good):
    """Repeats by itself, as some libraries do."""

    def call(self, path: str, **more: Any) -> Any:
        try:
            return super().call(path, **more)
        except Exception:
            return super().call(path, **more)


class Forgetful(Good):
    """Knows its messages only as long as it lives."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.mine: set[str] = set()

    def post(self, message: Message) -> Receipt:
        receipt = super().post(message)
        self.mine.add(receipt.id)
        return receipt

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        return super().edit(receipt, message) if receipt.id in self.mine else receipt


class Rich(Good):
    """Its receipts do not survive JSON."""

    def post(self, message: Message) -> Receipt:
        return Receipt(id=super().post(message).id, more={"ids": (1, 2)})


class Hasty(Good):
    """Gives up whatever happens."""

    def call(self, path: str, **more: Any) -> Any:
        try:
            return super().call(path, **more)
        except Exception as error:
            raise Permanent(str(error), whole=True) from None


class Hopeful(Good):
    """Thinks that nothing has arrived whatever happens, and forgets how long to wait."""

    def call(self, path: str, **more: Any) -> Any:
        try:
            return super().call(path, **more)
        except Exception as error:
            raise Temporary(str(error)) from None


class Bare(Good):
    """Lets the library's errors through."""

    def call(self, path: str, **more: Any) -> Any:
        import requests

        answer = requests.post(f"{self.url}/{path}", json=more, headers={"Authorization": TOKEN}, timeout=self.timeout)
        answer.raise_for_status()
        return answer.json()


class Talkative(Good):
    """Shows its token in an error."""

    def call(self, path: str, **more: Any) -> Any:
        try:
            return super().call(path, **more)
        except Temporary as error:
            raise Temporary(f"{error.why} (with {TOKEN})", error.after) from None


class Chained(Good):
    """Shows its token in the error beneath."""

    def call(self, path: str, **more: Any) -> Any:
        try:
            return super().call(path, **more)
        except Temporary as error:
            raise Temporary("later", error.after) from ValueError(TOKEN)


class Logging(Good):
    def call(self, path: str, **more: Any) -> Any:
        import logging

        logging.getLogger("pager").debug("calling with %s", TOKEN)
        return super().call(path, **more)


class Loose(Good):
    """A second pin is an error, a second delete too."""

    def pin(self, receipt: Receipt) -> Receipt:
        self.call("post", key="pin", text=f"pinned {receipt.id}")
        return receipt

    def delete(self, receipt: Receipt) -> Receipt:
        self.call(f"delete/{receipt.id}")
        return receipt


class Guessing(Good):
    def find(self, message: Message) -> Receipt | None:
        return Receipt(id="1")

    def probe(self) -> str:
        self.call("post", key="probe", text="test")
        return "ok"


class Claiming(Good):
    """Says that the remote knows keys, which it does not; and takes less than it says."""

    limits = Limits(size=500, same_key=60)

    def post(self, message: Message) -> Receipt:
        if len(message.text) >= 500:
            raise Permanent("too long")
        return super().post(message)


@pytest.mark.parametrize(
    ("made", "tests"),
    [
        (Doubled, ["post_is_one_change", "two_posts_are_two_changes"]),
        (Silent, ["post_is_one_change", "throttle", "refused", "text_of_full_size_is_accepted"]),
        (Persistent, ["drop_after", "busy"]),
        (Forgetful, ["edit_after_restart"]),
        (Rich, ["edit_after_restart", "reply_after_restart"]),
        (Hasty, ["throttle", "unavailable", "drop_before", "drop_after", "refused", "busy"]),
        (Hopeful, ["throttle", "denied", "drop_after", "busy", "abilities_keep_the_verdict_of_a_lost_answer"]),
        (Bare, ["throttle", "drop_after", "refused", "denied"]),
        (Talkative, ["secrets_never_show"]),
        (Chained, ["secrets_never_show"]),
        (Logging, ["secrets_never_show", "secrets_never_show_in_what_works"]),
        (Loose, ["pin_and_unpin_after_restart", "delete_after_restart"]),
        (Guessing, ["find_settles_doubt", "probe_changes_nothing"]),
        (Claiming, ["same_key_twice_is_one_message", "text_of_full_size_is_accepted"]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_bad_channel_is_found_out(made: type[Good], tests: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """A channel that breaks a promise fails the tests of that promise."""
    suite = type("Suite", (TestGood,), {"made": made})()
    for name in tests:
        pager = Pager()
        wanted: list[Any] = [pager] if name != "refused" else []
        wanted += [caplog] if name.startswith("secrets") else []
        with pager.remote, pytest.raises((AssertionError, DeliveryError, OSError)):
            getattr(suite, f"test_{name}")(*wanted)


# Boards


class Shelf:
    """A folder as a board: data first, each file written aside and moved into place."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        if bad := [name for name in files if not name or name.startswith("/") or ".." in name.split("/")]:
            raise Permanent(f"path {bad[0]!r} leads out of the folder")
        try:
            self.put(files)
        except OSError as error:
            raise Temporary(f"{self.path}: {error.strerror}") from None
        return Receipt()

    def put(self, files: Mapping[str, bytes]) -> None:
        notes = self.path / ".published"
        former = json.loads(notes.read_text()) if notes.exists() else {"files": {}, "gone": []}
        stamps = {name: stamp(files, name) for name in files}
        for name in sorted(files, key=self.turn):
            if former["files"].get(name) != stamps[name]:
                self.write(self.path / name, files[name])
        for name in {*former["gone"]} - {*files}:
            (self.path / name).unlink(missing_ok=True)
        self.write(notes, json.dumps({"files": stamps, "gone": sorted({*former["files"]} - {*files})}).encode())

    def turn(self, name: str) -> Any:
        return name == "status.json", name.endswith("index.html"), name.endswith(".atom"), name.endswith(".html"), name

    def write(self, path: Path, content: bytes) -> None:
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.new")
        aside.write_bytes(content)
        aside.replace(path)

    def close(self) -> None:
        pass


class TestShelf(BoardContract):
    made: Callable[[Path], Any] = Shelf

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path

    def connect(self, place: Path) -> Any:
        return type(self).made(place)

    def dead(self) -> Any:
        return type(self).made(Path("/proc/nowhere"))

    def read(self, place: Path) -> dict[str, bytes]:
        return {str(p.relative_to(place)): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}

    def leave(self, place: Path, name: str, content: bytes) -> None:
        (place / name).write_bytes(content)

    def stamp(self, place: Path) -> object:
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in place.rglob("*")}


class InPlace(Shelf):
    """Writes bit by bit into the file that visitors read."""

    def write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(content), 4096):
                file.write(content[start : start + 4096])


class PagesFirst(Shelf):
    def turn(self, name: str) -> Any:
        return not name.endswith(".html"), name


class DataFirst(Shelf):
    def turn(self, name: str) -> Any:
        return name != "status.json", *super().turn(name)


class Rewriting(Shelf):
    """Writes everything each time, and removes nothing."""

    def put(self, files: Mapping[str, bytes]) -> None:
        for name in sorted(files, key=self.turn):
            (self.path / name).unlink(missing_ok=True)
            self.write(self.path / name, files[name])


class Hurried(Shelf):
    """Removes what is gone before it writes the pages that no longer refer to it."""

    def put(self, files: Mapping[str, bytes]) -> None:
        notes = self.path / ".published"
        former = json.loads(notes.read_text()) if notes.exists() else {"files": {}}
        for name in {*former["files"]} - {*files}:
            (self.path / name).unlink(missing_ok=True)
        super().put(files)


class Sweeping(Shelf):
    """Removes whatever it does not publish."""

    def put(self, files: Mapping[str, bytes]) -> None:
        for path in self.path.rglob("*"):
            if path.is_file() and str(path.relative_to(self.path)) not in files:
                path.unlink()
        super().put(files)


class Trusting(Shelf):
    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        self.put(files)
        return Receipt()


@pytest.mark.parametrize(
    ("made", "test"),
    [
        (InPlace, "no_visitor_sees_a_half_file"),
        (PagesFirst, "no_page_refers_to_what_is_not_there"),
        (PagesFirst, "a_kill_leaves_no_page_that_refers_to_nothing"),
        (Hurried, "no_page_refers_to_what_is_not_there"),
        (DataFirst, "the_news_is_told_last"),
        (Rewriting, "same_again_changes_nothing"),
        (Rewriting, "only_what_changed_is_asked_for"),
        (Rewriting, "what_is_gone_is_removed"),
        (Sweeping, "files_of_others_stay"),
        (Trusting, "paths_outside_are_refused"),
        (Trusting, "dead_place_is_told"),
    ],
)
def test_bad_board_is_found_out(made: type[Shelf], test: str, tmp_path: Path) -> None:
    """A board that breaks a promise fails the test of that promise."""
    suite = type("Suite", (TestShelf,), {"made": made})()

    def run() -> None:
        for number in range(20):  # what only a visitor sees at the right moment shows at one of them
            place = tmp_path / f"place{number}"
            place.mkdir()
            getattr(suite, f"test_{test}")(*([place] if test != "dead_place_is_told" else []))

    with pytest.raises((AssertionError, OSError)):
        run()


# The rest of the kit


def test_clock_moves_only_when_told() -> None:
    """Tests of hours take no time, and the clock is in UTC whatever it was started with."""
    clock = Clock(datetime.fromisoformat("2011-11-19T21:14:00+01:00"))
    assert clock() == clock() == datetime(2011, 11, 19, 20, 14, tzinfo=UTC)
    assert clock().tzinfo is UTC

    clock.move(90)
    clock.move(timedelta(hours=-1))

    assert clock() == datetime(2011, 11, 19, 19, 15, 30, tzinfo=UTC)


def test_clock_wants_a_time_zone() -> None:
    """A time without zone would be guessed at."""
    with pytest.raises(ValueError, match="aware"):
        Clock(datetime(2011, 11, 19))


def test_unknown_fault_is_refused() -> None:
    """A misspelt fault does not make a test pass."""
    remote = FakeRemote(lambda _: Answer())
    with pytest.raises(ValueError, match="throttle"):
        remote.fault("throtle")
    remote.close()


def test_faults_queue_up_and_can_be_taken_back() -> None:
    """Faults come one a request, in order, and what has not come can be called off."""
    with FakeRemote(lambda _: Answer()) as remote:
        remote.fault("busy", times=2)
        remote.fault("denied")
        seen = [Http().send("GET", remote.url).status_code for _ in range(4)]
        remote.fault("busy")
        remote.fault("")

        assert [*seen, Http().send("GET", remote.url).status_code] == [500, 500, 401, 200, 200]


def test_remote_reads_what_clients_send() -> None:
    """Query, form, chunked bodies and header names in any case are understood."""
    with FakeRemote(lambda _: Answer(201, body=b"ok", headers={"X-Id": "7"})) as remote:
        answer = Http().send("PUT", f"{remote.url}/a%20b?q=%C3%A4&e=", data={"text": "ä b"})
        Http().send("POST", remote.url, data=iter([b"ab", b"c"]))

        first, second = remote.requests
        assert (first.method, first.path, first.query) == ("PUT", "/a%20b", {"q": "ä", "e": ""})
        assert (first.form(), first.headers["content-TYPE"]) == ({"text": "ä b"}, "application/x-www-form-urlencoded")
        assert second.body == b"abc"
        assert (answer.status_code, answer.text, answer.headers["X-Id"]) == (201, "ok", "7")


def test_kit_does_without_pytest() -> None:
    """The fake remotes serve the demo too, on machines without pytest."""
    import subprocess
    import sys

    script = "import sys; sys.modules['pytest'] = None; import notifier.testing as kit; print(kit.FakeRemote.__name__)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("FakeRemote\n", "")


def test_failure_wants_an_error() -> None:
    """A call that ends well where an error is expected fails the test."""
    with pytest.raises(AssertionError, match="no error"):
        failure(lambda: 7)
