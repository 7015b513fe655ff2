"""Grafana's unified alerting, 9 and later: a contact point of type webhook.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from __future__ import annotations

from notifier.inbound import _alerts, _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal
from notifier.values import replace

LABELS = ("service", "instance")
BROKEN = ("DatasourceError", "DatasourceNoData")  # the rule could not be evaluated: that is no outage
HINT = "Does a contact point of type webhook send it, without a payload of its own? Else use the source generic."


def parse(request: Request, options: Options) -> list[Signal]:
    """A signal for each alert of the group. Key: the fingerprint. What only says that a rule could not be evaluated has
    the severity info. Raises Malformed.
    """
    alerts = {a.text("fingerprint"): a.record("labels") for a in _read.record(request, HINT).records("alerts")}
    found = _alerts.parse(request, options, "grafana", LABELS, HINT)
    return [_grafana(signal, alerts.get(signal.key, Record()), options) for signal in found]


def _grafana(signal: Signal, labels: Record, options: Options) -> Signal:
    name = labels.text("alertname")
    if name == "TestAlert" and labels.text("instance") == "Grafana":
        return replace(signal, kind=Kind.TEST, ended=None)
    if name in BROKEN:
        signal = replace(signal, severity="info")
    if labels.text(*(options.labels or LABELS)):
        return signal
    return replace(signal, component=_read.line(_read.key(labels.text("grafana_folder"), name) or signal.component))
