"""Hosted monitoring and other people's dialects: what each request means."""

import json

import pytest

from notifier.inbound import detect, source
from notifier.source import Kind, Malformed, Options, Request
from notifier.values import replace
from tests.inbound.hosted import COLLECTION, NOW, body, names, sample

P, R, A, T = Kind.PROBLEM, Kind.RECOVERY, Kind.ACKNOWLEDGED, Kind.TEST
B, E = "2026-10-23T12:05:00", "2026-10-23T12:10:00"  # what 1792757100 and 1792757400 are
ALARM = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:voice-unreachable"
GROUP = "b2bee22948f0bf1232db0fb123d572b4bb4cf1d463a2214e0858ad553d760215"
ISSUE = "0b0e7a7e-1111-4222-8333-444455556666"
CORRELATION = "000eaa907ed24e78946d3a93adb2ae57"
SCOPE = "1234/host:voice1,service:ts3"
ORIGIN = "o-1_voice_metricAlerts"
TABLE = [  # source, sample: kind, key, component, severity, start, end
    ("alerta", "down", P, "Production/voice1/HostDown+HostUp", "voice1", "critical", "2026-10-23T09:25:00", None),
    ("alerta", "up", R, "Production/voice1/HostDown+HostUp", "voice1", "ok", None, "2026-10-23T09:30:00"),
    ("alerta", "acknowledged", A, "Production/voice1/HostDown+HostUp", "voice1", "critical", None, None),
    ("aws_sns", "alarm", P, ALARM, "net/voice/1", "", "2026-10-23T09:25:00", None),
    ("aws_sns", "ok", R, ALARM, "net/voice/1", "", None, "2026-10-23T09:30:00"),
    ("azure_monitor", "fired", P, ORIGIN, "voice1", "Sev1", "2026-10-23T09:25:00", None),
    ("azure_monitor", "resolved", R, ORIGIN, "voice1", "Sev1", "2026-10-23T09:25:00", "2026-10-23T09:30:00"),
    ("better_stack", "started", P, "1", "Forum homepage", "", "2020-10-21T10:51:28", None),
    ("better_stack", "resolved", R, "1", "Forum homepage", "", "2020-10-21T10:51:28", "2020-10-21T11:02:00"),
    ("cloudevents", "failed", P, "/monitor/voice1", "voice1", "critical", "2026-10-23T09:25:00", None),
    ("cloudevents", "well", R, "/monitor/voice1", "voice1", "", None, "2026-10-23T09:30:00"),
    ("cloudevents", "binary", P, "4711", "Forum", "HIGH", B, None),
    ("cloudflare", "start", P, CORRELATION, "forum origin", "", "2006-01-02T15:04:05", None),
    ("cloudflare", "end", R, CORRELATION, "forum origin", "", None, "2006-01-02T15:04:05"),
    ("cloudflare", "test", T, "test", "", "", None, None),
    ("datadog", "triggered", P, SCOPE, "ts3", "P1", "2026-10-14T17:46:40", None),
    ("datadog", "recovered", R, SCOPE, "ts3", "P1", None, "2026-10-14T17:46:40"),
    ("gcp_monitoring", "open", P, "0.abc123", "web-1.example.org", "Critical", B, None),
    ("gcp_monitoring", "closed", R, "0.abc123", "web-1.example.org", "Critical", B, E),
    ("gcp_monitoring", "test", T, "12345", "web-1.example.org", "Critical", B, None),
    ("grafana_oncall_webhook", "alerting", P, "08d6-1", "Voice server down", "", None, None),
    ("grafana_oncall_webhook", "ok", R, "08d6-1", "Voice server down", "", None, None),
    ("new_relic", "activated", P, ISSUE, "voice1", "CRITICAL", B, None),
    ("new_relic", "acknowledged", A, ISSUE, "voice1", "CRITICAL", B, None),
    ("new_relic", "closed", R, ISSUE, "voice1", "CRITICAL", B, E),
    ("new_relic", "legacy_open", P, "0", "voice1", "CRITICAL", B, None),
    ("new_relic", "legacy_closed", R, "0", "voice1", "CRITICAL", None, E),
    ("openstatus", "error", P, "1", "test", "error", "2025-04-07T11:01:45", None),
    ("openstatus", "recovered", R, "1", "test", "recovered", None, "2025-04-07T11:06:45"),
    ("opsgenie_api", "create_alertmanager", P, GROUP, "voice", "P1", None, None),
    ("opsgenie_api", "close_alertmanager", R, GROUP, "", "", None, None),
    ("opsgenie_webhook", "create", P, "voice-down", "voice1", "P3", B, None),
    ("opsgenie_webhook", "acknowledge", A, "voice-down", "voice1", "P3", B, None),
    ("opsgenie_webhook", "close", R, "voice-down", "voice1", "P3", B, E),
    ("pagerduty_events_v2", "trigger_full", P, "voice-down", "voice", "error", "2026-10-23T09:25:00", None),
    ("pagerduty_events_v2", "acknowledge", A, "voice-down", "", "", None, None),
    ("pagerduty_events_v2", "trigger_alertmanager", P, GROUP, "Alertmanager", "critical", None, None),
    ("pagerduty_events_v2", "resolve_alertmanager", R, GROUP, "Alertmanager", "critical", None, None),
    ("pagerduty_webhook_v3", "triggered", P, "PINC1", "Voice", "P1", "2026-10-23T09:25:00", None),
    ("pagerduty_webhook_v3", "priority", P, "PINC1", "Voice", "P1", "2026-10-23T09:25:00", None),
    ("pagerduty_webhook_v3", "acknowledged", A, "PINC1", "Voice", "P1", "2026-10-23T09:25:00", None),
    ("pagerduty_webhook_v3", "resolved", R, "PINC1", "Voice", "P1", "2026-10-23T09:25:00", "2026-10-23T09:30:00"),
    ("pagerduty_webhook_v3", "ping", T, "test", "", "", None, None),
    ("pingdom", "down", P, "4711", "Forum", "HIGH", B, None),
    ("pingdom", "up", R, "4711", "Forum", "HIGH", None, "2026-10-23T09:30:00"),
    ("sentry", "critical", P, "12", "forum", "critical", "2026-10-23T09:25:00", None),
    ("sentry", "warning", P, "12", "forum", "warning", "2026-10-23T09:25:00", None),
    ("sentry", "resolved", R, "12", "forum", "resolved", "2026-10-23T09:25:00", "2026-10-23T09:40:00"),
    ("statuscake", "down", P, "Forum/https://forum.example.org", "Forum", "", None, None),
    ("statuscake", "up", R, "Forum/https://forum.example.org", "Forum", "", None, None),
    ("uptimerobot", "down", P, "777000111", "Forum", "", B, None),
    ("uptimerobot", "up", R, "777000111", "Forum", "", None, E),
    ("uptimerobot", "expiry", P, "777000111/expiry", "Forum", "info", None, None),
]  # fmt: skip
SILENT = [
    ("aws_sns", "insufficient_data"),
    ("aws_sns", "subscription_confirmation"),
    ("cloudevents", "unknown"),
    ("opsgenie_webhook", "note"),
    ("pagerduty_webhook_v3", "note"),
    ("sentry", "issue"),
]
# What only the hook's own address tells: a greeting, and several events in one list.
UNRECOGNISED = {("cloudflare", "test"), ("cloudevents", "batch")}
HERE = sorted({(name, of) for name, of, *_ in [*TABLE, *SILENT]})


