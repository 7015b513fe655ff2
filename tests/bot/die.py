"""The notifier, killed by itself with SIGKILL at a chosen point of the bot's way: ``die.py POINT command line ...``.

It dies once a file "armed" lies in its folder. The product knows nothing of the points: they are put around its own
functions.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from notifier.bot.desk import Desk
from notifier.bot.line import Line
from notifier.cli import main

POINTS = {
    "fetched": (Line, "poll"),  # Telegram handed it over, nothing is stored
    "acted": (Desk, "_answer"),  # within the transaction
    "stored": (Desk, "take"),  # nothing is said yet
    "said": (Line, "say"),  # Telegram has the answer, and we do not know it
    "noted": (Desk, "said"),  # all is done
}


def due(result: Any) -> bool:
    """Whether to die now."""
    return Path("armed").exists() and result != ()


def fall(result: Any) -> Any:
    """Die, or go on."""
    if due(result):
        Path("armed").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def later(call: Callable[..., Any]) -> Callable[..., Any]:
    """The same with an end after it."""

    async def slow(*args: Any, **more: Any) -> Any:
        return fall(await call(*args, **more))

    def quick(*args: Any, **more: Any) -> Any:
        return fall(call(*args, **more))

    return slow if call.__qualname__ in ("Line.poll", "Line.say") else quick


if __name__ == "__main__":
    owner, name = POINTS[sys.argv[1]]
    setattr(owner, name, later(getattr(owner, name)))
    sys.argv = ["notifier", *sys.argv[2:]]
    main()
