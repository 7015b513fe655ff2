"""Instatus: a subscription to a provider's page by webhook. As Statuspage's, in upper case.

https://instatus.com/help/webhooks
"""

from __future__ import annotations

from notifier.inbound import _pages, _read
from notifier.source import Options, Request, Signal

NAME = "instatus"


def parse(request: Request, options: Options) -> list[Signal]:
    """What the provider says. An update that is sent again with another status is news."""
    return _pages.news(request, NAME, _read.record(request), options, by_status=True)
