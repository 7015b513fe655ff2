"""Every source of hosted monitoring keeps what a source promises."""

from notifier.inbound import source
from notifier.source import Options
from notifier.testing.sources import SourceContract
from tests.inbound.hosted import samples

PAIRS = {
    "alerta": (("down", "up"),),
    "aws_sns": (("alarm", "ok"),),
    "azure_monitor": (("fired", "resolved"),),
    "better_stack": (("started", "resolved"),),
    "cachet": (),
    "cloudevents": (("failed", "well"),),
    "cloudflare": (("start", "end"),),
    "datadog": (("triggered", "recovered"),),
    "gcp_monitoring": (("open", "closed"),),
    "grafana_oncall_webhook": (("alerting", "ok"),),
    "instatus": (),
    "new_relic": (("activated", "closed"), ("legacy_open", "legacy_closed")),
    "openstatus": (("error", "recovered"),),
    "opsgenie_api": (("create_alertmanager", "close_alertmanager"),),
    "opsgenie_webhook": (("create", "close"),),
    "pagerduty_events_v2": (("trigger_alertmanager", "resolve_alertmanager"),),
    "pagerduty_webhook_v3": (("triggered", "resolved"), ("priority", "resolved")),
    "pingdom": (("down", "up"),),
    "sentry": (("critical", "resolved"), ("warning", "resolved")),
    "statuscake": (("down", "up"),),
    "statuspage_api": (),
    "statuspage_webhook": (),
    "uptimerobot": (("down", "up"),),
}


def suite(name: str) -> type[SourceContract]:
    """The contract of one source, with all its samples."""
    known = {
        "source": name,
        "parse": staticmethod(source(name)),
        "samples": samples(name),
        "pairs": PAIRS[name],
        "options": Options(zone="Europe/Berlin", labels=("service",)),
    }
    return type(f"Test_{name}", (SourceContract,), known)


globals().update({f"Test_{name}": suite(name) for name in PAIRS})
