"""Opsgenie's alert API as a server: create, acknowledge and close. The key of a close is in the path alone.

https://docs.opsgenie.com/docs/alert-api
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from notifier.inbound import _hosted, _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

NAME = "opsgenie_api"
KINDS = {
    ("POST", ""): Kind.PROBLEM,
    ("POST", "acknowledge"): Kind.ACKNOWLEDGED,
    ("POST", "unacknowledge"): Kind.PROBLEM,
    ("POST", "close"): Kind.RECOVERY,
    ("DELETE", "delete"): Kind.RECOVERY,
}
_PATH = re.compile(r"/v2/alerts(?:/([^/]+)(?:/([a-z]+))?)?/?")


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal a call. Notes, tags, look-ups and the like say nothing."""
    found = _PATH.search(request.path)
    if not found and request.path.strip("/"):
        return []
    alias, action = (found[1] or "", found[2] or "") if found else ("", "")
    kind = KINDS.get((request.method.upper(), action or ("delete" if alias else "")))
    if kind is None:
        return []
    body = _read.record(request) if request.body.strip() else Record()
    message = body.text("message")
    if alias:
        return [_read.signal(request, NAME, key, kind, text=body.text("note"))] if (key := _named(alias)) else []
    if not message and not body.text("alias"):
        _read.malformed("message is missing: an alert needs one, and an alias to be closed by.")
    details = body.record("details")
    own = [body.text("entity"), details.text("service"), *body.texts("tags"), body.text("source"), message]
    return [
        _read.signal(
            request,
            NAME,
            _read.key(body.text("alias")) or _read.digest(message, body.text("entity")),
            kind,
            component=_hosted.component(options, [details, body], *own),
            severity=body.text("priority"),
            title=message,
            text=body.text("description"),
            links=_read.links(body.get("source")),
        )
    ]


def _named(alias: str) -> str:
    """The key that a path names."""
    return _read.key(unquote(alias))
