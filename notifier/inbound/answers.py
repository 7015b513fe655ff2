"""What a hook answers: each sender takes something else for success.

An answer is a status and a small object, to be sent as JSON; :func:`handshake` has headers instead. 200 for all but
the two dialects that promise 202. Repeats and what is passed over are successes, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from notifier.inbound import pagerduty_events_v2
from notifier.source import Request, Signal

Answer = tuple[int, dict[str, Any]]
PAGERDUTY, OPSGENIE = "pagerduty_events_v2", "opsgenie_api"


def taken(source: str, request: Request, signals: Sequence[Signal] | None = None) -> Answer:
    """It is stored. ``signals``: how many there were, None if nobody has looked yet."""
    if source == PAGERDUTY:
        key = pagerduty_events_v2.dedup_key(request)
        return 202, {"status": "success", "message": "Event processed", "dedup_key": key}
    if source == OPSGENIE:
        return 202, {"result": "Request will be processed", "took": 0.0, "requestId": _request_id(request)}
    return 200, {"status": "ok"} if signals is None else {"status": "ok", "signals": len(signals)}


def malformed(source: str, why: str) -> Answer:
    """It can never be read. ``why`` is the text of Malformed."""
    if source == PAGERDUTY:
        return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": [why]}
    if source == OPSGENIE:
        return 400, {"message": why, "took": 0.0, "requestId": ""}
    return 400, {"status": "error", "message": why}


def refused(source: str, scheme: str = "") -> Answer:
    """The secret is missing or wrong. The sender does not learn which: the admin reads it in our log.

    401 for the scheme ``basic``, to be sent with the headers of :func:`challenge`, as some send user and password only
    when they are asked; else 403.
    """
    said = "This address or its secret is not known."
    status = 401 if challenge(scheme) else 403
    if source == PAGERDUTY:
        return status, {"status": "invalid key", "message": said, "errors": [said]}
    if source == OPSGENIE:
        return status, {"message": said, "took": 0.0, "requestId": ""}
    return status, {"status": "error", "message": said}


def challenge(scheme: str) -> dict[str, str]:
    """The headers that ask for user and password (RFC 7617); none for other schemes."""
    return {"WWW-Authenticate": 'Basic realm="hook", charset="UTF-8"'} if scheme == "basic" else {}


def busy(source: str) -> Answer:
    """It cannot be stored now: who repeats shall do so."""
    said = "It cannot be stored at the moment. Try again."
    return 503, {"message": said} if source == OPSGENIE else {"status": "error", "message": said}


def too_large(most: int) -> Answer:
    """The body has more than ``most`` bytes."""
    return 413, {"status": "error", "message": f"The body is larger than {most} bytes."}


def handshake(request: Request) -> dict[str, str] | None:
    """The headers that answer, with status 200, a CloudEvents sender who asks whether it may send; None if none asks.

    https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
    """
    origin = request.headers.get("webhook-request-origin", "")
    if request.method.upper() != "OPTIONS" or not _ORIGIN.fullmatch(origin):
        return None
    rate = request.headers.get("webhook-request-rate", "")
    allowed = rate if rate.isascii() and rate.isdigit() and 0 < len(rate) <= 6 else "*"
    return {"Allow": "POST", "WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": allowed}


_ORIGIN = re.compile(r"[A-Za-z0-9.:*_-]{1,253}", re.ASCII)


def _request_id(request: Request) -> str:
    """Looks like Opsgenie's, a UUID; equal for equal requests."""
    digest = sha256(request.path.encode("utf-8", "surrogatepass") + b"\n" + request.body).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
