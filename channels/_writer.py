"""Who writes at a place: a name for each board of a process, from which others tell whether it is still at work."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

_AT_WORK: set[str] = set()  # the writers of this process that are in the middle of it


def writer() -> str:
    """A name for one board of this process, from which others on this machine can tell whether it is still at work."""
    pid = os.getpid()
    return f"{_here() or 'elsewhere'} {pid}@{_started(pid)} {secrets.token_hex(8)}"


def begin(me: str) -> None:
    """This writer is at work now."""
    _AT_WORK.add(me)


def end(me: str) -> None:
    """It no longer is, whatever it left behind."""
    _AT_WORK.discard(me)


def surely_done(by: str) -> bool:
    """Whether a writer is known to have died, or to have given up: it was on this machine, in our process namespace."""
    here, _, rest = by.rpartition(" ")[0].rpartition(" ")
    pid, _, started = rest.partition("@")
    if not here or here != _here() or not pid.isdecimal():
        return False
    return by not in _AT_WORK if int(pid) == os.getpid() else started != _started(int(pid))


def _here() -> str:
    """This boot of this machine and this process namespace, as Linux names them; "" elsewhere."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return ""


def _started(pid: int) -> str:
    """When a process started, in ticks since boot (proc(5), field 22); "" when there is none or it is a zombie."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""
