"""Checkmk: the environment of a notification script, the same as flat JSON, or the JSON of other people's scripts.

https://docs.checkmk.com/latest/en/notifications.html#scripts
"""

from __future__ import annotations

from notifier.inbound import _hosts, _read
from notifier.inbound._read import Record
from notifier.source import Options, Request, Signal

HINT = "A notification script of Checkmk gets NOTIFY_HOSTNAME and the others in its environment."
SHOWN = {"host": ("HOSTNAME", "host"), "service": ("SERVICEDESC", "service")}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: host, or host/service. Raises Malformed."""
    body = _hosts.bare(request, "NOTIFY_", HINT)
    if body.word("WHAT") == "host":
        body = Record({name: value for name, value in body.data.items() if not _read.fold(name).startswith("service")})
    event = body.text("event")
    state = event.rpartition("->")[2].strip() if "->" in event else ""  # such as "DOWN -> UP"
    return _hosts.signal(request, options, "checkmk", body, hint=HINT, state=state, shown=SHOWN)
