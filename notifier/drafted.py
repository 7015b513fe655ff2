"""What a draft would say, and changes of it."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.events import Command, Open, Reopen, Tell
from notifier.incident import Refused
from notifier.model import Impact, Incident, Site, Texts
from notifier.problem import Problem, Stage
from notifier.render import ask, phrases
from notifier.values import replace


def why(refused: Refused, site: Site, lang: str) -> str:
    """Why it was refused, in the language of whoever asked; in English where only the command line can be refused
    so."""
    if not refused.key:
        return str(refused)
    values = dict(refused.values)
    if "phase" in values:
        values["phase"] = phrases.say(lang, f"phase.{values['phase']}", site)
    return phrases.say(lang, f"refused.{refused.key}", site, **values)


def later(command: Command) -> bool:
    """Whether it is a further word on an incident that users know."""
    return isinstance(command, Tell)


def remaining(incident: Incident, problems: Iterable[Problem]) -> list[Problem]:
    """What still stands of an incident that is resolved, though it is about no component of ours: it is a matter of its
    own from now on."""
    if incident.retracted or not incident.phase.over:
        return []
    return [p for p in problems if p.stage is Stage.OPEN and not p.component and p.impact is not Impact.NONE]


def as_it_can_be(command: Command, site: Site) -> Command:
    """The same without components that the configuration no longer names; where none is left, a later word leaves the
    incident's as they are."""
    lost = ask.gone(command, site)
    if not lost:
        return command
    left = tuple(name for name in getattr(command, "components", None) or () if name not in lost)
    return replace(command, components=None if not left and isinstance(command, Tell | Reopen) else left)


def reworded(command: Command, title: Texts | None, text: Texts | None) -> Command:
    """The same in other words; None leaves them as they are. Raises Refused."""
    if text is not None and hasattr(command, "text"):
        command = replace(command, text=text)
    if title is not None:
        if not isinstance(command, Open):
            raise Refused("Only a draft that opens an incident has a title of its own.", "no_title")
        command = replace(command, title=title)
    return command
