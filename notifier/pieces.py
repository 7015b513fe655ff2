"""Reading stored requests: what was read when it came need not be read again to be weighed, and a large one is weighed
piece by piece."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier import inbound
from notifier.hooks import Hook
from notifier.source import Malformed, Options, Signal
from notifier.store import Store
from notifier.store.intake import WEIGHED, Inbound

LARGE = 64 << 10
ALERT = 400  # bytes that one alert takes, about
FEW, MOST = 20, 20_000  # signals of one request, and of all, that are remembered; and one large request besides
Mark = tuple[str, int, datetime]
_ready: dict[Mark, tuple[Hook, list[Signal]]] = {}
_large: dict[Mark, tuple[Hook, list[Signal]]] = {}


def parsed(hook: Hook, one: Inbound) -> list[Signal]:
    """The signals of a stored request. Raises Malformed."""
    mark = (hook.name, one.id, one.request.received)
    known = _ready.get(mark) or _large.get(mark) if one.id else None
    if known is not None and known[0] == hook:
        return known[1]
    options = Options(hook.zone, hook.labels, hook.mapping)
    found = inbound.source(one.source)(one.request, options)
    if one.id:
        remember(hook, one, found)
    return found


def remember(hook: Hook, one: Inbound, signals: list[Signal]) -> None:
    """These are the signals of a stored request, which has its id by now; forgotten when there are too many."""
    mark = (hook.name, one.id, one.request.received)
    if len(one.request.body) >= LARGE:
        _large.clear()
        _large[mark] = (hook, signals)
        return
    if len(_ready) * FEW >= MOST:
        _ready.clear()
    if len(signals) <= FEW:
        _ready[mark] = (hook, signals)


def following(store: Store, hook: Hook, one: Inbound, most: int, size: int) -> list[Signal] | None:
    """As part of the caller's transaction: the next signals, at most ``most``, of a request with more than ``size``;
    with the last of them it counts as weighed. None when it has no more than that, or cannot be read."""
    if len(one.request.body) < LARGE:
        return None
    try:
        signals = parsed(hook, one)
    except Malformed:
        return None
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
