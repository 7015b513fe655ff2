"""Numbers for Prometheus: what came in, what became of it, what waits and since when. No person's name, no secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notifier.intake import Intake
from notifier.node import surely_dead
from notifier.values import value

if TYPE_CHECKING:
    from prometheus_client.core import Metric

ALIVE = 6.0
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@value
class Counts:
    """What the store knows at one moment."""

    intake: tuple[tuple[str, str, int], ...] = ()
    deliveries: tuple[tuple[str, str, int], ...] = ()
    ages: tuple[tuple[str, float], ...] = ()
    broken: tuple[str, ...] = ()
    nodes: tuple[tuple[str, int], ...] = ()


def counted(intake: Intake) -> Counts:
    """Ask the store."""
    store, now = intake.store, intake.store.now()
    nodes: dict[str, int] = {}
    for seen in store.nodes():
        if (now - seen.beat).total_seconds() < ALIVE and not surely_dead(seen.node):
            nodes[seen.node.kind] = nodes.get(seen.node.kind, 0) + 1
    names = [route.channel for route in intake.service.routes]
    due = [(name, store.next_due([name])) for name in names]
    return Counts(
        intake=tuple(intake.store.intake.counts()),
        deliveries=tuple(store.tally()),
        ages=tuple((name, _age(at, now)) for name, at in due),
        broken=tuple(name for name, state in store.channel_states().items() if state.broken),
        nodes=tuple(nodes.items()),
    )


def _age(due: datetime | None, now: datetime) -> float:
    return 0.0 if due is None else max((now - due).total_seconds(), 0.0)


class Metrics:
    """What the process counts itself, and what it last read in the store."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry = CollectorRegistry()
        self._counts = Counts()
        self._trouble: Mapping[str, bool] = {}
        own: dict[str, Any] = {"registry": self.registry}
        self._requests = Counter("notifier_requests", "Requests answered.", ["place", "hook", "status"], **own)
        fine = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
        self._seconds = Histogram("notifier_request_seconds", "Until the answer.", ["place"], buckets=fine, **own)
        self._commit = Histogram("notifier_commit_seconds", "Until it is on the disk.", buckets=fine, **own)
        many = (1, 2, 5, 10, 20, 50, 100, 200, 500)
        self._size = Histogram("notifier_commit_requests", "Requests in one commit.", buckets=many, **own)
        self.registry.register(self)

    def answered(self, place: str, hook: str, status: int, seconds: float) -> None:
        """A request has its answer. ``hook`` is the name of one that is configured, or ""."""
        self._requests.labels(place, hook, str(status)).inc()
        self._seconds.labels(place).observe(seconds)

    def committed(self, seconds: float, size: int) -> None:
        """A group of requests is stored."""
        self._commit.observe(seconds)
        self._size.observe(size)

    def text(self, counts: Counts, trouble: Mapping[str, bool]) -> bytes:
        """All of it in the text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
        from prometheus_client import generate_latest

        self._counts, self._trouble = counts, trouble
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """For the registry: what the store knows."""
        from prometheus_client.core import GaugeMetricFamily

        counts = self._counts
        names = {
            "request": ("notifier_intake_requests", "Requests of monitoring in the store.", "state"),
            "signal": ("notifier_signals", "Signals in the ledger, by what they say.", "kind"),
            "problem": ("notifier_problems", "Problems that monitoring reported.", "stage"),
            "draft": ("notifier_drafts", "Drafts.", "state"),
        }
        for table, (name, help, label) in names.items():
            family = GaugeMetricFamily(name, help, labels=[label])
            for found, state, count in counts.intake:
                if found == table:
                    family.add_metric([state], count)
            yield family
        rows = GaugeMetricFamily("notifier_deliveries", "Deliveries in the record.", labels=["channel", "state"])
        for channel, state, count in counts.deliveries:
            rows.add_metric([channel, state], count)
        yield rows
        yield from self._channels(counts)
        part = GaugeMetricFamily("notifier_trouble", "1: it cannot work; /readyz tells why.", labels=["part"])
        for name, bad in self._trouble.items():
            part.add_metric([name], float(bad))
        yield part

    def _channels(self, counts: Counts) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        ages = GaugeMetricFamily("notifier_oldest_due_seconds", "How long the oldest is due.", labels=["channel"])
        broken = GaugeMetricFamily("notifier_channel_stopped", "1: it waits for an admin.", labels=["channel"])
        for name, age in counts.ages:
            ages.add_metric([name], age)
            broken.add_metric([name], float(name in counts.broken))
        nodes = GaugeMetricFamily("notifier_nodes", "Processes that deliver.", labels=["kind"])
        for kind, count in counts.nodes:
            nodes.add_metric([kind], count)
        yield from (ages, broken, nodes)

    def describe(self) -> list[Any]:
        """For the registry: nothing is to be collected when this is registered."""
        return []