def parsed(name, request, options=None):
    return source(name)(request, options or Options())


def spoken(at):
    return at and at.replace(microsecond=0, tzinfo=None).isoformat()


@pytest.mark.parametrize(
    ("name", "of", "kind", "key", "component", "severity", "start", "end"), TABLE, ids=[f"{r[0]}-{r[1]}" for r in TABLE]
)
def test_what_a_request_means(name, of, kind, key, component, severity, start, end):
    """Each recorded request gives the one signal that it should."""
    (signal,) = parsed(name, sample(name, of))

    assert (signal.source, signal.kind, signal.key) == (name, kind, key)
    assert (signal.component, signal.severity) == (component, severity)
    assert (spoken(signal.started), spoken(signal.ended)) == (start, end)


@pytest.mark.parametrize(("name", "of"), SILENT)
def test_what_says_nothing_of_an_outage_gives_no_signal(name, of):
    """Notes, application errors, missing data and confirmations are passed over, not refused."""
    assert parsed(name, sample(name, of)) == []


@pytest.mark.parametrize(("name", "of"), HERE)
def test_the_source_is_recognised(name, of):
    """A hook that takes whatever comes knows which tool has sent it."""
    if (name, of) not in UNRECOGNISED:
        assert detect(sample(name, of)) == name


# Components


