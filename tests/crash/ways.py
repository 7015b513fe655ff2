"""Ways to kill a process: by itself at a chosen point, by a remote, by the kernel in a system call, after a while."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

from notifier.values import value
from tests.crash.die import POINTS
from tests.crash.world import Ended, World, ended

DIE = str(Path(__file__).with_name("die.py"))
STRACE = shutil.which("strace")
CALLS = ("pwrite64", "pwrite64", "fdatasync", "sendto", "recvfrom", "connect", "unlink", "ftruncate")
CALL_POINTS = ("call", "answer", "asked", "done")


def at(there: World, words: Sequence[str], point: str, nth: int = 1, channel: str = "-") -> Ended:
    """Run a command that dies when ``point`` is reached for the nth time.

    Points are those of die.py, and two while a remote has a request: "asked", which is then not processed, and
    "done".
    """
    if point not in ("asked", "done"):
        return there.run(*words, by=(sys.executable, DIE, point, str(nth), channel))
    with _met(there, channel, point, nth, 0.0) as victim:
        return victim(words)


class _met:
    """While it stands, the nth meeting with a remote kills the process that is started through it."""

    def __init__(self, there: World, channel: str, moment: str, nth: int, delay: float) -> None:
        self.there, self.delay = there, delay
        self.wanted, self.nth, self.times = (channel, moment), nth, count(1)
        self.victim: subprocess.Popen[str] | None = None
        self.started = threading.Event()

    def __enter__(self) -> Callable[[Sequence[str]], Ended]:
        self.there.meet = self._meet
        return self._run

    def __exit__(self, *_: object) -> None:
        self.there.meet = lambda channel, moment: None

    def _run(self, words: Sequence[str]) -> Ended:
        self.victim = self.there.start(*words)
        self.started.set()
        return ended(self.victim)

    def _meet(self, channel: str, moment: str) -> None:
        if moment != self.wanted[1] or self.wanted[0] not in ("-", channel) or next(self.times) != self.nth:
            return
        self.started.wait()
        if self.delay:
            timer = threading.Timer(self.delay, self._kill)
            timer.daemon = True
            timer.start()
            return
        self._kill()
        if moment == "asked":
            raise ConnectionAbortedError

    def _kill(self) -> None:
        """Kill it, and come back only when it is dead."""
        assert self.victim is not None
        with suppress(ProcessLookupError, ChildProcessError):
            self.victim.kill()
            os.waitid(os.P_PID, self.victim.pid, os.WEXITED | os.WNOWAIT)


@value
class Way:
    """A way to die somewhere: ``kind``, and what it takes."""

    kind: str
    point: str = ""
    nth: int = 1
    delay: float = 0.0

    def run(self, there: World, words: Sequence[str]) -> Ended:
        """Run the command to its death, or to its end where it comes first."""
        if self.kind == "point":
            return at(there, words, self.point, self.nth)
        if self.kind == "remote":
            with _met(there, "-", self.point, self.nth, self.delay) as victim:
                return victim(words)
        if self.kind == "kernel":
            return there.run(*words, by=self._traced())
        return self._after_a_while(there.start(*words))

    def _traced(self) -> Sequence[str]:
        quiet = (str(STRACE), "-f", "-qq", "--seccomp-bpf", "-o", os.devnull)
        inject = f"inject={self.point}:signal=KILL:when={self.nth}"
        return (*quiet, "-e", f"trace={self.point}", "-e", inject, sys.executable, "-m", "notifier")

    def _after_a_while(self, process: subprocess.Popen[str]) -> Ended:
        said = ""
        if self.point == "recorded":
            assert process.stdout is not None
            said = process.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self.delay)
        process.kill()
        over = ended(process)
        return Ended(over.code, said + over.out, over.err)


def somehow(chance: Random) -> Way:
    """Any way, at any moment."""
    kind = chance.choice(["point", "remote", "remote", "time", "recorded", "recorded", "kernel"])
    if kind == "point":
        return Way("point", chance.choice(POINTS), chance.randint(1, 8))
    if kind == "remote":
        delay = chance.choice([0.0, chance.uniform(0, 0.05)])
        return Way("remote", chance.choice(["asked", "done"]), chance.randint(1, 8), delay)
    if kind == "kernel" and STRACE:
        call = chance.choice(CALLS)
        return Way("kernel", call, chance.randint(1, 60 if call == "pwrite64" else 8))
    if kind == "time":
        return Way("time", delay=chance.uniform(0.1, 0.6))
    return Way("time", "recorded", delay=chance.uniform(0, 0.6))
