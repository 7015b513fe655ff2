"""CloudEvents 1.0 over HTTP: structured, binary and in batches. What is inside is looked at anew; what is no known
source's is taken by the admin's mapping, or else by the common words.

https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from notifier.inbound import _hosted, _read, _words, detect
from notifier.inbound import source as named
from notifier.inbound._read import Record
from notifier.source import Malformed, Options, Request, Signal
from notifier.values import replace

NAME = "cloudevents"


def parse(request: Request, options: Options) -> list[Signal]:
    """The signals of all events. In a batch, one that is malformed does not take the others with it."""
    found: list[Signal] = []
    events = _events(request)
    broken = None
    for attributes, data in events:
        try:
            found += _signals(request, options, attributes, data)
        except Malformed as error:
            broken = error
    if broken and not found:
        raise broken
    return found


def _events(request: Request) -> list[tuple[Record, bytes]]:
    """The attributes and the data of each event."""
    if "ce-specversion" in request.headers:
        names = {name[3:]: unquote(said) for name, said in request.headers.items() if name.startswith("ce-")}
        return [(Record(names), request.body)]
    came = _read.payload(request)
    batch = came if isinstance(came, list) else [came]
    return [(Record(event), _data(event)) for event in batch if isinstance(event, dict)]


def _data(event: Mapping[str, Any]) -> bytes:
    """The data as it would be a body of its own."""
    if isinstance(packed := event.get("data_base64"), str):
        try:
            return base64.b64decode(packed.encode("ascii", "replace"), validate=True)
        except (binascii.Error, ValueError):
            _read.malformed("data_base64 is not base64.")
    data = event.get("data")
    return data.encode("utf-8", "replace") if isinstance(data, str) else b"" if data is None else _dumped(data)


def _dumped(data: Any) -> bytes:
    try:
        return json.dumps(data).encode()
    except RecursionError:
        _read.malformed("The data is nested too deeply.")


def _signals(request: Request, options: Options, attributes: Record, data: bytes) -> list[Signal]:
    """What the inner source says; else what the admin's mapping finds in the event, its data under ``data``."""
    headers = {name: said for name, said in request.headers.items() if name != "content-type" and name[:3] != "ce-"}
    inner = replace(request, headers=headers, body=data, query={}, path="")
    within = detect(inner)
    if within not in (NAME, "generic"):
        return [replace(one, source=NAME) for one in named(within)(inner, options)]
    opened = _read.opened(_read.decoded(data))
    if options.mapping:
        whole = replace(inner, body=_dumped({**attributes.data, "data": opened}))
        return [replace(one, source=NAME) for one in named("generic")(whole, options)]
    return _plain(request, options, attributes, Record(opened if isinstance(opened, dict) else None))


def _plain(request: Request, options: Options, attributes: Record, body: Record) -> list[Signal]:
    """By the words that most would use; an event of which the state is unknown says nothing."""
    last = _read.line(attributes.text("type")).casefold().rpartition(".")[2]
    words = body.text("state"), body.text("status"), last
    kind = next((known for word in words if (known := _words.kind(word, options))), None)
    subject = attributes.text("subject")
    key = _read.key(body.text("key", "dedup_key", "alert_id")) or _read.key(attributes.text("source"), subject)
    if not key or kind is None:
        return []
    own = [*(body.text(name) for name in ("component", "service", "host")), subject, attributes.text("source")]
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [body, attributes], *own),
            severity=body.text("severity", "priority"),
            title=body.text("title", "summary", "name") or attributes.text("type"),
            text=body.text("text", "message", "description"),
            links=_read.links(body.get("url"), body.get("link")),
            **_hosted.span(kind, attributes.time("time", zone=options.zone)),
        )
    ]
