"""How a posting command is to be carried out: the options that all of them have in common."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_type_hints

from notifier.cli import options


@dataclass
class Manner:
    """How a command is to be carried out, apart from what it says. ``wait`` is in seconds."""

    only: Sequence[str] = ()
    without: Sequence[str] = ()
    as_json: bool = False
    wait: float = options.WAIT
    yes: bool = False
    again: bool = False
    dry_run: bool = False

    @property
    def asks(self) -> bool:
        """Whether somebody is there to be asked."""
        return not (self.yes or self.as_json) and sys.stdin.isatty() and sys.stdout.isatty()


def _common(
    only: options.Only = None,
    without: options.Without = None,
    as_json: options.Json = False,
    no_wait: options.NoWait = False,
    wait: options.Wait = options.WAIT,
    yes: options.Yes = False,
    again: options.Again = False,
    dry_run: options.DryRun = False,
) -> Manner:
    return Manner(only or (), without or (), as_json, 0 if no_wait else wait, yes, again, dry_run)


def posting(command: Callable[..., int]) -> Callable[..., int]:
    """Gives a command, which takes ``manner``, the common options in its place."""
    shared = inspect.signature(_common).parameters
    own = [p for p in inspect.signature(command).parameters.values() if p.name != "manner"]

    @wraps(command)
    def wrapped(**given: Any) -> int:
        manner = _common(**{name: given.pop(name) for name in shared})
        return command(**given, manner=manner)

    hints = get_type_hints(command, include_extras=True) | get_type_hints(_common, include_extras=True)
    parameters = [
        p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *shared.values())
    ]
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    return wrapped
