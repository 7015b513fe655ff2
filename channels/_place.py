"""What differs from place to place: how a file gets there, and what keeps two writers apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from channels._files import NAME


class Taken(Exception):
    """The notes were changed by somebody else since they were loaded."""


class Place(ABC):
    """A place for a site's files; subclasses say how a file gets there.

    ``guard``: what keeps two writers apart. "lock": the session does, and lets the next one in when it ends or is
    killed. "lease": the notes name the writer, who renews that. "commit": nothing changes before ``save``.
    """

    guard: ClassVar[str] = "lease"
    tries: ClassVar[int] = 1  # how often at once, where somebody else was quicker

    @abstractmethod
    def session(self) -> AbstractContextManager[Any]:
        """In which the other verbs work: a connection, a lock. Raises DeliveryError, as they do."""

    @abstractmethod
    def fetch(self, path: str) -> bytes | None:
        """What is in one file; nothing where there is none."""

    def load(self) -> tuple[bytes | None, Any]:
        """The notes, and a tag of their version; no tag where the place knows no conditional writing."""
        return self.fetch(NAME), None

    def save(self, notes: bytes, tag: Any) -> Any:
        """Write the notes; gives their new tag. Raises Taken when ``tag`` is not that of what is there."""
        self.put(NAME, notes)

    @abstractmethod
    def put(self, path: str, content: bytes) -> None:
        """Write one file, whole at any moment, and the folders above it."""

    @abstractmethod
    def drop(self, path: str) -> None:
        """Remove one file; what is gone already is fine."""

    def settle(self) -> None:  # noqa: B027 - most are done when a verb returns
        """Have done for good what was begun: what comes now refers to it."""

    def reserve(self) -> bool:
        """Make a mark that only one can make, for a place without conditional writing; False when it is there."""
        return True

    def release(self) -> None:  # noqa: B027 - most have none
        """Remove that mark."""

    def same(self, path: str, content: bytes) -> bool:
        """Whether the file is so already, as far as that can be asked cheaply."""
        return False

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Nothing is kept open between two calls."""
