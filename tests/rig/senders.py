"""Real monitoring programs on loopback, each in a folder of its own; skipped, or failed with CI=true, where missing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def installed(program: str, package: str) -> str:
    """The path of a program; the test is skipped without it, or fails with CI=true."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:{SBIN}")
    if found is not None:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} is needed, of the package {package}; with CI=true nothing may be missing")
    pytest.skip(f"needs {program}, of the package {package}")


def free() -> int:
    """A port that nobody uses."""
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program until the end of the block. What it prints goes to ``log``."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def script(path: Path, *lines: str) -> Path:
    """A shell script that can be run."""
    path.write_text("#!/bin/sh\n" + "".join(f"{line}\n" for line in lines))
    path.chmod(0o755)
    return path
