"""Killed between alarm and public word: what was answered with 200 is there, weighed once, asked once, told once."""

from __future__ import annotations

from random import Random
from signal import SIGKILL

import pytest

from tests.crash.alarm import Alarms, dies_serving, end, served
from tests.crash.test_random import SEED
from tests.crash.ways import at, somehow
from tests.crash.world import world

pytestmark = pytest.mark.crash

CHANNELS = ("hook", "page")
SERVE = (  # the point, which time it is reached; of serve's first transactions some are its own
    ("taken", 1), ("taken", 5), ("weighed", 1), ("weighed", 3), ("kept", 2), ("drafted", 1), ("drafted", 4),
    ("asked_admins", 2), ("inside", 3), ("committed", 3), ("committed", 4), ("inside", 6), ("committed", 7),
    ("claim", 1), ("call", 1), ("answer", 1), ("settle", 1),
)  # fmt: skip
QUICK_SERVE = {("taken", 5), ("weighed", 3), ("drafted", 1), ("committed", 4), ("call", 1)}
TICK = (
    "begin",
    "weighed",
    "kept",
    "drafted",
    "asked_admins",
    "inside",
    "committed",
    "claim",
    "call",
    "answer",
    "settle",
)
QUICK_TICK = {"weighed", "drafted", "committed"}
APPROVE = (
    ("approved", 1), ("carried", 1), ("decided", 1), ("inside", 1), ("committed", 1), ("claim", 1), ("call", 1),
    ("answer", 1), ("settle", 1),
)  # fmt: skip
BEFORE_COMMIT = {"approved", "carried", "decided", "inside"}
QUICK_APPROVE = {("carried", 1), ("inside", 1), ("committed", 1)}


def cases(all_, quick):
    """The quick share runs always, the others only by ``make crash``."""
    return [pytest.param(*_tuple(c), marks=[] if c in quick else [pytest.mark.crash_long]) for c in all_]


def _tuple(case):
    return case if isinstance(case, tuple) else (case,)


@pytest.mark.parametrize(("point", "nth"), cases(SERVE, QUICK_SERVE))
def test_serve_is_killed_on_the_way_of_an_alarm(tmp_path, point, nth):
    """Between request and store, store and weighing, weighing and draft, draft and commit: cron does the rest."""
    with world(tmp_path, CHANNELS) as there:
        alarms = Alarms(there)
        dies_serving(alarms, point, nth)
        alarms.ticks()
        alarms.check()
        alarms.approve_all()
        alarms.check()


@pytest.mark.parametrize("point", cases(TICK, QUICK_TICK))
def test_a_tick_is_killed_on_the_way_of_an_alarm(tmp_path, point):
    """Three alarms lie in the store, and the tick that weighs them dies; the next one weighs each once."""
    with world(tmp_path, CHANNELS) as there:
        alarms = Alarms(there)
        for _ in range(3):
            alarms.lies()
        over = at(there, ["tick"], point)
        assert over.code == -SIGKILL, over
        alarms.ticks()
        alarms.check()
        alarms.approve_all()
        alarms.check()


@pytest.mark.parametrize(("point", "nth"), cases(APPROVE, QUICK_APPROVE))
def test_an_approval_is_killed(tmp_path, point, nth):
    """Either nothing was decided and the draft still waits, or it is public; never half, never twice."""
    with world(tmp_path, CHANNELS) as there:
        alarms = Alarms(there)
        draft = alarms.waits()
        over = at(there, ["approve", str(draft)], point, nth)
        assert over.code == -SIGKILL, over
        with there.store() as store:
            kept = store.intake.draft(draft)
            assert kept is not None
            state, told = kept.state.value, len(store.newest_ids(10))
        assert (state, told) == (("waiting", 0) if point in BEFORE_COMMIT else ("published", 1))
        alarms.ticks()
        assert len(there.hook.taken) == told
        alarms.approve_all()
        alarms.check()
        assert len(there.hook.taken) == 1


def test_two_approve_at_once(tmp_path):
    """Two admins say yes in the same moment: one publishes, the other is told who was first."""
    with world(tmp_path, CHANNELS) as there:
        alarms = Alarms(there)
        draft = str(alarms.waits())
        running = [there.start("approve", draft) for _ in range(3)]
        overs = [(p.communicate()[1], p.returncode) for p in running]
        assert sorted(code for _, code in overs) == [0, 2, 2]
        assert all("already published by" in err for err, code in overs if code)
        alarms.ticks()
        alarms.check()


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.crash_long) for n in range(1, 12))])
def test_everything_is_killed_at_any_moment(tmp_path, number):
    """Servers, ticks and approvals die here and there while alarms come in; in the end each alarm was told once."""
    chance, rounds = Random(f"{SEED} alarm {number}"), 3 if number == 0 else 6
    with world(tmp_path, CHANNELS) as there:
        alarms = Alarms(there)
        for turn in range(rounds):
            process, url = served(there)
            for _ in range(chance.randint(1, 5)):
                alarms.post(url)
            if chance.random() < 0.7:
                process.kill()
                process.communicate()
            else:
                end(process)
            way = somehow(chance)
            print(f"seed {SEED}, round {turn}: tick: {way} -> {way.run(there, ['tick']).code}")
            with there.store() as store:
                waiting = store.intake.drafts()
            if waiting:
                way, id = somehow(chance), str(chance.choice(waiting).id)
                print(f"    approve {id}: {way} -> {way.run(there, ['approve', id]).code}")
        alarms.ticks()
        alarms.check()
        alarms.approve_all()
        alarms.check()
        assert len(there.hook.taken) == len(set(alarms.taken))
