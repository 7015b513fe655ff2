"""What was made before is given again, for the same objects alone, and not more of it is kept than was said."""

from __future__ import annotations

import gc
import weakref
from threading import Thread

import pytest

from notifier.render.memo import Memo


class Thing:
    """Something that is equal to every other."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Thing)

    def __hash__(self) -> int:
        return 1


def test_made_once_of_the_same_object_and_anew_of_another_that_is_equal() -> None:
    memo, one, other = Memo(), Thing(), Thing()
    made: list[str] = []

    def get(of: Thing, key: str) -> str:
        def make() -> str:
            made.append(key)
            return f"{len(made)}"

        return memo.get((of,), key, make)

    assert [get(one, "a"), get(one, "a"), get(other, "a"), get(one, "b"), get(one, "a")] == ["1", "1", "2", "3", "1"]
    assert made == ["a", "a", "b"]


@pytest.mark.parametrize("most", [2, 10, 100])
def test_what_was_asked_for_last_is_kept_and_the_oldest_is_let_go(most: int) -> None:
    memo, things = Memo(most), [Thing() for _ in range(3 * most)]
    first = things[0]
    for thing in things:
        memo.get((thing,), "", object)
        known = memo.get((first,), "", object)  # used again and again
    last = memo.get((things[-1],), "", object)
    assert memo.get((things[-1],), "", object) is last
    assert most < 4 or memo.get((first,), "", object) is known
    gone = [weakref.ref(thing) for thing in things[1:]]
    del things, thing
    gc.collect()
    assert sum(ref() is not None for ref in gone) <= most


def test_threads_that_ask_at_once_get_what_belongs_to_their_object() -> None:
    memo, wrong = Memo(8), list[object]()
    things = [Thing() for _ in range(40)]

    def ask() -> None:
        for _ in range(300):
            wrong.extend(t for t in things if memo.get((t,), "", lambda t=t: t) is not t)  # type: ignore[misc]

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
