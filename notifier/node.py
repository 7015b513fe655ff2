"""A process as a node: its name, where it runs, and whether it has surely died."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

from notifier.store import Node


def this(kind: str) -> Node:
    """This process. ``kind`` is "run" for one that stays, "cli" or "tick" for one that ends by itself."""
    return Node(f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}", kind, _place(os.getpid()))


def surely_dead(node: Node) -> bool:
    """Whether its process is known to be gone: it ran here, in our process namespace, and no longer does."""
    here, _, pid = node.place.rpartition(" ")
    if not here or here != _here():
        return False
    number, _, started = pid.partition("@")
    return started != _started(int(number))


def _place(pid: int) -> str:
    here, started = _here(), _started(pid)
    return f"{here} {pid}@{started}" if here and started else ""


def _here() -> str:
    """This boot of this machine and this process namespace, as Linux names them; "" elsewhere."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since boot (proc(5), field 22); "" when there is none or it is a zombie."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""
