"""Group commit: what waits is written in one transaction, and nobody is answered before it is on the disk.

One fsync for all that came while the last one ran: with a slow disk that is the difference between 170 and 860
requests a second (docs/performance.md). Where several come at once, a commit waits for more of them half as long as the
last one took, as PostgreSQL's documentation advises for its commit_delay.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic, perf_counter, sleep
from typing import TypeVar

from notifier.intake import Intake
from notifier.store import StoreError
from notifier.web.log import Log
from notifier.web.parts import Answer, Asked, Opened, Rounds, Waiting

T = TypeVar("T")
MOST = 500
GATHER = 0.005  # seconds that a commit waits at most for others to come along
MANY, MOMENT = 10, 0.1  # so many to write within so many seconds are a burst


class Writer(Rounds):
    """The part that writes. ``woken`` is called after each commit, ``observe`` gets its seconds and its size."""

    most = MOST

    def __init__(
        self,
        open: Callable[[], Intake],
        log: Log,
        woken: Callable[[], None] = lambda: None,
        observe: Callable[[float, int], None] = lambda seconds, size: None,
    ) -> None:
        super().__init__("writer", self._write, self._end, log)
        self._waiting = Waiting()
        self._opened = Opened(open)
        self._woken = woken
        self._observe = observe
        self._gather = 0.0  # seconds
        self._asked: deque[float] = deque([float("-inf")] * MANY, MANY)

    @property
    def busy(self) -> bool:
        """Whether a burst comes in: something waits, or much was to be written a moment ago."""
        return len(self._waiting) > 0 or monotonic() - self._asked[0] < MOMENT

    def let_through(self, patience: float) -> None:
        """From another thread: wait for the end of a burst, but not longer than that."""
        end = monotonic() + patience
        while self.busy and monotonic() < end:
            sleep(MOMENT / 10)  # a burst tells nobody that it is over: look again

    def write(self, call: Callable[[Intake], T]) -> asyncio.Future[T]:
        """What ``call`` gives, once it is stored. It runs within a transaction, perhaps more than once, and touches
        the store only. Raises StoreError, or what ``call`` raises; then it left nothing behind."""
        self._asked.append(monotonic())
        return self._waiting.add(call)

    def _write(self) -> None:
        batch = self._waiting.take(self.most)
        if self._gather and self.busy and len(batch) < self.most:
            sleep(self._gather)  # this is the wait for others
            batch += self._waiting.take(self.most - len(batch), patience=0.0)
        if batch:
            self._commit(batch)

    def _commit(self, batch: list[Asked]) -> None:
        begun = perf_counter()
        try:
            answers, left = self._together(self._opened.get(), batch)
        except StoreError as error:
            self._opened.drop()
            Asked.answer_all([(one, None, error) for one in batch])
            raise
        self.trouble("")
        took = perf_counter() - begun
        self._gather = min(took / 2, GATHER) if len(batch) > 1 else 0.0
        self._observe(took, len(batch))
        Asked.answer_all(answers)
        self._woken()
        if left:
            self._commit(left)

    def _together(self, intake: Intake, batch: list[Asked]) -> tuple[list[Answer], list[Asked]]:
        """All in one transaction. One that fails takes nobody along: it is told, and the others are begun again."""
        answers: list[Answer] = []
        one = batch[0]
        try:
            with intake.store.transaction():
                for now in batch:
                    one = now
                    answers.append((one, one.call(intake), None))
        except StoreError:
            raise
        except Exception as error:
            return [(one, None, error)], [other for other in batch if other is not one]
        return answers, []

    def _end(self) -> None:
        """What still waits is written, too."""
        try:
            while batch := self._waiting.take(self.most, patience=0.01):
                self._commit(batch)
        finally:
            self._opened.drop()


class Desk(Rounds):
    """The part that answers questions and carries out decisions, one after the other, on a store of its own: pages, the
    API and metrics ask here, so that no reader is in the way of the writer."""

    def __init__(self, open: Callable[[], Intake], log: Log, name: str = "desk") -> None:
        super().__init__(name, self._answer, self._end, log)
        self._waiting = Waiting()
        self._opened = Opened(open)

    def ask(self, call: Callable[[Intake], T]) -> asyncio.Future[T]:
        """What ``call`` gives or raises; StoreError when the store cannot be used. It opens its own transactions."""
        return self._waiting.add(call)

    def _answer(self) -> None:
        for one in self._waiting.take(1):
            try:
                answer = one.call(self._opened.get())
            except StoreError as error:
                self._opened.drop()
                one.answer(error=error)
                raise
            except Exception as error:
                one.answer(error=error)
            else:
                self.trouble("")
                one.answer(answer)

    def _end(self) -> None:
        try:
            while len(self._waiting):
                self._answer()
        finally:
            self._opened.drop()
