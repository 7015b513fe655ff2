"""(d) What `notifier open` imports before it has said "recorded"."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ENVIRONMENT, NOTIFIER, PYTHON, configuration, remote

HEAVY = frozenset(
    "apprise asyncio babel email httpx jinja2 requests rich ssl telegram tweepy urllib3 importlib.metadata".split()
)
LINE = re.compile(r"^import time: +(\d+) \| +(\d+) \| +(\S+)$")


def before_recorded() -> tuple[list[str], bool]:
    """Modules in the order in which they were imported until the command said "recorded", and whether it ever did."""
    with tempfile.TemporaryDirectory() as folder, remote() as port:
        config = configuration(Path(folder), port, 1)
        words = [PYTHON, "-u", "-X", "importtime", NOTIFIER, "--config", str(config)]
        words += ["open", "Outage", "-m", "We look into it.", "--yes"]
        done = subprocess.run(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=ENVIRONMENT
        )
    modules = []
    for line in done.stdout.splitlines():
        if found := LINE.match(line):
            modules.append(found[3])
        elif "recorded" in line.lower():
            return modules, True
    return modules, False


def heavy(modules: list[str]) -> list[str]:
    """Those of them that have no place there: a heavy library or a part of one."""
    return [name for name in modules if any(name == top or name.startswith(top + ".") for top in HEAVY)]


def report() -> Iterator[str]:
    """Lines of the report. Raises SystemExit when something heavy is imported too early."""
    modules, said = before_recorded()
    if not said:
        raise SystemExit("the command never said that it is recorded")
    if too_early := heavy(modules):
        raise SystemExit(f"imported before the record is safe: {', '.join(too_early)}")
    yield f'{len(modules)} modules before "recorded", none of them of {", ".join(sorted(HEAVY))}.'
