"""The body that Alertmanager invented and Grafana took over: a group of alerts, each with its own state."""

from __future__ import annotations

from collections.abc import Callable

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {"firing": Kind.PROBLEM, "alerting": Kind.PROBLEM, "resolved": Kind.RECOVERY, "ok": Kind.RECOVERY}
Made = Callable[[Signal, Record], Signal]


def parse(request: Request, options: Options, source: str, labels: tuple[str, ...], hint: str) -> list[Signal]:
    """A signal for each alert. ``labels``: where the component is looked for unless the hook says. Raises Malformed."""
    body = _read.record(request, hint)
    if "alerts" not in body or not isinstance(body.data.get("alerts"), list):
        _read.malformed('The body has no list "alerts".', hint)
    found = (_signal(request, options.labels or labels, source, body, alert) for alert in body.records("alerts"))
    return [signal for signal in found if signal]


def _signal(request: Request, order: tuple[str, ...], source: str, body: Record, alert: Record) -> Signal | None:
    labels, notes = alert.record("labels"), alert.record("annotations")
    kind = KINDS.get(alert.word("status") or body.word("status"))
    key = _read.key(alert.text("fingerprint")) or _digest(labels)
    if kind is None or not key:
        return None
    started = alert.time("startsAt", zone="UTC")
    name = labels.text("alertname", "rulename")
    component = labels.text(*order)
    return _read.signal(
        request,
        source,
        key,
        kind,
        component=component or name,
        severity=labels.text("severity", "priority"),
        started=started,
        ended=alert.time("endsAt", zone="UTC"),
        title=notes.text("summary", "title") or name or component,
        text=notes.text("description", "message"),
        links=_read.links(
            *(alert.get(place) for place in ("generatorURL", "dashboardURL", "panelURL")),
            notes.get("runbook_url"),
            body.get("externalURL"),
        ),
        episode=started.isoformat() if started else "",
    )


def _digest(labels: Record) -> str:
    """The key of an alert without a fingerprint, as old versions send it: its labels."""
    said = sorted((name, labels.text(name)) for name in labels.data)
    return _read.digest(*(part for pair in said for part in pair)) if said else ""
