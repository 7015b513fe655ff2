"""Talks: /open, /update, /resolve and other words for a draft. Where one stands is kept in the store, so that it goes
on after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from notifier.bot import steps
from notifier.bot.say import Buttons, Say, answer, html
from notifier.bot.steps import Talk
from notifier.bot.who import VIA, Room
from notifier.events import Open
from notifier.incident import Refused
from notifier.intake import Decided
from notifier.model import Impact, Incident, Texts
from notifier.problem import Draft, DraftState
from notifier.render.words import pick
from notifier.values import replace

PATIENCE = timedelta(hours=12)
MOST_TEXT = 3500
MOST_TITLE = 40


def begin(room: Room, verb: str) -> Sequence[Say]:
    """A talk that a command begins, with what the command says already."""
    none = None if room.site.components else ()
    talk = Talk(verb, room.came.id, steps.order(room.site, room.who.lang), components=none)
    rest = room.came.text
    if verb == "open":
        return _go_on(room, _titled(talk, rest) if rest else talk)
    ids = _open_ids(room)
    word, _, more = rest.partition(" ")
    if named := next((id for id in ids if id == word.lstrip("#").lower()), None):
        rest = more.strip()
    elif len(ids) == 1:
        named = ids[0]
    if not ids:
        return [room.say(room.word("none.open"))]
    talk = replace(talk, incident=named)
    if rest:
        talk = _worded(talk, rest)
    elif verb == "resolve":
        talk = replace(talk, passed=talk.order)
    return _go_on(room, talk)


def rewrite(room: Room, id: int) -> Sequence[Say]:
    """A talk about other words for a draft."""
    draft = room.intake.store.intake.draft(id)
    if draft is None:
        return [room.say(room.word("gone"))]
    if draft.state is not DraftState.WAITING:
        return [room.say(room.late(draft))]
    if not getattr(draft.command, "text", None):
        return [room.say(room.word("no_words"))]
    titled = isinstance(draft.command, Open)
    return _go_on(room, Talk("edit", room.came.id, steps.order(room.site, room.who.lang), draft=id, titled=titled))


def heard(room: Room) -> Sequence[Say]:
    """Words without a command: they are for the question that was asked. In a group only those that answer it."""
    talk = _kept(room)
    if not room.came.private and not room.came.ours:
        return []
    if talk is None or talk.step() not in ("title", "text"):
        return [room.say(room.word("hint"))] if room.came.private else []
    if len(room.came.text) > MOST_TEXT:
        return [room.say(room.word("too_long", n=MOST_TEXT))]
    answered = _worded if talk.step() == "text" else _titled
    return _go_on(room, answered(talk, room.came.text))


def skip(room: Room) -> Sequence[Say]:
    """/skip: the same as the button."""
    talk = _kept(room)
    return [room.say(room.word("hint"))] if talk is None else _go_on(room, _with(talk, talk.step(), ""))


def cancel(room: Room) -> Sequence[Say]:
    """/cancel: the talk ends, and nothing came of it."""
    there = _kept(room) is not None
    _keep(room, None)
    return [room.say(room.word("cancelled" if there else "nothing"))]


def chosen(room: Room) -> Sequence[Say]:
    """A button beneath a question."""
    talk = _kept(room)
    if talk is None or room.came.data not in [code for _, code in _question(room, talk)[1]]:
        return [answer(room.came.query, room.word("over"))]
    value = room.came.data.split(":", 3)[3]
    if value == "!":
        _keep(room, None)
        return [answer(room.came.query), room.edit(html(room.word("cancelled")))]
    picked = _with(talk, talk.step(), value, room)
    return [answer(room.came.query), *_go_on(room, picked, here=True)]


def _go_on(room: Room, talk: Talk, here: bool = False) -> Sequence[Say]:
    """Ask what is still to be asked, or come to the end. ``here``: in place of the question that was pressed."""
    if not talk.step():
        return _finish(room, talk, here)
    _keep(room, talk)
    text, buttons = _question(room, talk)
    writes = talk.step() in ("title", "text")
    if writes and not room.came.private:  # a group's answers reach a bot only if they answer its message
        text += f"\n{html(room.word('reply'))}"
        return [room.say(text, marked=True, force=True)]
    return [room.edit(text, buttons)] if here else [room.say(text, marked=True, buttons=buttons)]


def _finish(room: Room, talk: Talk, here: bool) -> Sequence[Say]:
    """The talk becomes a draft, or other words for one; it is shown, and waits."""
    _keep(room, None)
    try:
        if talk.verb == "edit":
            shown = _reworded(room, talk)
        else:
            incident = room.intake.service.incident(talk.incident) if talk.incident else None
            made = steps.command(talk, room.site, incident)
            draft = room.intake.propose(made, talk.incident or "", by=room.who.name, via=VIA)
            shown = [] if room.home else [room.copy(draft)]
    except Decided as decided:
        return [room.say(room.late(decided.draft))]
    except Refused as refused:
        return [room.say(room.why(refused))]
    return [*([room.edit(html(room.word("thanks")))] if here else []), *shown]


def _reworded(room: Room, talk: Talk) -> list[Say]:
    draft = room.intake.store.intake.draft(talk.draft)
    if draft is not None and (talk.texts or talk.title):
        title, text = _said_so_far(draft)
        text, title = {**text, **talk.texts}, {**title, **(talk.title or {})}
        draft = room.intake.edit(talk.draft, by=room.who.name, title=title if talk.title else None, text=text, via=VIA)
    return [room.copy(draft)] if draft is not None else []


def _said_so_far(draft: Draft | None) -> tuple[Texts, Texts]:
    """Title and text as they now are."""
    command = draft.command if draft is not None else None
    return (command.title if isinstance(command, Open) else {}), getattr(command, "text", None) or {}


# Questions


def _question(room: Room, talk: Talk) -> tuple[str, Buttons]:
    """The question in HTML, and what can be pressed."""
    step = talk.step()
    buttons: list[tuple[str, str]] = []
    if step == "incident":
        buttons = [(_name(room, id), id) for id in _open_ids(room)]
    elif step == "components":
        for n, part in enumerate(room.site.components):
            tick = "☑ " if part.id in talk.chosen else ""
            buttons.append((tick + pick(part.name, room.who.lang)[0], str(n)))
        buttons.append((room.word("next"), ""))
    elif step == "impact":
        buttons = [(room.phrase(f"impact.{impact}"), str(impact)) for impact in reversed(Impact)]
    elif step == "phase":
        incident = room.intake.service.incident(talk.incident or "")
        buttons = [(room.phrase(f"phase.{phase}"), str(phase)) for phase in steps.phases(incident)]
        buttons.append((room.word("same", phase=room.phrase(f"phase.{incident.phase}")), ""))
    else:
        buttons = [(_passing(room, talk), "")]
        if talk.titled and step == "text":
            buttons.append((room.word("retitle"), "title"))
    buttons.append((room.word("stop"), "!"))
    mark = f"{step}-{talk.tongue()}" if step == "text" or talk.titled else step
    return _asked(room, talk), tuple((label, f"q:{talk.serial}:{mark}:{value}") for label, value in buttons)


def _asked(room: Room, talk: Talk) -> str:
    if talk.step() != "text" and not talk.retitle:
        return html(room.word(f"ask.{talk.step()}"))
    lang = _language(talk.tongue(), room.who.lang)
    if talk.verb != "edit":
        return html(room.word("ask.text", language=lang))
    title, text = _said_so_far(room.intake.store.intake.draft(talk.draft))
    now = ({**title, **(talk.title or {})} if talk.retitle else text).get(talk.tongue(), "")
    asked = html(room.word("ask.retitle" if talk.retitle else "ask.edit", language=lang))
    asked += f"\n<code>{html(now)}</code>" if now else ""
    return asked if talk.retitle or not talk.titled else f"{asked}\n{html(room.word('headed'))}"


def _passing(room: Room, talk: Talk) -> str:
    """What it means to say nothing."""
    if talk.verb != "edit" and (talk.step() == "title" or not talk.texts):
        return room.word("ready")
    if talk.verb == "edit":
        return room.word("keep")
    return room.word("only", language=", ".join(_language(tag, room.who.lang) for tag in talk.texts))


def _language(tag: str, lang: str) -> str:
    """What a language is called in another."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag, sep="-").get_display_name(Locale.parse(lang, sep="-"))
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


