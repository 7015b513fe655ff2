"""Webhook: each word on an incident as JSON to an address of yours, signed by Standard Webhooks 1.0.

    webhook-id: in1-u2-c3              the same on every attempt: drop a repeat by it
    webhook-timestamp: 1321733640      when this attempt was made, in seconds since 1970
    webhook-signature: v1,K5oZ...      base64 of the HMAC-SHA256 of "id.timestamp.body"; only with a secret

    {"type": "incident.update", "id": "in1-u2-c3", "timestamp": "2011-11-19T20:14:00Z", "data": {...}}

The body, too, is the same on every attempt. Source: the specification at standardwebhooks.com.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from channels._http import TIMEOUT, Http, host
from notifier.channel import FOREVER, Limits, Message, Permanent, Receipt, Secret, key, value

PREFIX = "whsec_"
KINDS = {
    "retract": "incident.retracted",
    "notice": "admin.notice",
    "draft": "admin.draft",
    "test": "test",
}  # step: type


@value
class Config:
    """Where the updates go, and how the receiver knows that they are ours."""

    url: Secret = key("address that takes the POST; kept secret, as it may hold a token")
    secret: Secret = key('signing secret that the receiver knows too: "whsec_" and base64, or any text', Secret)


def connect(config: Config) -> Webhook:
    """The channel, not yet connected."""
    return Webhook(config)


class Webhook:
    """One receiver."""

    limits = Limits(same_key=FOREVER, facts=True)

    def __init__(self, config: Config) -> None:
        self.timeout = TIMEOUT
        self._config = config
        self._http = Http((config.url, config.secret))

    def post(self, message: Message) -> Receipt:
        """Deliver it. Only 2xx is success; 410 (Gone) is the receiver's way to say: never again."""
        url, content = self._config.url.reveal(), body(message)
        headers = {"Content-Type": "application/json", **self._stamped(message.key, content)}
        answer = self._http.send("POST", url, self.timeout, data=content, headers=headers)
        if answer.status_code == 410:
            raise Permanent(f"{host(url)} wants no more updates (410 Gone): remove this channel", whole=True)
        if not 200 <= answer.status_code < 300:
            raise self._http.refusal(answer, idempotent=True)
        return Receipt(id=message.key)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _stamped(self, id: str, content: bytes) -> dict[str, str]:
        """The headers of an attempt made now."""
        at = str(int(time.time()))
        headers = {"webhook-id": id, "webhook-timestamp": at}
        if self._config.secret:
            headers["webhook-signature"] = signature(self._config.secret.reveal(), id, at, content)
        return headers


def body(message: Message) -> bytes:
    """The JSON that tells a message, with ASCII characters only; times come from its facts, never from a clock."""
    facts = message.data
    if facts is None:
        words = {"title": message.title, "text": message.text, "lang": message.lang, "link": message.link}
        return json.dumps({"type": "message", "id": message.key, "data": words}).encode()
    told = {"type": KINDS.get(facts.get("step", ""), "incident.update"), "id": message.key, "timestamp": _at(facts)}
    return json.dumps({**{name: one for name, one in told.items() if one}, "data": facts}).encode()


def _at(facts: Mapping[str, Any]) -> str | None:
    """When it happened: the update's time, of an incident as a whole its end or its beginning."""
    update, incident = facts.get("update") or {}, facts.get("incident") or {}
    times = (update.get("at"), incident.get("resolved_at"), incident.get("opened_at"))
    return next((time for time in times if time), None)


def signature(secret: str, id: str, at: str, content: bytes) -> str:
    """The value of webhook-signature. Raises Permanent when the secret begins with "whsec_" and goes on without base64.

    ``at``: the value of webhook-timestamp. A secret without the prefix is the key itself, in UTF-8.
    """
    import base64
    import hmac

    signed = b".".join((id.encode(), at.encode(), content))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, "sha256")).decode()


def _key(secret: str) -> bytes:
    import base64

    if not secret.startswith(PREFIX):
        return secret.encode()
    coded = secret.removeprefix(PREFIX).rstrip("=")
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    except ValueError:
        raise Permanent(f'the signing secret begins with "{PREFIX}", but no base64 follows', whole=True) from None
