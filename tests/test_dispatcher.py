"""The dispatcher: what is committed is told, in order, once; trouble on one channel is nobody else's."""

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from notifier import dispatcher as module
from notifier.channel import FOREVER, Limits, Permanent, Receipt, Temporary, Unsure
from notifier.dispatcher import Dispatcher, Line, allowance, used
from notifier.model import Delivery, Route, State, Step
from notifier.store import ChannelState, Node, StoreError
from notifier.store.sqlite import Sqlite
from notifier.testing.clock import Clock
from notifier.testing.stores import row
from notifier.values import replace

START = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)


class Remote:
    """What a channel did, and what it answers next."""

    def __init__(self, *answers, default: Callable[[], object] = lambda: Receipt("m")):
        self.answers = list(answers)
        self.default = default
        self.calls: list[tuple[Step, int, str]] = []
        self.moved: list[dict] = []

    def perform(self, claim, step, moved):
        target = claim.target.receipt.id if claim.target else ""
        self.calls.append((step, claim.row.seq, target))
        self.moved.append(dict(moved))
        return self.answers.pop(0) if self.answers else self.default()


@pytest.fixture
def clock():
    return Clock(START)


@pytest.fixture
def store(tmp_path, clock):
    opened = Sqlite(tmp_path / "n.db", clock)
    yield opened
    opened.close()


def put(store, *rows):
    with store.transaction():
        return store.enqueue(rows)


def run(store, remotes, alarm=lambda *_: (), node="n", **routes):
    """One dispatcher till nothing is due."""
    lines = [Line(routes.get(name, Route(name, "k")), r.perform) for name, r in remotes.items()]
    dispatcher = Dispatcher(store, Node(node, "tick"), lines, alarm, jitter=lambda: 0.5)
    dispatcher.run(lambda: dispatcher.idle)
    return dispatcher


def states(store):
    return [d.state for d in store.deliveries("bcdf")]


def test_a_story_is_told_in_order_with_its_receipts(store):
    """Post, pin, reply, edit, unpin: each gets the message it refers to."""
    remote = Remote(Receipt("m1"), Receipt("m1"), Receipt("m2"), Receipt("m1"), Receipt("m1"))
    put(
        store,
        row(seq=1),
        row(step=Step.PIN, refers="root", news=False),
        row(step=Step.REPLY, refers="last", seq=2),
        row(step=Step.EDIT, refers="root", seq=2, news=False),
        row(step=Step.UNPIN, refers="root", seq=2, news=False),
    )

    run(store, {"x": remote})

    assert remote.calls == [
        (Step.POST, 1, ""),
        (Step.PIN, 1, "m1"),
        (Step.REPLY, 2, "m1"),
        (Step.EDIT, 2, "m1"),
        (Step.UNPIN, 2, "m1"),
    ]
    assert states(store) == [State.SENT] * 5


def test_a_channel_that_asks_for_patience_gets_it(store, clock):
    """Retry-After rests the channel, for every lane; then it goes on."""
    remote = Remote(Temporary("429", after=60, whole=True))
    put(store, row(), row(lane="x/other"))
    run(store, {"x": remote})
    run(store, {"x": remote})
    calls_while_resting = len(remote.calls)
    clock.move(61)

    run(store, {"x": remote})

    assert calls_while_resting == 1
    assert states(store) == [State.SENT, State.SENT]


def test_who_stored_something_need_not_wait_for_the_next_look(store, tmp_path, monkeypatch):
    """A part of the same process wakes it; otherwise it would look after its own time."""
    monkeypatch.setattr(module, "POLL", 3600.0)
    looked, told, over = threading.Event(), threading.Event(), threading.Event()
    lanes: list[Dispatcher] = []

    def perform(claim, step, moved):
        told.set()
        return Receipt("m")

    def done() -> bool:
        if lanes[0].idle:
            looked.set()
        return over.is_set()

    def work() -> None:
        lanes.append(Dispatcher(Sqlite(tmp_path / "n.db"), Node("n", "run"), [Line(Route("x", "k"), perform)]))
        lanes[0].run(done)
        lanes[0].store.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert looked.wait(60)

    put(store, row())
    lanes[0].wake()

    assert told.wait(60)
    over.set()
    lanes[0].wake()
    thread.join()


