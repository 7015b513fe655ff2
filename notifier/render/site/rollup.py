"""How a component and the whole are, by the incidents and maintenances that are open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from notifier.model import STATUS_OF, Impact, Incident, Phase, Status, Window
from notifier.render.site import text

ACTIVE = (Phase.IN_PROGRESS, Phase.VERIFYING)


class Known(Protocol):
    """What has to be known of an incident to tell which files it is in: the incident itself, or less."""

    @property
    def id(self) -> str: ...
    @property
    def opened(self) -> datetime: ...
    @property
    def window(self) -> Window | None: ...
    @property
    def components(self) -> tuple[str, ...]: ...
    @property
    def retracted(self) -> bool: ...
    @property
    def open(self) -> bool: ...
    @property
    def phase(self) -> Phase: ...
    @property
    def impact(self) -> Impact: ...


def effect(incidents: Iterable[Known]) -> Impact:
    """The worst that users feel now; maintenances, what is over and what was taken back do not count."""
    return text.worst(i for i in incidents if i.open and not i.window)


def working(incidents: Iterable[Known]) -> bool:
    """Whether one of them is a maintenance that has begun and is not finished."""
    return any(i.open and i.window and i.phase in ACTIVE for i in incidents)


def overall(incidents: Sequence[Known]) -> Status:
    """How all is: a disturbance counts before a maintenance."""
    impact = effect(incidents)
    return STATUS_OF[impact] if impact.rank or not working(incidents) else Status.MAINTENANCE


def component(id: str, incidents: Iterable[Incident]) -> Status:
    """How the component of that id is."""
    return overall([i for i in incidents if id in i.components])
