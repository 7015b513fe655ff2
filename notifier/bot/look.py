"""How things stand: /status, /drafts, /signals, /help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from notifier.bot.say import Say, html, lines
from notifier.bot.who import Room
from notifier.incident import Refused
from notifier.model import State
from notifier.render.words import pick
from notifier.source import Kind

COMMANDS = ("status", "drafts", "signals", "open", "update", "resolve", "cancel", "help")
MOST_DRAFTS, MOST_SIGNALS = 5, 10
DAY = timedelta(days=1)
MARKS = {Kind.PROBLEM: "🔴", Kind.RECOVERY: "🟢", Kind.ACKNOWLEDGED: "🟡", Kind.TEST: "🧪"}


def status(room: Room) -> Sequence[Say]:
    """Open incidents, how many drafts wait, channels in trouble."""
    waiting = len(room.intake.store.intake.drafts())
    told = [*(_open(room) or [room.word("none.open")]), "", html(room.word("status.drafts", n=waiting))]
    trouble = list(_trouble(room))
    told += ["", *map(html, trouble)] if trouble else [html(room.word("status.well"))]
    return [room.say(lines(told), marked=True)]


def drafts(room: Room) -> Sequence[Say]:
    """The drafts that wait, each with its buttons; the newest comes last."""
    found = room.intake.store.intake.drafts()
    if not found:
        return [room.say(room.word("none.drafts"))]
    left = len(found) - MOST_DRAFTS
    more = [room.say(room.word("more", n=left))] if left > 0 else []
    return [*more, *(room.copy(draft) for draft in reversed(found[:MOST_DRAFTS]))]


def signals(room: Room) -> Sequence[Say]:
    """What monitoring said, the newest first, and what came of it."""
    told = [
        f"{MARKS.get(h.signal.kind, '▫️')} {html(room.time(h.signal.received))} "
        f"<b>{html(h.signal.title or h.signal.key)}</b> ({html(h.hook)})\n{html(h.verdict)}"
        for h in room.intake.store.intake.heard(MOST_SIGNALS)
    ]
    return [room.say(lines(told), marked=True) if told else room.say(room.word("none.signals"))]


def help(room: Room) -> Sequence[Say]:
    """What the bot can do."""
    told = [f"/{name} – {html(room.word(f'do.{name}'))}" for name in COMMANDS]
    return [room.say("\n".join([*told, "", html(room.word("safe"))]), marked=True)]


def _open(room: Room) -> list[str]:
    told = []
    for id in room.intake.store.open_ids():
        try:
            incident = room.intake.service.incident(id)
        except Refused:
            continue
        phase, title = room.phrase(f"phase.{incident.phase}"), pick(incident.title, room.who.lang)[0]
        start = incident.window.start if incident.window else incident.began
        told.append(f"<b>{html(title)}</b> ({id})\n{html(phase)}, {html(room.word('since', time=room.time(start)))}")
    return told


def _trouble(room: Room) -> Iterator[str]:
    now, known = room.intake.store.now(), {r.channel for r in room.intake.service.routes}
    for name, state in sorted(room.intake.store.channel_states().items()):
        if name in known and state.broken:
            yield room.word("status.stopped", channel=name, why=state.broken)
        elif name in known and state.rest_until > now:
            yield room.word("status.rests", channel=name, time=room.time(state.rest_until))
    found = Counter((d.channel, d.state) for d in room.intake.store.troubled(now - DAY))
    for name in sorted({channel for channel, _ in found}):
        failed, unsure = found[name, State.FAILED], found[name, State.UNSURE]
        yield room.word("status.failed", channel=name, failed=failed, unsure=unsure)
