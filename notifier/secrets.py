"""Secrets in the configuration: plain, or fetched from the environment, a file or a command when first needed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from notifier import paths
from notifier.channel import Secret, SecretMissing

COMMAND_TIMEOUT = 20.0


def secret(value: Any, folder: Path, warn: Callable[[str], None]) -> Secret:
    """A secret from its TOML value. Raises ValueError that says what it takes.

    A relative file starts from ``folder``, where the configuration lies; $CREDENTIALS_DIRECTORY and ~ are expanded.
    """
    if isinstance(value, str) and value:
        return Secret(value)
    if isinstance(value, dict) and len(value) == 1:
        ((how, what),) = value.items()
        if how == "env" and isinstance(what, str) and what:
            return Secret(read=lambda: _from_env(what))
        if how == "file" and isinstance(what, str) and what:
            path = paths.whole(os.path.expandvars(what), folder)
            _warn_if_open(path, warn)
            return Secret(read=lambda: _from_file(path))
        if how == "command" and isinstance(what, list) and what and all(isinstance(w, str) for w in what):
            return Secret(read=lambda: _from_command(what))
    raise ValueError('takes "text", { env = "NAME" }, { file = "path" } or { command = ["program", "argument"] }')


def _from_env(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise SecretMissing(f"the environment variable {name} is not set")
    return value


def _from_file(path: Path) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing(f"the secret file {path} cannot be read: {getattr(error, 'strerror', error)}") from error
    if not value:
        raise SecretMissing(f"the secret file {path} is empty")
    return value


def _from_command(command: Sequence[str]) -> str:
    import subprocess

    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SecretMissing(f"the secret's command {command[0]} did not run: {type(error).__name__}") from error
    if done.returncode != 0 or not done.stdout.strip():
        raise SecretMissing(f"the secret's command {command[0]} gave none (exit {done.returncode})")
    return done.stdout.strip()


def _warn_if_open(path: Path, warn: Callable[[str], None]) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if mode & stat.S_IROTH:
        warn(f"{path} is a secret and everybody on this machine can read it: chmod 600 {path}")
