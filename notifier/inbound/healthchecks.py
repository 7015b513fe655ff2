"""Healthchecks, hosted and self-hosted: a webhook integration with the body of docs/hooks.md, or a GET with the same.

https://healthchecks.io/docs/configuring_notifications/
"""

from __future__ import annotations

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

KINDS = {"down": Kind.PROBLEM, "up": Kind.RECOVERY, "paused": Kind.MAINTENANCE}
TRIAL = ("TEST", "42")  # name and number of pings of the check that the button "Test!" makes up
HINT = 'Write $NAME_JSON instead of "$NAME", or send the whole check as $JSON: $NAME is not escaped.'


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal, or none for a state that is neither down nor up. Key: the check's UUID. Raises Malformed."""
    body = _read.record(request, HINT)
    check = body.record("check") or body
    key = _read.key(check.text("uuid", "code", "unique_key") or body.text("code", "uuid") or check.text("slug", "name"))
    status = body.word("status") or check.word("status")  # the check's own is that of the moment, not of the change
    if not key or not status:
        _read.malformed("The request has no UUID of the check ($CODE), or no $STATUS.", HINT)
    kind = KINDS.get(status)
    if kind is None:
        return []
    name, at = check.text("name", "slug"), body.time("now", zone="UTC")
    return [
        _read.signal(
            request,
            "healthchecks",
            key,
            Kind.TEST if (name, check.text("n_pings")) == TRIAL else kind,
            component=_tag(body, check, options) or name,
            severity=body.text("severity"),
            started=at if kind is Kind.PROBLEM else None,
            ended=at if kind is Kind.RECOVERY else None,
            title=f"{name or key} is {status}",
            text=_read.paragraphs(check.text("desc"), _exit(body), body.text("body")),
        )
    ]


def _tag(body: Record, check: Record, options: Options) -> str:
    """The first tag of the check that the hook has in its labels."""
    tags = (check.text("tags") or body.text("tags")).split()
    return _read.first(label for label in options.labels if label in tags)


def _exit(body: Record) -> str:
    status = body.text("exitstatus")
    return "" if status in ("", "-1", "0") else f"Exit status {status}"
