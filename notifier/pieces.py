"""Reading stored requests; a large one is read once, though it is weighed piece by piece."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier import inbound
from notifier.hooks import Hook
from notifier.source import Malformed, Options, Signal
from notifier.store import Store
from notifier.store.intake import WEIGHED, Inbound

LARGE = 64 << 10
ALERT = 400  # bytes that one alert takes, about
Mark = tuple[Hook, int, datetime, int]
_last: list[tuple[Mark, list[Signal]]] = []


def parsed(hook: Hook, one: Inbound) -> list[Signal]:
    """The signals of a stored request. Raises Malformed."""
    options = Options(hook.zone, hook.labels, hook.mapping)
    return inbound.source(one.source)(one.request, options)


def following(store: Store, hook: Hook, one: Inbound, most: int, size: int) -> list[Signal] | None:
    """As part of the caller's transaction: the next signals, at most ``most``, of a request with more than ``size``;
    with the last of them it counts as weighed. None when it has no more than that, or cannot be read."""
    signals = _large(hook, one)
    if len(signals) <= size:
        return None
    name = f"weighed {one.id}"
    begin = int(store.intake.kept(name) or 0)
    end = min(begin + most, len(signals))
    if end < len(signals):
        store.intake.keep(name, str(end), store.now() + timedelta(days=1))
    else:
        store.intake.mark(one.id, WEIGHED)
    return signals[begin:end]


def _large(hook: Hook, one: Inbound) -> list[Signal]:
    if len(one.request.body) < LARGE:
        return []
    mark = (hook, one.id, one.request.received, len(one.request.body))
    found = next((signals for known, signals in _last if known == mark), None)
    if found is None:
        try:
            found = parsed(hook, one)
        except Malformed:
            return []
        _last[:] = [(mark, found)]
    return found
