"""What a killed process leaves is weighed rightly and written down, also when clocks go wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier import outbox
from notifier.model import Delivery, Route, State, Step
from notifier.store import Node
from notifier.store.sqlite import Sqlite
from notifier.testing.clock import Clock
from notifier.testing.stores import row

NOW = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
KEYLESS = Route("telegram", "telegram")


@pytest.mark.parametrize("seconds", [-3600, -1, 0, 1, 3600])
def test_an_answer_to_a_keyless_remote_is_not_repeated_whatever_the_clock_says(seconds):
    """A clock that was set back meanwhile, or a due time before the call, is no key that the remote remembers."""
    reply = Delivery("telegram", "telegram/bcdf", Step.REPLY, "k", doubted=NOW)
    due = NOW + timedelta(seconds=seconds)

    assert outbox.doubt(reply, Step.REPLY, KEYLESS, since=NOW, due=due, why="died").state is State.UNSURE
    ready = outbox.ready(reply, True, KEYLESS, due)
    assert isinstance(ready, outbox.Outcome)
    assert ready.state is State.UNSURE


def test_the_attempt_of_a_dead_process_stands_in_the_ledger(tmp_path):
    """Who tried when, also if it never came back: that is the one to look at when a message is there twice."""
    clock = Clock(NOW)
    store, dead = Sqlite(tmp_path / "n.db", clock), Node("dead", "cli")
    with store.transaction():
        store.enqueue([row()])
        store.claim(dead, "x", 1, clock())
    clock.move(60)
    with store.transaction():
        (orphan,) = store.orphans(lambda owner: False)
        store.end(orphan, outbox.Outcome(State.DUE, why="it died", due=clock()), clock())

    ((attempt),) = store.attempts("bcdf")
    assert (attempt.n, attempt.node, attempt.state, attempt.why) == (1, "dead", "due", "it died")
    assert (attempt.started, attempt.ended) == (NOW, NOW + timedelta(seconds=60))
    store.close()
