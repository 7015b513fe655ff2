"""What runs as long as the process does: parts that are started, watched and stopped, most of them one thread each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Protocol, TypeVar

from notifier.intake import Intake
from notifier.store import StoreError
from notifier.web.log import Log

T = TypeVar("T")
WELL = 120.0  # seconds since the last round: longer than two waits for a store that another process holds
POLL = 1.0
REST = 1.0  # after a round that went wrong


class Part(Protocol):
    """A part of the process. ``stop`` returns when it has ended; it is called once, also when ``start`` never was."""

    name: str

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self) -> None:
        """End what is under way, then return."""
        ...

    def ill(self) -> str:
        """Why it no longer lives, in a few words, so that only a new process helps; "" while it does. What fails for a
        reason outside, such as a full disk, is no such thing: see :func:`failing`."""
        ...


def failing(parts: Iterable[Part]) -> dict[str, str]:
    """The parts that live but cannot do their work at present, each with what is wrong: its ``fails()``, if it has
    that."""
    return {part.name: why for part in parts if (why := getattr(part, "fails", str)())}


class Rounds:
    """A part that is one thread: one round after the other until it is stopped.

    ``round`` gets nothing and may wait a while, but not for ever. ``wind_up`` is called in the same thread at the end.
    """

    def __init__(self, name: str, round: Callable[[], None], wind_up: Callable[[], None], log: Log) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._round = round
        self._wind_up = wind_up
        self._log = log
        self._beat = monotonic()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def beat(self) -> None:
        """A sign of life from within a long round."""
        self._beat = monotonic()

    def ill(self) -> str:
        if self._thread.ident is not None and not self._thread.is_alive() and not self.stopping.is_set():
            return "has ended; see the log"
        silent = monotonic() - self._beat
        return f"no sign of life for {silent:.0f} s" if silent > WELL else ""

    def fails(self) -> str:
        """What keeps it from its work at present; "" for nothing. It tries again each second."""
        return self._trouble

    def trouble(self, why: str) -> None:
        """What is wrong, "" when nothing is any more; said once in the log."""
        if why != self._trouble:
            self._log.warn("trouble", part=self.name, why=why) if why else self._log.info("well again", part=self.name)
        self._trouble = why

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._safely(self._round)
            self.beat()
        self._safely(self._wind_up)

    def _safely(self, call: Callable[[], None]) -> None:
        """A part goes on whatever happens: a fault is written down, and tried again after a rest."""
        try:
            call()
        except StoreError as error:
            self.trouble(str(error))
            self.stopping.wait(REST)
        except Exception as error:
            self.trouble(f"{type(error).__name__}: see the log")
            self._log.fault(error, part=self.name)
            self.stopping.wait(REST)


class Asked:
    """A call that waits for the thread that has the store, and where its answer goes."""

    __slots__ = ("_future", "_loop", "call")

    def __init__(self, call: Callable[[Intake], Any]) -> None:
        self.call = call
        self._loop = asyncio.get_running_loop()
        self._future: asyncio.Future[Any] = self._loop.create_future()

    def wait(self) -> asyncio.Future[Any]:
        """The answer to come."""
        return self._future

    def set(self, answer: Any = None, error: BaseException | None = None) -> None:
        """In the loop's thread: this is the answer."""
        if self._future.done():
            return
        if error is None:
            self._future.set_result(answer)
        else:
            self._future.set_exception(error)

    def answer(self, answer: Any = None, error: BaseException | None = None) -> None:
        """From any thread: this is the answer. The loop may have ended meanwhile."""
        _soon(self._loop, lambda: self.set(answer, error))

    @staticmethod
    def answer_all(answers: list[Answer]) -> None:
        """The same for many at once: the loop is woken once."""

        def set_all() -> None:
            for one, answer, error in answers:
                one.set(answer, error)

        if answers:
            _soon(answers[0][0]._loop, set_all)


Answer = tuple[Asked, Any, BaseException | None]


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:  # closed: nobody waits any more
        return


class Waiting:
    """Calls that wait, in their order."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Asked] = SimpleQueue()

    def __len__(self) -> int:
        return self._queue.qsize()

    def add(self, call: Callable[[Intake], T]) -> asyncio.Future[T]:
        """Its answer to come. Belongs to the loop that is running."""
        asked = Asked(call)
        self._queue.put(asked)
        return asked.wait()

    def take(self, most: int, patience: float = POLL) -> list[Asked]:
        """What waits, at most so many; waits for a first one, but not for long."""
        found: list[Asked] = []
        try:
            found.append(self._queue.get(timeout=patience))
            while len(found) < most:
                found.append(self._queue.get_nowait())
        except Empty:
            pass
        return found


class Opened:
    """An intake on a store of its thread's own, opened when it is first needed and anew after trouble."""

    def __init__(self, open: Callable[[], Intake]) -> None:
        self._open = open
        self._intake: Intake | None = None

    def get(self) -> Intake:
        """The intake. Raises StoreError."""
        if self._intake is None:
            self._intake = self._open()
        return self._intake

    def drop(self) -> None:
        """Close it; the next call opens it anew."""
        if self._intake is not None:
            self._intake.store.close()
            self._intake = None