def _name(room: Room, id: str) -> str:
    title = pick(room.intake.service.incident(id).title, room.who.lang)[0]
    return f"{id} {title}"[:MOST_TITLE]


# Answers


def _with(talk: Talk, step: str, value: str, room: Room | None = None) -> Talk:
    """The talk with the answer to a question; "" is to leave it to us."""
    if step == "text":
        return replace(talk, retitle=True) if value else talk.passes()
    if step == "title":
        return replace(talk, retitle=False) if talk.retitle else replace(talk, title={})
    if step != "components":
        return replace(talk, **{step: value}) if value or step != "incident" else talk
    if value and room is not None:
        id = room.site.components[int(value) % len(room.site.components)].id
        left = tuple(c for c in talk.chosen if c != id)
        return replace(talk, chosen=left if id in talk.chosen else (*talk.chosen, id))
    return replace(talk, components=talk.chosen)


def _worded(talk: Talk, text: str) -> Talk:
    if talk.titled:
        title, text = steps.headed(text)
        talk = talk.called({talk.tongue(): title}) if title else talk
        if not text:
            return talk.passes()
    said, named = steps.tagged(text, talk.order, talk.tongue() or talk.order[0])
    heard = talk.hears(said)
    return replace(heard, passed=talk.order) if named else heard


def _titled(talk: Talk, text: str) -> Talk:
    return talk.called(steps.tagged(text, talk.order, talk.tongue() if talk.retitle else talk.order[0])[0])


# What is kept


def _open_ids(room: Room) -> list[str]:
    """The incidents that are open; if there is none, the maintenances."""
    found: list[Incident] = [room.intake.service.incident(id) for id in room.intake.store.open_ids()]
    return [i.id for i in found if not i.maintenance] or [i.id for i in found]


def _spot(room: Room) -> str:
    return f"bot/talk/{room.came.chat}/{room.who.id}"


def _kept(room: Room) -> Talk | None:
    kept = room.intake.store.intake.kept(_spot(room))
    return steps.unpack(kept) if kept else None


def _keep(room: Room, talk: Talk | None) -> None:
    until = room.intake.store.now() + PATIENCE
    room.intake.store.intake.keep(_spot(room), steps.pack(talk) if talk else "", until)
