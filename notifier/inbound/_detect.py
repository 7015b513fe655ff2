"""Which source is it? For a hook that takes what comes; one address for each source is surer."""

from __future__ import annotations

from collections.abc import Callable

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Malformed, Request

Test = Callable[[Request, Record], bool]
CACHET = ("component_", "incident_", "schedule_", "metric_", "subscriber_")


def detect(request: Request) -> str:
    """The name of the source; "generic" when it looks like none. Never raises."""
    try:
        came = _read.payload(request)
    except Malformed:
        came = None
    if isinstance(came, list):
        came = {"batch": came}
    body = Record(came)
    return next((name for name, test in TESTS if test(request, body)), "generic")


def _has(*names: str) -> Test:
    return lambda _, body: all(name in body for name in names)


def _header(*names: str) -> Test:
    return lambda request, _: any(name in request.headers for name in names)


def _agent(start: str) -> Test:
    return lambda request, _: request.headers.get("user-agent", "").lower().startswith(start)


def _within(outer: str, *names: str) -> Test:
    return lambda _, body: all(name in body.record(outer) for name in names)


def _any(*tests: Test) -> Test:
    return lambda request, body: any(test(request, body) for test in tests)


def _all(*tests: Test) -> Test:
    return lambda request, body: all(test(request, body) for test in tests)


def _environment(start: str) -> Test:
    return lambda request, _: any(name.startswith(start) for name in request.env)


def _path(part: str) -> Test:
    return lambda request, _: part in f"/{request.path}/".replace("//", "/")


def _is(name: str, *values: str) -> Test:
    return lambda _, body: body.text(name) in values


def _list(name: str) -> Test:
    return lambda _, body: isinstance(body.get(name), list)


def _cloudevents(request: Request, body: Record) -> bool:
    kind = request.headers.get("content-type", "").lower()
    structured = all(name in body for name in ("specversion", "type", "source", "id"))
    return "ce-specversion" in request.headers or kind.startswith("application/cloudevents") or structured


def _page(_: Request, body: Record) -> bool:
    told = any(body.record(name) for name in ("incident", "component", "component_update", "maintenance"))
    return bool(body.record("page")) and told


def _instatus(_: Request, body: Record) -> bool:
    said = [body.record("page").text("status_indicator"), body.record("component_update").text("new_status")]
    said += [body.record(name).text("status") for name in ("incident", "maintenance", "component")]
    return "maintenance" in body or any(word.isupper() for word in said)


def _cachet(_: Request, body: Record) -> bool:
    return body.text("event").startswith(CACHET) and bool(body.record("body"))


def _healthchecks(_: Request, body: Record) -> bool:
    return "ping_url" in body.record("check")


TESTS: tuple[tuple[str, Test], ...] = (
    # A tool that runs a command
    ("nagios", _environment("NAGIOS_")),
    ("checkmk", _environment("NOTIFY_")),
    ("monit", _environment("MONIT_")),
    ("netdata", lambda request, _: {"alarm_id", "status", "host"} <= request.env.keys()),
    ("icinga2", lambda request, _: {"NOTIFICATIONTYPE", "HOSTNAME"} <= request.env.keys()),
    # By address or header
    ("pagerduty_events_v2", _any(_path("/v2/enqueue/"), _has("routing_key", "event_action"))),
    ("opsgenie_api", _path("/v2/alerts/")),
    ("aws_sns", _any(_header("x-amz-sns-message-type"), _has("Type", "TopicArn"))),
    ("sentry", _header("sentry-hook-resource")),
    ("cloudevents", _cloudevents),
    # By what is in the body
    ("grafana", _all(_list("alerts"), _any(_has("orgId"), _is("version", "1")))),
    ("alertmanager", _all(_list("alerts"), _any(_has("groupKey"), _is("version", "3", "4")))),
    ("grafana_legacy", _has("ruleId", "evalMatches")),
    ("uptime_kuma", _any(_has("heartbeat", "monitor", "msg"), _agent("uptime-kuma/"))),
    ("azure_monitor", _is("schemaId", "azureMonitorCommonAlertSchema")),
    ("gcp_monitoring", _within("incident", "incident_id", "policy_name")),
    ("better_stack", _all(_page, _has("event_type"))),
    ("instatus", _all(_page, _instatus)),
    ("statuspage_webhook", _page),
    ("better_stack", lambda _, body: "event" in body and body.record("data").text("type") == "incident"),
    ("pagerduty_webhook_v3", _within("event", "event_type", "data")),
    ("pingdom", _has("check_id", "current_state", "previous_state")),
    ("cloudflare", _any(_header("cf-webhook-auth"), _has("alert_correlation_id", "alert_event"))),
    ("new_relic", _any(_has("issueUrl", "state", "alertPolicyNames"), _has("incident_id", "current_state"))),
    ("opsgenie_webhook", _all(_has("action"), _within("alert", "alertId"))),
    ("icinga_notifications", _all(_within("incident", "id", "severity"), _has("object", "event"))),
    ("gatus", _has("endpoint_name", "resolved")),
    ("datadog", _any(_has("alert_id", "alert_transition"), _has("alert_cycle_key"))),
    ("uptimerobot", _any(_has("monitorID"), _has("alertType", "monitorFriendlyName"), _has("alertType", "monitorURL"))),
    ("checkmk", _has("what", "notification_type")),
    ("checkmk", _has("hostname", "what", "notificationtype")),
    ("zabbix", _any(_has("EVENT.ID"), _has("EVENT.VALUE"), _has("eventid", "triggerid"), _has("TRIGGER.ID"))),
    ("healthchecks", _any(_agent("healthchecks.io"), _healthchecks)),
    ("statuscake", _has("Token", "Status", "URL", "Name")),
    ("alerta", _has("resource", "event", "environment", "severity")),
    ("cachet", _cachet),
    ("openstatus", _has("monitor", "cronTimestamp", "status")),
    ("grafana_oncall_webhook", _has("alert_uid", "state", "title")),
    ("gatus", _has("endpoint_name", "state")),
    ("netdata_cloud", _all(_has("host", "message"), _within("status", "reachable"))),
    ("netdata_cloud", _has("alert", "chart", "severity", "alert_url")),
    ("prtg", _has("device", "sensor", "status")),
)
