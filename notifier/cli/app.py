"""The group of commands, and what becomes of an error: one clear text and an exit code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from notifier import __version__
from notifier.channel import DeliveryError, MissingExtra, SecretMissing
from notifier.cli import COMMANDS
from notifier.config import ConfigError
from notifier.incident import Refused
from notifier.store import StoreError

USAGE = 2


@dataclass
class Asked:
    """What was asked for before the command: which configuration, and whether to show tracebacks."""

    config: str | None = None
    debug: bool = False


class Lazy(TyperGroup):
    """A group that imports a command when it is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All commands, in the order one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"notifier.cli.{COMMANDS[cmd_name]}")
        single = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
        single.command(cmd_name)(getattr(module, f"{cmd_name}_"))
        command = typer.main.get_command(single)
        command.name = cmd_name
        return command


_HELP = {"help_option_names": ["-h", "--help"]}
app = typer.Typer(
    cls=Lazy,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_HELP,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"notifier {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    config: Annotated[str | None, typer.Option("--config", metavar="FILE", help="The configuration to use.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the code an error arose.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Tell everybody that the service is down: one command, every channel."""
    ctx.obj = Asked(config, debug)


def run(argv: list[str]) -> int:
    """Run one command line; its exit code."""
    debug = "--debug" in argv
    try:
        code: Any = typer.main.get_command(app).main(argv, prog_name="notifier", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:
        show = getattr(error, "show", None)
        complain(error.format_message()) if show is None else show()
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        complain("Stopped. Nothing more was done.")
        return 130
    except (Refused, StoreError, ConfigError, MissingExtra, SecretMissing, DeliveryError, OSError) as error:
        if debug:
            raise
        complain(_explain(error))
        return USAGE


def _explain(error: Exception) -> str:
    if isinstance(error, ConfigError):
        return "The configuration needs mending:\n" + "\n".join(f"  {p}" for p in error.problems)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def complain(text: str) -> None:
    """Say something on standard error."""
    typer.echo(text, err=True, color=None)
    sys.stderr.flush()
