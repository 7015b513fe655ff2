"""PagerDuty's Events API v2 as a server: whatever can speak to PagerDuty can speak to us.

https://developer.pagerduty.com/docs/events-api-v2-overview
"""

from __future__ import annotations

from hashlib import sha256

from notifier.inbound import _hosted, _read
from notifier.inbound._read import Record
from notifier.source import Kind, Malformed, Options, Request, Signal

NAME = "pagerduty_events_v2"
HEADER = "x-notifier-dedup-key"  # added by our server when the sender named no key, which the answer tells it
KINDS = {"trigger": Kind.PROBLEM, "acknowledge": Kind.ACKNOWLEDGED, "resolve": Kind.RECOVERY}
OWN = ("component", "source", "class", "group", "summary")


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an event. Raises Malformed for what PagerDuty itself would refuse."""
    body = _read.record(request)
    said = body.word("event_action")
    if said not in KINDS:
        _read.malformed("event_action must be trigger, acknowledge or resolve.")
    kind = KINDS[said]
    key = _read.key(dedup_key(request))
    if not key and kind is Kind.PROBLEM:
        key = f"unnamed-{sha256(request.body).hexdigest()[:16]}"  # as when a recorded request is read
    if not key:
        _read.malformed("dedup_key is missing: without it nobody knows which problem is meant.")
    about = body.record("payload")
    details = about.record("custom_details")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [details, about], *(about.text(name) for name in OWN)),
            severity=about.text("severity"),
            title=about.text("summary"),
            text=_text(details) or about.text("custom_details"),
            links=_read.links(body.get("client_url"), *(link.get("href") for link in body.records("links"))),
            **_hosted.span(kind, about.time("timestamp", zone=options.zone)),
        )
    ]


def dedup_key(request: Request) -> str:
    """The key as the sender named it, else as our server did; "" if neither. Never raises."""
    try:
        named = _read.record(request).text("dedup_key")
    except Malformed:
        named = ""
    return named or request.headers.get(HEADER, "").strip()


def needs_key(request: Request) -> bool:
    """Whether our server has to make a key: a problem is triggered that has none."""
    try:
        return _read.record(request).word("event_action") == "trigger" and not dedup_key(request)
    except Malformed:
        return False


def _text(details: Record) -> str:
    """What is known in detail, one line each; Alertmanager's lists of alerts as they are."""
    alerts = details.text("firing", "resolved")
    if alerts:
        return alerts
    return _read.paragraphs(*(f"{name}: {said}" for name in details.data if (said := details.text(name))))