@pytest.mark.parametrize(
    ("name", "of", "labels", "component"),
    [
        ("datadog", "triggered", ("env", "host"), "prod"),
        ("datadog", "triggered", ("region",), "ts3"),
        ("gcp_monitoring", "open", ("service",), "forum"),
        ("azure_monitor", "fired", ("service",), "voice"),
        ("new_relic", "legacy_open", ("service",), "voice"),
        ("opsgenie_api", "create_alertmanager", ("instance",), "voice1.example.org:9987"),
        ("alerta", "down", ("service",), "Voice"),
        ("aws_sns", "alarm", ("AlarmName",), "voice-unreachable"),
        ("pagerduty_events_v2", "trigger_full", ("group",), "prod"),
        ("cloudflare", "start", ("zone_name",), "example.org"),
        ("pingdom", "down", ("hostname",), "forum.example.org"),
    ],
)
def test_the_admin_says_where_the_component_stands(name, of, labels, component):
    """Labels of the hook go first; when none of them is there, the source's own order counts."""
    (signal,) = parsed(name, sample(name, of), Options(labels=labels))

    assert signal.component == component


# Odd things


def test_uptimerobot_reads_forms_queries_and_other_spellings():
    """The body is the user's template: a form, a query, names in snake case."""
    told = {"monitor_id": "7", "monitor_friendly_name": "Forum", "alert_type": "1", "alert_details": "*alertDetails*"}
    form = "&".join(f"{name}={text}" for name, text in told.items()).encode()
    ways = [
        Request(NOW, body=json.dumps(told).encode()),
        Request(NOW, body=form, headers={"content-type": "application/x-www-form-urlencoded"}),
        Request(NOW, method="GET", query=told),
    ]

    assert len({parsed("uptimerobot", way)[0] for way in ways}) == 1
    assert parsed("uptimerobot", ways[0])[0].text == ""


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("uptimerobot", "monitorID"), ("datadog", "$ALERT_ID"), ("azure_monitor", "common alert schema")],
)
def test_a_template_without_what_is_needed_is_refused_with_the_remedy(name, remedy):
    """Whoever forgot a field in the tool reads what to write there."""
    for sent in (
        b"{}",
        b'{"schemaId": "AzureMonitorMetricAlert"}',
        b'{"name": "x", "alertType": ""}',
        b"[]",
        b'{"a": "',
    ):
        with pytest.raises(Malformed) as refused:
            parsed(name, Request(NOW, body=sent))
        assert remedy in str(refused.value)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Re-Triggered", P), ("Warn", P), ("No Data", P), ("Renotify", P), ("Warn Recovered", R), ("RECOVERED", R),
    ],
)  # fmt: skip
def test_datadog_has_many_words(word, kind):
    """All transitions of a monitor, in any case."""
    sent = {"ALERT_ID": "1", "ALERT_TRANSITION": word, "ALERT_SCOPE": "$ALERT_SCOPE"}

    (signal,) = parsed("datadog", Request(NOW, body=json.dumps(sent).encode()))

    assert (signal.kind, signal.key) == (kind, "1")


def test_datadog_links_an_outage_by_its_cycle():
    """Trigger and recovery of one outage share the episode."""
    once, again = (parsed("datadog", sample("datadog", of))[0] for of in ("triggered", "recovered"))

    assert once.episode == again.episode == "6265900000000000001"


def test_amazon_without_its_envelope():
    """With "raw message delivery" the alarm itself is the body."""
    envelope = json.loads(sample("aws_sns", "alarm").body)

    (raw,) = parsed("aws_sns", Request(NOW, body=envelope["Message"].encode()))

    assert raw.key == ALARM


def test_confirmation_is_given_for_amazon_alone():
    """A subscription is confirmed by fetching an address, so it must be Amazon's."""
    from notifier.inbound.aws_sns import confirmation

    asked = sample("aws_sns", "subscription_confirmation")
    evil = replace(
        asked, body=asked.body.replace(b"https://sns.eu-central-1.amazonaws.com/?", b"https://evil.example/?")
    )

    assert (confirmation(asked) or "").startswith("https://sns.eu-central-1.amazonaws.com/?Action=Confirm")
    assert confirmation(evil) is None
    assert confirmation(sample("aws_sns", "alarm")) is None
    assert confirmation(Request(NOW, body=b"{")) is None


def test_alerta_without_severity_is_well():
    """As in Alerta itself: no severity means normal; debug and unknown say nothing."""
    told = {"resource": "r", "event": "e", "environment": "E"}

    assert [s.kind for s in parsed("alerta", Request(NOW, body=json.dumps(told).encode()))] == [R]
    for word in ("debug", "unknown"):
        assert parsed("alerta", Request(NOW, body=json.dumps({**told, "severity": word}).encode())) == []


