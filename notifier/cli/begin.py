"""What most commands begin with: find and read the configuration, open the store."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from notifier import config, registry
from notifier.cli.app import Asked, complain
from notifier.incident import Refused
from notifier.wiring import House, build


def settings(ctx: typer.Context) -> config.Settings:
    """The settings that this call is to use. Raises ConfigError, or Refused when there are none."""
    path = where(ctx)
    if not path.is_file():
        raise Refused(f"There is no {path}. `notifier init` writes one.")
    found = config.load(path, registry.kind)
    for warning in found.warnings:
        complain(f"Warning: {warning}")
    return found


def where(ctx: typer.Context) -> Path:
    """The configuration file to use. Raises Refused when none is to be found."""
    asked = ctx.find_object(Asked) or Asked()
    path = config.find(asked.config, os.environ)
    if path is None:
        places = "\n".join(f"  {p}" for p in config.places(os.environ))
        raise Refused(f"There is no configuration yet. `notifier init` writes one. Looked in:\n{places}")
    return path


def house(ctx: typer.Context) -> House:
    """Everything that follows from the configuration."""
    return build(settings(ctx))


def author() -> str:
    """Who is typing, as well as the machine knows."""
    return os.environ.get("SUDO_USER") or os.environ.get("USER") or os.environ.get("LOGNAME") or ""
