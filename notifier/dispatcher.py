"""Moves finished messages from the store to the channels. It does not know what an incident is.

One thread with one connection: in one transaction it writes the results that came in and claims what is next, for
each channel up to its free slots, so that a backlog on one never delays another. Worker threads make the calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from random import random
from time import monotonic

from notifier import outbox
from notifier.channel import DeliveryError, Receipt
from notifier.model import Delivery, Route, State, Step
from notifier.outbox import Go, Outcome
from notifier.store import ChannelState, Claim, Node, Store, StoreError
from notifier.values import value

BEAT = 1.0
TTL = 6.0
POLL = 0.05
BUSY_POLL = 0.02

Perform = Callable[[Claim, Step, Mapping[str, str]], Receipt | DeliveryError]
Alarm = Callable[[Delivery, State, str, datetime], Iterable[Delivery]]


@value
class Line:
    """A channel as the dispatcher sees it: its route, and the call that changes the outside world.

    ``perform`` blocks and never raises; it gets the keys of the configuration that have moved.
    """

    route: Route
    perform: Perform
    close: Callable[[], None] = lambda: None


@value
class _Job:
    claim: Claim
    step: Step
    moved: Mapping[str, str]


@value
class _Result:
    job: _Job
    answer: Receipt | DeliveryError | None  # None: never begun


class _Worker:
    """The threads of one channel."""

    def __init__(self, line: Line, results: SimpleQueue[_Result | None], fresh: Callable[[], bool]) -> None:
        self.line = line
        self.results = results
        self.fresh = fresh
        self.jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.busy = 0

    @property
    def free(self) -> int:
        return self.line.route.limits.slots - self.busy

    def take(self, job: _Job) -> None:
        self.busy += 1
        if len(self.threads) < min(self.busy, self.line.route.limits.slots):
            thread = threading.Thread(target=self._work, name=self.line.route.channel, daemon=True)
            self.threads.append(thread)
            thread.start()
        self.jobs.put(job)

    def stop(self) -> None:
        for _ in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()
        self.line.close()

    def _work(self) -> None:
        while (job := self.jobs.get()) is not None:
            if self.fresh():
                self.results.put(_Result(job, self.line.perform(job.claim, job.step, job.moved)))
            else:
                self.results.put(_Result(job, None))


class Dispatcher:
    """Runs the lanes of one node until told to stop. Use it from one thread.

    ``idle``: nothing was due in the last round and no call is under way. ``alarms``: how many notices to admins arose.
    """

    def __init__(
        self,
        store: Store,
        node: Node,
        lines: Iterable[Line],
        alarm: Alarm = lambda row, state, why, now: (),
        surely_dead: Callable[[Node], bool] = lambda node: False,
        jitter: Callable[[], float] = random,
    ) -> None:
        self.store = store
        self.node = node
        self.rounds = 0
        self.idle = False
        self.alarms = 0
        self._alarm = alarm
        self._surely_dead = surely_dead
        self._jitter = jitter
        self._results: SimpleQueue[_Result | None] = SimpleQueue()
        self._unwritten: list[_Result] = []
        self._workers = {
            line.route.channel: _Worker(line, self._results, self._fresh) for line in lines if line.route.enabled
        }
        self._last_beat = float("-inf")
        self._next: datetime | None = None

    def run(self, done: Callable[[], bool], trouble: Callable[[StoreError], None] | None = None) -> None:
        """Deliver until ``done()``, which is asked after every round; calls under way are waited for and recorded.

        ``trouble`` is told when the store cannot be used, and the same is tried again; without it StoreError is raised.
        """
        try:
            while True:
                try:
                    self._round()
                except StoreError as error:
                    if trouble is None:
                        raise
                    trouble(error)
                if done():
                    break
                self._pause()
        finally:
            self._finish(trouble)

    def wake(self) -> None:
        """From another thread: something was stored, so look at once."""
        self._results.put(None)

    def run_dry(self) -> None:
        """Deliver everything that is due, once."""
        self.run(lambda: self.idle)

    def _round(self) -> None:
        self._drain()
        now = self.store.now()
        tick = monotonic() - self._last_beat >= BEAT
        if self.store.changed():
            self._look(now)
        due = self._next is not None and now >= self._next
        if self._unwritten or tick or due:
            self._step(now, tick)

    def _look(self, now: datetime) -> None:
        """Something was stored; a look whether it is for us takes no lock, so that whoever stores a lot goes ahead."""
        free = [name for name, worker in self._workers.items() if worker.free > 0]
        if (at := self.store.next_due(free)) is not None:
            self._next = at if self._next is None else min(at, self._next)

    def _step(self, now: datetime, tick: bool, claim: bool = True) -> None:
        """One transaction: what came back is written, what is next is claimed. Only then the calls begin."""
        begun = monotonic()
        jobs: list[_Job] = []
        with self.store.transaction():
            if tick:
                self.store.beat(self.node, now)
                self._look_after(now)
            for result in self._unwritten:
                self._record(result, now)
            if claim:
                jobs = self._claim(now)
            if jobs and not tick:  # the clock may have jumped since the last beat, and others would take us for dead
                self.store.beat(self.node, now)
        self._unwritten = []
        if tick:
            self._last_beat = begun
        for job in jobs:
            self._workers[job.claim.row.channel].take(job)
        self.rounds += 1
        self.idle = self.idle and not any(w.busy for w in self._workers.values())

    def _claim(self, now: datetime) -> list[_Job]:
        states = self.store.channel_states()
        jobs: list[_Job] = []
        waking: list[datetime] = []
        looked: list[str] = []
        for name, worker in self._workers.items():
            state = states.get(name, NEVER_HEARD_OF)
            if worker.free <= 0 or state.broken:
                continue
            room, again = allowance(state, worker.line.route, now)
            if room <= 0:
                waking.append(again)
                continue
            claims = self.store.claim(self.node, name, min(room, worker.free), now)
            begun = self._begin(worker, claims, state, now)
            jobs += begun
            if not claims:
                looked.append(name)
            elif len(begun) < len(claims):
                waking.append(now)
        self._next = min((*waking, *self._soonest(looked)), default=None)
        self.idle = not jobs and now not in waking
        return jobs

    def _soonest(self, channels: list[str]) -> list[datetime]:
        """When a channel without anything due now wants to be looked at."""
        if self._results.empty() and (at := self.store.next_due(channels)) is not None:
            return [at]
        return []

    def _begin(self, worker: _Worker, claims: list[Claim], state: ChannelState, now: datetime) -> list[_Job]:
        """The calls to make; a claim whose turn came to nothing is settled at once."""
        route = worker.line.route
        jobs = []
        for claim in claims:
            if claim.stale:
                self._settle(claim, Outcome(State.SUPERSEDED, why="too old by now: newer words follow"), now)
                continue
            verdict = outbox.ready(claim.row, claim.target is not None, route, now)
            if isinstance(verdict, Go):
                jobs.append(_Job(claim, verdict.step, state.moved))
            else:
                self._settle(claim, verdict, now)
        if jobs and route.limits.pace is not None:
            self.store.pace(route.channel, used(state, route.limits.pace, len(jobs), now))
        return jobs

    def _record(self, result: _Result, now: datetime) -> None:
        claim, answer = result.job.claim, result.answer
        if answer is None:
            self.store.hand_back(self.node, claim.row)
            return
        route = self._workers[claim.row.channel].line.route
        outcome = outbox.settle(claim.row, result.job.step, answer, route, now, self._jitter())
        if not self._settle(claim, outcome, now):
            return
        if outcome.rest_until is not None:
            self.store.rest(route.channel, outcome.rest_until)
        if outcome.broken:
            self.store.stop(route.channel, outcome.broken)
        if outcome.moved:
            self.store.move(route.channel, outcome.moved)

    def _settle(self, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        kept = self.store.settle(self.node, claim, outcome, now)
        if kept and outcome.alarm:
            self.alarms += 1
            self.store.enqueue(self._alarm(claim.row, outcome.state, outcome.why, now))
        return kept

    def _look_after(self, now: datetime) -> None:
        """Once a second: take over what dead nodes left, give up what could not be told in time."""
        alive = {
            seen.node.id
            for seen in self.store.nodes()
            if (now - seen.beat).total_seconds() < TTL and not self._surely_dead(seen.node)
        }
        for row in self.store.orphans(lambda owner: owner in alive):
            if (worker := self._workers.get(row.channel)) is not None:
                since, due = row.doubted or row.started or now, row.due or now
                why = "the process that was sending it died"
                self._end(row, outbox.doubt(row, row.step, worker.line.route, since=since, due=due, why=why), now)
        for row in self.store.overdue(now):
            self._end(row, outbox.overdue(row), now)

    def _end(self, row: Delivery, outcome: Outcome, now: datetime) -> None:
        if self.store.end(row, outcome, now) and outcome.alarm:
            self.store.enqueue(self._alarm(row, outcome.state, outcome.why, now))

    def _fresh(self) -> bool:
        """Whether this node beat lately enough to start something: a frozen one may have lost its claims."""
        return monotonic() - self._last_beat < TTL / 2

    def _drain(self) -> None:
        while True:
            try:
                self._take_in(self._results.get_nowait())
            except Empty:
                return

    def _take_in(self, result: _Result | None) -> None:
        if result is None:
            return
        self._workers[result.job.claim.row.channel].busy -= 1
        self._unwritten.append(result)

    def _pause(self) -> None:
        """Till a result comes, at most till it is worth looking into the store again."""
        try:
            self._take_in(self._results.get(timeout=POLL if self.idle else BUSY_POLL))
        except Empty:
            return

    def _finish(self, trouble: Callable[[StoreError], None] | None) -> None:
        """Wait for the calls under way, record them, and leave."""
        while any(w.busy for w in self._workers.values()):
            with suppress(Empty):
                self._take_in(self._results.get(timeout=BEAT))
            self._write_down(trouble)
        self._write_down(trouble)
        for worker in self._workers.values():
            worker.stop()
        try:
            with self.store.transaction():
                self.store.leave(self.node)
        except StoreError as error:
            if trouble is not None:
                trouble(error)

    def _write_down(self, trouble: Callable[[StoreError], None] | None) -> None:
        try:
            self._step(self.store.now(), tick=True, claim=False)
        except StoreError as error:
            if trouble is None:
                raise
            trouble(error)


NEVER_HEARD_OF = ChannelState(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


def allowance(state: ChannelState, route: Route, now: datetime) -> tuple[int, datetime]:
    """How many calls the channel may begin now, and, if none, when it may again.

    The pace is a GCRA ("generic cell rate algorithm", ITU-T I.371): ``paced_until`` is when the allowance that was
    used is earned again.
    """
    if state.rest_until > now:
        return 0, state.rest_until
    if route.limits.pace is None:
        return route.limits.slots, now
    calls, seconds = route.limits.pace
    each = timedelta(seconds=seconds / calls)
    ahead = max(state.paced_until - now, timedelta(0))
    room = int((timedelta(seconds=seconds) - ahead) / each + 1e-6)
    return room, now + ahead + each - timedelta(seconds=seconds)


def used(state: ChannelState, pace: tuple[int, float], calls: int, now: datetime) -> datetime:
    """``paced_until`` after that many more calls."""
    return max(state.paced_until, now) + timedelta(seconds=pace[1] / pace[0]) * calls
