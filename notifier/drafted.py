"""What a draft would say, and changes of it."""

from __future__ import annotations

from notifier.events import Command, Open, Tell
from notifier.incident import Refused
from notifier.model import Texts
from notifier.values import replace


def later(command: Command) -> bool:
    """Whether it is a further word on an incident that users know."""
    return isinstance(command, Tell)


def reworded(command: Command, title: Texts | None, text: Texts | None) -> Command:
    """The same in other words; None leaves them as they are. Raises Refused."""
    if text is not None and hasattr(command, "text"):
        command = replace(command, text=text)
    if title is not None:
        if not isinstance(command, Open):
            raise Refused("Only a draft that opens an incident has a title of its own.")
        command = replace(command, title=title)
    return command
