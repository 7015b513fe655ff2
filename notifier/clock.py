"""What has to be done from time to time, by `serve` each second or when something came, and by `tick` from cron.

Both may do it on one store at once: each effect is one transaction that looks first whether it is still due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from notifier.beats import Beats
from notifier.intake import BATCH, Intake

TIDY = timedelta(hours=6)
TIDIED = "tidied"


def go_round(
    intake: Intake,
    on: Callable[[], bool] = lambda: True,
    size: Callable[[], int] = lambda: BATCH,
) -> int:
    """Weigh what came in, do what is due, note whose heartbeat is missing; how much that was.

    ``on`` is asked after each piece whether to go on;
    ``size``: how many requests and signals at most are weighed in the next piece.
    """
    beats, done = Beats(intake), 0
    while some := _piece(intake, size()) + beats.tick():
        done += some
        if not on():
            return done
    _tidy(intake)
    return done


def _piece(intake: Intake, size: int) -> int:
    return intake.weigh(size) + intake.tick()


def _tidy(intake: Intake) -> None:
    """A few times a day, what is older than `[serve] keep` is forgotten."""
    store = intake.store
    now = store.now()
    if store.intake.kept(TIDIED) == "yes":
        return
    with store.transaction():
        store.intake.forget(now - intake.duty.serve.keep, now)
        store.intake.keep(TIDIED, "yes", now + TIDY)
