"""The commands that show: list, show, preview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import typer

from notifier import incident as life
from notifier.cli import begin, options, report
from notifier.cli.manner import Manner
from notifier.cli.say import Desk, _both, addressed, desk, later, opening
from notifier.model import Delivery, Incident, State
from notifier.render import fit
from notifier.service import Said
from notifier.store import Attempt, Store
from notifier.wiring import House


def list_(
    ctx: typer.Context,
    all_: bool = typer.Option(False, "--all", help="Past ones too."),
    as_json: options.Json = False,
) -> int:
    """List the open incidents, or with --all the past ones too."""
    store = begin.house(ctx).store()
    ids = store.newest_ids(1000) if all_ else store.open_ids()
    found = [life.fold(id, store.events(id)) for id in ids]
    if as_json:
        report.say_json([report.incident(i) for i in found])
        return 0
    for one in found:
        state = "retracted" if one.retracted else one.phase
        title = next(iter(one.title.values()))
        typer.echo(f"{one.id}  {state:<13}  {one.impact:<8}  {_local(one.began, ctx)}  {title}")
    if not found:
        typer.echo("No incident is open." if not all_ else "There has been no incident.")
    troubled = store.troubled(store.now() - timedelta(days=1))
    if troubled:
        typer.echo(f"{len(troubled)} deliveries of the last day failed or are unsure: `notifier show ID` tells.")
    return 0


def show_(ctx: typer.Context, which: options.Which = None, as_json: options.Json = False) -> int:
    """Show an incident's ledger: what was said when, and what became of it on each channel."""
    at_desk = desk(ctx)
    found = at_desk.service.incident(which or "")
    rows = at_desk.store.deliveries(found.id)
    if as_json:
        report.say_json({"incident": report.incident(found), "deliveries": [report.delivery(r) for r in rows]})
        return 0
    _story(found, ctx)
    _ledger(rows, at_desk.store.attempts(found.id), at_desk.store, ctx)
    return 0


def preview_(
    ctx: typer.Context,
    title: str | None = typer.Argument(None, metavar="[TITLE]", help="A title: as `open` would. None: as `update`."),
    messages: options.Messages = None,
    titles: options.Titles = None,
    components: options.Components = None,
    impact: options.ImpactOption = None,
    status: options.Status = None,
    at: options.At = None,
    which: str | None = typer.Option(None, "--incident", metavar="ID", help="A later word on this incident."),
    only: options.Only = None,
    without: options.Without = None,
    as_json: options.Json = False,
) -> int:
    """Show what each channel would get, with its length as the channel counts it; nothing is stored."""
    manner = Manner(only or (), without or (), as_json, yes=True, dry_run=True)
    at_desk = desk(ctx)
    given = list(messages or ())
    chosen: dict[str, Any] = {"only": manner.only, "without": manner.without}
    if title or titles or not (which or at_desk.store.open_ids()):
        new = opening(at_desk, _both(titles, title), given, components, impact, status, at, manner)
        return show_preview(at_desk.service.preview(new, **chosen), at_desk.house, as_json)
    id, given = addressed(at_desk, which, None, given)
    word = later(at_desk, id, given, status, impact, components, at, manner)
    return show_preview(at_desk.service.preview(word, which=id, **chosen), at_desk.house, as_json)


def show_preview(said: Said, house: House, as_json: bool) -> int:
    """What each channel would get."""
    rows = [_previewed(row, house) for row in said.deliveries]
    if as_json:
        report.say_json({"incident": report.incident(said.incident), "previews": rows})
        return 0
    for row in rows:
        to = f" to {row['to']}" if row["to"] else ""
        size = f", {row['length']} of {row['size']} {row['measure']}" if row["size"] else ""
        length = size or (f", {row['length']} {row['measure']}" if row["text"] else "")
        typer.echo(f"── {row['channel']} ({row['kind']}): {row['step']}{to}{length}")
        if row["title"]:
            typer.echo(f"   Subject: {row['title']}")
        if row["text"]:
            typer.echo("".join(f"   {line}\n" for line in row["text"].splitlines()), nl=False)
    typer.echo("Nothing was stored.")
    return 0


def _previewed(row: Delivery, house: House) -> dict[str, Any]:
    wired = house.wired(row.channel)
    limits = wired.route.limits if wired else None
    text = row.message.text if row.message else ""
    plain = row.message.plain if row.message else ""
    return {
        "channel": row.channel,
        "kind": wired.route.kind if wired else "",
        "to": row.to,
        "step": row.step,
        "lang": row.message.lang if row.message else "",
        "title": row.message.title if row.message else "",
        "text": plain if limits and limits.markup == "html" else text,
        "length": fit.measure(text, limits.measure, limits.markup) if limits else len(text),
        "size": limits.size if limits else None,
        "measure": limits.measure if limits else "chars",
    }


def _story(found: Incident, ctx: typer.Context) -> None:
    state = "retracted" if found.retracted else f"{found.phase}, {found.impact}"
    typer.echo(f"{found.id}  {state}")
    for lang, title in found.title.items():
        typer.echo(f"  {lang}: {title}")
    if found.components:
        typer.echo(f"  affects: {', '.join(found.components)}")
    for update in found.updates:
        marks = [m for m, on in (("reopened", update.reopened), ("corrected", update.corrected is not None)) if on]
        by = f" by {update.by} ({update.source})" if update.by else f" ({update.source})"
        typer.echo(f"\n{update.seq}. {_local(update.at, ctx)}  {update.phase}{by}{_brackets(marks)}")
        for lang, text in update.text.items():
            lines = text.splitlines()
            typer.echo(f"   {lang}: {lines[0]}" + "".join(f"\n       {more}" for more in lines[1:]))


def _brackets(marks: Sequence[str]) -> str:
    return f" [{', '.join(marks)}]" if marks else ""


def _ledger(rows: Sequence[Delivery], tries: Sequence[Attempt], store: Store, ctx: typer.Context) -> None:
    typer.echo("\nDeliveries")
    now = store.now()
    for row in rows:
        at = row.done or row.due
        when = _local(at, ctx) if at else ""
        typer.echo(f"  #{row.id:<4} {row.seq}. {report.line(row, now)}")
        detail = f"{row.attempts} attempt{'' if row.attempts == 1 else 's'}, {when}"
        typer.echo(f"        {detail}")
        for t in tries:
            if t.delivery == row.id and (t.state != State.SENT or row.attempts > 1):
                typer.echo(f"        try {t.n}: {_local(t.ended, ctx)} {t.state} {t.why}".rstrip())


def _local(at: datetime, ctx: typer.Context) -> str:
    """A time in the site's zone, to the second."""
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(_zone(ctx))).strftime("%Y-%m-%d %H:%M:%S")


def _zone(ctx: typer.Context) -> str:
    root = ctx.find_root()
    if "zone" not in root.meta:
        root.meta["zone"] = begin.settings(ctx).site.timezone
    return str(root.meta["zone"])


__all__ = ["Desk", "list_", "preview_", "show_", "show_preview"]