def test_alerta_without_correlation_keeps_events_apart():
    """Two faults of one resource are two problems."""
    told = [{"resource": "r", "event": event, "environment": "E", "severity": "major"} for event in ("disk", "cpu")]

    keys = {parsed("alerta", Request(NOW, body=json.dumps(one).encode()))[0].key for one in told}

    assert keys == {"E/r/disk", "E/r/cpu"}


def test_pingdom_speaks_of_transactions_in_other_words():
    """A transaction check succeeds or fails."""
    for word, kind in (("FAILING", P), ("SUCCESS", R)):
        sent = sample("pingdom", "down").body.decode().replace('"DOWN"', f'"{word}"')
        assert parsed("pingdom", body("pingdom", "down", sent))[0].kind is kind


def test_better_stack_tells_of_more_than_incidents():
    """Monitors and people on call come by the same address and say nothing."""
    sent = sample("better_stack", "started").body.decode()

    assert parsed("better_stack", body("better_stack", "started", sent.replace('"incident"', '"monitor"'))) == []


# Dialects


def test_pagerduty_takes_the_key_that_the_server_made():
    """A trigger without a key gets one from us, by a header of the server; a recorded one is named by its body."""
    sent = sample("pagerduty_events_v2", "trigger_without_key")

    assert parsed("pagerduty_events_v2", sent)[0].key.startswith("unnamed-")
    assert parsed("pagerduty_events_v2", sent) == parsed("pagerduty_events_v2", sent)
    made = replace(sent, headers={**sent.headers, "x-notifier-dedup-key": "made-1"})
    assert parsed("pagerduty_events_v2", made)[0].key == "made-1"


def test_pagerduty_keeps_the_senders_key():
    """The server's header changes nothing when the sender named a key."""
    sent = sample("pagerduty_events_v2", "trigger_full")
    both = replace(sent, headers={"x-notifier-dedup-key": "made-1"})

    assert parsed("pagerduty_events_v2", both) == parsed("pagerduty_events_v2", sent)


def test_only_a_trigger_needs_a_key_of_ours():
    """The server asks before it makes one."""
    from notifier.inbound.pagerduty_events_v2 import needs_key

    assert needs_key(sample("pagerduty_events_v2", "trigger_without_key"))
    assert not needs_key(sample("pagerduty_events_v2", "trigger_full"))
    assert not needs_key(Request(NOW, body=b'{"event_action": "resolve"}'))
    assert not needs_key(Request(NOW, body=b"{"))


@pytest.mark.parametrize(
    "sent", [b"{}", b'{"event_action": "explode", "dedup_key": "k"}', b'{"event_action": "resolve"}']
)
def test_pagerduty_refuses_what_pagerduty_would(sent):
    """An unknown action, or a resolve of nobody knows what."""
    with pytest.raises(Malformed):
        parsed("pagerduty_events_v2", Request(NOW, body=sent))


@pytest.mark.parametrize(
    ("method", "path", "kinds"),
    [
        ("POST", "/v2/alerts/a%2Fb/close", [R]),
        ("POST", "/v2/alerts/a%2Fb/acknowledge", [A]),
        ("POST", "/v2/alerts/a%2Fb/unacknowledge", [P]),
        ("DELETE", "/v2/alerts/a%2Fb", [R]),
        ("POST", "/v2/alerts/a%2Fb/notes", []),
        ("GET", "/v2/alerts/a%2Fb", []),
        ("POST", "/v2/escalations", []),
    ],
)
def test_opsgenie_names_the_alert_in_the_path(method, path, kinds):
    """The alias is what was percent-encoded there."""
    signals = parsed("opsgenie_api", Request(NOW, method, path, {"identifierType": "alias"}))

    assert [signal.kind for signal in signals] == kinds
    assert all(signal.key == "a/b" for signal in signals)


def test_opsgenie_without_alias_has_a_key_of_its_words():
    """The same alert again is the same problem."""
    sent = Request(NOW, path="/v2/alerts", body=b'{"message": "down", "entity": "voice"}')

    assert parsed("opsgenie_api", sent)[0].key == parsed("opsgenie_api", sent)[0].key != ""
    with pytest.raises(Malformed, match="message"):
        parsed("opsgenie_api", replace(sent, body=b"{}"))


# CloudEvents


