"""Uptime Kuma 1 and 2: a notification of type webhook, as JSON, form-data, by GET, or with a body of one's own.

https://github.com/louislam/uptime-kuma
"""

from __future__ import annotations

import re

from notifier.inbound import _read, _words
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {"0": Kind.PROBLEM, "1": Kind.RECOVERY, "3": Kind.MAINTENANCE}  # 2 is pending
TEST = " Testing"  # the end of the text that the Test button sends
SAID = re.compile(r"\s*\[(?P<name>[^\n]{1,200}?)\] \[(?P<state>[^\]\n]{1,30})\] ?(?P<text>.*)", re.DOTALL)
HINT = (
    'Choose the body "application/json", or in a custom body: '
    '{"heartbeat": {{ heartbeatJSON | json }}, "monitor": {{ monitorJSON | json }}, "msg": {{ msg | json }}}.'
)


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for a monitor that is pending. Key: the monitor's id.

    A warning about a certificate or domain is a problem of severity info that no recovery follows. Raises Malformed.
    """
    body = _read.record(request, HINT)
    beat, monitor = body.record("heartbeat"), body.record("monitor")
    said = body.text("msg", "message", "body", "text")
    if beat or monitor:
        return _beaten(request, options, beat, monitor, said)
    if not said:
        _read.malformed("The body has no heartbeat and no msg.", HINT)
    if said.endswith(TEST):
        return [_read.signal(request, "uptime_kuma", "test", Kind.TEST, title=said)]
    found = SAID.fullmatch(said)
    kind = _words.kind(found["state"], options) if found else None
    if found and kind:
        return [_told(request, found, kind, said)]
    return [_warning(request, said)]


def _beaten(request: Request, options: Options, beat: Record, monitor: Record, said: str) -> list[Signal]:
    kind, state = KINDS.get(beat.text("status")), beat.text("status")
    key = _read.key(monitor.text("id") or beat.text("monitorID") or monitor.text("name"))
    if not key or not state:
        _read.malformed("The body has no monitor.id, or no heartbeat.status.", HINT)
    if kind is None:
        return []
    tags = {_read.fold(tag.text("name")): tag.text("value", "name") for tag in monitor.records("tags")}
    labelled = _read.first(tags.get(_read.fold(name), "") for name in options.labels)
    at = beat.time("time", zone="UTC")
    fresh = beat.get("important") is not False  # a repeat bears the time of the newest beat
    return [
        _read.signal(
            request,
            "uptime_kuma",
            key,
            kind,
            component=labelled or monitor.text("name", "pathName"),
            severity=tags.get("severity", ""),
            started=(at if fresh else None) if kind is Kind.PROBLEM else beat.time("lastDownTime", zone="UTC"),
            ended=at if kind is Kind.RECOVERY else None,
            title=said or monitor.text("name"),
            text=_read.paragraphs(beat.text("msg"), monitor.text("description")),
            links=_read.links(monitor.get("url")),
        )
    ]


def _told(request: Request, found: re.Match[str], kind: Kind, said: str) -> Signal:
    """By the text alone, as a body of one's own may hold no more."""
    key = _read.key(found["name"]) or _read.digest(said)
    name = found["name"]
    return _read.signal(request, "uptime_kuma", key, kind, component=name, title=said, text=found["text"])


def _warning(request: Request, said: str) -> Signal:
    """A certificate or domain that expires. The days that are left are no part of the key."""
    key = _read.key("warning", re.sub(r"\d+(?= days?\b)", "", said))
    named = re.match(r"\s*\[([^\]\n]{1,200})\]", said)
    component = named[1] if named else ""
    return _read.signal(request, "uptime_kuma", key, Kind.PROBLEM, component=component, severity="info", title=said)
