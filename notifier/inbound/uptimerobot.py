"""UptimeRobot, webhook alert contact. The body is a template of the user's: names in any case, JSON, form or query.

https://uptimerobot.com/help/notifications/web-hook-notifications/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read, _words
from notifier.source import Kind, Options, Request, Signal

NAME = "uptimerobot"
HINT = (
    "In UptimeRobot, let the webhook send monitorID, monitorFriendlyName, monitorURL, alertType and alertDetails, "
    "with quotes around each variable."
)
KINDS = {
    "1": Kind.PROBLEM,
    "down": Kind.PROBLEM,
    "2": Kind.RECOVERY,
    "up": Kind.RECOVERY,
    "99": Kind.MAINTENANCE,
    "paused": Kind.MAINTENANCE,
}
EXPIRY = ("3", "ssl expiry", "domain expiry")


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. A certificate or domain that expires soon is a problem of its own, "info", which has no recovery."""
    body = _read.record(request, HINT)
    who = body.text("monitorID", "monitorURL", "monitorFriendlyName")
    said = body.word("alertType"), body.word("alertTypeFriendlyName")
    if not who or not any(said):
        _read.malformed("There is no monitorID, or no alertType.", HINT)
    expiry = any(word in EXPIRY for word in said)
    kind = Kind.PROBLEM if expiry else _hosted.kind(KINDS, *said) or _words.kind(said[0], options)
    if kind is None:
        return []
    name = body.text("monitorFriendlyName", "monitorURL")
    return [
        _read.signal(
            request,
            NAME,
            _read.key(who, "expiry" if expiry else ""),
            kind,
            component=_hosted.component(options, [body], name),
            severity="info" if expiry else body.text("severity"),
            title=f"{name} {body.text('alertTypeFriendlyName', 'alertType')}",
            text=body.text("alertDetails"),
            links=_read.links(body.get("monitorURL")),
            **_hosted.span(kind, body.time("alertDateTime", zone=options.zone)),
        )
    ]
