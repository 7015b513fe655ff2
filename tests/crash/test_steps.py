"""Killed at each step of an update's way: it is either not there at all, or told on every channel."""

from __future__ import annotations

from signal import SIGKILL

import pytest
from _pytest.mark.structures import ParameterSet

from notifier.model import State
from tests.crash.truth import check
from tests.crash.ways import CALL_POINTS, at
from tests.crash.world import ALL, World, world

# In the order of an update's way: the point, and which time it is reached.
NOT_STORED = ("parsed", "begin", "event", "rows", "inside")
STORED = [
    ("committed", 1),
    ("stored", 1),
    ("claim", 1),
    ("inside", 2),
    ("committed", 2),
    ("settle", 1),
    ("committed", 3),
]
pytestmark = pytest.mark.crash


def quick(*what: str, of: set[tuple[str, ...]]) -> ParameterSet:
    """A case that is run with every ``make test`` if it stands in ``of``; the others only by ``make crash``."""
    return pytest.param(*what, marks=[] if what in of else [pytest.mark.crash_long])


def command(there: World, what: str, id: str) -> list[str]:
    """A command line with new words."""
    where = [f"Voice is down, case {there.words}"] if what == "open" else [id]
    return [what, *where, "-m", there.text(), "--yes"]


def dies(there: World, what: str, id: str, point: str, nth: int = 1, channel: str = "-", stored: bool = True) -> None:
    """Kill it there; it is stored whole or not at all."""
    before, asked = there.version(), there.waiting()
    over = at(there, command(there, what, id), point, nth, channel)

    assert over.code == -SIGKILL, f"{point} was not reached: {over}"
    assert there.version() - before == stored
    assert (there.waiting() > asked) <= stored
    assert over.recorded <= stored


def test_killed_before_the_commit_it_is_nowhere(tmp_path):
    """Not in the store, not at any remote; typed again, it is told once."""
    with world(tmp_path, ("hook", "page")) as there:
        id = there.opened()
        for point in NOT_STORED:
            dies(there, "update", id, point, stored=False)
        assert there.waiting() == 0
        there.tick()
        assert len(there.hook.taken) == 1

        assert there.run(*command(there, "update", id)).code == 0
        check(there)
        assert len(there.hook.taken) == 2


@pytest.mark.parametrize(("point", "nth"), STORED)
def test_killed_after_the_commit_it_is_told(tmp_path, point, nth):
    """Whatever was left undone, the next tick does."""
    with world(tmp_path, ("hook", "page")) as there:
        id = there.opened()
        dies(there, "update", id, point, nth)
        there.ticks()
        check(there)
        assert len(there.hook.taken) == 2


@pytest.mark.parametrize(
    ("point", "channel"),
    [quick(p, c, of={("call", "mail"), ("asked", "hook"), ("done", "mail"), ("answer", "mastodon")})
     for p in CALL_POINTS for c in ("hook", "mail", "mastodon")],
)  # fmt: skip
def test_killed_about_a_call_to_a_remote_with_keys_it_is_told_once(tmp_path, point, channel):
    """Before the call, while the remote has it, after it was done, after the answer: a repeat is known by its key."""
    with world(tmp_path, (channel,)) as there:
        id = there.opened()
        dies(there, "update", id, point, channel=channel)
        there.ticks()
        check(there)
        news = [r for r in rows(there, id) if r.seq == 2 and r.news]
        assert (news[0].state, news[0].attempts) == (State.SENT, 2)


@pytest.mark.parametrize("point", [quick(p, of={("asked",), ("answer",)}) for p in CALL_POINTS])
def test_killed_about_a_call_to_a_remote_without_keys_an_answer_is_left_to_the_admins(tmp_path, point):
    """It may be there or not: nobody says it twice, somebody hears of it, and can decide."""
    with world(tmp_path, ("telegram",)) as there:
        id = there.opened()
        dies(there, "update", id, point, channel="telegram")
        there.ticks()
        check(there)
        reply = next(r for r in rows(there, id) if r.seq == 2 and r.news)
        arrived = point in ("done", "answer")
        assert reply.state is State.UNSURE
        assert len(there.telegram.chat.posts) == 1 + arrived

        assert there.run("settle", str(reply.id), *(["sent", "--id", "2"] if arrived else ["lost"])).code == 0
        assert [p.reply_to for p in there.telegram.chat.posts.values()] == [0, 1]


@pytest.mark.parametrize("point", [quick(p, of={("call",), ("done",)}) for p in CALL_POINTS])
def test_killed_about_a_call_to_a_remote_without_keys_the_first_post_is_said_again(tmp_path, point):
    """Silence is the worse fault: this is the one duplicate there may be, and only if it had arrived."""
    with world(tmp_path, ("telegram",)) as there:
        dies(there, "open", "", point, channel="telegram")
        there.ticks()
        check(there)
        assert len(there.telegram.chat.posts) == (2 if point in ("done", "answer") else 1)


@pytest.mark.crash_long
@pytest.mark.parametrize("what", ["open", "update", "resolve"])
@pytest.mark.parametrize(("point", "nth"), [*STORED, *((p, n) for p in CALL_POINTS for n in range(1, 7))])
def test_with_every_channel(tmp_path, what, point, nth):
    """Any command, killed at any step, with six channels at once."""
    with world(tmp_path, ALL) as there:
        id = there.opened()
        dies(there, what, id, point, nth)
        there.ticks()
        check(there)


def rows(there: World, id: str):
    """The deliveries of an incident."""
    with there.store() as store:
        return store.deliveries(id)
