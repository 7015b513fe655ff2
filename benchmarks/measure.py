"""Measuring: whole processes, interleaved, medians, ratios, and the machine it was on."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

BIN = Path(sys.executable).parent
PYTHON = sys.executable
NOTIFIER = str(BIN / "notifier")
# As an installed program runs: with its compiled modules, and no other switch of the interpreter.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and of processor time."""

    wall: float
    cpu: float


def command(*words: str) -> Cost:
    """What a whole process costs, its children included. Raises SystemExit with its words when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def interleaved(runs: Mapping[str, Callable[[], Cost]], rounds: int) -> dict[str, list[Cost]]:
    """Every run once a round, so that a slow minute of the machine is slow for all; one more round first to warm up."""
    found: dict[str, list[Cost]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            cost = run()
            if number > 0:
                found[name].append(cost)
    return found


def typical(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(median(c.wall for c in costs), median(c.cpu for c in costs))


def ratio(these: list[Cost], those: list[Cost]) -> Cost:
    """How many times those: the median of the ratios round by round."""
    pairs = list(zip(these, those, strict=True))
    return Cost(median(a.wall / b.wall for a, b in pairs), median(a.cpu / b.cpu for a, b in pairs))


def table(found: Mapping[str, list[Cost]], base: str) -> Iterator[str]:
    """Lines of a Markdown table: milliseconds, and times the run named ``base``."""
    yield f"| | wall ms | CPU ms | wall, x {base} | CPU, x {base} |"
    yield "|---|---:|---:|---:|---:|"
    for name, costs in found.items():
        middle, times = typical(costs), ratio(costs, found[base])
        cells = f"{middle.wall * 1000:.0f} | {middle.cpu * 1000:.0f} | {times.wall:.2f} | {times.cpu:.2f}"
        yield f"| {name} | {cells} |"


def machine() -> str:
    """One line on where this was measured."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {model}, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"load {load:.1f} when it began"
    )


@contextmanager
def remote(answer_after: float = 0.0) -> Iterator[int]:
    """A webhook's remote in a process of its own; gives its port on 127.0.0.1."""
    words = [PYTHON, "-m", "benchmarks.remote", str(answer_after)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def configuration(folder: Path, port: int, channels: int) -> Path:
    """A configuration file with that many webhook channels on that port, and a fresh store beside it."""
    lines = ["[site]", 'name = "Bench"', 'languages = ["en"]', "[store]", f'url = "sqlite:///{folder}/bench.db"']
    for number in range(channels):
        lines += [f"[channels.hook{number}]", 'kind = "webhook"', f'url = "http://127.0.0.1:{port}/{number}"']
    path = folder / "notifier.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@contextmanager
def new_disk() -> Iterator[str | None]:
    """A folder on a new ext4 with a journal, as installers make it; none for who may not mount one."""
    with tempfile.TemporaryDirectory() as place:
        image, folder = Path(place) / "image", Path(place) / "disk"
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(2**30)
        steps = (["mkfs.ext4", "-q", str(image)], ["mount", "-o", "loop", str(image), str(folder)])
        if not all(shutil.which(s[0]) and subprocess.run(s, capture_output=True).returncode == 0 for s in steps):
            yield None
            return
        try:
            yield str(folder)
        finally:
            subprocess.run(["umount", folder], check=True)
