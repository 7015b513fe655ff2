"""Icinga 2: the environment of a NotificationCommand, with the names of the stock mail scripts.

https://icinga.com/docs/icinga-2/latest/doc/03-monitoring-basics/#notification-commands
"""

from __future__ import annotations

from notifier.inbound import _hosts
from notifier.source import Options, Request, Signal

HINT = "Set env of the NotificationCommand as docs/hooks.md shows: NOTIFICATIONTYPE, HOSTNAME, SERVICENAME and so on."
SHOWN = {"host": ("HOSTDISPLAYNAME",), "service": ("SERVICEDISPLAYNAME",)}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: host, or host!service, as Icinga itself writes it. Raises Malformed."""
    body = _hosts.bare(request, "ICINGA_", HINT)
    return _hosts.signal(request, options, "icinga2", body, hint=HINT, join="!", shown=SHOWN)
