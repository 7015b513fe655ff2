"""Statuspage: what a provider's page answers at /api/v2/summary.json, incidents.json and their relatives.

https://support.atlassian.com/statuspage/docs/what-are-the-different-apis-under-statuspage/
"""

from __future__ import annotations

from notifier.inbound import _pages, _read
from notifier.source import Options, Request, Signal

NAME = "statuspage_api"


def parse(request: Request, options: Options) -> list[Signal]:
    """What the provider says: one signal an update of each incident and maintenance. The body is the answer."""
    return _pages.news(request, NAME, _read.record(request), options)
