"""A server to measure: `python -m benchmarks.intake_server HOW FOLDER PORT`.

HOW: "group" is `notifier serve` as it is; "each" commits every request on its own; "none" has the same addresses and
reads the same requests, but keeps nothing.
"""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notifier import config, registry
from notifier.cli import calm
from notifier.web import writer
from notifier.web.log import Log
from notifier.web.serve import Serving, listen
from notifier.wiring import build


def nothing(self: writer.Writer, call: Callable[[Any], Any]) -> asyncio.Future[Any]:
    """In place of Writer.write: done."""
    done = asyncio.get_running_loop().create_future()
    done.set_result(1)
    return done


def main(how: str, folder: str, port: str) -> None:
    """Serve until SIGTERM."""
    calm()
    if how == "none":
        writer.Writer.write = nothing  # type: ignore[method-assign]
    if how == "each":
        writer.Writer.most = 1
    house = build(config.load(Path(folder) / "notifier.toml", registry.kind))
    serving = Serving(house, Log(io.StringIO()))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: serving.stop())
    serving.run(listen("127.0.0.1", int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
