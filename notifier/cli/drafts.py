"""The commands for drafts: drafts, approve, discard, reword, snooze."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import typer

from notifier import wire
from notifier.cli import begin, options, report, words
from notifier.cli.deliver import deliver, finish, view
from notifier.cli.draft import Desk, desk
from notifier.cli.report import Entry
from notifier.cli.shell import say
from notifier.incident import Refused
from notifier.intake import Intake
from notifier.model import Route
from notifier.problem import Draft, DraftState
from notifier.render import ask
from notifier.tables import span

_Number = options.number("DRAFT", "Its number in `notifier drafts`.")


def drafts_(
    ctx: typer.Context,
    draft: int | None = options.number("[DRAFT]", "Show this one whole.", None),
    all_: bool = typer.Option(False, "--all", help="Decided ones too."),
    as_json: options.Json = False,
) -> int:
    """List the drafts that wait for somebody to decide."""
    at_desk = desk(ctx)
    intake = at_desk.intake
    if draft is not None:
        return _show(at_desk, intake, draft, as_json)
    found = at_desk.store.intake.drafts(waiting=not all_)
    if as_json:
        report.say_json([wire.draft(d) for d in found])
        return 0
    entries = [_listed(at_desk, intake, d) for d in found]
    report.page(entries or [Entry("There has been no draft." if all_ else "No draft waits.")])
    return 0


def approve_(
    ctx: typer.Context,
    draft: int = _Number,
    silent: bool = typer.Option(False, "--silent", help="Without a sound on people's devices."),
    again: bool = typer.Option(False, "--again", help="Although another incident tells of it already."),
    as_json: options.Json = False,
    no_wait: options.NoWait = False,
    wait: options.Wait = options.WAIT,
) -> int:
    """Publish a draft: tell everybody."""
    at_desk = desk(ctx)
    said = at_desk.intake.approve(draft, by=begin.author(), silent=silent, again=again)
    if not as_json:
        title = next(iter(said.incident.title.values()))
        say(f"Recorded: {said.incident.id} {said.incident.phase} – {title}")
        if lost := _lost(at_desk, draft):
            say(f"Left out, as the configuration no longer names it: {', '.join(lost)}.")
    ids = [row.id for row in said.deliveries]
    rows = deliver(at_desk.house, at_desk.store, ids, 0 if no_wait else wait, view(as_json))

    def values() -> dict[str, Any]:
        return {"incident": wire.incident(said.incident), "deliveries": [wire.delivery(r) for r in rows]}

    return finish(rows, values if as_json else None, at_desk.stopped)


def discard_(ctx: typer.Context, draft: int = _Number, as_json: options.Json = False) -> int:
    """Throw a draft away: nobody is to hear of it."""
    at_desk = desk(ctx)
    return _done(at_desk.intake.discard(draft, by=begin.author()), as_json)


def snooze_(
    ctx: typer.Context,
    draft: int = _Number,
    delay: str = typer.Option("15m", "--for", metavar="SPAN", help="How long: 15m, 2h."),
    as_json: options.Json = False,
) -> int:
    """Decide later: you are asked again, and what would be published by itself waits so much longer."""
    at_desk = desk(ctx)
    return _done(at_desk.intake.snooze(draft, _span(delay), by=begin.author()), as_json)


def reword_(
    ctx: typer.Context,
    draft: int = _Number,
    messages: options.Messages = None,
    titles: options.Titles = None,
    as_json: options.Json = False,
) -> int:
    """Give a draft other words; it still waits."""
    at_desk = desk(ctx)
    text = words.texts(messages, at_desk.languages, "-m") if messages else None
    title = words.texts(titles, at_desk.languages, "-t") if titles else None
    if text is None and title is None:
        raise Refused("Say the new words: -m for the text, -t for the title.")
    return _done(at_desk.intake.edit(draft, by=begin.author(), title=title, text=text), as_json)


def _lost(at_desk: Desk, id: int) -> tuple[str, ...]:
    found = at_desk.store.intake.draft(id)
    return ask.gone(found.command, at_desk.house.site) if found is not None else ()


def _span(text: str) -> timedelta:
    try:
        return span(text)
    except ValueError as error:
        raise Refused(str(error)) from error


def _done(draft: Draft, as_json: bool) -> int:
    if as_json:
        report.say_json(wire.draft(draft))
        return 0
    state = "waits" if draft.state is DraftState.WAITING else draft.state
    due = f", and is published at {wire.iso(draft.due)} if nobody decides" if draft.due else ""
    say(f"Draft {draft.id} {state}{due}.")
    return 0


def _listed(at_desk: Desk, intake: Intake, draft: Draft) -> Entry:
    incident = at_desk.service.incident(draft.incident) if draft.incident else None
    subject = ask.subject(draft, incident, at_desk.house.site, intake.lang)
    look = "bold yellow" if draft.state is DraftState.WAITING else "dim"
    due = f"\npublished at {wire.iso(draft.due)} if nobody decides" if draft.due else ""
    return Entry(f"{draft.id}  ", f"{subject}\n{draft.why}{due}", look)


def _show(at_desk: Desk, intake: Intake, id: int, as_json: bool) -> int:
    draft = at_desk.store.intake.draft(id)
    if draft is None:
        raise Refused(f"There is no draft {id}. `notifier drafts --all` shows those there were.")
    if as_json:
        report.say_json(wire.draft(draft))
        return 0
    say(intake.words(draft)(Route("terminal", "console"), "").plain)
    return 0
