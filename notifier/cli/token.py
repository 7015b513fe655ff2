"""The commands for tokens: who may use the HTTP API."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from notifier import tokens, wire
from notifier.cli import begin, options, report
from notifier.cli.report import Entry
from notifier.cli.shell import complain, say
from notifier.incident import Refused
from notifier.store import Store
from notifier.tables import span

group = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Scopes = Annotated[
    list[str] | None, typer.Option("--scope", metavar="SCOPE", help=f"{', '.join(tokens.SCOPES)}; may be given again.")
]


@group.callback()
def token_() -> None:
    """Who may use the HTTP API of `notifier serve`."""


@group.command("create")
def create_(
    ctx: typer.Context,
    name: str = typer.Argument(..., metavar="NAME", help="Whose it is; it stands beside what is said with it."),
    scope: _Scopes = None,
    lasts: str = typer.Option("", "--for", metavar="SPAN", help="How long it is valid: 12h, 90d; else for ever."),
    as_json: options.Json = False,
) -> int:
    """Make a token, and show it: this once."""
    store = _store(ctx)
    try:
        until = store.now() + span(lasts) if lasts else None
    except ValueError as error:
        raise Refused(f"--for: {error}") from error
    token, text = tokens.create(store, name, scope or (), until)
    if as_json:
        report.say_json(wire.token(token) | {"token": text})
        return 0
    complain(f"Token {token.id} of {name}. It is shown only now; keep it like a password:")
    say(text)
    return 0


@group.command("list")
def list_(ctx: typer.Context, as_json: options.Json = False) -> int:
    """List the tokens: their scopes, and when they were last used."""
    found = _store(ctx).intake.tokens()
    if as_json:
        report.say_json([wire.token(t) for t in found])
        return 0
    report.page([_listed(wire.token(t)) for t in found] or [Entry("There is no token.")])
    return 0


@group.command("revoke")
def revoke_(
    ctx: typer.Context,
    id: str = typer.Argument(..., metavar="ID", help="Its id in `notifier token list`."),
) -> int:
    """Make a token worthless, at once."""
    store = _store(ctx)
    with store.transaction():
        found = store.intake.drop_token(id)
    if not found:
        raise Refused(f"There is no token {id}. `notifier token list` shows those there are.")
    say(f"Token {id} is worthless now.")
    return 0


def _store(ctx: Any) -> Store:
    """Tokens are made where the store is: who has one must not make others. Raises Refused."""
    return begin.house(ctx).store()


def _listed(token: dict[str, object]) -> Entry:
    scopes = ", ".join(map(str, token["scopes"])) if isinstance(token["scopes"], list) else ""
    used = f"last used {token['used']}" if token["used"] else "never used"
    until = f", valid till {token['until']}" if token["until"] else ""
    return Entry(f"{token['id']}  {token['name']}  ", f"{scopes}\n{used}{until}")
