"""A draft as admins see it: what would be told, to whom, why, until when, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notifier.channel import Message
from notifier.events import Command, Correct, Open, Retract
from notifier.model import Incident, Route, Site, Texts
from notifier.problem import Draft, DraftState, Problem
from notifier.render import compose, phrases, words
from notifier.render.note import reason
from notifier.values import replace

ACTIONS = ("publish", "silent", "edit", "discard", "snooze")
MOST = 5


def question(
    draft: Draft,
    incident: Incident | None,
    problems: Sequence[Problem],
    told: Sequence[str],
    route: Route,
    site: Site,
    lang: str,
    now: datetime,
    link: str = "",
    buttons: bool = False,
) -> Message:
    """The message that shows a draft and what became of it. ``told``: names of the channels that would hear it.

    ``link``: address where it can be decided; ``buttons``: the channel's buttons lead to somebody who listens.
    """
    waits = draft.state is DraftState.WAITING
    lines = _body(draft, incident, problems, told, site, lang, now)
    if waits and not buttons:
        lines += ["", phrases.say(lang, "ask.link", site, link=link)] if link else []
        lines += ["", phrases.say(lang, "ask.command", site, n=draft.id)]
    text = "\n".join(lines)
    data: dict[str, Any] = {"step": "draft", "draft": {"id": draft.id, "state": str(draft.state), "link": link}}
    message = compose.question(route, site, subject(draft, incident, site, lang), text, lang, data, link)
    return replace(message, actions=actions(draft, site, lang) if waits and buttons else ())


def subject(draft: Draft, incident: Incident | None, site: Site, lang: str) -> str:
    """One line: the draft's number, what it would do, and where it stands."""
    headline = words.pick(title(draft.command, incident), lang)[0]
    stage = _stage(draft, site, lang)
    return phrases.say(lang, "ask.subject", site, n=draft.id, stage=stage, title=headline)


def actions(draft: Draft, site: Site, lang: str) -> tuple[tuple[str, str], ...]:
    """The buttons of a waiting draft: label and code, "action:draft:version" (at most 64 bytes, as Telegram asks)."""
    return tuple((phrases.say(lang, f"ask.{do}", site), f"{do}:{draft.id}:{draft.version}") for do in ACTIONS)


def deed(command: Command, site: Site, lang: str) -> str:
    """What publishing it would do, in a few words."""
    phase = getattr(command, "phase", None)
    over = phase is not None and phase.over
    return phrases.say(lang, f"ask.do.{'resolve' if over else type(command).__name__.lower()}", site)


def title(command: Command, incident: Incident | None) -> Texts:
    """The title of what would be told, or of the incident that it is told on."""
    if isinstance(command, Open):
        return command.title
    return incident.title if incident is not None else {}


def _body(
    draft: Draft,
    incident: Incident | None,
    problems: Sequence[Problem],
    told: Sequence[str],
    site: Site,
    lang: str,
    now: datetime,
) -> list[str]:
    command = draft.command
    lines = [deed(command, site, lang) + (f" ({draft.incident})" if draft.incident else ""), ""]
    if not isinstance(command, Retract):
        for tag, text in (command.text or {}).items():
            title = command.title.get(tag, "") if isinstance(command, Open | Correct) and command.title else ""
            lines += [f"{tag}: " + " – ".join(filter(None, (title, text))), ""]
    if draft.state is DraftState.WAITING:  # later nobody would hear it, or others
        lines += filter(None, [without(command, site, lang)])
        lines.append(phrases.say(lang, "ask.channels", site, channels=", ".join(told) or "–"))
    lines += ["• " + problem(p, site, lang, now) for p in problems[:MOST]]
    if len(problems) > MOST:
        lines.append(phrases.say(lang, "ask.more", site, n=len(problems) - MOST))
    if draft.state is not DraftState.WAITING:
        return [*lines, "", ending(draft, site, lang)]
    if draft.due is not None:
        lines += ["", phrases.say(lang, "ask.due", site, time=_time(draft.due, site, lang, now))]
    return lines


def gone(command: Command, site: Site) -> tuple[str, ...]:
    """The components that it names and the configuration no longer does."""
    known = {c.id for c in site.components}
    return tuple(name for name in getattr(command, "components", None) or () if name not in known)


def without(command: Command, site: Site, lang: str) -> str:
    """That it is told without what is :func:`gone`; "" where nothing is."""
    lost = ", ".join(gone(command, site))
    return phrases.say(lang, "ask.gone", site, components=lost) if lost else ""


def ending(draft: Draft, site: Site, lang: str) -> str:
    """Where it stands, and for one that was withdrawn why."""
    stage = _stage(draft, site, lang)
    return f"{stage}: {reason(draft.why, site, lang)}" if draft.state is DraftState.WITHDRAWN else stage


def _stage(draft: Draft, site: Site, lang: str) -> str:
    by = draft.by or phrases.say(lang, "ask.rule", site, rule=draft.rule)
    return phrases.say(lang, f"ask.state.{draft.state}", site, by=by)


def problem(found: Problem, site: Site, lang: str, now: datetime) -> str:
    """One thing that monitoring says is wrong, and since when."""
    since = _time(found.since, site, lang, now)
    return phrases.say(lang, "ask.problem", site, hook=found.hook, title=found.title, time=since)


def _time(at: datetime, site: Site, lang: str, now: datetime) -> str:
    from notifier.render.when import date_time

    return date_time(at, site.timezone, lang, now)
