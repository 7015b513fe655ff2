"""Zabbix 5.0 and later: the media type "Webhook" of examples/monitoring, or a script with other names.

All values are texts; macros without a value arrive as their own name in braces.
https://www.zabbix.com/documentation/current/en/manual/appendix/macros/supported_by_location
"""

from __future__ import annotations

import re
from datetime import datetime

from notifier.inbound import _read, _words
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

SEVERITIES = ("Not classified", "Information", "Warning", "Average", "High", "Disaster")
TAGS = ("component", "service")
STATUS = ("EVENT.STATUS", "TRIGGER.STATUS", "status", "state", "ALERT.STATUS")
VALUE = ("EVENT.VALUE", "TRIGGER.VALUE")
VALUES = {"1": Kind.PROBLEM, "0": Kind.RECOVERY}
LINK = re.compile(r"[?&](eventid|triggerid)=(\d{1,20})")
HINT = "Let the script of the media type send JSON.stringify(params), with EVENT.ID, EVENT.VALUE and EVENT.NAME."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. Key: the problem's event id, which its recovery has, too; else the trigger's. Raises Malformed."""
    body = _read.record(request, HINT)
    name = body.text("EVENT.NAME", "TRIGGER.NAME", "trigger", "problem", "name", "ALERT.SUBJECT", "subject", "title")
    host = body.text("HOST.NAME", "HOST.HOST", "host", "HOST.DNS", "HOST.IP")
    key = _key(body, host, name)
    if not key:
        _read.malformed("There is no EVENT.ID, and nothing else to know the problem by.", HINT)
    kind = _kind(body, options)
    return [
        _read.signal(
            request,
            "zabbix",
            key,
            kind,
            component=_component(body, options) or host,
            severity=_severity(body),
            started=_time(body, "EVENT", options.zone),
            ended=_time(body, "EVENT.RECOVERY", options.zone) if kind is Kind.RECOVERY else None,
            title=name or key,
            text=_read.paragraphs(
                body.text("EVENT.OPDATA"),
                body.text("EVENT.UPDATE.MESSAGE"),
                body.text("TRIGGER.DESCRIPTION"),
                body.text("message", "ALERT.MESSAGE"),
            ),
            links=_read.links(body.get("TRIGGER.URL"), body.get("link", "url")),
        )
    ]


def _key(body: Record, host: str, name: str) -> str:
    ids = dict(LINK.findall(body.text("link", "url", "TRIGGER.URL")[:2000]))
    event = body.text("EVENT.ID")
    trigger = body.text("TRIGGER.ID") or ids.get("triggerid", "")  # the link's event is another one on recovery
    return _read.key(event or (f"trigger-{trigger}" if trigger else ids.get("eventid", ""))) or _read.key(host, name)


def _kind(body: Record, options: Options) -> Kind:
    """By the value of the event, else by its words. An update of a problem is one, unless it acknowledges it."""
    found = VALUES.get(body.text(*VALUE)) or _words.kind(body.text(*STATUS), options)
    found = found or _words.kind(body.text("ALERT.SUBJECT", "subject").partition(":")[0].partition(" ")[0], options)
    if found is None:
        found = _words.told(body.text(*STATUS), options, HINT)
    action = body.word("EVENT.UPDATE.ACTION")
    if found is Kind.PROBLEM and body.text("EVENT.UPDATE.STATUS") == "1" and re.search(r"\backnowledged\b", action):
        return Kind.ACKNOWLEDGED
    return found


def _component(body: Record, options: Options) -> str:
    """The value of a tag, or of a macro that the hook names."""
    tags = {_read.fold(tag.text("tag")): tag.text("value") for tag in body.records("EVENT.TAGSJSON")}
    for pair in body.text("EVENT.TAGS").split(","):
        tag, _, value = pair.partition(":")
        tags.setdefault(_read.fold(tag), value.strip())
    wanted = options.labels or TAGS
    return _read.first(tags.get(_read.fold(name), "") for name in wanted) or body.text(*options.labels)


def _severity(body: Record) -> str:
    """By its number, as the admin may have renamed the words."""
    number = body.text("EVENT.NSEVERITY", "TRIGGER.NSEVERITY", "nseverity")
    if number in ("0", "1", "2", "3", "4", "5"):
        return SEVERITIES[int(number)]
    return body.text("EVENT.SEVERITY", "TRIGGER.SEVERITY", "severity", "priority")


def _time(body: Record, what: str, zone: str) -> datetime | None:
    return _read.moment(f"{body.text(f'{what}.DATE')} {body.text(f'{what}.TIME')}", zone)
