"""Nagios Core and its forks: the environment of a notification command, with ``enable_environment_macros=1``.

https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/macrolist.html
"""

from __future__ import annotations

from notifier.inbound import _hosts
from notifier.source import Options, Request, Signal

HINT = "Set enable_environment_macros=1 in nagios.cfg, so that the command gets NAGIOS_HOSTNAME and the others."
SHOWN = {"host": ("HOSTNAME",), "service": ("SERVICEDESC",)}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: host, or host/service. Raises Malformed."""
    body = _hosts.bare(request, "NAGIOS_", HINT)
    return _hosts.signal(request, options, "nagios", body, hint=HINT, shown=SHOWN)
