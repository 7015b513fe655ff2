"""Statuspage: a subscription to a provider's page by webhook.

https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/
"""

from __future__ import annotations

from notifier.inbound import _pages, _read
from notifier.source import Options, Request, Signal

NAME = "statuspage_webhook"


def parse(request: Request, options: Options) -> list[Signal]:
    """What the provider says: one signal an update of an incident, or the change of a component."""
    return _pages.news(request, NAME, _read.record(request), options)
