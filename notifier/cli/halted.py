"""Channels that are stopped until somebody mends them: which, why, what waits there, and what to do."""

from __future__ import annotations

from notifier.model import State
from notifier.store import Store


def reasons(store: Store) -> dict[str, str]:
    """Why a channel is stopped, by its name."""
    return {name: state.broken for name, state in store.channel_states().items() if state.broken}


def queued(store: Store, names: dict[str, str]) -> dict[str, int]:
    """How many deliveries wait on each of these channels; those where none does are left out."""
    found: dict[str, int] = {}
    for channel, state, count in store.tally() if names else ():
        if channel in names and State(state).waiting:
            found[channel] = found.get(channel, 0) + count
    return found


def sentence(name: str, why: str, waiting: int = 0, place: str = "") -> str:
    """What is wrong with a stopped channel and what to do. ``place``: where that is done, if not here."""
    count = f", {waiting} waiting" if waiting else ""
    return f"{name} is stopped{count}: {why.rstrip('.')}. Once mended{place and f', {place}'}: notifier test {name}"
