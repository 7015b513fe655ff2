"""The commands that say something: open, update, resolve, reopen, correct, retract, schedule, reschedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from notifier import wire
from notifier.cli import begin, report, words
from notifier.cli.deliver import deliver, finish, view
from notifier.cli.draft import Desk, addressed, both, desk, later, opening, planning
from notifier.cli.manner import Manner, as_asked
from notifier.cli.shell import confirm
from notifier.cli.shell import say as tell
from notifier.events import Command, Correct, Reopen, Reschedule, Retract
from notifier.incident import Refused, moved
from notifier.model import Impact, Incident, Phase, Texts
from notifier.render import compose
from notifier.service import Repeated, Said, Service


def open_(
    asked: Any,
    title: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    titles: Sequence[str] | None,
    components: Sequence[str] | None,
    impact: Impact | None,
    status: Phase | None,
    at: str | None,
    **how: Any,
) -> int:
    """Open an incident: tell everybody that something is wrong."""
    manner, at_desk = as_asked(how), desk(asked)
    command = opening(at_desk, both(titles, title), both(messages, text), components, impact, status, at, manner)
    return say(at_desk, command, "", manner)


def update_(
    asked: Any,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    status: Phase | None,
    impact: Impact | None,
    components: Sequence[str] | None,
    at: str | None,
    **how: Any,
) -> int:
    """Tell more about an open incident."""
    manner, at_desk = as_asked(how), desk(asked)
    id, given = addressed(at_desk, which, text, messages)
    command = later(at_desk, id, given, status, impact, components, at, manner)
    return say(at_desk, command, id, manner)


def resolve_(
    asked: Any,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    at: str | None,
    **how: Any,
) -> int:
    """It is over: tell everybody."""
    manner, at_desk = as_asked(how), desk(asked)
    id, given = addressed(at_desk, which, text, messages)
    command = later(at_desk, id, given, Phase.RESOLVED, None, None, at, manner)
    return say(at_desk, command, id, manner)


def reopen_(
    asked: Any,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    status: Phase | None,
    impact: Impact | None,
    components: Sequence[str] | None,
    at: str | None,
    **how: Any,
) -> int:
    """It is back: the resolved incident goes on."""
    manner, at_desk = as_asked(how), desk(asked)
    id, given = addressed(at_desk, which, text, messages, reopen=True)
    site, found = at_desk.house.site, at_desk.service.incident(id)
    hit = tuple(components) if components else found.components
    phase = status or Phase.INVESTIGATING
    ready = compose.ready_texts(site, phase, impact or found.worst, hit, reopened=True)
    said = words.message(given, at_desk.languages, ready, manner.asks)
    happened = words.moment(at, at_desk.store.now(), site.timezone)
    return say(at_desk, Reopen(said, phase, impact, tuple(components) if components else None, happened), id, manner)


def correct_(
    asked: Any,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    titles: Sequence[str] | None,
    of: int | None,
    **how: Any,
) -> int:
    """Replace the words of an update, or the title; channels edit what they posted."""
    manner, at_desk = as_asked(how), desk(asked)
    id, given = addressed(at_desk, which, text, messages)
    title = words.texts(titles, at_desk.languages, "-t") if titles else None
    said: Texts | None = None
    if given or words.piped() or title is None:
        found = at_desk.service.incident(id)
        shown = next((u for u in found.updates if u.seq == of), found.updates[-1])
        said = words.message(given, at_desk.languages, shown.text, manner.asks)
        if said == shown.text:
            raise Refused("The text is as it was. Say the new one with -m.")
    return say(at_desk, Correct(said, title, of), id, manner)


def retract_(
    asked: Any,
    which: str | None,
    of: int | None,
    whole: bool,
    **how: Any,
) -> int:
    """Take an update back, or with --all the incident: deleted where possible, else said to be withdrawn."""
    manner, at_desk = as_asked(how), desk(asked)
    id = at_desk.service.find(which or "")
    asks = manner.asks and not manner.dry_run
    if asks and not confirm(_question(at_desk.service.incident(id), of, whole)):
        raise Refused("Nothing was taken back.")
    return say(at_desk, Retract(of, whole), id, manner)


def _question(found: Incident, of: int | None, whole: bool) -> str:
    called = f'"{next(iter(found.title.values()))}" ({found.id})'
    if found.maintenance and (whole or len(found.updates) == 1):
        return f"Cancel the maintenance {called}?"
    what = "everything said about" if whole else f"update {of} of" if of else "the newest update of"
    return f"Take back {what} {called}?"


def schedule_(
    asked: Any,
    title: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    titles: Sequence[str] | None,
    components: Sequence[str] | None,
    begins: str | None,
    until: str | None,
    lasts: str | None,
    **how: Any,
) -> int:
    """Plan a maintenance: tell everybody when it will be."""
    manner, at_desk = as_asked(how), desk(asked)
    window = words.window(begins, until, lasts, at_desk.store.now(), at_desk.house.site.timezone)
    command = planning(at_desk, both(titles, title), both(messages, text), components, window, manner)
    return say(at_desk, command, "", manner)


def reschedule_(
    asked: Any,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    begins: str | None,
    until: str | None,
    lasts: str | None,
    **how: Any,
) -> int:
    """Move a maintenance, or say that it takes longer."""
    manner, at_desk = as_asked(how), desk(asked)
    id, given = addressed(at_desk, which, text, messages, planned=True)
    site, found = at_desk.house.site, at_desk.service.incident(id)
    now = at_desk.store.now()
    window = words.window(begins, until, lasts, now, site.timezone, found.window)
    ready = compose.moved_texts(site, moved(window, found, now), found, window)
    return say(at_desk, Reschedule(window, words.message(given, at_desk.languages, ready, manner.asks)), id, manner)


def say(at_desk: Desk, command: Command, which: str, manner: Manner) -> int:
    """Store it, say so, deliver it, show how it went."""
    chosen: dict[str, Any] = {"which": which, "only": manner.only, "without": manner.without}
    if manner.dry_run:
        from notifier.cli.look import show_preview

        return show_preview(at_desk.previews(command, **chosen), manner.as_json)
    said = _store(at_desk.service, command, chosen, manner)
    if not manner.as_json:
        title = next(iter(said.incident.title.values()))
        when = report.planned(said.incident, at_desk.house.site.timezone)
        tell(f"Recorded: {said.incident.id} {said.incident.phase} – {title}{when and f', {when}'}")
    ids = [row.id for row in said.deliveries]
    rows = deliver(at_desk.house, at_desk.store, ids, manner.wait, view(manner.as_json))

    def values() -> dict[str, Any]:
        return {"incident": wire.incident(said.incident), "deliveries": [wire.delivery(r) for r in rows]}

    return finish(rows, values if manner.as_json else None, at_desk.stopped)


def _store(service: Service, command: Command, chosen: dict[str, Any], manner: Manner) -> Said:
    by = begin.author()
    try:
        return service.handle(command, by=by, again=manner.again, **chosen)
    except Repeated as error:
        if not manner.asks or not confirm(f"{str(error).split(' To tell')[0]}\nTell it again?"):
            raise
    return service.handle(command, by=by, again=True, **chosen)
