"""How a sender proves that it knows a hook's secret: one function a scheme, bare secrets first, then signatures.

All comparisons take the same time whether or not, and where, two texts differ; all secrets of a guard are always
compared, so that nothing tells the old one from the new one while a secret is being changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote

from notifier.channel import Secret, value
from notifier.inbound import _read
from notifier.inbound.aws_sns import amazon
from notifier.source import Malformed, Request

OWN = {"query": "token", "header": "cf-webhook-auth"}  # where a scheme looks when the guard names no place


class Reason(StrEnum):
    """Why a request is refused."""

    MISSING = "missing"  # it brought no secret or signature at all
    WRONG = "wrong"  # what it brought is of nobody we know
    OLD = "too old"  # signed rightly, but too long ago, or in the future: a replay, or a wrong clock
    MALFORMED = "malformed"  # what it brought cannot be read
    UNSET = "unset"  # no secret is set on our side, or none can be read


@value
class Guard:
    """How a hook's senders prove who they are.

    scheme: one of SCHEMES. secrets: any of them is accepted, so that one can be changed without a gap; for ``basic``
    each is "user:password". name: of the query parameter (``query``), the header (``header``, ``grafana``) or the
    field of the body (``body``); "" for the scheme's own. stamp: name of the header that holds the time of signing
    (``grafana``), "" if there is none. tolerance: how many seconds a signed time may differ from ours.
    """

    scheme: str
    secrets: tuple[Secret, ...] = ()
    name: str = ""
    stamp: str = ""
    tolerance: float = 300


@value
class Accepted:
    """Somebody who knows the secret sent it.

    id: the sender's own idempotency key, signed with the rest, or "". signed: by a signature over the body, which who
    overheard the request could send again.
    """

    id: str = ""
    signed: bool = False


class No(Exception):
    """Not accepted: ends a scheme."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


def encoded(text: str) -> bytes:
    """UTF-8, whatever the text holds."""
    return text.encode("utf-8", "surrogatepass")


def same(given: Iterable[bytes], expected: Sequence[bytes]) -> bool:
    """Whether any of ``given`` is any of ``expected``. Compares all of them, each in constant time."""
    found = False
    for one in given:
        for other in expected:
            found |= hmac.compare_digest(one, other)
    return found


def _bare(given: list[str], keys: list[bytes], where: str) -> Accepted:
    """A secret that is shown as it is."""
    given = [text for text in given if text]
    if not given:
        raise No(Reason.MISSING, f"no secret in {where}")
    if not same([encoded(text) for text in given], keys):
        raise No(Reason.WRONG, f"the secret in {where} is not this hook's")
    return Accepted()


def _credentials(request: Request, words: tuple[str, ...]) -> str:
    """What follows one of these words in the header Authorization (RFC 9110, 11.6.2); the word in any case."""
    word, _, rest = request.headers.get("authorization", "").strip().partition(" ")
    return rest.strip() if word.lower() in words else ""


def _bearer(request: Request, _: Guard, keys: list[bytes], __: datetime) -> Accepted:
    """Authorization: Bearer (RFC 6750), GenieKey (Opsgenie), Token, also as ``Token token=...`` (PagerDuty)."""
    said = _credentials(request, ("bearer", "geniekey", "token")).removeprefix("token=").strip('"')
    return _bare([said], keys, "the header Authorization")


def _basic(request: Request, _: Guard, keys: list[bytes], __: datetime) -> Accepted:
    """Authorization: Basic, base64 of user:password (RFC 7617)."""
    said = _credentials(request, ("basic",))
    if not said:
        raise No(Reason.MISSING, "no user and password in the header Authorization")
    try:
        pair = base64.b64decode(encoded(said), validate=True)
    except (binascii.Error, ValueError):
        raise No(Reason.MALFORMED, "the header Authorization: Basic is not base64 of user:password") from None
    if not same([pair], keys):
        raise No(Reason.WRONG, "user and password in the header Authorization are not this hook's")
    return Accepted()


def _path(request: Request, _: Guard, keys: list[bytes], __: datetime) -> Accepted:
    """The secret is one part of the path."""
    parts = request.path.split("/")
    return _bare([*parts, *map(unquote, parts)], keys, "the address")


def _query(request: Request, guard: Guard, keys: list[bytes], _: datetime) -> Accepted:
    """The secret is a parameter of the address."""
    name = guard.name or OWN["query"]
    return _bare([request.query.get(name, "")], keys, f"the parameter {name} of the address")


def _header(request: Request, guard: Guard, keys: list[bytes], _: datetime) -> Accepted:
    """The bare secret in a header of its own, such as Cloudflare's cf-webhook-auth."""
    name = guard.name or OWN["header"]
    return _bare([request.headers.get(name.lower(), "").strip()], keys, f"the header {name}")


def _body(request: Request, guard: Guard, keys: list[bytes], _: datetime) -> Accepted:
    """A field of the body: PagerDuty's routing_key (service_key before), StatusCake's Token."""
    names = (guard.name,) if guard.name else ("routing_key", "service_key", "Token")
    found = _fields(request)
    return _bare([found.text(name) for name in names], keys, f"the body's {' or '.join(names)}")


def _sns(request: Request, guard: Guard, keys: list[bytes], now: datetime) -> Accepted:
    """A secret in the address, and every address in the body is Amazon's.

    The certificate is not fetched and the signature not checked: parsing must not touch the network. Who does not know
    the hook's address cannot send; what comes cannot lead us to another host.
    """
    _path(request, guard, keys, now) if not guard.name else _query(request, guard, keys, now)
    found = _fields(request)
    urls = [found.get(name) for name in ("SigningCertURL", "SubscribeURL") if name in found]
    if not urls:
        raise No(Reason.MISSING, "the body names no SigningCertURL: this is not Amazon SNS")
    if not all(isinstance(url, str) and amazon(url) for url in urls):
        raise No(Reason.WRONG, "SigningCertURL or SubscribeURL is not an address of Amazon SNS")
    return Accepted()


