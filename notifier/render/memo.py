"""What was made of the same objects before. Incidents stay the same object from one edition of the site to the next
while nothing about them changes, so what was made of one need not be made again; it is the same text either way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
KEPT = 8_192


class Memo:
    """Keeps what was asked for last, at most so many. What is kept must follow from the objects and the key alone."""

    def __init__(self, most: int = KEPT) -> None:
        self._half = most // 2
        self._new: dict[Hashable, tuple[tuple[object, ...], Any]] = {}
        self._old = self._new

    def get(self, of: tuple[object, ...], key: Hashable, make: Callable[[], T]) -> T:
        """What was made of exactly these objects under that key, else what ``make`` gives."""
        place = (id(of[0]), key) if len(of) == 1 else (*map(id, of), key)  # the usual one takes half the time
        found = self._new.get(place)
        if found is None:
            found = self._old.get(place) or (of, make())  # holding the objects: no other can have their addresses
            if len(self._new) >= self._half:
                self._old, self._new = self._new, {}
            self._new[place] = found
        known: T = found[1]
        return known
