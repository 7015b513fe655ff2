"""Keys of SSH: which machine is trusted, and who we are."""

from __future__ import annotations

import io
import os
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING

from notifier.channel import Permanent, Secret

if TYPE_CHECKING:
    from paramiko import PKey, SSHClient

KNOWN_HOSTS = ("/etc/ssh/ssh_known_hosts", "~/.ssh/known_hosts")
BAD_KEY = "key cannot be used: it must be a private key as ssh-keygen makes them, with its passphrase, if it has one"
BAD_PIN = 'must look like "ssh-ed25519 AAAAC3..."'


def check(key: Secret, pinned: str) -> None:
    """Raises ValueError for what cannot be keys, as far as it shows without paramiko and a look into files."""
    if key.plain and "PRIVATE KEY-----" not in key.plain:
        raise ValueError('key: must be a private key itself; the path of one is written { file = "..." }')
    if pinned:
        kind, pin = [*pinned.split(), ""][:2]
        try:
            shown = b64decode(pin, validate=True)[4:].startswith(kind.encode())
        except ValueError:
            shown = False
        if not (pin and shown):
            raise ValueError(f"host_key: {BAD_PIN}")


def know(client: SSHClient, host: str, port: int, pinned: str) -> None:
    """Let the client accept the pinned key and no other; without a pin, those in known_hosts. Raises Permanent."""
    from paramiko import RejectPolicy

    client.set_missing_host_key_policy(RejectPolicy())
    if pinned:
        kind, pin = pinned.split()[:2]
        client.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", kind, _public(kind, pin))
        return
    for name in map(os.path.expanduser, KNOWN_HOSTS):
        with suppress(FileNotFoundError):
            client.load_system_host_keys(name)


def private(text: str, passphrase: Secret) -> PKey:
    """A private key, of whatever kind. Raises Permanent."""
    import paramiko

    phrase, lines = passphrase.reveal() if passphrase else None, text.rstrip() + "\n"
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError, IndexError):
            return kind.from_private_key(io.StringIO(lines), password=phrase)
    raise Permanent(BAD_KEY, whole=True)


def _public(kind: str, pin: str) -> PKey:
    from paramiko import PKey, SSHException

    try:
        return PKey.from_type_string(kind, b64decode(pin, validate=True))
    except (SSHException, ValueError):
        raise Permanent(f"host_key {BAD_PIN}", whole=True) from None
