"""Killed at any moment, many times over: nothing is lost, nothing is told twice but what may be."""

from __future__ import annotations

import os
from random import Random
from signal import SIGKILL

import pytest

from notifier.model import State
from tests.crash.truth import check, word, word_of
from tests.crash.ways import somehow
from tests.crash.world import ALL, CHEAP, World, world

SEED = int(os.environ.get("CRASH_SEED", "0"))
WORLDS, ROUNDS = 20, 10
MOST_OPEN = 4  # Mastodon pins five posts

pytestmark = pytest.mark.crash


def test_some_rounds(tmp_path):
    """Eight commands are killed at any moment; what was stored of them is told, in order, once."""
    story(tmp_path, CHEAP, Random(SEED), 8)


@pytest.mark.crash_long
@pytest.mark.parametrize("number", range(WORLDS))
def test_many_rounds(tmp_path, number):
    """As above with every channel, with ticks that are killed too, and with a human who settles what is unsure."""
    with world(tmp_path, ALL) as there:
        rounds(there, Random(f"{SEED} {number}"), ROUNDS, ticks_die=True)
        settled(there)
        at_the_end_everybody_was_told(there)


def story(folder, channels, chance: Random, number: int) -> None:
    """A world, and so many rounds in it."""
    with world(folder, channels) as there:
        rounds(there, chance, number)


def rounds(there: World, chance: Random, number: int, ticks_die: bool = False) -> None:
    """One command after the other is killed, then ticks go on. The way is printed, so that a failure shows it."""
    died = 0
    for turn in range(number):
        there.hurry()
        words, way, before = command(there, chance), somehow(chance), there.version()
        over = way.run(there, words)
        died += over.code == -SIGKILL
        print(f"seed {SEED}, round {turn}: {' '.join(words[:2])}: {way} -> {over.code} {over.err}")
        assert there.version() - before in ({1} if over.recorded else {0, 1})
        assert over.code in (0, 3, 4, -SIGKILL), over
        if ticks_die and chance.random() < 0.3:
            again = somehow(chance)
            print(f"    then a tick: {again} -> {again.run(there, ['tick']).code}")
        there.ticks()
        check(there)
    least = number / 3 if number >= ROUNDS else 1  # of a few rounds, chance may let most end by themselves
    assert died >= least, f"only {died} of {number} were killed before they ended: the moments are ill chosen"


def command(there: World, chance: Random) -> list[str]:
    """Any command that makes sense now."""
    with there.store() as store:
        living, known = store.open_ids(), store.newest_ids(100)
    text = ["-m", there.text(), "--yes"]
    closed = [id for id in known if id not in living]
    if not living or (len(living) < MOST_OPEN and chance.random() < 0.3):
        if closed and chance.random() < 0.4:
            return ["reopen", chance.choice(closed), *text]
        return ["open", f"Voice is down, case {there.words}", *text]
    return [chance.choice(["update", "update", "update", "correct", "resolve"]), chance.choice(living), *text]


def settled(there: World) -> None:
    """An admin looks at each message in doubt, and says whether it is there."""
    with there.store() as store:
        unsure = [r for id in store.newest_ids(100) for r in store.deliveries(id) if r.state is State.UNSURE]
    for row in unsure:
        there_as = [id for id, post in there.telegram.chat.posts.items() if word(post.words[0]) == word_of(row)]
        how = ["sent", "--id", str(there_as[-1])] if there_as else ["lost"]
        there.hurry()
        over = there.run("settle", str(row.id), *how)
        assert over.code == 0, over


def at_the_end_everybody_was_told(there: World) -> None:
    """What was ever stored stands at the remote without keys, too."""
    with there.store() as store:
        for id in store.newest_ids(100):
            for row in store.deliveries(id):
                if row.channel == "telegram" and row.news:
                    copies = sum(word(p.words[0]) == word_of(row) for p in there.telegram.chat.posts.values())
                    assert copies in ((1, 2) if row.first else (1,)), f"{word_of(row)} is there {copies} times"
