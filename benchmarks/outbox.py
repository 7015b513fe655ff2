"""(c) Deliveries a second through store and dispatcher, beside the same SQL in a bare loop."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, interleaved, ratio, typical
from notifier.channel import Limits, Message, Receipt
from notifier.dispatcher import Dispatcher, Line
from notifier.model import Delivery, Route, Step
from notifier.store import Claim, Node
from notifier.store.files import queries
from notifier.store.sqlite import Sqlite

DELIVERIES = 10_000
CHANNELS = 51
SLOTS = 4
ADAPTER_TAKES = 0.001
ROUNDS = 5
NAMES = [f"channel{n}" for n in range(CHANNELS)]
Row = dict[str, Any]


def filled(path: Path) -> Sqlite:
    """A store in which that many posts are due, each in a lane of its own, as many incidents would leave them."""
    store = Sqlite(path)
    rows = (
        Delivery(
            channel=NAMES[n % CHANNELS],
            lane=f"{NAMES[n % CHANNELS]}/i{n // CHANNELS}",
            step=Step.POST,
            key=f"key-{n}",
            incident=f"i{n // CHANNELS}",
            seq=1,
            message=Message(key=f"key-{n}", text="Voice is down. We look into it.", title="Voice"),
            news=True,
        )
        for n in range(DELIVERIES)
    )
    with store.transaction():
        store.enqueue(rows)
    return store


def dispatched(store: Sqlite) -> None:
    """Deliver all of it as the daemon does."""
    calls = count(1)
    made = 0

    def perform(claim: Claim, step: Step, moved: Mapping[str, str]) -> Receipt:
        nonlocal made
        time.sleep(ADAPTER_TAKES)  # this is the adapter that is made up: it takes so long
        made = next(calls)
        return Receipt(id=claim.row.key)

    lines = [Line(Route(channel=name, kind="bench", limits=Limits(slots=SLOTS)), perform) for name in NAMES]
    Dispatcher(store, Node("bench", "daemon"), lines).run(lambda: made >= DELIVERIES)


def bare(path: Path) -> None:
    """The same statements, as full batches as they get, without threads, objects or an adapter."""
    sql = queries()
    db = sqlite3.connect(path, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA synchronous=FULL")
    claimed: list[Row] = []
    settled = 0
    while settled < DELIVERIES:
        now = int(datetime.now(UTC).timestamp() * 1_000_000)
        db.execute("BEGIN IMMEDIATE")
        for row in claimed:
            db.execute(sql["settle"], row | {"now": now, "done": now})
            db.execute(sql["add_attempt"], row | {"started": now, "now": now})
        settled += len(claimed)
        db.execute(sql["channels"]).fetchall()
        claimed = [row for name in NAMES for row in claim(db, sql["claim"], name, now)]
        db.execute("COMMIT")
    db.close()


def claim(db: sqlite3.Connection, statement: str, channel: str, now: int) -> Iterator[Row]:
    """Claim for one channel; gives what the result will be written with."""
    found = db.execute(statement, {"node": "bench", "channel": channel, "free": SLOTS, "now": now}).fetchall()
    sent = {"state": "sent", "why": "", "due": None, "did": "post", "doubted": None, "url": "", "node": "bench"}
    for row in found:
        yield sent | {"id": row["id"], "attempts": row["attempts"], "receipt": '{"id":"' + row["key"] + '"}'}


def timed(run: Callable[[Sqlite, Path], None]) -> Cost:
    """Run it on a fresh store; filling it does not count. Fails when something was not sent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        store = filled(path)
        wall, cpu = time.perf_counter(), time.process_time()
        run(store, path)
        cost = Cost(time.perf_counter() - wall, time.process_time() - cpu)
        store.close()
        with sqlite3.connect(path) as db:
            (sent,) = db.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()
        if sent != DELIVERIES:
            raise SystemExit(f"only {sent} of {DELIVERIES} were sent")
    return cost


def report() -> Iterator[str]:
    """Lines of the report."""
    runs = {
        "store and dispatcher": lambda: timed(lambda store, path: dispatched(store)),
        "the same SQL, bare": lambda: timed(lambda store, path: bare(path)),
    }
    found = interleaved(runs, ROUNDS)
    yield "| | deliveries/s | CPU us a delivery |"
    yield "|---|---:|---:|"
    for name, costs in found.items():
        middle = typical(costs)
        yield f"| {name} | {DELIVERIES / middle.wall:.0f} | {middle.cpu / DELIVERIES * 1e6:.0f} |"
    times = ratio(found["store and dispatcher"], found["the same SQL, bare"])
    yield ""
    yield f"Store and dispatcher take {times.wall:.2f} x the wall time and {times.cpu:.2f} x the CPU of the bare loop."
