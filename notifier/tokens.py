"""Who may use the HTTP API: tokens that are made here once, shown once, and kept only as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from notifier.incident import Refused
from notifier.store import Store
from notifier.store.intake import Token

SCOPES = {
    "read": "see incidents, deliveries, drafts, signals",
    "incidents": "open, update, resolve, correct, take back, plan",
    "drafts": "propose, publish, discard, reword, snooze",
    "signals": "say what monitoring says, replay, close",
    "deliveries": "retry and settle",
}
PREFIX = "ont_"
NOTED = timedelta(minutes=1)


def create(store: Store, name: str, scopes: Sequence[str], until: datetime | None = None) -> tuple[Token, str]:
    """A new token and its text, which nobody can find out later. Raises Refused for an unknown scope."""
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if wrong or not scopes:
        known = "\n".join(f"  {scope:<11} {what}" for scope, what in SCOPES.items())
        said = f'There is no scope "{wrong[0]}".' if wrong else "A token needs a scope."
        raise Refused(f"{said} There are:\n{known}")
    text = PREFIX + secrets.token_urlsafe(32)
    token = Token(secrets.token_hex(4), name, digest(text), tuple(dict.fromkeys(scopes)), store.now(), until)
    with store.transaction():
        store.intake.add_token(token)
    return token, text


def find(store: Store, text: str) -> Token | None:
    """The token of that text, if it is one and its time is not over.

    It has 256 random bits, so that a plain hash keeps it (OWASP ASVS 5.0, 11.4.2 is about passwords), and looking the
    hash up tells nothing about it.
    """
    token = store.intake.token(digest(text))
    if token is None or (token.until is not None and token.until <= store.now()):
        return None
    return token


def digest(text: str) -> str:
    """What is kept of a token."""
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
