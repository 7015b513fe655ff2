"""Prometheus Alertmanager: ``webhook_configs``, body version 4 (and 3).

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from __future__ import annotations

from notifier.inbound import _alerts
from notifier.source import Options, Request, Signal

LABELS = ("service", "instance", "job", "alertname")
HINT = "Does webhook_configs of Alertmanager send it, without a payload of its own? Else use the source generic."


def parse(request: Request, options: Options) -> list[Signal]:
    """A signal for each alert of the group: firing and resolved ones come together. Key: the fingerprint.

    Raises Malformed.
    """
    return _alerts.parse(request, options, "alertmanager", LABELS, HINT)
