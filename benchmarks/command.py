"""(a) One command, one webhook: the whole process beside Apprise's command and a bare interpreter."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.measure import (
    BIN,
    ENVIRONMENT,
    NOTIFIER,
    PYTHON,
    Cost,
    command,
    configuration,
    interleaved,
    remote,
    table,
)

ROUNDS = 15
NUMBERS = count(1)


def recorded(config: Path) -> Cost:
    """Until the command says "recorded": from then on a crash loses nothing."""
    words = [NOTIFIER, "--config", str(config), "open", f"Outage {next(NUMBERS)}", "-m", "We look into it.", "--yes"]
    begun = time.perf_counter()
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "recorded" in line.lower():
                cost = Cost(time.perf_counter() - begun, processor_time(process.pid))
                process.stdout.read()
                return cost
    raise SystemExit(f"{' '.join(words)}\nnever said that it is recorded")


def processor_time(pid: int) -> float:
    """Seconds that a running process has computed so far, all threads together (Linux: proc(5), schedstat)."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def told(config: Path) -> Cost:
    """The whole command: recorded, sent, result recorded."""
    words = ("open", f"Outage {next(NUMBERS)}", "-m", "We look into it.", "--yes", "--json")
    return command(NOTIFIER, "--config", str(config), *words)


def report() -> Iterator[str]:
    """Lines of the report."""
    with tempfile.TemporaryDirectory() as folder, remote() as port:
        config = configuration(Path(folder), port, 1)
        runs = {
            "python -c pass": lambda: command(PYTHON, "-c", "pass"),
            "notifier open, until recorded": lambda: recorded(config),
            "notifier open, until told": lambda: told(config),
            "apprise": lambda: command(str(BIN / "apprise"), "-b", "We look into it.", f"json://127.0.0.1:{port}/a"),
        }
        found = interleaved(runs, ROUNDS)
    yield from table(found, "python -c pass")
    del found["python -c pass"]
    yield ""
    yield from table(found, "apprise")
