"""Several processes at once on one store: nobody is refused, nothing is said twice, order holds."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from notifier.model import Phase, State
from tests.crash.truth import check
from tests.crash.world import CHEAP, PATIENCE, Ended, World, aged, ended, until, world

pytestmark = pytest.mark.crash


@contextmanager
def daemon(there: World) -> Iterator[subprocess.Popen[str]]:
    """A ``notifier run`` at work, which is ended as systemd does and says nothing bad."""
    process = there.start("run")
    until(lambda: at_work(there, "run"), "the daemon gives a sign of life")
    yield process
    process.send_signal(signal.SIGTERM)
    over = ended(process)
    assert over.code == 0
    assert over.err.splitlines()[1:] == ["Stopped."]


def at_work(there: World, kind: str) -> bool:
    """Whether there is a node of that kind."""
    with there.store() as store:
        return any(seen.node.kind == kind for seen in store.nodes())


def post(there: World, shared: str, times: int) -> list[Ended]:
    """One admin's evening: an incident of his own and words on it, and on the one that all share."""
    opened = there.run("open", "Voice is down", "-m", there.text(), "--yes", "--json")
    own = json.loads(opened.out)["incident"]["id"]
    words = [["update", id, "-m", there.text(), "--yes"] for _ in range(times) for id in (own, shared)]
    words.append(["resolve", own, "-m", there.text(), "--yes"])
    return [opened, *(there.run(*line) for line in words)]


def post_together(there: World, admins: int, times: int) -> str:
    """Several admins at once; the incident that they shared."""
    shared = there.opened()
    with ThreadPoolExecutor(admins) as pool:
        evenings = list(pool.map(lambda _: post(there, shared, times), range(admins)))
    for over in (over for evening in evenings for over in evening):
        assert (over.code, over.err) == (0, ""), over
    return shared


@pytest.mark.parametrize("times", [1, pytest.param(6, marks=pytest.mark.crash_long)])
@pytest.mark.parametrize("with_daemon", [True, False])
def test_four_admins_at_once(tmp_path, with_daemon, times):
    """Each command ends well; each word is told once and in order, the shared incident's too; nobody took over."""
    with world(tmp_path, CHEAP) as there:
        if with_daemon:
            with daemon(there):
                shared = post_together(there, 4, times)
        else:
            shared = post_together(there, 4, times)
        check(there)
        with there.store() as store:
            assert len(store.events(shared)) == 1 + 4 * times
            tried = [r.attempts for id in store.newest_ids(100) for r in store.deliveries(id) if r.state is State.SENT]
        assert set(tried) == {1}
        assert len(there.remotes["hook"].requests) == len(there.hook.taken)


def test_a_tick_beside_a_tick_acts_once(tmp_path):
    """Cron starts one while the one before still waits for a remote: the second leaves alone what the first does."""
    with world(tmp_path, ("hook",)) as there:
        id = there.opened()
        there.told(id, deliver=False)
        there.told(id, deliver=False)
        held, go_on = threading.Event(), threading.Event()

        def hold(name: str, moment: str) -> None:
            held.set()
            go_on.wait(PATIENCE)

        there.meet = hold
        first = there.start("tick")
        assert held.wait(PATIENCE)
        second = there.run("tick")
        waiting = there.waiting()
        go_on.set()

        assert (second.code, second.err) == (3, "")
        assert waiting == 2
        assert ended(first).code == 0
        check(there)
        assert len(there.remotes["hook"].requests) == 3


def test_ticks_at_once_share_the_work(tmp_path):
    """Many incidents wait, and three ticks start together: each word is told once."""
    with world(tmp_path, CHEAP) as there:
        for _ in range(12):
            id = there.opened(deliver=False)
            there.told(id, deliver=False)
            there.told(id, deliver=False, phase=Phase.RESOLVED)
        for tick in [there.start("tick") for _ in range(3)]:
            over = ended(tick)
            assert over.code in (0, 3)
            assert over.err == ""

        there.ticks()
        check(there)
        assert len(there.remotes["hook"].requests) == 36


@pytest.mark.parametrize("frozen", [0.0, pytest.param(8.0, marks=pytest.mark.crash_long)])
@pytest.mark.parametrize("channel", ["hook", pytest.param("telegram", marks=pytest.mark.crash_long)])
def test_a_frozen_daemon_does_not_overwrite_what_came_after_it(tmp_path, channel, frozen):
    """It is frozen in the midst of a call, somebody takes over; when it wakes up, its result is void."""
    with world(tmp_path, (channel,)) as there, daemon(there) as process:
        met = threading.Event()

        def freeze(name: str, moment: str) -> None:
            if moment == "done" and not met.is_set():
                stop(there, process)
                met.set()

        there.meet = freeze
        id = there.opened(deliver=False)
        assert met.wait(PATIENCE)
        wait_for_age(there, frozen)
        there.tick()
        taken_over = rows(there, id)
        process.send_signal(signal.SIGCONT)
        there.told(id, deliver=False)
        until(lambda: not there.waiting(), "the daemon goes on with what came later")

        first = next(r for r in rows(there, id) if r.news)
        before = next(r for r in taken_over if r.news)
        assert (before.state, before.attempts) == (State.SENT, 2)
        assert first == before
        check(there)


def stop(there: World, process: subprocess.Popen[str]) -> None:
    """Freeze a process, at a moment at which it does not hold the store."""
    while True:
        process.send_signal(signal.SIGSTOP)
        until(
            lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", "it is frozen"
        )
        with closing(sqlite3.connect(there.store_path, timeout=0, isolation_level=None)) as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)


def wait_for_age(there: World, seconds: float) -> None:
    """Until the daemon has given no sign of life for so long; 0: make it look so."""
    with there.store() as store:
        if not seconds:
            return aged(store, "run", 60)
        beats = [seen.beat for seen in store.nodes() if seen.node.kind == "run"]
        return until(lambda: (store.now() - max(beats)).total_seconds() > seconds, "time goes by")


def test_the_command_line_takes_over_from_a_daemon_that_is_killed(tmp_path):
    """Somebody typed a command and watches the daemon deliver; it dies in the midst; the command finishes the work."""
    with world(tmp_path, CHEAP) as there:
        id = there.opened()
        process = there.start("run")
        until(lambda: at_work(there, "run"), "the daemon gives a sign of life")

        def kill(name: str, moment: str) -> None:
            if process.poll() is None and moment == "done":
                os.kill(process.pid, signal.SIGKILL)

        there.meet = kill
        over = there.run("update", id, "-m", there.text(), "--yes")

        assert process.wait(PATIENCE) == -signal.SIGKILL
        assert (over.code, over.err) == (0, "")
        assert not there.waiting()
        check(there)


def rows(there: World, id: str):
    """The deliveries of an incident."""
    with there.store() as store:
        return store.deliveries(id)
