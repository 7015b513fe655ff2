"""The group of commands, and what becomes of an error: one clear text and an exit code."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from notifier import __version__
from notifier.cli import COMMANDS
from notifier.cli.options import typed
from notifier.cli.shell import USAGE, Asked, complain, guarded
from notifier.cli.spec import POSTING


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
        if hasattr(module, "group"):
            return _named(typer.main.get_command(module.group), cmd_name)
        single = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=_HELP)
        function = getattr(module, f"{cmd_name}_")
        if cmd_name in POSTING:
            function = typed(function, POSTING[cmd_name])
        single.command(cmd_name)(function)
        return _named(typer.main.get_command(single), cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is asked for; a usage error, with the likely one, where there is none of that name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f'There is no command "{args[0]}"{meant(args[0])}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """What each command does, never cut off within a thought."""
        width = formatter.width - max(map(len, COMMANDS)) - 4
        helps = {name: self.get_command(ctx, name).help for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, brief(help, width)) for name, help in helps.items()])


def brief(help: str, width: int) -> str:
    """The first paragraph; of one that is too long as much as fits and is a thought of its own, if there is that."""
    words = " ".join(help.partition("\n\n")[0].split())
    if len(words) <= width:
        return words
    words = re.sub(r" \([^)]*\)", "", words)
    for end in (r"\.$", r"[;:] ", r", (?:or|and) "):
        if fit := [m.start() for m in re.finditer(end, words) if m.start() < width]:
            return words[: fit[-1]] + "."
    return words


def meant(wanted: str) -> str:
    """What may have been meant, as the end of a sentence."""
    from difflib import get_close_matches

    found = get_close_matches(wanted, [*OTHERWISE, *COMMANDS], 1)
    return f'; did you mean "{OTHERWISE.get(found[0], found[0])}"?' if found else "."


def _named(command: Any, name: str) -> Any:
    command.name = name
    return command


# What people may try who know other programs, and what it is called here.
OTHERWISE = {"status": "list", "post": "open", "close": "resolve", "maintenance": "schedule", "log": "show"}
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
    remote: Annotated[str, typer.Option("--remote", metavar="URL", help="Drive the notifier that serves there.")] = "",
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Tell everybody that the service is down: one command, every channel."""
    ctx.obj = Asked(config, debug, remote)


def run(argv: list[str]) -> int:
    """Run one command line; its exit code."""
    return guarded(lambda: _typer(argv), "--debug" in argv)


def _typer(argv: list[str]) -> int:
    try:
        code: Any = typer.main.get_command(app).main(argv, prog_name="notifier", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.TyperException as error:
        show = getattr(error, "show", None)
        complain(error.format_message()) if show is None else show()
        return USAGE
