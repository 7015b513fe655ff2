"""(b) One command, thirty webhooks whose remote takes 200 ms to answer: when the last one has the news."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.measure import BIN, ENVIRONMENT, NOTIFIER, Cost, configuration, interleaved, remote, table

CHANNELS = 30
ANSWER_AFTER = 0.2
ROUNDS = 11
NUMBERS = count(1)


def last_arrival(port: int, *words: str) -> Cost:
    """Run the command. ``wall`` is till the last request had arrived, ``cpu`` till the command ended."""
    begun = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=ENVIRONMENT)
    ended = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        arrivals = json.load(answer)
    if done.returncode != 0 or len(arrivals) != CHANNELS:
        raise SystemExit(f"{' '.join(words)}\nended with {done.returncode}, {len(arrivals)} arrived:\n{done.stderr}")
    return Cost(max(arrivals) - begun, ended - begun)


def report() -> Iterator[str]:
    """Lines of the report."""
    with tempfile.TemporaryDirectory() as folder, remote(ANSWER_AFTER) as port:
        ours = [NOTIFIER, "--config", str(configuration(Path(folder), port, CHANNELS)), "open"]
        urls = [f"json://127.0.0.1:{port}/{number}" for number in range(CHANNELS)]
        found = interleaved(
            {
                "notifier open": lambda: last_arrival(
                    port, *ours, f"Outage {next(NUMBERS)}", "-m", "We look into it.", "--yes", "--json"
                ),
                "apprise": lambda: last_arrival(port, str(BIN / "apprise"), "-b", "We look into it.", *urls),
            },
            ROUNDS,
        )
    lines = list(table(found, "apprise"))
    yield (
        lines[0]
        .replace("wall ms", "last arrival ms")
        .replace("CPU ms", "end ms")
        .replace("wall,", "last arrival,")
        .replace("CPU,", "end,")
    )
    yield from lines[1:]
