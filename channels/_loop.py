"""An event loop of one's own, for a blocking channel whose library is asynchronous."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from asyncio import Runner

T = TypeVar("T")


class Loop:
    """Runs coroutines to their end in the calling thread, one after the other; made at the first use."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._runner: Runner | None = None

    def run(self, work: Coroutine[Any, Any, T], within: float) -> T:
        """What ``work`` returns or raises; TimeoutError when it took longer than ``within`` seconds."""
        import asyncio

        with self._turn:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(asyncio.wait_for(work, within))

    def close(self) -> None:
        """End the loop, unless a call is under way in another thread: that one ends by its time-out."""
        if self._runner is not None and self._turn.acquire(blocking=False):
            try:
                self._runner.close()
                self._runner = None
            finally:
                self._turn.release()
