"""Amazon SNS with the alarms of CloudWatch. The alarm is JSON inside the string ``Message``, or the body itself where
the subscription has "raw message delivery".

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Malformed, Options, Request, Signal

NAME = "aws_sns"
KINDS = {"alarm": Kind.PROBLEM, "ok": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal an alarm. INSUFFICIENT_DATA says nothing, nor do confirmations and messages that are no alarms."""
    body = _read.record(request)
    alarm = body.record("Message") if "TopicArn" in body else body
    account = alarm.text("AWSAccountId"), alarm.text("Region"), alarm.text("AlarmName")
    key = _read.key(alarm.text("AlarmArn")) or _read.key(*account)
    kind = _hosted.kind(KINDS, alarm.word("NewStateValue"))
    if not key or kind is None:
        return []
    pairs = alarm.record("Trigger").records("Dimensions")
    known = _read.Record({pair.text("name"): pair.text("value") for pair in pairs})
    name = alarm.text("AlarmName")
    return [
        _read.signal(
            request,
            NAME,
            key,
            kind,
            component=_hosted.component(options, [known, alarm], *known.data.values(), name),
            title=body.text("Subject") or name,
            text=_read.paragraphs(alarm.text("AlarmDescription"), alarm.text("NewStateReason")),
            **_hosted.span(kind, alarm.time("StateChangeTime", zone=options.zone)),
        )
    ]


def confirmation(request: Request) -> str | None:
    """The address to be fetched to confirm a subscription, if this asks for it and the address is Amazon's."""
    try:
        body = _read.record(request)
    except Malformed:
        return None
    url = body.text("SubscribeURL")
    return url if body.text("Type") == "SubscriptionConfirmation" and amazon(url) else None


def amazon(url: str) -> bool:
    """Whether an address belongs to Amazon SNS: https and sns.<region>.amazonaws.com, in China with .cn.

    https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
    """
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return False
    plain = split.scheme == "https" and port in (None, 443) and "@" not in split.netloc and "\\" not in url
    return plain and _AMAZON.fullmatch(split.hostname or "") is not None


_AMAZON = re.compile(r"sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?", re.ASCII)