def test_cloudevents_are_unwrapped():
    """What is inside is taken as if it had come by itself; a batch is several; what is no event is passed over."""
    inner, plain = parsed("cloudevents", sample("cloudevents", "batch"))

    assert (inner.key, inner.title) == ("08d6-1", "Voice server down")
    assert (plain.key, plain.kind) == ("/monitor/forum", P)


def test_cloudevents_with_base64():
    """Data may be packed in base64."""
    from base64 import b64encode

    data = b64encode(sample("pingdom", "down").body).decode()
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data_base64": data}

    (signal,) = parsed("cloudevents", Request(NOW, body=json.dumps(event).encode()))

    assert signal.key == "4711"


def test_cloudevents_by_the_admins_mapping():
    """Where the hook has a mapping, its paths start at the event; the data is under data."""
    options = Options(mapping={"key": "$.subject", "state": "$.data.appinfo", "problem": "1", "component": "$.source"})

    (signal,) = parsed("cloudevents", sample("cloudevents", "unknown"), options)

    assert (signal.key, signal.kind, signal.component) == ("voice1", P, "/monitor")


def test_a_broken_event_leaves_the_others():
    """In a batch, one event with nonsense inside does not lose the rest; alone, it is refused."""
    bad = {
        "specversion": "1.0",
        "id": "1",
        "source": "/x",
        "type": "t",
        "data": {"event_action": "x", "routing_key": "k"},
    }
    good = json.loads(sample("cloudevents", "failed").body)

    assert len(parsed("cloudevents", Request(NOW, body=json.dumps([bad, good]).encode()))) == 1
    with pytest.raises(Malformed):
        parsed("cloudevents", Request(NOW, body=json.dumps(bad).encode()))


def test_events_within_events_end():
    """An event that holds an event that holds an event is passed over."""
    event = {"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data": {}}
    for _ in range(50):
        event = {**event, "data": event}

    assert parsed("cloudevents", Request(NOW, body=json.dumps(event).encode())) == []


# The larger collection

KNOWN = {
    "alerta/node_down": (P, "Production/net1/node_down+node_marginal+node_up"),
    "alerta/node_up": (R, "Production/net1/node_down+node_marginal+node_up"),
    "aws_sns/alarm": (P, "1234567890/EU (Ireland)/bucketbytesAlarm"),
    "azure_monitor/resolved": (
        R,
        "3f2d4487-b0fc-4125-8bd5-7ad17384221e_PipeLineAlertRG_microsoft.insights_metricAlerts_WCUS-R2-Gen2_-117781227",
    ),
    "gcp_monitoring/open_v1_1": (P, "f2e08c333dc64cb09f75eaab355393bz"),
    "gcp_monitoring/closed_v1_1": (R, "f2e08c333dc64cb09f75eaab355393bz"),
    "grafana_oncall_webhook/alerting": (P, "08d6891a-835c-e661-39fa-96b6a9e26552"),
    "new_relic/activated": (P, "c5faa7e6-7b54-402d-af79-f99601e0278c"),
    "new_relic/closed": (R, "95a9344a-2590-48ce-8d83-07e28b6d22c6"),
    "new_relic/legacy_open": (P, "0"),
    "opsgenie_webhook/create": (P, "alert-alias"),
    "opsgenie_webhook/close": (R, "aliastest"),
    "pagerduty_events_v2/trigger_docs": (P, "samplekeyhere"),
    "pagerduty_events_v2/acknowledge_docs": (A, "dedupkeyhere"),
    "pagerduty_events_v2/resolve_docs": (R, "dedupkeyhere"),
    "pagerduty_events_v2/resolve_gatus": (R, "key"),
    "pagerduty_webhook_v3/incident_triggered": (P, "PGR0VU2"),
    "pingdom/down": (P, "803318"),
    "pingdom/up": (R, "803318"),
    "sentry/metric_alert_critical": (P, "4"),
    "sentry/metric_alert_resolved": (R, "4"),
    "uptimerobot/down": (P, "784350743"),
    "uptimerobot/up": (R, "784350743"),
}


@pytest.mark.parametrize("of", KNOWN)
def test_what_others_recorded(of):
    """Requests that other projects have recorded are understood, too."""
    name, _, file = of.partition("/")
    if not COLLECTION.is_dir():
        pytest.skip("the collection of samples is not here")
    assert file in set(names(COLLECTION / name))

    (signal,) = parsed(name, sample(name, file, COLLECTION))

    assert (signal.kind, signal.key) == KNOWN[of]
