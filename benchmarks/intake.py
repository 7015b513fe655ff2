"""(d) Webhooks that are on the disk when they are answered, beside the same server without a database."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.measure import ENVIRONMENT, PYTHON

SECONDS = 2.0
ROUNDS = 5
CONNECTIONS = (1, 16, 64)
SETTINGS = """
[site]
name = "Bench"
languages = ["en"]
[store]
url = "bench.db"
[components.voice]
name = "Voice"
[hooks.bench]
source = "alertmanager"
auth = "bearer"
secret = "bench-secret"
per_minute = 100000000
"""
Found = dict[str, list[dict[str, float]]]


@contextmanager
def server(how: str, folder: Path, preload: str = "") -> Iterator[tuple[int, int]]:
    """A server of that kind with a store of its own; its port and its process."""
    home = Path(tempfile.mkdtemp(dir=folder))
    (home / "notifier.toml").write_text(SETTINGS, encoding="utf-8")
    (home / "notifier.toml").chmod(0o600)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = int(free.getsockname()[1])
    env = {**ENVIRONMENT, **({"LD_PRELOAD": preload} if preload else {})}
    words = [PYTHON, "-m", "benchmarks.intake_server", how, str(home), str(port)]
    with subprocess.Popen(words, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(port)
            yield port, process.pid
        finally:
            process.kill()


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)  # between two looks whether it listens yet
    raise SystemExit("the server did not start")


def sent(port: int, connections: int) -> dict[str, float]:
    """What a sender measured."""
    words = [PYTHON, "-m", "benchmarks.intake_client", str(port), str(connections), str(SECONDS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(kinds: dict[str, tuple[str, str]], connections: int, folder: Path) -> Found:
    """Each kind once a round, on a fresh store; one more round first to warm up."""
    found: Found = {name: [] for name in kinds}
    for number in range(ROUNDS + 1):
        for name, (how, preload) in kinds.items():
            with server(how, folder, preload) as (port, pid):
                before = used(pid)
                one = sent(port, connections)
                one["cpu"] = (used(pid) - before) / one["count"] * 1e6
            if number > 0:
                found[name].append(one)
    return found


def used(pid: int) -> float:
    """Seconds of processor time that a process has taken so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(found: Found, base: str) -> Iterator[str]:
    """Requests a second, the time that 99 of 100 are quicker than, the server's CPU, and times the base: medians."""
    yield f"| | requests/s | p99 ms | CPU us a request | requests/s, x {base} |"
    yield "|---|---:|---:|---:|---:|"
    for name, runs in found.items():
        times = median(a["rate"] / b["rate"] for a, b in zip(runs, found[base], strict=True))
        yield f"| {name} | {_mid(runs, 'rate'):.0f} | {_mid(runs, 'p99'):.1f} | {_mid(runs, 'cpu'):.0f} | {times:.2f} |"


def _mid(runs: list[dict[str, float]], key: str) -> float:
    return median(run[key] for run in runs)


def slow_disk(folder: Path) -> str:
    """The library that makes a disk slow; "" where it cannot be compiled."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return ""
    made = folder / "slow_fsync.so"
    source = Path(__file__).with_name("slow_fsync.c")
    done = subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"], check=False)
    return str(made) if done.returncode == 0 else ""


def report() -> Iterator[str]:
    """The lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for connections in CONNECTIONS:
            yield f"{connections} connection{'s' if connections > 1 else ''}:\n"
            kinds = {"no database": ("none", ""), "on disk before the answer": ("group", "")}
            yield from table(measured(kinds, connections, folder), "no database")
            yield ""
        slow = slow_disk(folder)
        if not slow:
            yield "No C compiler here: a slow disk was not measured."
            return
        kinds = {"a commit for each request": ("each", slow), "group commit": ("group", slow)}
        for connections in CONNECTIONS[1:]:
            yield f"{connections} connections, each fsync 4 ms longer:\n"
            yield from table(measured(kinds, connections, folder), "a commit for each request")
            yield ""
