"""The life of an incident: a command and the incident so far give events; an event gives the incident after it.

Phases. While an incident is open it may go from any of them to any other, forwards or back, or repeat:

    investigating   we know that something is wrong
    identified      we know what
    monitoring      mended, we are watching
    resolved        over; only Reopen leads on from here

So may a maintenance among its own:

    scheduled       it is planned, for its window
    in_progress     it has begun
    verifying       the work is done, we are watching
    completed       over for good: what goes wrong later is an incident, more work another maintenance

Two rules more: what was taken back (retracted) counts as never said, and the opening can only be taken back
together with everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifier.events import (
    Command,
    Correct,
    Corrected,
    Event,
    Open,
    Opened,
    Reopen,
    Reopened,
    Reschedule,
    Rescheduled,
    Retract,
    Retracted,
    Schedule,
    Scheduled,
    Tell,
    Told,
)
from notifier.model import Impact, Incident, Phase, Stamp, Texts, Update, Window
from notifier.refused import Refused as Refused
from notifier.refused import called, completed, fits, gone, past, sound, utc
from notifier.values import replace

TITLE_SIZE = 300
TEXT_SIZE = 20_000


def decide(command: Command, incident: Incident | None, stamp: Stamp) -> Event:
    """What happens if ``command`` is carried out now. Raises Refused."""
    if isinstance(command, Open):
        return _open(command, stamp)
    if isinstance(command, Schedule):
        return _schedule(command, stamp)
    if incident is None:
        raise Refused("There is no such incident. `notifier list` shows those there are.", "none")
    if incident.retracted:
        raise gone(incident)
    if isinstance(command, Tell):
        return _tell(command, incident, stamp)
    if isinstance(command, Reschedule):
        return _reschedule(command, incident, stamp)
    if isinstance(command, Reopen):
        return _reopen(command, incident, stamp)
    if isinstance(command, Correct):
        return _correct(command, incident, stamp)
    return _retract(command, incident, stamp)


def evolve(incident: Incident | None, event: Event, id: str) -> Incident:
    """The incident after ``event``. ``id`` names a new one."""
    if isinstance(event, Opened):
        return _derive(id, event.seq, event.title, event.began, event.stamp.at, (_update(event, event.began),))
    if isinstance(event, Scheduled):
        first = _planned(event, Phase.SCHEDULED)
        return _derive(id, event.seq, event.title, event.window.start, event.stamp.at, (first,))
    if incident is None:
        raise ValueError("the first event of an incident opens it")
    updates, title = incident.updates, incident.title
    if isinstance(event, Told | Reopened):
        updates = (*updates, _update(event, event.happened))
    elif isinstance(event, Rescheduled):
        updates = (*updates, _planned(event, event.phase))
    elif isinstance(event, Corrected):
        updates = tuple(_corrected(u, event) for u in updates)
        title = event.title or title
    elif event.of == 0:
        return replace(incident, version=event.seq, retracted=True)
    else:
        updates = tuple(u for u in updates if u.seq != event.of)
    return _derive(incident.id, event.seq, title, incident.began, incident.opened, updates)


def fold(id: str, events: Iterable[Event], incident: Incident | None = None) -> Incident:
    """The incident that these events, oldest first, make of ``incident``, if there was one before them. Raises
    ValueError when there is nothing at all."""
    for event in events:
        incident = evolve(incident, event, id)
    if incident is None:
        raise ValueError(f"incident {id} has no events")
    return incident


def told(incident: Incident, seq: int) -> Update:
    """The update of that number. Raises Refused."""
    for update in incident.updates:
        if update.seq == seq:
            return update
    known = ", ".join(str(u.seq) for u in incident.updates)
    raise Refused(f"Incident {incident.id} has no update {seq}. It has: {known}.", "no_update", incident=incident.id)


def stage(phase: Phase | None, incident: Incident) -> Phase:
    """Where ``incident`` stands after a word with ``phase``: None is as it was, and "resolved" ends a maintenance."""
    ends = phase is Phase.RESOLVED and incident.maintenance
    return Phase.COMPLETED if ends else phase or incident.phase


def moved(window: Window, incident: Incident, now: datetime) -> Phase:
    """Where a maintenance stands once it is moved to ``window``: it begins anew if its beginning was put off."""
    put_off = window.start > now and (incident.window is None or window.start != incident.window.start)
    return Phase.SCHEDULED if put_off else incident.phase


def _open(command: Open, stamp: Stamp) -> Opened:
    if command.phase is Phase.RESOLVED:
        raise Refused("An incident cannot be opened as resolved. Open it, then resolve it.", "resolved_at_once")
    fits(command.phase, False)
    began = command.began or stamp.at
    past(began, stamp.at)
    return Opened(
        seq=1,
        stamp=stamp,
        title=_words(command.title, "title", TITLE_SIZE),
        text=_words(command.text, "text", TEXT_SIZE),
        components=command.components,
        impact=command.impact,
        phase=command.phase,
        began=began,
    )


def _schedule(command: Schedule, stamp: Stamp) -> Scheduled:
    sound(command.window, stamp.at)
    return Scheduled(
        seq=1,
        stamp=stamp,
        title=_words(command.title, "title", TITLE_SIZE),
        text=_words(command.text, "text", TEXT_SIZE),
        components=command.components,
        window=command.window,
    )


def _reschedule(command: Reschedule, incident: Incident, stamp: Stamp) -> Rescheduled:
    if not incident.maintenance:
        raise Refused(
            f"Incident {incident.id} was not planned. `notifier schedule` plans a maintenance.",
            "not_planned",
            incident=incident.id,
        )
    if not incident.open:
        raise completed(incident)
    sound(command.window, stamp.at)
    if command.window == incident.window:
        raise Refused(f"Maintenance {incident.id} is planned for that time already.", "same_time", incident=incident.id)
    return Rescheduled(
        seq=incident.version + 1,
        stamp=stamp,
        text=_words(command.text, "text", TEXT_SIZE),
        components=incident.components,
        phase=moved(command.window, incident, stamp.at),
        window=command.window,
    )


def _tell(command: Tell, incident: Incident, stamp: Stamp) -> Told:
    phase = stage(command.phase, incident)
    if incident.maintenance:
        _works(command, phase, incident, stamp)
    elif not incident.open:
        raise Refused(
            f"Incident {incident.id} is resolved. If it is back: `notifier reopen {incident.id}`.",
            "resolved",
            incident=incident.id,
        )
    fits(phase, incident.maintenance)
    return Told(
        seq=incident.version + 1,
        stamp=stamp,
        text=_words(command.text, "text", TEXT_SIZE),
        components=incident.components if command.components is None else command.components,
        impact=command.impact or incident.impact,
        phase=phase,
        happened=_later(command.happened, incident, stamp),
    )


def _reopen(command: Reopen, incident: Incident, stamp: Stamp) -> Reopened:
    if incident.open:
        text = f"{called(incident)} is open already. Tell more with `notifier update {incident.id}`."
        raise Refused(text, "open", incident=incident.id)
    if incident.maintenance:
        raise completed(incident)
    if command.phase is Phase.RESOLVED:
        raise Refused("An incident cannot be reopened as resolved.", "resolved_at_once")
    fits(command.phase, incident.maintenance)
    last_open = next((u for u in reversed(incident.updates) if not u.phase.over), incident.updates[0])
    return Reopened(
        seq=incident.version + 1,
        stamp=stamp,
        text=_words(command.text, "text", TEXT_SIZE),
        components=incident.components if command.components is None else command.components,
        impact=command.impact or last_open.impact,
        phase=command.phase,
        happened=_later(command.happened, incident, stamp),
    )


def _correct(command: Correct, incident: Incident, stamp: Stamp) -> Corrected:
    if command.text is None and command.title is None:
        raise Refused("Say what to correct: -m for the text, -t for the title.", "nothing_to_correct")
    of = told(incident, incident.updates[-1].seq if command.of is None else command.of)
    return Corrected(
        seq=incident.version + 1,
        stamp=stamp,
        of=of.seq,
        text=None if command.text is None else _words(command.text, "text", TEXT_SIZE),
        title=None if command.title is None else _words(command.title, "title", TITLE_SIZE),
    )


def _retract(command: Retract, incident: Incident, stamp: Stamp) -> Retracted:
    seq = incident.version + 1
    if command.whole:
        return Retracted(seq, stamp, of=0)
    of = told(incident, incident.updates[-1].seq if command.of is None else command.of)
    if of is not incident.updates[0]:
        return Retracted(seq, stamp, of=of.seq)
    if len(incident.updates) == 1:
        return Retracted(seq, stamp, of=0)
    raise Refused("The opening can only be taken back with all that followed: add --all.", "opening")


def _works(command: Tell, phase: Phase, incident: Incident, stamp: Stamp) -> None:
    """What is told of a maintenance makes sense. Raises Refused."""
    if not incident.open:
        raise completed(incident)
    if command.impact not in (None, Impact.NONE):
        raise Refused(
            "A maintenance has no impact. What breaks meanwhile is an incident: `notifier open`.", "no_impact"
        )
    if phase.over and incident.phase is Phase.SCHEDULED and incident.began > stamp.at:
        raise Refused(
            f"Maintenance {incident.id} is still to begin, so it cannot be completed. To cancel it: "
            f"`notifier retract {incident.id} --all`. If the work was done early, say so first: "
            f"`notifier update {incident.id} -s in_progress`.",
            "to_begin",
            incident=incident.id,
        )


def _words(texts: Texts, what: str, size: int) -> Texts:
    """Trimmed and checked: at least one language, none empty, none beyond all measure."""
    kept = {lang: text.strip() for lang, text in texts.items()}
    for lang, text in kept.items():
        if not text:
            raise Refused(f"The {what} in {lang} is empty.", f"empty.{what}", language=lang)
        if len(text) > size:
            said = f"The {what} in {lang} has {len(text)} characters; {size} is the most."
            raise Refused(said, f"too_long.{what}", language=lang, size=len(text), most=size)
    if not kept:
        raise Refused(f"The {what} is missing.", f"missing.{what}")
    return kept


def _later(happened: datetime | None, incident: Incident, stamp: Stamp) -> datetime:
    if happened is None:
        return stamp.at
    past(happened, stamp.at)
    if happened < (min(incident.opened, incident.window.start) if incident.window else incident.began):
        what = "maintenance was planned" if incident.maintenance else "incident began"
        raise Refused(f"{utc(happened)} is before the {what}.", "before", time=utc(happened))
    return happened


def _update(event: Opened | Told | Reopened, at: datetime) -> Update:
    return Update(
        seq=event.seq,
        phase=event.phase,
        impact=event.impact,
        components=event.components,
        text=event.text,
        at=at,
        by=event.stamp.by,
        source=event.stamp.source,
        reopened=isinstance(event, Reopened),
    )


def _planned(event: Scheduled | Rescheduled, phase: Phase) -> Update:
    return Update(
        seq=event.seq,
        phase=phase,
        impact=Impact.NONE,
        components=event.components,
        text=event.text,
        at=event.stamp.at,
        by=event.stamp.by,
        source=event.stamp.source,
        window=event.window,
    )


def _corrected(update: Update, event: Corrected) -> Update:
    if update.seq != event.of or event.text is None:
        return update
    return replace(update, text=event.text, corrected=event.stamp.at)


def _derive(
    id: str, version: int, title: Texts, began: datetime, opened: datetime, updates: tuple[Update, ...]
) -> Incident:
    """Everything about an incident that follows from its updates."""
    last = updates[-1]
    window = next((u.window for u in reversed(updates) if u.window), None)
    return Incident(
        id=id,
        version=version,
        title=title,
        phase=last.phase,
        impact=last.impact,
        worst=max([u.impact for u in updates], key=lambda i: i.rank),
        components=last.components,
        began=_began(window, updates) if window else began,
        opened=opened,
        resolved=last.at if last.phase.over else None,
        updates=updates,
        window=window,
    )


def _began(window: Window, updates: tuple[Update, ...]) -> datetime:
    """When a maintenance began: when it was said to be in progress since it was last planned, else as planned."""
    begun: datetime | None = None
    for update in updates:
        begun = None if update.phase is Phase.SCHEDULED else begun or _first(window, update)
    return begun or window.start


def _first(window: Window, update: Update) -> datetime:
    """Completed at once, it began as planned; anything else is told as it happens."""
    return min(window.start, update.at) if update.phase.over else update.at
