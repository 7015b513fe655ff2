"""systemd's two small protocols: sockets handed over, and telling how it goes (sd_listen_fds(3), sd_notify(3))."""

from __future__ import annotations

import os
import socket

FIRST = 3


def sockets() -> list[socket.socket]:
    """The listening sockets that systemd hands over; none when it does not, or they are for another process."""
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return []
    return [socket.socket(fileno=number) for number in range(FIRST, FIRST + int(count))]


def notify(state: str) -> bool:
    """Tell systemd, if it listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
            speaking.sendto(state.encode(), address)
    except OSError:
        return False
    return True


def watchdog() -> float:
    """How often it wants to hear from us, in seconds: half of what it allows; 0 when it does not ask."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    return max(int(allowed) / 2_000_000, 1.0) if allowed.isdigit() else 0.0
