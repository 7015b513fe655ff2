"""What the status page costs in instructions, counted by valgrind: the same figures whatever else the machine does.

A count leaves out what the kernel does, and how long the processor waits for memory.
"""

from __future__ import annotations

import gc
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from benchmarks.measure import ENVIRONMENT, PYTHON
from benchmarks.site import BARE, COUNTS, Town

WARM, UPDATES = 3, 10  # as many as the other report's rounds: an incident that is told of longer is dearer
TIMES = 4  # so often, as a town is not built in exactly the same way each time
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


def report() -> Iterator[str]:
    """Lines of the report."""
    if shutil.which("valgrind") is None:
        yield "Not counted: needs valgrind (`apt install valgrind`)."
        return
    with ThreadPoolExecutor() as workers:
        bare = workers.submit(_counted, "-c", "pass")
        updates = {count: workers.submit(_update, count) for count in COUNTS}
        rebuild = workers.submit(_rebuild)
        base, first = bare.result(), updates[COUNTS[0]].result()
        yield f"| | million instructions | x `{BARE}` | x with {COUNTS[0]} |"
        yield "|---|---:|---:|---:|"
        yield f"| `{BARE}` | {base / 1e6:.1f} | 1 | |"
        for count, found in updates.items():
            each = found.result()
            cells = f"{each / 1e6:.1f} | {each / base:.2f} | {each / first:.2f}"
            yield f"| one update in memory, after {count} incidents | {cells} |"
        whole = rebuild.result()
        cells = f"{whole / 1e6:.0f} | {whole / base:.0f} | "
        yield f"| all files after {COUNTS[-1]} incidents, by a new process | {cells}|"


def _update(count: int) -> float:
    """What one costs of so many: what a process with them takes more than one without."""

    def more() -> int:
        words = ("-m", "benchmarks.instructions", str(count))
        return _counted(*words, str(UPDATES)) - _counted(*words, "0")

    return median(more() for _ in range(TIMES)) / UPDATES


def _rebuild() -> int:
    """What a process takes that renders every file, its start included."""
    with tempfile.TemporaryDirectory() as place:
        town = Town(Path(place) / "town", COUNTS[-1])
        town.close()
        return _counted(*town.anew())


def _counted(*words: str) -> int:
    """Instructions of an interpreter with these words."""
    environment = {**ENVIRONMENT, "PYTHONHASHSEED": "0"}
    done = subprocess.run([*VALGRIND, PYTHON, *words], capture_output=True, text=True, check=False, env=environment)
    found = _COUNTED.search(done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return int(found[1].replace(",", ""))


def work(count: int, updates: int) -> None:
    """What is counted: that many updates after that many incidents."""
    gc.disable()  # a look for garbage would fall among one process's updates and not among another's
    parent = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=parent) as place:
        town = Town(Path(place) / "town", count)
        for _ in range(WARM + updates):
            town.update()
        town.close()


if __name__ == "__main__":
    work(*map(int, sys.argv[1:]))