def _fields(request: Request) -> _read.Record:
    """What the body holds; nothing if it cannot be read."""
    try:
        return _read.record(request)
    except Malformed:
        return _read.Record()


def _sum(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def _proof(request: Request, name: str) -> str:
    """The header that holds a signature."""
    found = request.headers.get(name.lower(), "").strip()
    if not found:
        raise No(Reason.MISSING, f"no signature in the header {name}")
    return found


def _hexes(given: Iterable[str], keys: list[bytes], text: bytes, name: str) -> None:
    """Checks signatures in hexadecimal digits."""
    digits = [encoded(one.strip().lower()) for one in given if _HEX.fullmatch(one.strip())]
    if not digits:
        raise No(Reason.MALFORMED, f"the header {name} holds no HMAC-SHA256 in the form that this scheme has")
    if not same(digits, [_sum(key, text).hex().encode() for key in keys]):
        raise No(Reason.WRONG, f"the signature in the header {name} fits neither this body nor this hook's secret")


_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def _github(request: Request, __: Guard, keys: list[bytes], ___: datetime) -> Accepted:
    """X-Hub-Signature-256: sha256= and hex, over the body.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    name = "X-Hub-Signature-256"
    word, _, digits = _proof(request, name).partition("=")
    _hexes([digits] if word == "sha256" else [], keys, request.body, name)
    return Accepted(signed=True)


def _pagerduty(request: Request, _: Guard, keys: list[bytes], __: datetime) -> Accepted:
    """X-PagerDuty-Signature: v1= and hex, over the body, several separated by commas; other versions are skipped.

    https://developer.pagerduty.com/docs/verifying-webhook-signatures
    """
    name = "X-PagerDuty-Signature"
    entries = [entry.strip() for entry in _proof(request, name).split(",")]
    _hexes([entry[3:] for entry in entries if entry.startswith("v1=")], keys, request.body, name)
    return Accepted(signed=True)


def _plain(name: str) -> Scheme:
    """Hex over the body in a header of its own."""

    def scheme(request: Request, guard: Guard, keys: list[bytes], _: datetime) -> Accepted:
        header = guard.name or name
        _hexes([_proof(request, header)], keys, request.body, header)
        return Accepted(signed=True)

    return scheme


def _grafana(request: Request, guard: Guard, keys: list[bytes], now: datetime) -> Accepted:
    """Hex over the body, or over the seconds, a colon and the body when a header for the time is configured there.

    https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
    """
    name = guard.name or "X-Grafana-Alerting-Signature"
    found = _proof(request, name)
    if not guard.stamp:
        _hexes([found], keys, request.body, name)
        return Accepted(signed=True)
    stamp = _stamp(request, guard.stamp)
    _hexes([found], keys, stamp.encode() + b":" + request.body, name)
    _fresh(stamp, guard, now)
    return Accepted(signed=True)


def _standard(request: Request, guard: Guard, keys: list[bytes], now: datetime) -> Accepted:
    """Standard Webhooks: v1, and base64, over id, time and body; several separated by blanks, others are skipped.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    name = request.headers.get("webhook-id", "")
    if not name:
        raise No(Reason.MISSING, "no header webhook-id")
    found = _proof(request, "webhook-signature")
    stamp = _stamp(request, "webhook-timestamp")
    given = [entry.partition(",")[2] for entry in found.split() if entry.startswith("v1,")]
    if not any(given):
        raise No(Reason.MALFORMED, "the header webhook-signature holds no signature of version v1")
    signed = b".".join([encoded(name), stamp.encode(), request.body])
    sums = [base64.b64encode(_sum(key, signed)).rstrip(b"=") for key in map(whsec, keys) if key]
    if not same([encoded(one).rstrip(b"=") for one in given], sums):
        raise No(Reason.WRONG, "the signature in webhook-signature fits neither this body nor this hook's secret")
    _fresh(stamp, guard, now)
    return Accepted(id=name, signed=True)


def whsec(key: bytes) -> bytes:
    """The key behind ``whsec_``: base64, padded or not; b"" if it is not."""
    text = key.strip().removeprefix(b"whsec_").rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _stamp(request: Request, name: str) -> str:
    """The time of signing, in seconds since 1970, as it was sent."""
    found = request.headers.get(name.lower(), "").strip()
    if not found:
        raise No(Reason.MISSING, f"no time of signing in the header {name}")
    if not _SECONDS.fullmatch(found):
        raise No(Reason.MALFORMED, f"the header {name} does not hold seconds since 1970")
    return found


_SECONDS = re.compile(r"[0-9]{1,15}", re.ASCII)


def _fresh(stamp: str, guard: Guard, now: datetime) -> None:
    """Checks the age of what is signed rightly, so that a wrong clock shows itself only to who has the secret."""
    if abs(now.timestamp() - int(stamp)) > guard.tolerance:
        raise No(Reason.OLD, f"signed more than {guard.tolerance:g} s from now: a replay, or a clock is wrong")


Scheme = Callable[[Request, Guard, list[bytes], datetime], Accepted]
SCHEMES: dict[str, Scheme] = {
    "bearer": _bearer,
    "basic": _basic,
    "path": _path,
    "query": _query,
    "header": _header,
    "body": _body,
    "sns": _sns,
    "standard": _standard,
    "github": _github,
    "pagerduty": _pagerduty,
    "grafana": _grafana,
    "sentry": _plain("Sentry-Hook-Signature"),
    "instatus": _plain("x-instatus-webhook-signature"),
    "cachet": _plain("Signature"),
}
