"""What the rise, the return or the end of a problem leads to: a draft, a change of one that waits, a note, or nothing.

Nothing becomes public here. A draft is published when an admin says so, when its time has come, or at once where the
rule says "publish".

A problem that rises becomes part of, in this order: an open incident that names its component or has another problem
of its group; a draft of its group that waits; a lately resolved incident that named its component, which is then
reopened; a new incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier import triage
from notifier.events import Open, Reopen, Tell
from notifier.model import Impact, Incident, Phase, Site
from notifier.problem import Draft, DraftState, Habits, Note, Problem, Rule, Stage, Then
from notifier.render import words
from notifier.triage import Turn
from notifier.values import replace, value

LOOK_AGAIN = timedelta(minutes=1)


@value
class Scene:
    """What there is beside one problem: incidents that are open, those resolved so lately that they would be reopened,
    maintenances not over yet, drafts that wait, and the other problems that are not cleared. All newest first."""

    open: tuple[Incident, ...] = ()
    resolved: tuple[Incident, ...] = ()
    maintenances: tuple[Incident, ...] = ()
    drafts: tuple[Draft, ...] = ()
    others: tuple[Problem, ...] = ()

    def incident(self, id: str) -> Incident | None:
        """The open incident of that id."""
        return next((i for i in self.open if i.id == id), None)

    def draft(self, id: int) -> Draft | None:
        """The waiting draft of that number."""
        return next((d for d in self.drafts if d.id == id), None) if id else None

    def about(self, incident: str) -> list[Draft]:
        """The waiting drafts on an incident."""
        return [d for d in self.drafts if incident and d.incident == incident]


@value
class Ruling:
    """What follows. drafts: new ones (id 0) and changed ones, to be stored; the problem belongs to the first that is
    new. note: what the admins are told."""

    problem: Problem
    why: str
    drafts: tuple[Draft, ...] = ()
    note: Note | None = None


def rule_on(
    turn: Turn, problem: Problem, why: str, rule: Rule, scene: Scene, site: Site, habits: Habits, now: datetime
) -> Ruling:
    """What ``turn`` of ``problem`` leads to; ``why`` is what triage said."""
    if turn in (Turn.ROSE, Turn.BACK, Turn.WORSE):
        muted = _muted(problem, scene, site, now) if turn is Turn.ROSE else None
        if muted is not None:
            return muted
        return _stands(turn, problem, why, rule, scene, site, habits, now)
    if turn is Turn.ENDED:
        return _ended(problem, why, rule, scene, site, now)
    if turn is Turn.SILENT:
        return Ruling(problem, why, note=_silent(problem, rule, scene))
    return Ruling(problem, why)


# Does it count?


def _muted(problem: Problem, scene: Scene, site: Site, now: datetime) -> Ruling | None:
    """A maintenance, or trouble with what it needs, explains it."""
    needs = triage.needed(problem.component, site)
    for work in scene.maintenances:
        if work.window and _runs(work, now) and {problem.component, *needs} & set(work.components):
            until = now + LOOK_AGAIN  # not when it is planned to end: it may be over earlier
            why = f"maintenance {work.id} is going on"
            muted = triage.mute(problem, why, until)
            said = Note("muted", ("muted.text",), {"title": problem.title, "maintenance": work.id})
            return Ruling(muted, why, note=None if problem.muted == why else said)
    down = {p.component for p in scene.others if p.stage is Stage.OPEN} | {c for i in scene.open for c in i.components}
    for name in needs:
        if name in down:
            why = f"it needs {name}, which is down"
            return Ruling(triage.mute(problem, why, now + LOOK_AGAIN), why)
    return None


def _runs(work: Incident, now: datetime) -> bool:
    begun = work.phase in (Phase.IN_PROGRESS, Phase.VERIFYING)
    return begun or (work.window is not None and work.window.start <= now < work.window.end)


# It stands


def _stands(
    turn: Turn, problem: Problem, why: str, rule: Rule, scene: Scene, site: Site, habits: Habits, now: datetime
) -> Ruling:
    if rule.then is Then.NOTE or (problem.impact is Impact.NONE and rule.impact is None):
        return Ruling(problem, f"{why}; the admins are told", note=_note(_AGAIN.get(turn, "rose"), problem, why))
    incident = _home(problem, scene)
    if incident is not None:
        return _joined(turn, problem, why, incident, rule, scene, site, habits, now)
    if turn is Turn.BACK and not problem.draft and not problem.incident:
        return Ruling(problem, f"{why}; its draft was discarded, and it was not over since")
    past = next((i for i in scene.resolved if _concerns(problem, i)), None)
    waiting = _waiting(problem, scene, past)
    if waiting is not None:
        return _amended(problem, why, waiting, scene, site)
    if past is not None:
        return _reopening(problem, why, past, rule, site, now)
    command = _opening((problem,), site)
    draft = _draft(command, "", f"{problem.title}: {why}", rule, now)
    return Ruling(problem, f"{why}; a draft", (draft,))


def _home(problem: Problem, scene: Scene) -> Incident | None:
    """The open incident it is part of: its own, one that names its component, one with a problem of its group."""
    own = scene.incident(problem.incident)
    if own is not None:
        return own
    named = next((i for i in scene.open if problem.component and problem.component in i.components), None)
    if named is not None:
        return named
    mates = [p.incident for p in scene.others if p.group == problem.group and p.stage is not Stage.PENDING]
    return next((i for id in mates if (i := scene.incident(id))), None)


def _waiting(problem: Problem, scene: Scene, past: Incident | None) -> Draft | None:
    """A draft that would open or reopen an incident: its own, one of its group, or one that reopens ``past``."""
    drafts = [d for d in scene.drafts if isinstance(d.command, Open | Reopen)]
    own = next((d for d in drafts if problem.draft == d.id), None)
    mates = next((d for d in drafts if d.group == problem.group), None)
    return own or mates or next((d for d in drafts if past is not None and d.incident == past.id), None)


def _concerns(problem: Problem, incident: Incident) -> bool:
    if problem.incident == incident.id:
        return True
    return bool(problem.component) and problem.component in incident.components


def _joined(
    turn: Turn,
    problem: Problem,
    why: str,
    incident: Incident,
    rule: Rule,
    scene: Scene,
    site: Site,
    habits: Habits,
    now: datetime,
) -> Ruling:
    """It is part of an incident that users know: only what is new about it is worth a word."""
    part = replace(problem, incident=incident.id, draft=0)
    ends = [_withdrawn(d, "it came back", now) for d in scene.about(incident.id) if _resolves(d)]
    if triage.unstable(part, habits, now) and not part.unstable:
        part = replace(part, unstable=True)
        command = Tell(words.reported(site, "unstable", incident.components))
        return Ruling(part, f"{why}; it comes and goes", (*ends, _update(command, incident, part, rule, scene, now)))
    told, felt = _said(incident, scene)
    hit = tuple(dict.fromkeys((*told, *([part.component] if part.component else []))))
    fresh = hit != told
    worse = part.impact.rank > felt.rank and (fresh or turn in (Turn.WORSE, Turn.ROSE))
    if not fresh and not worse:
        note = None
        if turn is Turn.ROSE and not part.component:
            note = _note("rose", part, why, "part", incident=incident.id)
        return Ruling(part, f"{why}; part of incident {incident.id}", tuple(ends), note)
    what = "more" if fresh else "worse"
    command = Tell(words.reported(site, what, hit), impact=part.impact if worse else None, components=hit)
    return Ruling(
        part, f"{why}; part of incident {incident.id}", (*ends, _update(command, incident, part, rule, scene, now))
    )


def _update(command: Tell, incident: Incident, problem: Problem, rule: Rule, scene: Scene, now: datetime) -> Draft:
    """A draft of a later word: the one that waits is changed, if there is one."""
    waiting = _further(incident, scene)
    if waiting is None:
        return _draft(command, incident.id, problem.title, rule, now)
    old = waiting.command
    assert isinstance(old, Tell)
    text = old.text if waiting.edited else command.text
    impact, hit = command.impact or old.impact, command.components or old.components
    return _changed(waiting, replace(old, text=text, impact=impact, components=hit))


def _further(incident: Incident, scene: Scene) -> Draft | None:
    """The waiting draft of a further word on an incident."""
    return next((d for d in scene.about(incident.id) if isinstance(d.command, Tell) and not _resolves(d)), None)


def _said(incident: Incident, scene: Scene) -> tuple[tuple[str, ...], Impact]:
    """What users know of it, or will once the draft that waits is published: components and impact."""
    waiting = _further(incident, scene)
    command = waiting.command if waiting is not None else None
    if not isinstance(command, Tell):
        return incident.components, incident.impact
    return command.components or incident.components, command.impact or incident.impact


def _amended(problem: Problem, why: str, draft: Draft, scene: Scene, site: Site) -> Ruling:
    """It belongs to a draft that waits, whose words follow what it is about."""
    part = replace(problem, draft=draft.id, incident="")
    members = (*(p for p in reversed(scene.others) if p.draft == draft.id), part)
    fresh = _opening(members, site)
    old = draft.command
    assert isinstance(old, Open | Reopen)
    hit = tuple(dict.fromkeys((*(old.components or ()), *fresh.components)))
    impact = max((old.impact or Impact.NONE, fresh.impact), key=lambda i: i.rank)
    joined = f"{why}; part of draft {draft.id}"
    if (hit, impact) == (old.components, old.impact):
        return Ruling(part, joined)
    command = replace(old, components=hit, impact=impact)
    if not draft.edited:
        about = "opened" if isinstance(old, Open) else "reopened"
        command = replace(command, text=words.reported(site, about, hit))
        if isinstance(command, Open):
            command = replace(command, title=words.default_title(site, hit, impact))
    return Ruling(part, joined, (_changed(draft, command),))


def _reopening(problem: Problem, why: str, past: Incident, rule: Rule, site: Site, now: datetime) -> Ruling:
    hit = (problem.component,) if problem.component else past.components
    command = Reopen(words.reported(site, "reopened", hit), impact=problem.impact, components=hit)
    draft = _draft(command, past.id, f"{problem.title}: {why}", rule, now)
    return Ruling(problem, f"{why}; incident {past.id} again", (draft,))


def _opening(problems: Sequence[Problem], site: Site) -> Open:
    hit, impact = triage.components(problems), triage.worst(problems)
    title, text = words.default_title(site, hit, impact), words.reported(site, "opened", hit)
    return Open(title, text, hit, impact, began=min(p.since for p in problems))


# It is over


def _ended(problem: Problem, why: str, rule: Rule, scene: Scene, site: Site, now: datetime) -> Ruling:
    draft = scene.draft(problem.draft)
    if draft is not None and not isinstance(draft.command, Tell):
        left = [p for p in scene.others if p.draft == draft.id]
        if left:
            return Ruling(problem, f"{why}; others of draft {draft.id} stand", _without(problem, draft, left, site))
        if not draft.rule:
            return Ruling(replace(problem, draft=0), f"{why}; draft {draft.id} was made by hand, and waits")
        gone = _withdrawn(draft, "it was over before anybody decided", now)
        return Ruling(replace(problem, draft=0), f"{why}; draft {draft.id} is withdrawn", (gone,))
    incident = scene.incident(problem.incident)
    if incident is None:
        told = rule.then is Then.NOTE or problem.impact is Impact.NONE
        note = _note("over", problem, why) if told else None
        return Ruling(problem, why, note=note)
    # what has no component of ours may have nothing to do with the incident it came into, and holds up nothing
    stand = [p for p in scene.others if p.incident == incident.id and p.stage is not Stage.PENDING]
    if any(p.component or not problem.component for p in stand):
        part = replace(problem, draft=0)
        return Ruling(
            part, f"{why}; others of incident {incident.id} stand", _less(problem, incident, stand, scene, site, now)
        )
    return _resolving(problem, why, incident, rule, scene, site, now)


def _without(problem: Problem, draft: Draft, left: Sequence[Problem], site: Site) -> tuple[Draft, ...]:
    """A draft whose words no longer speak of a component that is well again, unless they are an admin's own."""
    old = draft.command
    assert isinstance(old, Open | Reopen)
    hit = tuple(c for c in old.components or () if c != problem.component)
    stands = any(p.component == problem.component for p in left)
    if draft.edited or stands or not hit or hit == old.components:
        return ()
    about = "opened" if isinstance(old, Open) else "reopened"
    impact = triage.worst(left)
    command = replace(old, components=hit, impact=impact, text=words.reported(site, about, hit))
    if isinstance(command, Open):
        command = replace(command, title=words.default_title(site, hit, impact))
    return (_changed(draft, command),)


