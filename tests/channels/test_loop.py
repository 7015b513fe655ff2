"""An event loop of one's own: blocking calls of an asynchronous library, from any thread."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from channels._loop import Loop


async def doubled(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def waits_for_ever() -> None:
    await asyncio.Event().wait()


def test_it_gives_what_the_work_returns() -> None:
    """One loop serves call after call."""
    loop = Loop()

    assert [loop.run(doubled(n), within=5) for n in (1, 2)] == [2, 4]
    loop.close()


def test_work_that_takes_too_long_is_given_up() -> None:
    """A remote that trickles for ever holds nobody up, and the loop is of use afterwards."""
    loop = Loop()
    with pytest.raises(TimeoutError):
        loop.run(waits_for_ever(), within=0.01)

    assert loop.run(doubled(1), within=5) == 2
    loop.close()


def test_threads_take_turns() -> None:
    """Calls from several threads do not meet in the loop."""
    loop = Loop()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: loop.run(doubled(n), within=5), range(20)))

    assert found == [2 * n for n in range(20)]
    loop.close()


def test_closing_during_a_call_lets_it_finish() -> None:
    """Whoever shuts down does not cut a call off in the middle, nor wait for it."""
    loop, begun, go_on = Loop(), threading.Event(), threading.Event()

    async def work() -> str:
        begun.set()
        await asyncio.to_thread(go_on.wait, 5)
        return "done"

    with ThreadPoolExecutor(1) as threads:
        call = threads.submit(loop.run, work(), 10)
        assert begun.wait(5)
        loop.close()
        go_on.set()
        assert call.result(10) == "done"
    loop.close()


def test_close_unused_and_twice() -> None:
    """Closing is never wrong, and a closed loop begins anew."""
    loop = Loop()
    loop.close()
    loop.run(doubled(1), within=5)
    loop.close()
    loop.close()

    assert loop.run(doubled(3), within=5) == 6
    loop.close()
