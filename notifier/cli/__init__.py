"""The command line. Each command is imported when it is called, as starting quickly is part of the job."""

from __future__ import annotations

import sys
from collections.abc import Sequence

COMMANDS = {
    "init": "setup",
    "open": "say",
    "update": "say",
    "resolve": "say",
    "reopen": "say",
    "correct": "say",
    "retract": "say",
    "list": "look",
    "show": "look",
    "preview": "look",
    "retry": "work",
    "settle": "work",
    "tick": "work",
    "run": "work",
    "check": "setup",
    "test": "setup",
    "demo": "demo",
}
_VALUED = ("--config",)
_FLAGS = ("--debug",)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code: 0, 2 (nothing stored), 3 (some waiting) or 4 (some failed)."""
    from notifier.cli.app import run

    sys.exit(run(hoist(list(sys.argv[1:] if argv is None else argv))))


def hoist(argv: list[str]) -> list[str]:
    """``argv`` with --config FILE and --debug in front, wherever they were typed before a "--"."""
    front, rest = [], []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _VALUED:
            front += [word, *(w for w in [next(words, None)] if w is not None)]
        elif word in _FLAGS or word.startswith(tuple(f"{v}=" for v in _VALUED)):
            front.append(word)
        else:
            rest.append(word)
    return front + rest
