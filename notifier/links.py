"""Links that let somebody decide a draft: signed, for one draft and one recipient, for a while.

What stands in a link is no secret but its signature (HMAC-SHA256, RFC 2104). A draft that is decided takes no second
decision, so that a link is of use once.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime, timedelta

from notifier.values import value

VALID = timedelta(days=7)
KEY = "link key"  # the name under which a store keeps the key
_SIGN = 24  # bytes of the signature: more than anybody can guess, and short enough for a message


@value
class Pass:
    """Who may decide which draft until when: the admin channel by which the link went out, and the recipient there."""

    draft: int
    channel: str
    to: str
    until: datetime

    @property
    def who(self) -> str:
        """What the holder is called."""
        return self.to or self.channel


def sign(key: str, granted: Pass) -> str:
    """The text that proves it, fit for an address."""
    said = json.dumps([granted.draft, granted.channel, granted.to, int(granted.until.timestamp())])
    return f"{_text(said.encode())}.{_text(_mac(key, said.encode()))}"


def read(key: str, token: str, now: datetime) -> Pass | None:
    """What the token grants; None when it is forged, broken or too old. Never raises."""
    said, _, proof = token.partition(".")
    try:
        body, mac = _bytes(said), _bytes(proof)
    except (Error, ValueError):
        return None
    if not hmac.compare_digest(mac, _mac(key, body)):
        return None
    draft, channel, to, until = json.loads(body)
    granted = Pass(draft, channel, to, datetime.fromtimestamp(until, UTC))
    return granted if now < granted.until else None


def _mac(key: str, said: bytes) -> bytes:
    return hmac.new(bytes.fromhex(key), said, "sha256").digest()[:_SIGN]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = text.encode("ascii", "replace")
    return urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
