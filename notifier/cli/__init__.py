"""The command line. Each command is imported when it is called, as starting quickly is part of the job."""

from __future__ import annotations

import gc
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
    "schedule": "say",
    "reschedule": "say",
    "list": "look",
    "show": "look",
    "preview": "look",
    "drafts": "drafts",
    "approve": "drafts",
    "discard": "drafts",
    "snooze": "drafts",
    "reword": "drafts",
    "signals": "signals",
    "signal": "monitor",
    "watch": "monitor",
    "heartbeats": "monitor",
    "token": "token",
    "retry": "work",
    "settle": "work",
    "tick": "work",
    "run": "work",
    "serve": "serve",
    "check": "setup",
    "site": "site",
    "test": "setup",
    "demo": "demo",
}
_VALUED = ("--config", "--remote")
_FLAGS = ("--debug",)
_OBJECTS = 200_000


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code: 0, 2 (nothing stored), 3 (some waiting) or 4 (some failed)."""
    calm()
    words = hoist(list(sys.argv[1:] if argv is None else argv))
    code = quick(words)
    if code is None:
        from notifier.cli.app import run

        code = run(words)
    sys.exit(code)


def calm() -> None:
    """Have this process look for garbage in cycles after every 200,000 new objects instead of 700: we hardly make any,
    and each look goes through all that is kept of a site, which was a third of what rendering it took."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])


def quick(words: list[str]) -> int | None:
    """Run a well-formed posting command without Typer; None when it is anything else."""
    given: dict[str, str | None] = {}
    debug, rest = False, words
    while rest and rest[0] in ("--debug", *_VALUED):
        if rest[0] == "--debug":
            debug, rest = True, rest[1:]
        else:
            given[rest[0]], rest = (rest[1] if len(rest) > 1 else None), rest[2:]
    if not rest or COMMANDS.get(rest[0]) != "say":
        return None
    from notifier.cli import spec

    values = spec.read(rest[1:], spec.POSTING[rest[0]])
    if values is None:
        return None
    from notifier.cli import say, shell

    command = getattr(say, f"{rest[0]}_")
    asked = shell.Asked(given.get("--config"), debug, given.get("--remote") or "")
    return shell.guarded(lambda: int(command(asked, **values)), debug)


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
