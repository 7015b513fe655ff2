"""Monit: the environment of an ``exec`` action. A recovery is told only with ``else if succeeded then exec``.

https://mmonit.com/monit/documentation/monit.html#EXEC
"""

from __future__ import annotations

import re

from notifier.inbound import _read
from notifier.source import Kind, Options, Request, Signal

HINT = "Monit sets MONIT_HOST, MONIT_SERVICE and MONIT_EVENT for the program after exec."
SPECIAL = {  # what both sides of these tests are called
    "does not exist": ("existence", Kind.PROBLEM),
    "exists": ("existence", Kind.RECOVERY),
    "exist": ("existence", Kind.RECOVERY),
    "does exist": ("existence", Kind.RECOVERY),
    "timeout": ("timeout", Kind.PROBLEM),
    "timeout recovery": ("timeout", Kind.RECOVERY),
    "invalid type": ("type", Kind.PROBLEM),
}
_WELL = re.compile(r"(?P<test>.*?) ?\b(?:succeeded|recovered|recovery|ok|up|not changed|doesn't match|not match)$")
_ILL = re.compile(r"(?P<test>.*?) ?\b(?:failed|exceeded|changed|error|matched|match|down|not ok)$")


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for an event that is neither good nor bad. Key: host, service and kind of test.

    Raises Malformed.
    """
    body = _read.record(request, HINT)
    service, event = body.text("MONIT_SERVICE", "service"), body.text("MONIT_EVENT", "event")
    if not service or not event:
        _read.malformed("There is no MONIT_SERVICE, or no MONIT_EVENT.", HINT)
    test, kind = tested(event)
    if kind is None:
        return []
    at = body.time("MONIT_DATE", "date", zone=options.zone)
    host = body.text("MONIT_HOST", "host")
    return [
        _read.signal(
            request,
            "monit",
            _read.key(host, service, test),
            kind,
            component=body.text(*options.labels) or service,
            started=at if kind is Kind.PROBLEM else None,
            ended=at if kind is Kind.RECOVERY else None,
            title=f"{service}: {event}",
            text=body.text("MONIT_DESCRIPTION", "description"),
        )
    ]


def tested(event: str) -> tuple[str, Kind | None]:
    """What was tested, and how it ended, by the name of an event such as "Connection failed"."""
    said = _read.line(event).casefold()
    if said in SPECIAL:
        return SPECIAL[said]
    for pattern, kind in ((_WELL, Kind.RECOVERY), (_ILL, Kind.PROBLEM)):
        if found := pattern.fullmatch(said):
            return found["test"].removesuffix(" limit").removesuffix(" access"), kind
    return said, None
