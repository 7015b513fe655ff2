"""Calls to one service at once, where each takes a while and the order is of no matter."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

MOST = 8


class Several:
    """At most :data:`MOST` calls at a time, each in a thread, as a context manager. Of what they raise the first is
    raised by the next :meth:`begin` or :meth:`wait`; at the end none is at work any more."""

    def __init__(self) -> None:
        self._begun: deque[Future[Any]] = deque()

    def __enter__(self) -> Several:
        self._pool = ThreadPoolExecutor(MOST)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._begun.clear()

    def begin(self, call: Callable[..., Any], *args: Any) -> None:
        """Have it called, as soon as there are fewer."""
        while len(self._begun) >= MOST:
            self._begun.popleft().result()
        self._begun.append(self._pool.submit(call, *args))

    def wait(self) -> None:
        """Till all are done."""
        while self._begun:
            self._begun.popleft().result()
