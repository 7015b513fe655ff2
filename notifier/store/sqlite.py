"""The store in one SQLite file: the default, for everything that runs on one machine.

WAL with ``synchronous=FULL``; every writing transaction is BEGIN IMMEDIATE, so that a wait for another process is
a wait and not an error (SQLite's documentation on SQLITE_BUSY_SNAPSHOT).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier import history
from notifier.events import Event
from notifier.history import Brief
from notifier.model import Delivery, Incident, State, Step
from notifier.outbox import Outcome
from notifier.store import Attempt, ChannelState, Claim, Node, Seen, StoreGone, Target, codec, utc_now
from notifier.store.codec import maybe, micros, moment
from notifier.store.files import connect, explained, identity, queries, turn

if TYPE_CHECKING:
    from notifier.store.intake import Intake

STALE = timedelta(minutes=10)
FORGET_NODES = timedelta(days=1)
_SPOTS = {"root": "said_first", "last": "said_last"}


class Sqlite:
    """See :class:`notifier.store.Store`. Raises StoreError from every method. ``shared``: several threads may use it,
    one at a time."""

    def __init__(
        self, path: Path, clock: Callable[[], datetime] = utc_now, patience: float = 30.0, shared: bool = False
    ) -> None:
        self._path = path
        self._clock = clock
        self._patience = patience
        self._sql = queries()
        self._db = connect(path, patience, shared)
        with explained(path):
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA foreign_keys=ON")
        self._file = identity(path)
        self._seen = 0
        self.changed()

    @cached_property
    def intake(self) -> Intake:
        from notifier.store.sqlite_intake import SqliteIntake

        return SqliteIntake(self._run, self._clock)

    def now(self) -> datetime:
        return self._clock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._db.in_transaction:  # a part of the caller's, which is undone alone
            with self._between("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"):
                yield
        else:
            with turn(self._path, self._patience), self._between("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
                yield

    @contextmanager
    def _between(self, begin: str, commit: str, undo: str) -> Iterator[None]:
        with explained(self._path):
            self._db.execute(begin)
            try:
                yield
                self._still_there()
                self._db.execute(commit)
            except BaseException:
                if self._db.in_transaction:
                    for statement in undo.split("; "):
                        self._db.execute(statement)
                raise

    def _still_there(self) -> None:
        """Who deletes the file or puts another in its place leaves us with one that nobody will ever find again."""
        if identity(self._path) != self._file:
            raise StoreGone(
                f"{self._path} was deleted or replaced while it was in use. Nothing was stored. Start again whatever "
                "runs on it, and next time stop it first."
            )

    def add(self, incident: Incident, event: Event) -> None:
        kind, body = codec.dump_event(event)
        at = micros(event.stamp.at)
        row = {"id": incident.id, "version": incident.version, "open": incident.open, "retracted": incident.retracted}
        short = codec.dump_brief(history.brief(incident, event.stamp.at))
        self._run("add_incident", **row, opened=micros(incident.opened), updated=at, brief=short)
        self._run("add_event", incident=incident.id, seq=event.seq, at=at, kind=kind, body=body)

    def events(self, incident: str, after: int = 0) -> list[Event]:
        return [codec.load_event(*row) for row in self._run("events", incident=incident, after=after)]

    def open_ids(self) -> list[str]:
        return [row[0] for row in self._run("open_ids")]

    def newest_ids(self, most: int) -> list[str]:
        return [row[0] for row in self._run("newest_ids", most=most)]

    def newest_events(self, since: datetime) -> list[tuple[str, Event]]:
        rows = self._run("newest_events", since=micros(since))
        return [(incident, codec.load_event(kind, body)) for kind, body, incident in rows]

    def briefs(self, since: int) -> list[Brief]:
        self._still_there()
        rows = self._run("briefs", since=since)
        return [codec.load_brief(text, id, n, revision, moment(at)) for id, n, revision, at, text in rows]

    def version(self) -> int:
        return int(self._run("total_version")[0][0])

    def enqueue(self, rows: Iterable[Delivery]) -> list[int]:
        now = micros(self.now())
        ids = []
        for row in rows:
            values = {name: getattr(row, name) for name in _INSERTED}
            values |= {"message": codec.dump_message(row.message), "deadline": _micros(row.deadline), "now": now}
            cursor = self._db.execute(self._sql["add_delivery"], values)
            ids.append(int(cursor.lastrowid or 0))
            if row.step in (Step.EDIT, Step.PUBLISH):
                spot = {name: values[name] for name in ("lane", "step", "refers", "part")}
                self._run("supersede", id=ids[-1], now=now, **spot)
        return ids

    def deliveries(self, incident: str) -> list[Delivery]:
        return [_delivery(row) for row in self._run("deliveries", incident=incident)]

    def delivery(self, id: int) -> Delivery | None:
        return next((_delivery(row) for row in self._run("delivery", id=id)), None)

    def troubled(self, since: datetime) -> list[Delivery]:
        return [_delivery(row) for row in self._run("in_trouble", since=micros(since))]

    def touched(self, since: datetime) -> list[Delivery]:
        return [_delivery(row) for row in self._run("touched", since=micros(since))]

    def waiting(self) -> int:
        return int(self._run("waiting")[0][0])

    def tally(self) -> list[tuple[str, str, int]]:
        return [(str(channel), str(state), int(count)) for channel, state, count in self._run("tally")]

    def attempts(self, incident: str) -> list[Attempt]:
        rows = self._run("attempts", incident=incident)
        return [Attempt(d, n, node, moment(a), moment(b), state, why) for d, n, node, a, b, state, why in rows]

    def say_again(self, id: int) -> int:
        return int(self._db.execute(self._sql["resay"], {"id": id, "now": micros(self.now())}).lastrowid or 0)

    def end(self, row: Delivery, outcome: Outcome, now: datetime) -> bool:
        values = _outcome(outcome, now) | {"id": row.id, "was": row.state, "owner": row.owner}
        if self._db.execute(self._sql["end"], values).rowcount != 1:
            return False
        if row.state is State.SENDING:
            self._tried(row, row.owner, outcome, now)
        return True

    def claim(self, node: Node, channel: str, free: int, now: datetime) -> list[Claim]:
        found = self._run("claim", node=node.id, channel=channel, free=free, now=micros(now))
        return [self._claim(_delivery(row), now) for row in found]

    def settle(self, node: Node, claim: Claim, outcome: Outcome, now: datetime) -> bool:
        row = claim.row
        values = _outcome(outcome, now) | {"id": row.id, "node": node.id, "attempts": row.attempts}
        if self._db.execute(self._sql["settle"], values).rowcount != 1:
            return False
        self._tried(row, node.id, outcome, now)
        if outcome.state is State.SENT and claim.target is not None:
            if outcome.did is Step.DELETE:
                self._run("mark_gone", id=claim.target.id)
            elif outcome.did is Step.EDIT and outcome.receipt is not None and outcome.receipt.id:
                new = codec.dump_receipt(outcome.receipt)
                self._run("renew_receipt", id=claim.target.id, receipt=new, url=outcome.receipt.url)
        return True

    def _tried(self, row: Delivery, node: str, outcome: Outcome, now: datetime) -> None:
        tried = {"id": row.id, "attempts": row.attempts, "node": node, "now": micros(now)}
        started = micros(row.started or now)
        self._run("add_attempt", **tried, started=started, state=outcome.state, why=outcome.why)

    def hand_back(self, node: Node, row: Delivery) -> None:
        self._run("hand_back", id=row.id, node=node.id, attempts=row.attempts)

    def overdue(self, now: datetime) -> list[Delivery]:
        return [_delivery(row) for row in self._run("overdue", now=micros(now))]

    def orphans(self, alive: Callable[[str], bool]) -> list[Delivery]:
        lost = [row[0] for row in self._run("owners") if not alive(row[0])]
        return [_delivery(row) for owner in lost for row in self._run("orphans", owner=owner)]

    def next_due(self, channels: Iterable[str]) -> datetime | None:
        found = (self._run("next_due", channel=name)[0][0] for name in channels)
        return maybe(min((at for at in found if at is not None), default=None))

    def channel_states(self) -> Mapping[str, ChannelState]:
        return {
            name: ChannelState(moment(rest), moment(pace), broken, json.loads(moved))
            for name, rest, pace, broken, moved in self._run("channels")
        }

    def rest(self, channel: str, until: datetime) -> None:
        self._run("rest", name=channel, until=micros(until))

    def pace(self, channel: str, until: datetime) -> None:
        self._run("pace", name=channel, until=micros(until))

    def stop(self, channel: str, why: str) -> None:
        self._run("stop", name=channel, why=why)

    def mend(self, channel: str) -> None:
        self._run("mend", name=channel)

    def move(self, channel: str, to: Mapping[str, str]) -> None:
        self._run("move", name=channel, moved=json.dumps(dict(to)))

    def hasten(self, channel: str) -> None:
        self._run("hasten", channel=channel, now=micros(self.now()))

    def beat(self, node: Node, now: datetime) -> None:
        self._run("beat", id=node.id, kind=node.kind, place=node.place, now=micros(now))
        self._run("forget_nodes", before=micros(now - FORGET_NODES))

    def leave(self, node: Node) -> None:
        self._run("leave", id=node.id)

    def nodes(self) -> Sequence[Seen]:
        return [Seen(Node(id, kind, place), moment(beat)) for id, kind, place, beat in self._run("nodes")]

    def changed(self) -> bool:
        with explained(self._path):
            version = int(self._db.execute("PRAGMA data_version").fetchone()[0])
        before, self._seen = self._seen, version
        return before != version

    def close(self) -> None:
        self._db.close()

    def _run(self, query: str, /, **values: Any) -> list[Any]:
        with explained(self._path):
            return self._db.execute(self._sql[query], values).fetchall()

    def _claim(self, row: Delivery, now: datetime) -> Claim:
        stale = False
        if row.latest and row.doubted is None and row.created is not None and now - row.created > STALE:
            stale = bool(self._run("newer_news", lane=row.lane, id=row.id, seq=row.seq))
        return Claim(row, self._target(row) if row.refers else None, stale)

    def _target(self, row: Delivery) -> Target | None:
        where = {"lane": row.lane, "id": row.id}
        if row.refers in _SPOTS:
            found = self._run(_SPOTS[row.refers], **where)
        elif row.refers == "part":
            found = self._run("said_then", **where, seq=row.seq, part=row.part - 1)
        else:
            found = self._run("said_then", **where, seq=int(row.refers.removeprefix("update ")), part=row.part)
        for id, receipt in found:
            known = codec.load_receipt(receipt)
            return Target(id, known) if known is not None else None
        return None


_INSERTED = ("channel", "lane", "incident", "seq", "part", "to", "step", "refers", "key", "news", "latest", "first")


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(
        channel=row["channel"],
        lane=row["lane"],
        step=Step(row["step"]),
        key=row["key"],
        incident=row["incident"],
        seq=row["seq"],
        part=row["part"],
        to=row["recipient"],
        refers=row["refers"],
        message=codec.load_message(row["message"]),
        news=bool(row["news"]),
        latest=bool(row["latest"]),
        deadline=maybe(row["deadline"]),
        first=bool(row["first"]),
        id=row["id"],
        state=State(row["state"]),
        due=moment(row["due"]),
        attempts=row["attempts"],
        owner=row["owner"],
        created=moment(row["created"]),
        started=maybe(row["started"]),
        doubted=maybe(row["doubted"]),
        done=maybe(row["done"]),
        why=row["why"],
        url=row["url"],
        receipt=codec.load_receipt(row["receipt"]),
    )


def _outcome(outcome: Outcome, now: datetime) -> dict[str, Any]:
    receipt = outcome.receipt
    return {
        "state": outcome.state,
        "why": outcome.why,
        "due": _micros(outcome.due),
        "did": outcome.did,
        "doubted": _micros(outcome.doubted),
        "receipt": None if receipt is None else codec.dump_receipt(receipt),
        "url": None if receipt is None else receipt.url,
        "done": None if outcome.state.waiting else micros(now),
    }


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)
