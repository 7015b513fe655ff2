"""After "recorded": deliver, or watch a running notifier deliver, and show how it goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from datetime import datetime
from time import monotonic, sleep
from typing import Any, Protocol

from notifier.cli import halted, report
from notifier.cli.shell import say
from notifier.dispatcher import POLL
from notifier.model import Delivery, State
from notifier.node import surely_dead
from notifier.store import Store
from notifier.wiring import House

LIVELY = 3.0
STUCK = 3.0


class View(Protocol):
    """Shows rows as they move on."""

    def show(self, rows: Sequence[Delivery], now: datetime) -> None:
        """These rows stand so now."""
        ...

    def close(self) -> None:
        """No more is to come."""
        ...


class Silent:
    """For --json: nothing until the end."""

    def show(self, rows: Sequence[Delivery], now: datetime) -> None:
        """Shows nothing."""

    def close(self) -> None:
        """Nothing to end."""


class Plain:
    """For pipes and logs: a line whenever a delivery comes to something."""

    def __init__(self) -> None:
        self._said: dict[int, tuple[State, int]] = {}

    def show(self, rows: Sequence[Delivery], now: datetime) -> None:
        """Prints the rows that ended or are to be tried again since the last call."""
        for row in rows:
            told = row.state is not State.SENDING and (row.state is not State.DUE or row.attempts > 0)
            if told and self._said.get(row.id) != (row.state, row.attempts):
                self._said[row.id] = (row.state, row.attempts)
                say(report.line(row, now))

    def close(self) -> None:
        """Nothing to end."""


def view(as_json: bool) -> View:
    """The view that fits: a live table in a terminal, lines in a pipe, silence for JSON."""
    if as_json:
        return Silent()
    if sys.stdout.isatty():
        from notifier.cli.table import Table

        return Table()
    return Plain()


def deliver(house: House, store: Store, ids: Sequence[int], wait: float, shown: View) -> list[Delivery]:
    """Until these deliveries have ended or ``wait`` seconds are over; the rows as they then stand."""
    watch = _Watch(store, ids, wait, shown)
    try:
        if daemon(store) and watch.until(lambda: not daemon(store) or watch.stuck()):
            return watch.rows
        if not watch.over():
            _dispatch(house, store, watch, shown)
    finally:
        shown.close()
    return watch.rows


def _dispatch(house: House, store: Store, watch: _Watch, shown: View) -> None:
    """Be the node that delivers. A console channel must not print into somebody's JSON."""
    dispatcher = house.dispatcher(store, "cli")

    def done() -> bool:
        return watch.over(dispatcher.rounds) and (dispatcher.alarms == 0 or dispatcher.idle or watch.late())

    with redirect_stdout(sys.stderr) if isinstance(shown, Silent) else nullcontext():
        dispatcher.run(done)
    watch.look()


def daemon(store: Store) -> bool:
    """Whether a `notifier run` is alive on this store."""
    now = store.now()
    return any(
        seen.node.kind == "run" and (now - seen.beat).total_seconds() < LIVELY and not surely_dead(seen.node)
        for seen in store.nodes()
    )


class _Watch:
    """Looks at some rows from time to time."""

    def __init__(self, store: Store, ids: Sequence[int], wait: float, shown: View) -> None:
        self._store = store
        self._ids = ids
        self._shown = shown
        self._end = monotonic() + wait
        self._moved = monotonic()
        self._looked = float("-inf")
        self._rounds = 0
        self._stopped: set[str] = set()
        self.rows: list[Delivery] = []
        self.look()

    def look(self) -> None:
        """Read the rows and show them."""
        before = [(r.state, r.attempts) for r in self.rows]
        self.rows = [row for id in self._ids if (row := self._store.delivery(id)) is not None]
        if [(r.state, r.attempts) for r in self.rows] != before:
            self._moved = monotonic()
        self._stopped = set(halted.reasons(self._store))
        self._shown.show(self.rows, self._store.now())
        self._looked = monotonic()

    def over(self, rounds: int = 0) -> bool:
        """Whether nothing is left to wait for, or no time; a stopped channel waits for a human, not for us.

        Looks again when there were more ``rounds`` than before.
        """
        if rounds != self._rounds or monotonic() - self._looked >= POLL / 2:
            self._rounds = rounds
            self.look()
        return not any(r.state.waiting and r.channel not in self._stopped for r in self.rows) or self.late()

    def late(self) -> bool:
        """Whether the wait is over."""
        return monotonic() >= self._end

    def stuck(self) -> bool:
        """Whether the running notifier leaves something alone that is due: it may not know the channel."""
        now = self._store.now()
        heads: dict[str, Delivery] = {}
        for row in self.rows:
            if row.state.waiting:
                heads.setdefault(row.lane, row)
        due = [r for r in heads.values() if r.state is State.DUE and r.due and (now - r.due).total_seconds() > STUCK]
        return bool(due) and monotonic() - self._moved > STUCK

    def until(self, broken: Callable[[], bool]) -> bool:
        """Watch to the end; False when ``broken`` says that nobody is at work."""
        checked = monotonic()
        while not self.over():
            sleep(POLL)  # the one who delivers may be another process: look again
            if monotonic() - checked > 1:
                checked = monotonic()
                if broken():
                    return False
        return True


def finish(rows: Sequence[Delivery], values: Callable[[], Any] | None, stopped: Callable[[], Mapping[str, str]]) -> int:
    """Say how it ended, in words or as JSON; the exit code. ``stopped``: what to say of a stopped channel."""
    if values is not None:
        report.say_json(values())
    else:
        say(report.summary(rows, stopped() if any(r.state.waiting for r in rows) else {}))
    return report.exit_code(rows)
