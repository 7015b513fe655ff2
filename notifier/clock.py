"""What time and the intake ask for, once: `notifier tick` does it each minute, `notifier serve` all the time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

from notifier.intake import Intake

TIDY = timedelta(hours=1)


def work(intake: Intake, on: Callable[[], bool] = lambda: True, turn: AbstractContextManager[Any] | None = None) -> int:
    """Weigh what was taken in and do what is due until nothing is left; how much that was. Several processes may do so
    at once: each thing is done by one of them. ``on`` is asked after each piece, outside of transactions, whether to
    go on; ``turn`` is held during each, where other threads write, too."""
    done = 0
    turn = nullcontext() if turn is None else turn
    while did := _piece(intake.weigh, turn) + _piece(intake.tick, turn):
        done += did
        if not on():
            return done
    tidy(intake)
    return done


def _piece(call: Callable[[], int], turn: AbstractContextManager[Any]) -> int:
    with turn:
        return call()


def tidy(intake: Intake) -> bool:
    """Now and then, forget requests and signals that were kept long enough; whether it was time."""
    store, now = intake.store, intake.store.now()
    last = store.intake.kept("tidied")
    if last is not None and float(last) > (now - TIDY).timestamp():
        return False
    with store.transaction():
        store.intake.forget(now - intake.duty.serve.keep)
        store.intake.keep("tidied", str(now.timestamp()))
    return True
