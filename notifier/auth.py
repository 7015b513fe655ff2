"""Who may send: whether a request to a hook comes from somebody who knows its secret.

A :class:`Guard` says how a sender proves it; :func:`verify` answers with a value, :class:`Accepted` or
:class:`Refused`, and never raises, whatever was sent. Nothing here keeps, returns or logs a secret.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import unquote

from notifier.channel import SecretMissing, value
from notifier.proof import OWN, SCHEMES, Accepted, Guard, No, Reason, encoded, same, whsec
from notifier.source import Request
from notifier.values import replace

__all__ = ["SCHEMES", "Accepted", "Guard", "Reason", "Refused", "complaint", "replayed_as", "verify", "without_secrets"]
_PROOFS = {"authorization", "proxy-authorization", "cookie"}


@value
class Refused:
    """Not accepted. ``text`` is for the admin: what was looked for, never what was found or what is expected."""

    reason: Reason
    text: str


Verdict = Accepted | Refused


def verify(request: Request, guard: Guard, now: datetime) -> Verdict:
    """Whether ``request`` passes ``guard``. ``now`` is compared with signed times; it is aware."""
    scheme = SCHEMES.get(guard.scheme)
    if scheme is None:
        return Refused(Reason.UNSET, f'there is no scheme "{guard.scheme}"; there are {", ".join(SCHEMES)}')
    keys = _keys(guard)
    if not keys:
        return Refused(Reason.UNSET, "no secret is set for this hook, or none can be read")
    try:
        return scheme(request, guard, keys, now)
    except No as no:
        return Refused(no.reason, no.text)


def complaint(guard: Guard) -> str:
    """What is wrong with a guard before anybody sends, for the check of a configuration; "" if nothing is. Reads the
    secrets; a text never holds one."""
    if guard.scheme not in SCHEMES:
        return f'there is no scheme "{guard.scheme}"; there are {", ".join(SCHEMES)}'
    if not guard.secrets:
        return "a hook without a secret lets nobody in: set one"
    try:
        known = [secret.reveal() for secret in guard.secrets]
    except SecretMissing as missing:
        return str(missing)
    if not all(known):
        return "an empty secret lets nobody in"
    if guard.scheme == "basic" and not all(":" in one for one in known):
        return "for the scheme basic, a secret is user:password"
    if guard.scheme == "standard" and not all(map(whsec, map(encoded, known))):
        return "for the scheme standard, a secret is base64, mostly with whsec_ before it"
    return ""


def replayed_as(request: Request, accepted: Accepted) -> str:
    """What a replay of an accepted request is recognised by, for some minutes; "" when there is nothing to guard.

    The sender's idempotency key, or else the SHA-256 of the body. A request with a bare secret has none: who overheard
    it has the secret, and two equal bodies without a time may be two outages.
    """
    if accepted.id:
        return f"id:{accepted.id}"
    return f"sha256:{hashlib.sha256(request.body).hexdigest()}" if accepted.signed else ""


def without_secrets(request: Request, guard: Guard) -> Request:
    """The request as it may be stored, logged and parsed: without the guard's secrets and what proves them."""
    keys = _keys(guard)
    own = guard.name or OWN.get(guard.scheme, "")
    parts = [part for part in request.path.split("/") if not same([encoded(part), encoded(unquote(part))], keys)]
    query = {k: v for k, v in request.query.items() if k != own and not same([encoded(v)], keys)}
    headers = {k: v for k, v in request.headers.items() if k not in _PROOFS and k != own.lower()}
    body = request.body
    for key in keys if guard.scheme == "body" else ():
        body = body.replace(key, b"***")
    return replace(request, path="/".join(parts), query=query, headers=headers, body=body)


def _keys(guard: Guard) -> list[bytes]:
    """The secrets that can be read. An empty one would open the door to everybody: it is none."""
    found = []
    for secret in guard.secrets:
        try:
            found.append(encoded(secret.reveal()))
        except SecretMissing:
            continue
    return [key for key in found if key]
