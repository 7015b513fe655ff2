"""The life of a delivery: which answer leads where."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channel import FOREVER, Limits, Moved, Permanent, Receipt, Temporary, Unsure
from notifier.model import Delivery, Route, State, Step
from notifier.outbox import Go, Outcome, doubt, ready, settle, wait
from notifier.values import replace

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
PLAIN = Route("x", "x")
KEYED = replace(PLAIN, limits=Limits(same_key=3600))
FINDS = replace(PLAIN, can=frozenset({"Finds"}))


def row(step=Step.REPLY, **over):
    known = {"state": State.SENDING, "attempts": 1, "news": True, "created": NOW, "started": NOW, "due": NOW}
    return Delivery("x", "x/bcdf", step, "k", **{**known, **over})


def after(answer, route=PLAIN, delivery=None, step=None):
    delivery = delivery or row()
    return settle(delivery, step or delivery.step, answer, route, NOW, 0.5)


def test_a_receipt_means_sent():
    """What the remote accepted is sent, with its receipt, by the step that was really made."""
    outcome = after(Receipt("7"), step=Step.POST)

    assert (outcome.state, outcome.did, outcome.receipt) == (State.SENT, Step.POST, Receipt("7"))


def test_temporary_waits_as_long_as_the_remote_says():
    """Retry-After is obeyed; the whole channel rests only when it is the channel that is busy."""
    channel, one = after(Temporary("429", after=90, whole=True)), after(Temporary("451 greylisted", after=90))

    assert (channel.state, one.state) == (State.DUE, State.DUE)
    assert channel.due == channel.rest_until == one.due == NOW + timedelta(seconds=90)
    assert one.rest_until is None


def test_temporary_past_the_deadline_fails_loudly():
    """What cannot be told within tell_within is given up, and the admins hear of it."""
    outcome = after(Temporary("down", after=7200), delivery=row(deadline=NOW + timedelta(hours=1)))

    assert outcome.state is State.FAILED
    assert outcome.alarm
    assert "down" in outcome.why


@pytest.mark.parametrize("whole", [True, False])
def test_permanent_fails_and_stops_the_channel_only_if_it_is_the_channel(whole):
    """A refused message fails alone; refused credentials stop the channel."""
    outcome = after(Permanent("401", whole=whole))

    assert outcome.state is State.FAILED
    assert outcome.alarm
    assert outcome.broken == ("401" if whole else "")


def test_moved_goes_on_at_once_with_the_new_address():
    """A group that became a supergroup is told at its new id, and the admins are told to write it down."""
    outcome = after(Moved("migrated", {"chat": "-100"}))

    assert (outcome.state, outcome.due, outcome.moved, outcome.alarm) == (State.DUE, NOW, {"chat": "-100"}, True)


@pytest.mark.parametrize(
    ("step", "route", "over", "state"),
    [
        (Step.REPLY, PLAIN, {}, State.UNSURE),
        (Step.POST, PLAIN, {}, State.UNSURE),
        (Step.POST, PLAIN, {"first": True}, State.DUE),
        (Step.POST, PLAIN, {"first": True, "doubted": NOW}, State.UNSURE),
        (Step.POST, replace(PLAIN, unsure="leave"), {"first": True}, State.UNSURE),
        (Step.REPLY, replace(PLAIN, unsure="repeat"), {}, State.DUE),
        (Step.EDIT, PLAIN, {}, State.DUE),
        (Step.PIN, PLAIN, {}, State.DUE),
        (Step.UNPIN, PLAIN, {}, State.DUE),
        (Step.DELETE, PLAIN, {}, State.DUE),
        (Step.PUBLISH, PLAIN, {}, State.DUE),
        (Step.REPLY, KEYED, {}, State.DUE),
        (Step.REPLY, KEYED, {"doubted": NOW - timedelta(hours=2)}, State.UNSURE),
        (Step.REPLY, FINDS, {"doubted": NOW - timedelta(hours=2)}, State.DUE),
    ],
)
def test_unsure_is_repeated_only_where_that_does_no_harm(step, route, over, state):
    """Only a repeat that cannot make a second message, or the first word of an incident, is made by itself."""
    outcome = after(Unsure("no answer"), route, row(step, **over))

    assert outcome.state is state
    assert outcome.doubted is not None
    assert outcome.alarm == (state is State.UNSURE)


def test_what_a_dead_node_left_keeps_its_turn():
    """A row taken over keeps its due time, so that it does not go behind the backlog."""
    due = NOW - timedelta(minutes=3)

    outcome = doubt(row(Step.EDIT), Step.EDIT, PLAIN, since=NOW, due=due, why="died")

    assert outcome.due == due


def test_a_reply_whose_first_message_never_arrived_becomes_a_post():
    """News is told all the same; tidying up is not."""
    assert ready(row(Step.REPLY, refers="root"), False, PLAIN, NOW) == Go(Step.POST)
    assert ready(row(Step.EDIT, refers="root", news=True), False, PLAIN, NOW) == Go(Step.POST)
    for step in (Step.EDIT, Step.PIN, Step.UNPIN, Step.DELETE):
        verdict = ready(row(step, refers="root", news=False), False, PLAIN, NOW)
        assert isinstance(verdict, Outcome)
        assert verdict.state is State.SUPERSEDED


def test_a_key_that_the_remote_has_forgotten_meanwhile_is_not_relied_on():
    """After a long night a repeat could say it twice: left to the admins."""
    doubted = row(Step.REPLY, refers="root", doubted=NOW - timedelta(hours=3), why="no answer")

    verdict = ready(doubted, True, KEYED, NOW)
    assert isinstance(verdict, Outcome)
    assert verdict.state is State.UNSURE
    assert ready(doubted, True, replace(KEYED, limits=Limits(same_key=FOREVER)), NOW) == Go(Step.REPLY)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_to_ten_minutes_and_no_further(attempts, jitter):
    """Retries go on for hours, never closer than seconds, never further apart than ten minutes."""
    assert timedelta(seconds=2.5) <= wait(attempts, jitter) <= timedelta(seconds=600)
    assert wait(attempts, jitter) <= wait(attempts + 1, 0.999) * 2


answers = st.one_of(
    st.builds(Receipt, st.text()),
    st.builds(Temporary, st.text(), st.none() | st.floats(0, 1e6), st.booleans()),
    st.builds(Permanent, st.text(), st.booleans()),
    st.builds(Moved, st.text(), st.just({"chat": "1"})),
    st.builds(Unsure, st.text()),
)
rows = st.builds(
    row,
    st.sampled_from(list(Step)),
    first=st.booleans(),
    news=st.booleans(),
    attempts=st.integers(1, 50),
    doubted=st.none() | st.just(NOW - timedelta(minutes=5)),
    deadline=st.none() | st.just(NOW + timedelta(hours=1)),
)


@given(rows, answers, st.sampled_from([PLAIN, KEYED, FINDS]), st.floats(0, 1, exclude_max=True))
def test_every_answer_leads_somewhere_and_silence_never_wins(delivery, answer, route, jitter):
    """No answer leaves a row in sending; a bad end raises an alarm; what was in doubt stays so till it ends."""
    outcome = settle(delivery, delivery.step, answer, route, NOW, jitter)

    assert outcome.state in (State.SENT, State.DUE, State.FAILED, State.UNSURE)
    assert outcome.alarm or outcome.state in (State.SENT, State.DUE)
    if outcome.state is State.DUE:
        assert outcome.due is not None
        assert outcome.due >= NOW
        assert delivery.doubted is None or outcome.doubted == delivery.doubted
