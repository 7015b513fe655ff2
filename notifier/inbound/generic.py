"""Whatever there is no source of its own for: the hook's mapping says where things are and what words mean.

A mapping holds paths (``key = "$.check.id"``) and lists of words (``problem = "down,critical"``). Where it is silent,
common names and words are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from notifier.inbound import _read, _words
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

PATHS = {  # where things are looked for if the mapping does not say
    "key": "key, alert_key, dedup_key, fingerprint, alert_id, incident_id, monitor_id, check_id, event_id, id, uuid",
    "state": "state, status, alert_state, event_type, event_action, action, event",
    "component": "component, service, monitor, check, host, hostname, instance, resource, source, name",
    "severity": "severity, priority, level, urgency",
    "title": "title, summary, subject, alert_name, alertname, name",
    "text": "text, description, message, msg, details, body, output",
    "started": "started_at, starts_at, start_time, started, start, timestamp, time, date",
    "ended": "ended_at, ends_at, end_time, resolved_at, ended, end",
    "link": "link, url, alert_url, dashboard_url",
    "episode": "episode",
}
LISTS = ("each", "ignore")  # further keys of a mapping: the path of a list, words to pass over
MAPPING = (*PATHS, *LISTS, *(kind.value for kind in _words.WORDS))
HINT = 'Set the paths in the hook\'s mapping, such as key = "$.check.id" and state = "$.status".'
STATE_HINT = "Add it to problem, recovery or ignore in the hook's mapping."
_STEP = re.compile(r"""\[(\d{1,6})\]|\[["']([^"'\]]*)["']\]|\.?([^.\[\]]+)""")


def parse(request: Request, options: Options) -> list[Signal]:
    """A signal for the request, or for each element of the list that ``each`` names; none for a state to ignore.

    Key: what the mapping says, else the first common name that is there, else component and title. Raises Malformed.
    """
    came = _read.payload(request, HINT)
    path = options.mapping.get("each", "")
    many = at(came, path) if path else came
    if path and not isinstance(many, list):
        _read.malformed(f'There is no list at "{_read.line(path, 60)}".', HINT)
    found = (_signal(request, options, one) for one in (many if isinstance(many, list) else [many]))
    return [signal for signal in found if signal]


def _signal(request: Request, options: Options, data: Any) -> Signal | None:
    if not isinstance(data, dict):
        _read.malformed("There is no object to read.", HINT)
    said = {name: _read.words(_found(data, name, options)) for name in PATHS}
    if _read.fold(said["state"]) in [_read.fold(w) for w in options.mapping.get("ignore", "").split(",") if w.strip()]:
        return None
    key = _read.key(said["key"])
    if not key and "key" in options.mapping:
        _read.malformed(f'There is nothing at key = "{_read.line(options.mapping["key"], 60)}".', HINT)
    key = key or _read.key(said["component"], said["title"] if said["title"] != said["component"] else "")
    if not key:
        _read.malformed("There is nothing to know the problem by.", HINT)
    kind = _words.told(said["state"], options, STATE_HINT if said["state"] else HINT)
    started = _read.moment(_found(data, "started", options), options.zone)
    ended = _read.moment(_found(data, "ended", options), options.zone)
    mapped = kind is Kind.PROBLEM or "started" in options.mapping  # "time" of a recovery is no start
    return _read.signal(
        request,
        "generic",
        key,
        kind,
        component=Record(data).text(*options.labels) or said["component"],
        severity=said["severity"],
        started=started if mapped or ended else None,
        ended=ended or (None if mapped else started),
        title=said["title"] or key,
        text=said["text"],
        links=_read.links(said["link"]),
        episode=said["episode"],
    )


def _found(data: Any, name: str, options: Options) -> Any:
    """What the first path of several leads to: the mapping's, separated by commas, or the common ones."""
    paths = options.mapping.get(name) or PATHS[name]
    values = (at(data, path.strip()) for path in paths.split(","))
    return next((value for value in values if value is not None and not isinstance(value, dict | list)), None)


def at(data: Any, path: str) -> Any:
    """What a path leads to, such as "$.alerts[0].labels['job.name']"; None when there is nothing. Names match exactly,
    else without regard to case and separators; texts that hold JSON are opened."""
    for step in steps(path):
        data = _read.opened(data)
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and step < len(data) else None
        else:
            data = Record(data).get(step) if isinstance(data, dict) else None
    return None if isinstance(data, str) and _read.absent(data) else data


def steps(path: str) -> Iterator[str | int]:
    """The steps of a path: names and places in lists."""
    for found in _STEP.finditer(path.removeprefix("$")):
        yield int(found[1]) if found[1] else found[2] or found[3] or ""


def checked(mapping: dict[str, str]) -> list[str]:
    """What is wrong with a mapping, for whoever reads the configuration; empty when nothing is."""
    from difflib import get_close_matches

    wrong = []
    for name in mapping:
        if name not in MAPPING:
            near = get_close_matches(name, MAPPING, 1)
            meant = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(MAPPING)}"
            wrong.append(f'"{name}" is no key of a mapping: {meant}')
    return wrong