def _less(
    problem: Problem, incident: Incident, stand: Sequence[Problem], scene: Scene, site: Site, now: datetime
) -> tuple[Draft, ...]:
    """The draft of a further word, without a component that is well again; withdrawn when nothing else is new."""
    waiting = _further(incident, scene)
    old = waiting.command if waiting is not None else None
    if waiting is None or not isinstance(old, Tell) or problem.component in incident.components:
        return ()
    hit = tuple(c for c in old.components or () if c != problem.component)
    if hit == (old.components or ()) or any(p.component == problem.component for p in stand):
        return ()
    if waiting.edited:
        return (_changed(waiting, replace(old, components=hit)),)
    impact = old.impact if old.impact and any(p.impact.rank >= old.impact.rank for p in stand) else None
    if hit == incident.components and impact is None:
        return (_withdrawn(waiting, "it was over before anybody decided", now),)
    text = words.reported(site, "worse" if hit == incident.components else "more", hit)
    return (_changed(waiting, replace(old, text=text, impact=impact, components=hit)),)


def _resolving(
    problem: Problem, why: str, incident: Incident, rule: Rule, scene: Scene, site: Site, now: datetime
) -> Ruling:
    """The last problem of an incident is over."""
    stale = [_withdrawn(d, "it is over", now) for d in scene.about(incident.id) if d.rule and not _resolves(d)]
    if rule.resolve is Then.IGNORE:
        return Ruling(problem, f"{why}; incident {incident.id} is left to you", tuple(stale))
    if rule.resolve is Then.NOTE:
        return Ruling(problem, why, tuple(stale), _note("over", problem, why, "still_open", incident=incident.id))
    if any(_resolves(d) for d in scene.about(incident.id)):
        return Ruling(problem, why, tuple(stale))
    command = Tell(words.reported(site, "resolved", incident.components), Phase.RESOLVED)
    draft = _draft(command, incident.id, f"{problem.title}: {why}", replace(rule, then=rule.resolve), now)
    return Ruling(problem, f"{why}; a draft to resolve incident {incident.id}", (*stale, draft))


