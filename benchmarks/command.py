"""(a) One command, one webhook: the whole process beside Apprise's command and a bare interpreter."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.measure import BIN, NOTIFIER, PYTHON, Cost, command, configuration, interleaved, remote, table, typical

ROUNDS = 15
NUMBERS = count(1)


def recorded(config: Path) -> Cost:
    """Until the command says "recorded": from then on a crash loses nothing."""
    words = [NOTIFIER, "--config", str(config), "open", f"Outage {next(NUMBERS)}", "-m", "We look into it.", "--yes"]
    begun = time.perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "recorded" in line.lower():
                wall = time.perf_counter() - begun
                process.stdout.read()
                return Cost(wall, wall)
    raise SystemExit(f"{' '.join(words)}\nnever said that it is recorded")


def told(config: Path) -> Cost:
    """The whole command: recorded, sent, result recorded."""
    words = ("open", f"Outage {next(NUMBERS)}", "-m", "We look into it.", "--yes", "--json")
    return command(NOTIFIER, "--config", str(config), *words)


def report() -> Iterator[str]:
    """Lines of the report."""
    with tempfile.TemporaryDirectory() as folder, remote() as port:
        config = configuration(Path(folder), port, 1)
        found = interleaved(
            {
                "python -c pass": lambda: command(PYTHON, "-c", "pass"),
                "notifier open": lambda: told(config),
                "apprise": lambda: command(
                    str(BIN / "apprise"), "-b", "We look into it.", f"json://127.0.0.1:{port}/a"
                ),
            },
            ROUNDS,
        )
        yield from table(found, "python -c pass")
        yield ""
        yield from table({name: found[name] for name in ("notifier open", "apprise")}, "apprise")
        yield ""
        early = typical([recorded(config) for _ in range(ROUNDS)])
        bare = typical(found["python -c pass"])
        yield f'Until "recorded" is said: {early.wall * 1000:.0f} ms, {early.wall / bare.wall:.1f} x python -c pass.'
