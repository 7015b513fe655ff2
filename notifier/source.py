"""What a source is: a parser that turns one request of a monitoring tool into signals. The one file to read before you
write one.

A source is a module with one public function, ``parse(request, options)``. It is pure: no clock, no disk, no network.
It raises nothing but :class:`Malformed`, whatever it is given, and only for what can never work; what it does not know
it passes over. Ours are listed in ``notifier/inbound/__init__.py``; those of other distributions come by the
entry-point group ``notifier.sources``. ``notifier.testing.SourceContract`` holds the suite that checks these promises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from notifier.values import value


class Malformed(Exception):
    """It can never be read; the text names the position and the remedy, and holds nothing of the body but a few
    characters."""


class Kind(StrEnum):
    """What a signal says."""

    PROBLEM = "problem"
    RECOVERY = "recovery"
    ACKNOWLEDGED = "acknowledged"
    MAINTENANCE = "maintenance"  # the monitoring is in maintenance, or pauses: no news about the service
    TEST = "test"
    UPSTREAM = "upstream"  # a provider's own word on its own incident: never an incident of ours


@value
class Request:
    """One request as it came. ``path`` is what followed the hook's own address, such as "/v2/enqueue"; the names of
    ``headers`` are in lower case; ``env`` stands in for a body where a tool runs a command instead."""

    received: datetime
    method: str = "POST"
    path: str = ""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""
    env: Mapping[str, str] = {}


@value
class Options:
    """What the admin has set for a hook.

    zone: IANA name of the zone of times that come without one. labels: where to look for the component, the first that
    is there wins; () for the source's own order. mapping: the paths of the ``generic`` source.
    """

    zone: str = "UTC"
    labels: tuple[str, ...] = ()
    mapping: Mapping[str, str] = {}


@value
class Signal:
    """One thing that monitoring said.

    key: identity of the problem, equal for the problem, its repeats and its recovery; unique within one hook.
    episode: tells two outages with the same key apart, where the source can. component: a hint (name of the service,
    host or monitor). severity: the source's own word. Times are aware, or None where it named none; title, text and
    links are plain text as it was sent.
    """

    source: str
    key: str
    kind: Kind
    received: datetime
    component: str = ""
    severity: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    title: str = ""
    text: str = ""
    links: tuple[str, ...] = ()
    episode: str = ""


Parse = Callable[[Request, Options], list[Signal]]
