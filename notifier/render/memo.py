"""What was made of the same objects before. Incidents stay the same object from one edition of the site to the next
while nothing about them changes, so what was made of one need not be made again; it is the same text either way."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
KEPT = 8_192


class Memo:
    """Keeps what was made last. What is kept must follow from the objects and the key alone."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[tuple[object, ...], Any]] = {}

    def get(self, of: tuple[object, ...], key: Hashable, make: Callable[[], T]) -> T:
        """What was made of exactly these objects under that key, else what ``make`` gives."""
        place = (*map(id, of), key)
        found = self._kept.get(place)
        if found is not None:
            known: T = found[1]
            return known
        made = make()
        if len(self._kept) >= self._most:
            self._kept.pop(next(iter(self._kept)), None)
        self._kept[place] = (of, made)  # holding the objects: no other can have their addresses meanwhile
        return made
