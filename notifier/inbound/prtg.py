"""PRTG: the action "Execute HTTP", whose form fields the admin chooses. Words may be English or German.

https://www.paessler.com/manuals/prtg/list_of_placeholders_for_notifications
"""

from __future__ import annotations

import re

from notifier.inbound import _read, _words
from notifier.source import Kind, Options, Request, Signal

SILENT = ("unknown", "unbekannt", "none", "keine", "nodata", "collecting")
KINDS = {"unusual": Kind.PROBLEM, "ungewöhnlich": Kind.PROBLEM, "partial": Kind.PROBLEM, "teilweise": Kind.PROBLEM}
_NOW = re.compile(r"\((?:now|jetzt):\s*([^)]*)\)")
_AGAIN = re.compile(r"\b(?:escalation|eskalation|repeat|wiederholung)\b")
_ADDED = re.compile(r"\((acknowledged|bestätigt)\)")
HINT = "Post status=%status and sensorid=%sensorid with the other fields of docs/hooks.md."


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for a sensor without a known state. Key: the sensor's id. Raises Malformed."""
    body = _read.record(request, HINT)
    device, sensor = body.text("device"), body.text("sensor", "name")
    linked = re.search(r"[?&]id=(\d{1,20})", body.text("linksensor")[:2000])
    key = _read.key(body.text("sensorid", "id") or (linked[1] if linked else "")) or _read.key(device, sensor)
    status = body.text("status", "laststatus")
    if not key or not status:
        _read.malformed("There is no sensorid, or no status.", HINT)
    kind = told(status, options)
    if kind is None:
        return []
    since = body.time("statesince", "since", zone=options.zone)
    now = body.time("datetime", "lastcheck", zone=options.zone)
    return [
        _read.signal(
            request,
            "prtg",
            key,
            kind,
            component=body.text(*options.labels) or device or sensor,
            severity=body.text("severity") or status,
            started=since or now if kind is Kind.PROBLEM else None,
            ended=since or now if kind is Kind.RECOVERY else None,
            title=f"{sensor} on {device}: {status}" if sensor and device else f"{sensor or device or key}: {status}",
            text=_read.paragraphs(body.text("lastmessage", "message"), body.text("comments", "commentssensor")),
            links=_read.links(body.get("linksensor"), body.get("linkdevice")),
        )
    ]


def told(status: str, options: Options) -> Kind | None:
    """What a status says, such as "Down", "Fehler (Bestätigt)" or "Down ended (now: Up)". Raises Malformed."""
    said = _read.line(status).casefold()
    if now := _NOW.search(said):
        said = now[1]
    if _ADDED.search(said):
        return Kind.ACKNOWLEDGED
    said = _AGAIN.sub("", said.partition("(")[0]).strip()
    if _read.fold(said) in SILENT:
        return None
    return KINDS.get(said) or _words.told(said, options, "Add it to problem or recovery in the hook's mapping.")