def test_what_is_stored_for_others_costs_no_lock(store, tmp_path):
    """While somebody writes a lot, the dispatcher looks whether it is for it without standing in the queue."""
    lane = Dispatcher(Sqlite(tmp_path / "n.db", store.now), Node("n", "run"), [Line(Route("x", "k"), Remote().perform)])
    rounds = []

    def done() -> bool:
        with store.transaction():
            store.rest("another", START)
        rounds.append(lane.rounds)
        return len(rounds) == 20

    lane.run(done)
    lane.store.close()

    assert rounds[0] == 1
    assert rounds[-1] < 20


def test_a_dead_channel_delays_no_other(store):
    """One is refused and tried again later; the other is told now."""
    dead, fine = Remote(default=lambda: Temporary("refused")), Remote()
    put(store, row(channel="dead", lane="dead/b"), row(channel="fine", lane="fine/b"))

    run(store, {"dead": dead, "fine": fine})

    assert states(store) == [State.DUE, State.SENT]


def test_a_broken_channel_is_stopped_and_the_admins_hear_of_it_elsewhere(store):
    """401: the rest waits till somebody mends it; one notice goes out over another channel."""
    broken, admin = Remote(Permanent("401 Unauthorized", whole=True)), Remote()
    put(store, row(seq=1), row(lane="x/other", seq=1), row(seq=2))

    def alarm(delivery, state, why, now):
        return [Delivery("admin", "admin/!", Step.POST, "note", news=True)]

    run(store, {"x": broken, "admin": admin}, alarm)

    assert len(broken.calls) == 1
    assert len(admin.calls) == 1
    assert states(store) == [State.FAILED, State.DUE, State.DUE]
    with store.transaction():
        store.mend("x")
    run(store, {"x": broken, "admin": admin}, alarm)
    assert states(store) == [State.FAILED, State.SENT, State.SENT]


def test_a_moved_destination_is_told_at_its_new_address(store):
    """The keys that moved are handed to the channel, now and ever after."""
    from notifier.channel import Moved

    remote = Remote(Moved("migrated", {"chat": "-100"}))
    put(store, row())

    run(store, {"x": remote})

    assert remote.moved == [{}, {"chat": "-100"}]
    assert states(store) == [State.SENT]


def test_an_unsure_reply_is_left_and_the_next_word_goes_on(store):
    """Nothing is said twice, nothing after it is held up."""
    remote = Remote(Receipt("m1"), Unsure("no answer"))
    put(store, row(seq=1), row(step=Step.REPLY, refers="root", seq=2), row(step=Step.REPLY, refers="root", seq=3))

    run(store, {"x": remote})

    assert states(store) == [State.SENT, State.UNSURE, State.SENT]


def test_an_unsure_first_post_is_said_once_more(store, clock):
    """Silence is the worse fault; but only once."""
    remote = Remote(default=lambda: Unsure("no answer"))
    put(store, row(first=True))
    for _ in range(5):
        run(store, {"x": remote})
        clock.move(3600)

    assert len(remote.calls) == 2
    assert states(store) == [State.UNSURE]


def test_what_a_dead_node_was_sending_is_taken_over(store, clock):
    """With a remote that knows its key it is repeated; without, it is left to the admins."""
    keyed = Route("keyed", "k", limits=Limits(same_key=FOREVER))
    put(store, row(channel="keyed", lane="keyed/b"), row(channel="x", step=Step.REPLY, refers=""))
    dead = Node("dead", "run")
    with store.transaction():
        store.beat(dead, clock())
        store.claim(dead, "keyed", 1, clock())
        store.claim(dead, "x", 1, clock())
    again, left = Remote(), Remote()
    run(store, {"keyed": again, "x": left}, keyed=keyed)
    while_it_may_live = len(again.calls)
    clock.move(10)

    run(store, {"keyed": again, "x": left}, keyed=keyed)

    assert while_it_may_live == 0
    assert (len(again.calls), len(left.calls)) == (1, 0)
    assert states(store) == [State.SENT, State.UNSURE]


