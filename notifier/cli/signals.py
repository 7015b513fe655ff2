"""The commands for signals: what monitoring said."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import typer

from notifier import inbound, wire
from notifier.cli import options, report
from notifier.cli.report import Entry
from notifier.incident import Refused
from notifier.source import Kind, Malformed, Options, Parse, Signal

group = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
STDIN = "-"
_LOOKS = {Kind.PROBLEM: "bold red", Kind.RECOVERY: "green", Kind.ACKNOWLEDGED: "yellow"}


@group.callback(invoke_without_command=True)
def signals_(
    ctx: typer.Context,
    hook: str = typer.Option("", "--hook", metavar="NAME", help="Only of this hook."),
    bad: bool = typer.Option(False, "--bad", help="Requests that could not be read."),
    most: int = typer.Option(50, "--most", metavar="N", help="So many, the newest.", min=1, max=100_000),
    as_json: options.Json = False,
) -> int:
    """What monitoring said, newest first, and what came of it."""
    if ctx.invoked_subcommand is not None:
        return 0
    from notifier.cli import ledger

    return ledger.show(ctx, hook, bad, most, as_json)


@group.command("replay")
def replay_(
    ctx: typer.Context,
    request: int = options.number("REQUEST", "Its number in `notifier signals --bad`."),
    as_json: options.Json = False,
) -> int:
    """Weigh a stored request again, as after a fix."""
    from notifier.cli import ledger

    return ledger.replay(ctx, request, as_json)


@group.command("close")
def close_(
    ctx: typer.Context,
    hook: str = typer.Argument(..., metavar="HOOK", help="Whose problem it is."),
    key: str = typer.Argument(..., metavar="KEY", help="Its key in `notifier signals`."),
) -> int:
    """Say that a problem is over, as its recovery never came."""
    from notifier.cli import ledger

    return ledger.close(ctx, hook, key)


@group.command("parse")
def parse_(
    source: str = typer.Argument(..., metavar="SOURCE", help="Such as alertmanager; auto finds it out."),
    file: str = typer.Argument(STDIN, metavar="[FILE]", help="A recorded request; standard input if not given."),
    header: list[str] = typer.Option([], "--header", metavar="'NAME: VALUE'", help="A header; may be given again."),
    label: list[str] = typer.Option([], "--label", metavar="NAME", help="As in labels of a hook; may be given again."),
    map_: list[str] = typer.Option([], "--map", metavar="NAME=VALUE", help="As in mapping of a hook; again, too."),
    zone: str = typer.Option("UTC", "--zone", metavar="ZONE", help="The zone of times without one."),
    as_json: options.Json = False,
) -> int:
    """Show what a recorded request means; nothing is stored."""
    asked = Options(zone=_zone(zone), labels=tuple(label), mapping=dict(_pair(one, "=", "--map") for one in map_))
    headers = dict(_pair(one, ":", "--header") for one in header)
    found = _parsed(_source(source), source, _content(file), headers, asked)
    if as_json:
        report.say_json([wire.signal(signal) for signal in found])
        return 0
    entries = [entry for signal in found for entry in entries_of(signal)]
    report.page(entries or [Entry("The request says nothing about a problem.")])
    return 0


def entries_of(signal: Signal) -> list[Entry]:
    """A signal as a piece of a page."""
    told = [signal.source, *([f"severity {signal.severity}"] if signal.severity else [])]
    told += [f"component {signal.component}"] if signal.component else []
    rows = {
        "key": signal.key,
        "from": wire.iso(signal.started),
        "till": wire.iso(signal.ended),
        "title": signal.title,
        "text": signal.text,
        "links": "\n".join(signal.links),
    }
    entries = [Entry(f"{signal.kind.value}  ", ", ".join(told), _LOOKS.get(signal.kind, "bold"))]
    entries += [Entry(f"   {name:<6}", said) for name, said in rows.items() if said]
    return [*entries, Entry("")]


def _source(name: str) -> Parse:
    try:
        return inbound.source(name)
    except (inbound.UnknownSource, inbound.BrokenSource) as error:
        raise Refused(str(error)) from error


def _parsed(parse: Parse, name: str, content: bytes, headers: dict[str, str], asked: Options) -> list[Signal]:
    from notifier.inbound.recorded import recorded

    try:
        return parse(recorded(content, datetime.now(UTC), headers), asked)
    except Malformed as error:
        raise Refused(f"It cannot be read as {name}. {error}") from error


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name).key
    except (ValueError, LookupError, OSError) as error:
        raise Refused(f'--zone: there is no time zone "{name}". One is "Europe/Berlin".') from error


def _content(file: str) -> bytes:
    return sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()


def _pair(text: str, mark: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found or not name.strip():
        raise Refused(f"{option} {text}: NAME{mark}VALUE is wanted.")
    return name.strip(), value.strip()
