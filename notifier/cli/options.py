"""The options for Typer: those of the posting commands from their table, and those that other commands share."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from notifier.cli import spec
from notifier.cli.spec import WAIT, Opt
from notifier.model import Impact, Phase

_TYPES: dict[str, Any] = {
    "text": str | None,
    "texts": list[str] | None,
    "flag": bool,
    "number": int | None,
    "seconds": float,
    "impact": Impact | None,
    "phase": Phase | None,
}


def option(opt: Opt) -> Any:
    """One option as Typer wants it."""
    more: dict[str, Any] = {"metavar": opt.metavar or None, "help": opt.help}
    if not opt.flags:
        return typer.Argument(**more)
    if opt.takes == "seconds":
        more["min"] = 0
    made: Any = typer.Option
    return made(*opt.flags, **more)


def number(metavar: str, text: str, default: Any = ...) -> Any:
    """The number of something in the store, as an argument. What no store can hold is refused."""
    return typer.Argument(default, metavar=metavar, help=text, min=1, max=2**53)


def typed(command: Callable[..., int], options: Sequence[Opt]) -> Callable[..., int]:
    """A command that takes a context and these options by name, in the form that Typer reads."""

    def called(ctx: typer.Context, **values: Any) -> int:
        return command(ctx, **values)

    hints = {"ctx": typer.Context, **{o.name: Annotated[_TYPES[o.takes], option(o)] for o in options}}
    named, empty = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty
    defaults = {o.name: o.default for o in options}
    parameters = [inspect.Parameter(n, named, default=defaults.get(n, empty), annotation=h) for n, h in hints.items()]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = hints
    called.__doc__ = command.__doc__
    return called


Messages = Annotated[list[str] | None, option(spec.MESSAGES)]
Titles = Annotated[list[str] | None, option(spec.TITLES)]
Components = Annotated[list[str] | None, option(spec.COMPONENTS)]
ImpactOption = Annotated[Impact | None, option(spec.IMPACT)]
Status = Annotated[Phase | None, option(spec.STATUS)]
At = Annotated[str | None, option(spec.AT)]
Only = Annotated[list[str] | None, option(spec.ONLY)]
Without = Annotated[list[str] | None, option(spec.WITHOUT)]
Json = Annotated[bool, option(spec.JSON)]
NoWait = Annotated[bool, option(spec.NO_WAIT)]
Wait = Annotated[float, option(spec.PATIENCE)]
Which = Annotated[str | None, option(spec.WHICH)]

__all__ = [
    "WAIT",
    "At",
    "Components",
    "ImpactOption",
    "Json",
    "Messages",
    "NoWait",
    "Only",
    "Status",
    "Titles",
    "Wait",
    "Which",
    "Without",
    "number",
    "option",
    "typed",
]
