"""What most commands begin with: find and read the configuration, open the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from notifier import config, registry
from notifier.cli.shell import Asked, complain
from notifier.incident import Refused
from notifier.wiring import House, build


def settings(ctx: Any) -> config.Settings:
    """The settings that this call (its Asked, or a Typer context) is to use. Raises ConfigError, or Refused."""
    if remote(ctx):
        raise Refused("This command works on the machine itself only; leave out --remote (and $NOTIFIER_REMOTE).")
    path = where(ctx)
    if not path.is_file():
        raise Refused(f"There is no {path}. `notifier init` writes one.")
    found = config.load(path, registry.kind)
    for warning in found.warnings:
        complain(f"Warning: {warning}")
    return found


def where(ctx: Any) -> Path:
    """The configuration file to use. Raises Refused when none is to be found."""
    asked = _asked(ctx)
    path = config.find(asked.config, os.environ)
    if path is None:
        places = "\n".join(f"  {p}" for p in config.places(os.environ))
        raise Refused(f"There is no configuration yet. `notifier init` writes one. Looked in:\n{places}")
    return path


def remote(ctx: Any) -> str:
    """The address of the server that is to be driven; "" to work here."""
    return _asked(ctx).remote or os.environ.get("NOTIFIER_REMOTE", "")


def _asked(ctx: Any) -> Asked:
    return ctx if isinstance(ctx, Asked) else ctx.find_object(Asked) or Asked()


def house(ctx: Any) -> House:
    """Everything that follows from the configuration."""
    return build(settings(ctx))


def author() -> str:
    """Who is typing, as well as the machine knows."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or ""
