"""Buttons beneath a draft: publish, silent, edit, discard, snooze. Whoever comes second is told who was first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from notifier.bot import talk
from notifier.bot.say import Say, answer
from notifier.bot.who import COPY, VIA, Room
from notifier.incident import Refused
from notifier.intake import AlreadyTold, Changed, Decided
from notifier.problem import Draft, DraftState

_CODE = re.compile(rf"(publish|silent|edit|discard|snooze):(\d{{1,15}}):(\d{{1,9}})(:{COPY})?")


def pressed(room: Room) -> Sequence[Say]:
    """What follows from a press."""
    data = room.came.data
    if data.startswith("q:"):
        return talk.chosen(room)
    match = _CODE.fullmatch(data)
    draft = room.intake.store.intake.draft(int(match[2])) if match else None
    if match is None or draft is None:
        return [answer(room.came.query, room.word("gone"), alert=True)]
    if match[1] == "edit":
        return _edit(room, draft)
    word, worked = _act(room, match[1], draft.id, int(match[3]))
    after = room.intake.store.intake.draft(draft.id) or draft
    return [answer(room.came.query, word, alert=not worked), *([room.edit(*room.shown(after))] if match[4] else [])]


def _act(room: Room, do: str, id: int, version: int) -> tuple[str, bool]:
    """Do it: what to say, and whether it was done."""
    try:
        return _done(room, do, id, version), True
    except Decided as decided:
        return room.late(decided.draft), False
    except Changed:
        return room.word("changed"), False
    except AlreadyTold as told:
        return room.word("told_already", incident=told.incident), False
    except Refused as refused:
        return room.why(refused), False


def _done(room: Room, do: str, id: int, version: int) -> str:
    by: dict[str, Any] = {"by": room.who.name, "via": VIA}
    if do == "discard":
        room.intake.discard(id, version=version, **by)
    elif do == "snooze":
        draft = room.intake.snooze(id, room.bot.snooze, version=version, **by)
        return room.word("done.snooze", time=room.time(draft.remind or draft.created))
    else:
        room.intake.approve(id, version=version, silent=do == "silent", **by)
    return room.word(f"done.{do}")


def _edit(room: Room, draft: Draft) -> Sequence[Say]:
    """Where only posts stand, in a channel, nobody can write back: it goes on in private."""
    if draft.state is not DraftState.WAITING:
        return [answer(room.came.query, room.late(draft), alert=True)]
    if room.came.kind == "channel":
        return [answer(room.came.query, url=f"https://t.me/{room.called}?start=edit-{draft.id}")]
    return [answer(room.came.query), *talk.rewrite(room, draft.id)]