def test_a_clock_that_jumps_makes_nobody_dead(store, clock, tmp_path):
    """Two hours at once, as after a sleep of the machine: who starts something then is at work, for others too."""
    put(store, row(seq=1), row(step=Step.REPLY, refers="last", seq=2))
    seen = []

    def answer():
        if clock() == START:
            clock.move(timedelta(hours=2))
            return Receipt("m")
        with closing(Sqlite(tmp_path / "n.db", clock)) as beside:
            run(beside, {"x": Remote()}, node="another")
            seen.append(states(beside))
        return Receipt("m")

    run(store, {"x": Remote(default=answer)})

    assert seen == [[State.SENT, State.SENDING]]
    assert states(store) == [State.SENT, State.SENT]


def test_what_could_not_be_told_in_time_fails_loudly(store, clock):
    """Also when nobody ever tried: the deadline is looked at for itself."""
    alarms = []
    put(store, row(deadline=START + timedelta(hours=1)))
    clock.move(3601)

    def alarm(delivery, state, why, now):
        alarms.append((delivery.id, state))
        return ()

    run(store, {}, alarm)

    assert states(store) == [State.FAILED]
    assert alarms == [(1, State.FAILED)]


def test_after_a_long_outage_of_a_channel_only_the_latest_is_told(store, clock):
    """Nobody wants three stale posts in a burst."""
    remote = Remote()
    put(
        store,
        row(seq=1, latest=True, first=True),
        row(seq=2, latest=True, step=Step.REPLY, refers="root"),
        row(seq=3, latest=True, step=Step.REPLY, refers="root"),
    )
    clock.move(7200)

    run(store, {"x": remote})

    assert remote.calls == [(Step.POST, 3, "")]
    assert states(store) == [State.SUPERSEDED, State.SUPERSEDED, State.SENT]


def test_a_disk_that_fails_loses_no_result(store):
    """What the remote answered is written as soon as the disk allows, and not asked for again."""
    remote, seen = Remote(), []
    put(store, row())
    dispatcher = Dispatcher(store, Node("n", "run"), [Line(Route("x", "k"), remote.perform)])
    settle, failures = store.settle, [True, True]

    def failing(*args):
        if failures:
            failures.pop()
            raise StoreError("disk full")
        return settle(*args)

    store.settle = failing

    dispatcher.run(lambda: states(store) == [State.SENT], lambda error: seen.append(str(error)))

    assert seen == ["disk full", "disk full"]
    assert len(remote.calls) == 1


def test_a_channel_keeps_its_pace_over_all_nodes(store, clock):
    """Ten a minute, whoever sends."""
    paced = Route("x", "k", limits=Limits(slots=99, pace=(10, 60)))
    remote = Remote()
    put(store, *(row(lane=f"x/{n}") for n in range(30)))
    counts = []
    for node in ("a", "b", "c", "d"):
        run(store, {"x": remote}, node=node, x=paced)
        counts.append(len(remote.calls))
        clock.move(30)

    assert counts == [10, 15, 20, 25]


def test_allowance_says_when_it_is_worth_asking_again():
    """A used-up allowance is earned again at its pace, not all at once."""
    route = Route("x", "k", limits=Limits(slots=9, pace=(4, 60)))
    spent = ChannelState(START, used(ChannelState(START, START), (4, 60), 4, START))

    assert allowance(spent, route, START) == (0, START + timedelta(seconds=15))
    assert allowance(spent, route, START + timedelta(seconds=15))[0] == 1
    assert allowance(replace(spent, rest_until=START + timedelta(hours=1)), route, START)[0] == 0
