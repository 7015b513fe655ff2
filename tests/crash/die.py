"""The notifier, killed by itself with SIGKILL at a chosen point: ``die.py POINT NTH CHANNEL command line ...``.

The points are the steps of one update on its way. They are put around the product's own functions, so the product
knows nothing of them. CHANNEL: count only calls of that channel; "-": of any.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, NoReturn

from notifier.cli import main
from notifier.intake import Intake
from notifier.perform import Caller
from notifier.service import Service
from notifier.store.sqlite import Sqlite
from notifier.store.sqlite_intake import SqliteIntake

ALARM_POINTS = ("taken", "weighed", "drafted", "kept", "approved", "carried", "decided", "asked_admins")
POINTS = ("parsed", "begin", "event", "rows", "inside", "committed", "stored", "claim", "call", "answer", "settle")


def die() -> NoReturn:
    """At once, without any goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def before(owner: type, name: str, due: Callable[..., bool]) -> None:
    """Die instead of a call."""
    real = getattr(owner, name)

    def wrapped(*given: Any, **more: Any) -> Any:
        if due(*given):
            die()
        return real(*given, **more)

    setattr(owner, name, wrapped)


def after(owner: type, name: str, due: Callable[..., bool]) -> None:
    """Die when a call has returned, before anybody learns what."""
    real = getattr(owner, name)

    def wrapped(*given: Any, **more: Any) -> Any:
        result = real(*given, **more)
        if due(*given):
            die()
        return result

    setattr(owner, name, wrapped)


def around(due: Callable[..., bool], inside: bool) -> None:
    """Die in a transaction just before its commit, or just after it."""
    real = Sqlite.transaction

    @contextmanager
    def transaction(self: Sqlite) -> Iterator[None]:
        with real(self):
            yield
            if inside and due():
                die()
        if not inside and due():
            die()

    setattr(Sqlite, "transaction", transaction)  # noqa: B010


def arm(point: str, nth: int, channel: str) -> None:
    """Die when that point is reached for the nth time."""
    times = count(1)

    def due(*given: Any) -> bool:
        of = [getattr(getattr(one, "row", None), "channel", one) for one in given]
        return (channel == "-" or channel in of) and next(times) == nth

    if point in ("inside", "committed"):
        return around(due, point == "inside")
    how: dict[str, tuple[Callable[[type, str, Callable[..., bool]], None], type, str]] = {
        "parsed": (before, Service, "handle"),
        "begin": (before, Sqlite, "transaction"),
        "event": (after, Sqlite, "add"),
        "rows": (after, Sqlite, "enqueue"),
        "stored": (after, Service, "handle"),
        "claim": (after, Sqlite, "claim"),
        "call": (before, Caller, "perform"),
        "answer": (after, Caller, "perform"),
        "settle": (after, Sqlite, "settle"),
        "taken": (after, SqliteIntake, "take_in"),
        "weighed": (after, SqliteIntake, "hear"),
        "drafted": (after, SqliteIntake, "add_draft"),
        "kept": (after, SqliteIntake, "save_problem"),
        "approved": (before, Intake, "_publish"),
        "carried": (after, Service, "carry_out"),
        "decided": (after, Intake, "_end"),
        "asked_admins": (after, Intake, "_ask"),
    }
    place, owner, name = how[point]
    return place(owner, name, due)


if __name__ == "__main__":
    arm(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    main(sys.argv[4:])
