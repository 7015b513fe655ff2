"""`python -m benchmarks [NAME ...]`: run all benchmarks, or those named, and print the report as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from benchmarks.measure import machine

PARTS = {
    "imports": "What is imported before the record is safe",
    "command": "One command, one webhook",
    "fanout": "One command, thirty webhooks that answer after 200 ms",
    "site": "The status page: an update after few and many incidents",
    "instructions": "The status page, counted in instructions of the processor",
    "outbox": "Ten thousand deliveries of 1 ms over 51 channels with 4 slots each",
    "arrival": "From a signal to the first request, beside Alertmanager",
    "intake": "Webhooks that are on the disk when they are answered",
}


def main(names: list[str]) -> None:
    """Print the report of each part as it is ready."""
    print(f"Measured on: {machine()}.")
    for name in names or PARTS:
        report: Callable[[], Iterator[str]] = import_module(f"benchmarks.{name}").report
        print(f"\n## {PARTS[name]}\n")
        for line in report():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