def _resolves(draft: Draft) -> bool:
    return isinstance(draft.command, Tell) and draft.command.phase is Phase.RESOLVED


# Drafts


def _draft(command: Open | Tell | Reopen, incident: str, why: str, rule: Rule, now: datetime) -> Draft:
    due = now if rule.then is Then.PUBLISH else None
    if rule.then is Then.DRAFT and rule.publish_after is not None:
        due = now + rule.publish_after
    return Draft(command, incident, now, rule.name, rule.group, why, due=due)


def _changed(draft: Draft, command: Open | Tell | Reopen) -> Draft:
    return replace(draft, command=command, version=draft.version + 1)


def _withdrawn(draft: Draft, why: str, now: datetime) -> Draft:
    return replace(draft, state=DraftState.WITHDRAWN, why=why, decided=now, version=draft.version + 1)


# Words for the admins


_AGAIN = {Turn.WORSE: "worse", Turn.BACK: "back"}


def _note(subject: str, problem: Problem, why: str, *more: str, **values: str) -> Note:
    about = {"hook": problem.hook, "title": problem.title, "impact": problem.impact, "time": problem.since, "why": why}
    return Note(subject, ("problem", *more), {**about, **values})


def _silent(problem: Problem, rule: Rule, scene: Scene) -> Note:
    hours = f"{rule.no_news.total_seconds() / 3600:g}"
    values = {"hook": problem.hook, "title": problem.title, "alert": problem.key, "hours": hours}
    told = scene.incident(problem.incident) is not None
    texts = ("silent.text", *(("silent.incident",) if told else ()), "silent.close")
    return Note("silent", texts, {**values, "incident": problem.incident})
