"""What has to be done from time to time, by `serve` each second or when something came, and by `tick` from cron.

Both may do it on one store at once: each effect is one transaction that looks first whether it is still due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from notifier import plan
from notifier.beats import Beats
from notifier.intake import BATCH, Intake
from notifier.render import when
from notifier.service import Service

TIDY = timedelta(hours=6)
TIDIED, DAY = "tidied", "day"


def go_round(
    intake: Intake,
    on: Callable[[], bool] = lambda: True,
    size: Callable[[], int] = lambda: BATCH,
) -> int:
    """Weigh what came in, do what is due, note whose heartbeat is missing and that a day begins; how much that was.

    ``on`` is asked after each piece whether to go on;
    ``size``: how many requests and signals at most are weighed in the next piece.
    """
    beats, done = Beats(intake), new_day(intake.service)
    while some := _piece(intake, size()) + beats.tick():
        done += some
        if not on():
            return done
    _tidy(intake)
    return done


def new_day(service: Service) -> int:
    """Once a day of the site's have its pages written anew, at how many places: they tell what is near and what was of
    late. The first time it is only noted which day it is. Raises StoreError."""
    store, zone = service.store, when.zone_of(service.site.timezone)
    today = store.now().astimezone(zone).date()
    if store.intake.kept(DAY) == str(today):
        return 0
    with store.transaction():
        known = store.intake.kept(DAY)
        store.intake.keep(DAY, str(today))
        return len(store.enqueue(plan.new_day(today, service.routes))) if known not in (None, str(today)) else 0


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
