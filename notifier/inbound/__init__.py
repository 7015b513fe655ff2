"""Sources of signals: what monitoring tools send, one module a tool. Nothing is imported until a hook needs it.

A source is a module with ``parse`` (notifier/source.py). Those of other distributions come by the entry-point group
``notifier.sources``.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from notifier.source import Parse, Request

GROUP = "notifier.sources"
SOURCES = {
    "alerta": "notifier.inbound.alerta",
    "alertmanager": "notifier.inbound.alertmanager",
    "aws_sns": "notifier.inbound.aws_sns",
    "azure_monitor": "notifier.inbound.azure_monitor",
    "better_stack": "notifier.inbound.better_stack",
    "cachet": "notifier.inbound.cachet",
    "checkmk": "notifier.inbound.checkmk",
    "cloudevents": "notifier.inbound.cloudevents",
    "cloudflare": "notifier.inbound.cloudflare",
    "datadog": "notifier.inbound.datadog",
    "gatus": "notifier.inbound.gatus",
    "gcp_monitoring": "notifier.inbound.gcp_monitoring",
    "generic": "notifier.inbound.generic",
    "grafana": "notifier.inbound.grafana",
    "grafana_legacy": "notifier.inbound.grafana_legacy",
    "grafana_oncall_webhook": "notifier.inbound.grafana_oncall_webhook",
    "healthchecks": "notifier.inbound.healthchecks",
    "icinga2": "notifier.inbound.icinga2",
    "icinga_notifications": "notifier.inbound.icinga_notifications",
    "instatus": "notifier.inbound.instatus",
    "monit": "notifier.inbound.monit",
    "nagios": "notifier.inbound.nagios",
    "netdata": "notifier.inbound.netdata",
    "netdata_cloud": "notifier.inbound.netdata_cloud",
    "new_relic": "notifier.inbound.new_relic",
    "openstatus": "notifier.inbound.openstatus",
    "opsgenie_api": "notifier.inbound.opsgenie_api",
    "opsgenie_webhook": "notifier.inbound.opsgenie_webhook",
    "pagerduty_events_v2": "notifier.inbound.pagerduty_events_v2",
    "pagerduty_webhook_v3": "notifier.inbound.pagerduty_webhook_v3",
    "pingdom": "notifier.inbound.pingdom",
    "prtg": "notifier.inbound.prtg",
    "sentry": "notifier.inbound.sentry",
    "statuscake": "notifier.inbound.statuscake",
    "statuspage_webhook": "notifier.inbound.statuspage_webhook",
    "uptime_kuma": "notifier.inbound.uptime_kuma",
    "uptimerobot": "notifier.inbound.uptimerobot",
    "zabbix": "notifier.inbound.zabbix",
}
ALIASES = {"checkmk_json": "checkmk", "icinga": "icinga2", "prometheus": "alertmanager", "kuma": "uptime_kuma"}
AUTO = "auto"


class UnknownSource(Exception):
    """No such source; ``known`` are those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        from difflib import get_close_matches

        near = get_close_matches(name, known, 1)
        meant = f'Did you mean "{ALIASES.get(near[0], near[0])}"?' if near else f"There are: {', '.join(known)}."
        super().__init__(f'There is no source "{name}". {meant}')
        self.name = name
        self.known = known


class BrokenSource(Exception):
    """A plugin that cannot be used; the text says which and why."""


def source(name: str) -> Parse:
    """What parses the requests of the source of that name, ours or a plugin's. "auto" looks at each request.

    Raises UnknownSource or BrokenSource.
    """
    if name == AUTO:
        return lambda request, options: source(detect(request))(request, options)
    path = SOURCES.get(ALIASES.get(name, name))
    module = import_module(path) if path else _plugin(name)
    parse: Parse = module.parse
    return parse


def sources() -> list[str]:
    """Names of all sources, ours and plugins'."""
    return sorted({*SOURCES, *(point.name for point in _plugins())})


def detect(request: Request) -> str:
    """Which source a request comes from, by the looks of it; "generic" when it looks like none. Never raises."""
    from notifier.inbound import _detect

    return _detect.detect(request)


def _plugins() -> Iterator[Any]:
    from importlib.metadata import entry_points

    yield from entry_points(group=GROUP)


def _plugin(name: str) -> ModuleType:
    for point in _plugins():
        if point.name == name:
            return _loaded(point)
    raise UnknownSource(name, [*sources(), AUTO, *ALIASES])


def _loaded(point: Any) -> ModuleType:
    try:
        module: ModuleType = point.load()
    except Exception as error:
        whose = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        raise BrokenSource(f"the plugin {whose} cannot be loaded: {type(error).__name__}: {error}") from error
    if not hasattr(module, "parse"):
        raise BrokenSource(f"the plugin {point.value} has no parse; see notifier/source.py")
    return module
