"""Success means that it is on the disk; where that cannot be, the sender is told to come again."""

from __future__ import annotations

import resource
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

import pytest
import requests

from notifier.web import serve
from notifier.web.writer import Desk
from tests.web.running import OPEN, Process, Served, alert, serving, until


class Burst:
    """Some senders, each with one request after the other; ``taken`` are those that were answered with success."""

    def __init__(self, served: Served, senders: int = 8) -> None:
        self.taken: list[str] = []
        self.statuses: set[int] = set()
        self._served = served
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(senders)]
        for thread in self._threads:
            thread.start()

    def _send(self, who: int) -> None:
        with requests.Session() as session:
            n = 0
            while not self._stop.is_set():
                n += 1
                name = f"{who}-{n}"
                try:
                    answer = session.post(f"{self._served.url}/hooks/open", json=alert(name), timeout=20)
                except requests.RequestException:
                    return
                self.statuses.add(answer.status_code)
                if answer.status_code == 200:
                    self.taken.append(name)

    def end(self) -> None:
        """No more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def stored(served: Served) -> set[str]:
    """The names of the alerts in the store."""
    return {one.request.body.decode().split('"instance": "')[1].split('"')[0] for one in served.requests()}


FAST = OPEN + "per_minute = 1000000\n"


@pytest.mark.crash
@pytest.mark.parametrize("after", [20, 150])
def test_killed_in_a_burst_it_has_all_that_it_took(tmp_path: Path, after: int) -> None:
    """kill -9 in the middle: every request that was answered with success is in the store, and is weighed by the next
    process."""
    with Process(tmp_path, FAST) as served:
        burst = Burst(served)
        until(lambda: len(burst.taken) >= after)
        served.kill()
        burst.end()

    assert burst.statuses == {200}
    assert set(burst.taken) <= stored(served)
    with Process(tmp_path, FAST) as again:
        until(lambda: all(one.state == "weighed" for one in again.requests()), "all are weighed")
        assert len(again.drafts()) == 1


def test_stopped_in_a_burst_nothing_is_lost(tmp_path: Path) -> None:
    """SIGTERM in the middle: requests under way are answered, what was answered is stored, the exit code is 0."""
    with Process(tmp_path, FAST) as served:
        burst = Burst(served)
        until(lambda: len(burst.taken) >= 50)
        code = served.end()
        burst.end()

    assert (code, burst.statuses) == (0, {200})
    assert set(burst.taken) <= stored(served)
    assert served.said().rstrip().endswith("Stopped.")
    with served.store() as store:
        assert store.nodes() == []


@contextmanager
def held(served: Served) -> Iterator[None]:
    """Another process holds the record and does not let go."""
    with closing(sqlite3.connect(served.folder / "n.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def test_a_record_that_cannot_be_written_is_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is held by somebody else: 503 with Retry-After, not ready; afterwards all is well again."""
    monkeypatch.setattr(serve, "PATIENCE", 0.2)
    with serving(tmp_path, FAST) as served:
        with held(served):
            answer = served.post("/hooks/open", alert("v1"))
            ready = served.get("/readyz")
        after = until(lambda: (a := served.post("/hooks/open", alert("v1"))).status_code == 200 and a)
        until(lambda: served.get("/readyz").status_code == 200)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert ready.status_code == 503
    assert "held by another process" in ready.json()["ill"]["store"]
    assert after.json() == {"status": "ok", "signals": 1}
    assert "held by another process" in served.log.getvalue()


def no_growth() -> None:
    """No file may grow any more: as a full disk is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))


def filled(served: Served) -> int:
    """Requests till one is answered with 503; how many were taken."""
    body = alert("v1")
    body["commonLabels"] = {"filler": "x" * 50_000}
    answers = iter(lambda: served.post("/hooks/open", body).status_code, 503)
    return len([status for status in answers if status == 200])


@contextmanager
def systemd(path: Path) -> Iterator[list[bytes]]:
    """What it hears at its socket."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))

        def listen() -> None:
            while word := listening.recv(1000):
                heard.append(word)

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            listening.sendto(b"", str(path))
            thread.join()


def test_a_full_disk_is_503(tmp_path: Path) -> None:
    """No file may grow any more: 503, and what was taken before is all there."""
    with Process(tmp_path, FAST, preexec_fn=no_growth) as served:
        taken = filled(served)
        assert served.get("/readyz").status_code == 503
    assert len(served.requests()) >= taken > 0


def test_a_full_disk_is_no_reason_to_start_anew(tmp_path: Path) -> None:
    """systemd and /healthz hear that the process lives, with what is wrong as a text; /readyz, the numbers and `check`
    say that it cannot work."""
    env = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    with systemd(tmp_path / "notify") as heard, Process(tmp_path, FAST, preexec_fn=no_growth, env=env) as served:
        filled(served)
        ill = until(lambda: (found := served.get("/readyz").json()["ill"]).keys() >= {"store", "dispatcher"} and found)
        ready = served.get("/readyz")
        health = served.get("/healthz")
        numbers = served.get("/metrics")
        said = until(lambda: [word for word in heard if word.startswith(b"STATUS=")])[0]
        signs = heard.count(b"WATCHDOG=1")
        until(lambda: heard.count(b"WATCHDOG=1") > signs + 1)

    assert (ready.status_code, "disk" in ill["store"]) == (503, True)
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert "disk" in health.json()["limping"]["dispatcher"]
    assert numbers.status_code == 200
    assert 'notifier_trouble{part="dispatcher"} 1.0' in numbers.text
    assert 'notifier_requests_total{hook="open",place="hook",status="503"}' in numbers.text
    assert b"disk" in said


def test_a_reader_that_failed_once_is_asked_again(tmp_path: Path) -> None:
    """/readyz tries reading itself: a trouble that is over does not keep a load balancer away for ever."""
    with serving(tmp_path, FAST) as served:
        desk = next(part for part in served.parts if isinstance(part, Desk))
        desk.trouble("it could not read")
        assert served.get("/readyz").json() == {"status": "ok"}
        assert served.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("how", ["one request", "many requests"])
def test_a_storm_is_one_draft(tmp_path: Path, how: str) -> None:
    """10,000 alerts at once, in a single request or in 100: one draft, one message to each admin channel, and the
    process answers meanwhile."""
    names = [f"node-{n}" for n in range(10_000)]
    size = 10_000 if how == "one request" else 100
    storm = '[hooks.storm]\nsource = "alertmanager"\nsecret = "storm-s3cret-0001"\n'
    with serving(tmp_path, storm) as served:
        for n in range(0, 10_000, size):
            answer = served.post("/hooks/storm/storm-s3cret-0001", alert(*names[n : n + size]))
            assert (answer.status_code, answer.json()["signals"]) == (200, size)
        answered, last = 0, served.newest().id
        while served.request(last).state == "new":
            assert served.get("/healthz").status_code == 200
            assert served.post("/hooks/storm/storm-s3cret-0001", alert("node-1")).status_code == 200
            answered += 1
            sleep(0.5)  # a sender, not a second storm
        drafts = served.drafts()
        with served.store() as store:
            assert len(store.intake.members(draft=drafts[0].id)) == 10_000
            assert len([row for row in store.deliveries("") if "draft" in row.lane]) == 1
    assert len(drafts) == 1
    assert answered > 0
