"""How a posting command is to be carried out: what all of them have in common."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from notifier.cli import spec
from notifier.values import value


@value
class Manner:
    """How a command is to be carried out, apart from what it says. ``wait`` is in seconds."""

    only: Sequence[str] = ()
    without: Sequence[str] = ()
    as_json: bool = False
    wait: float = spec.WAIT
    yes: bool = False
    again: bool = False
    dry_run: bool = False

    @property
    def asks(self) -> bool:
        """Whether somebody is there to be asked."""
        return not (self.yes or self.as_json) and sys.stdin.isatty() and sys.stdout.isatty()


def as_asked(given: dict[str, Any]) -> Manner:
    """What ``given``, the values of spec.MANNER, ask for."""
    return Manner(
        only=given["only"] or (),
        without=given["without"] or (),
        as_json=given["as_json"],
        wait=0 if given["no_wait"] else given["wait"],
        yes=given["yes"],
        again=given["again"],
        dry_run=given["dry_run"],
    )
