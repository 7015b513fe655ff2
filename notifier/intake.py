"""From what monitoring said to a draft, and from a draft to the public word: one transaction each.

``weigh`` takes in requests that were stored, ``tick`` does what the clock asks for, and admins decide by ``approve``,
``discard``, ``snooze`` and ``edit``, whatever they speak through. Whoever comes second is told who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from notifier import drafted, judge, notes, pieces, plan, triage
from notifier.aside import Aside, told
from notifier.channel import Message
from notifier.crowd import Crowd
from notifier.decided import AlreadyTold as AlreadyTold
from notifier.decided import Changed as Changed
from notifier.decided import Decided as Decided
from notifier.events import Command, Open
from notifier.hooks import Duty, Hook
from notifier.inbound import BrokenSource, UnknownSource, clean
from notifier.incident import Refused
from notifier.model import Incident, Route, Texts
from notifier.problem import Draft, DraftState, Note, Problem, Stage, impact_of
from notifier.render import ask
from notifier.service import Said, Service
from notifier.source import Kind, Malformed, Signal
from notifier.store import Store, StoreError
from notifier.store.intake import BAD, WEIGHED, Heard, Inbound
from notifier.triage import Turn
from notifier.values import replace, value

BATCH = 100

Link = Callable[[Draft, Route, str], str]


@value
class Intake:
    """The desk where drafts lie. ``lang``: the admins' language; ``link``: where a draft can be decided, for a route
    and a recipient; ``bot``: the channel whose buttons somebody listens to."""

    store: Store
    service: Service
    duty: Duty
    lang: str = "en"
    link: Link = lambda draft, route, to: ""
    bot: str = ""

    # What monitoring says

    def weigh(self, most: int = BATCH) -> int:
        """Weigh requests that were stored, in their order, with about so many signals at most; how many were looked at.
        Several processes may do so at once. A storm takes several calls, so that no transaction is long."""
        if not self.store.intake.unweighed(1):
            return 0
        at: list[Inbound] = []
        try:
            return self._weigh_batch(most, at)
        except StoreError:
            raise
        except Exception as error:
            if not at:
                raise
            return self._set_aside(at[-1], error)

    def _weigh_batch(self, most: int, at: list[Inbound]) -> int:
        """One transaction; ``at`` tells the caller which request is being weighed."""
        left, count = most, 0
        with self.store.transaction():
            crowd = self._crowd()
            for one in self.store.intake.unweighed(most):
                at.append(one)
                left -= self._weigh_some(one, crowd, left)
                count += 1
                if left <= 0:
                    break
        return count

    def _set_aside(self, one: Inbound, error: Exception) -> int:
        """A request that makes us fail holds up no other: it is kept for a replay, and the admins hear of it."""
        why = told(error)
        with self.store.transaction():
            self.store.intake.mark(one.id, BAD, why)
            note = Note("unweighed", ("unweighed.text", "kept"), {"hook": one.hook, "id": one.id, "why": why})
            Aside(self.store, self.service, self.lang).note(f"unreadable {one.hook}", note)
        return 1

    def _weigh_some(self, one: Inbound, crowd: Crowd, most: int) -> int:
        """Weigh a request, or the next signals of a large one, at most so many; about how many."""
        hook = self.duty.hook(one.hook)
        piece = pieces.following(self.store, hook, one, most, BATCH) if hook else None
        if hook is None or piece is None:
            self.store.intake.mark(one.id, *self._weigh(one, crowd))
            return 1 + len(one.request.body) // pieces.ALERT
        for signal in piece:
            self._hear(hook.name, signal, one.id, hook.severity, crowd)
        return len(piece)

    def hear(self, hook: str, signals: Sequence[Signal]) -> list[str]:
        """Weigh signals that arose here (a command, a heartbeat); the verdict on each."""
        with self.store.transaction():
            return self.weigh_here(hook, signals)

    def weigh_here(self, hook: str, signals: Sequence[Signal]) -> list[str]:
        """As :meth:`hear`, as part of the caller's transaction."""
        crowd = self._crowd()
        return [self._hear(hook, clean(signal), 0, {}, crowd) for signal in signals]

    def replay(self, id: int) -> list[str]:
        """Weigh a stored request again, as after a fix; the verdict on each signal. Raises Refused."""
        one = self.store.intake.request(id)
        if one is None:
            raise Refused(f"There is no request {id}. `notifier signals --bad` shows those to replay.")
        with self.store.transaction():
            state, why = self._weigh(one, self._crowd())
            self.store.intake.mark(id, state, why)
            if state == BAD:
                raise Refused(f"Request {id} still cannot be read: {why}")
            return [h.verdict for h in reversed(self.store.intake.heard(BATCH)) if h.request == id]

    def close(self, hook: str, key: str) -> str:
        """Say that a problem is over, as its recovery never came; the verdict. Raises Refused."""
        known = self.store.intake.problem(hook, key)
        if known is None or known.stage is Stage.CLEARED:
            raise Refused(f"{hook} has no open problem {key}. `notifier signals` shows what was said.")
        said = Signal("hand", key, Kind.RECOVERY, self.store.now(), component=known.component, title=known.title)
        return self.hear(hook, [said])[0]

    def _weigh(self, one: Inbound, crowd: Crowd) -> tuple[str, str]:
        hook = self.duty.hook(one.hook)
        if hook is None and one.hook == one.source:  # handed over by one of our own commands
            hook = Hook(one.hook, one.source)
        if hook is None:
            return BAD, f"there is no hook {one.hook} in the configuration any more"
        try:
            signals = pieces.parsed(hook, one)
        except (Malformed, UnknownSource, BrokenSource) as error:
            return BAD, str(error)
        for signal in signals:
            self._hear(hook.name, signal, one.id, hook.severity, crowd)
        return WEIGHED, "" if signals else "it said nothing about a problem"

    def _hear(self, hook: str, signal: Signal, request: int, severity: Texts, crowd: Crowd) -> str:
        rule = triage.rule_for(self.duty.rules, hook, signal)
        known = self.store.intake.problem(hook, signal.key)
        if signal.kind is Kind.RECOVERY and known is not None and known.stage is not Stage.CLEARED:
            rule = self.duty.rule(known.rule)  # the word of an end often lacks what the rule went by
        component = triage.component_for(rule, signal, self.service.site)
        impact = impact_of(signal.severity, rule, self.duty.habits, severity)
        weighed = triage.weigh(known, signal, rule, self.duty.habits, hook, component, impact, self.store.now())
        verdict = self._follow(known, weighed, crowd)
        self.store.intake.hear(Heard(hook, signal, verdict, request))
        return verdict

    # What the clock says

    def tick(self) -> int:
        """Do what is due: problems that lasted or stayed away, drafts that nobody decided. How much that was."""
        now = self.store.now()
        due = self.store.intake.next_due()
        if due is None or due > now:
            return 0
        with self.store.transaction():
            crowd = self._crowd()
            aside = Aside(self.store, self.service, self.lang, crowd.read)
            problems = self.store.intake.due_problems(now, BATCH)
            for one in problems:
                problem = self.store.intake.problem(one.hook, one.key) or one  # what was done before may have moved it
                with aside.problem(problem):
                    self._follow(problem, triage.wake(problem, self.duty.rule(problem.rule), now), crowd)
            drafts = self.store.intake.due_drafts(now)
            for draft in drafts:
                with aside.draft(draft):
                    if draft.due is None or draft.due > now:
                        self._remind(draft)
                    else:
                        self._time_is_up(draft, crowd)
        return len(problems) + len(drafts)

    def _time_is_up(self, draft: Draft, crowd: Crowd) -> None:
        """Nobody decided: it is published, unless that has lost its sense."""
        try:
            self._publish(draft, crowd, by="", via=f"rule {draft.rule}")
        except Refused as refused:
            why = drafted.why(refused, self.service.site, self.lang)
            self._end(draft, DraftState.WITHDRAWN, crowd, why=why)

    def _remind(self, draft: Draft) -> None:
        self.store.intake.save_draft(replace(draft, remind=None))
        subject = ask.subject(draft, self._incident(draft.incident), self.service.site, self.lang)
        self.note(f"draft {draft.id}", Note("said", ("decide",), {"said": subject, "id": draft.id}))

    def _follow(self, known: Problem | None, weighed: triage.Weighed, crowd: Crowd) -> str:
        """Store what became of a problem and what follows from it; the reason in words."""
        if weighed.problem is None:
            return weighed.why
        crowd.leaves(known)
        now, problem = self.store.now(), weighed.problem
        rule = self.duty.rule(problem.rule)
        ruling = judge.Ruling(problem, weighed.why)
        if weighed.turn is not Turn.NOTHING:
            about = (weighed.turn, problem, weighed.why, rule)
            ruling = judge.rule_on(*about, crowd.scene(), self.service.site, self.duty.habits, now)
        problem = ruling.problem
        for draft in ruling.drafts:
            if draft.state is not DraftState.WAITING:
                self._end(draft, draft.state, crowd, draft.why)
                continue
            stored = self._keep(draft, crowd)
            if draft.id == 0:
                on = draft.incident if drafted.later(draft.command) else ""
                problem = replace(problem, draft=stored.id, incident=on)
        self.store.intake.save_problem(problem)
        crowd.joins(problem)
        for draft in ruling.drafts:
            self._show(draft, problem, crowd)
        if ruling.note:
            self.note(rule.name, ruling.note)
        return ruling.why

    def _keep(self, draft: Draft, crowd: Crowd) -> Draft:
        if draft.id == 0:
            draft = replace(draft, id=self.store.intake.add_draft(draft))
        else:
            self.store.intake.save_draft(draft)
        crowd.draft(draft)
        return draft

    def _show(self, draft: Draft, problem: Problem, crowd: Crowd) -> None:
        """The admins see a draft that is new or has changed; one that is due at once is published instead."""
        if draft.state is not DraftState.WAITING:
            return
        stored = draft if draft.id else replace(draft, id=problem.draft)
        if stored.due is not None and stored.due <= self.store.now():
            self._time_is_up(stored, crowd)
        else:
            self._ask(stored)

    def note(self, about: str, note: Note) -> None:
        """Tell the admins, as part of the caller's transaction. Of a storm they get the first few and a word on the
        rest."""
        notes.tell(self.store, self.service, self.lang, about, note)

    # What admins say

    def approve(
        self, id: int, *, by: str, via: str = "cli", version: int = 0, silent: bool = False, again: bool = False
    ) -> Said:
        """Publish a draft, without components that the configuration no longer names. ``version``: the one that was
        seen, 0 for whichever it is. Raises Decided, Changed, Refused."""
        with self.store.transaction():
            draft = self._waiting(id, version)
            return self._publish(draft, self._crowd(), by=by, via=via, silent=silent, again=again)

    def discard(self, id: int, *, by: str, via: str = "cli", version: int = 0) -> Draft:
        """Nobody is to hear of it. Raises Decided, Changed, Refused."""
        with self.store.transaction():
            return self._end(self._waiting(id, version), DraftState.DISCARDED, self._crowd(), by=by, via=via)

    def snooze(self, id: int, delay: timedelta, *, by: str, via: str = "cli", version: int = 0) -> Draft:
        """Decide later: what would be published by itself waits so much longer, and the admins are asked again then.
        Raises Decided, Changed, Refused."""
        with self.store.transaction():
            draft = self._waiting(id, version)
            now = self.store.now()
            due = None if draft.due is None else max(draft.due, now) + delay
            return self._renew(replace(draft, due=due, remind=now + delay, by=by, via=via))

    def edit(
        self,
        id: int,
        *,
        by: str,
        title: Texts | None = None,
        text: Texts | None = None,
        via: str = "cli",
        version: int = 0,
    ) -> Draft:
        """Other words, which are then the admin's own. Raises Decided, Changed, Refused."""
        with self.store.transaction():
            draft = self._waiting(id, version)
            command = drafted.reworded(draft.command, title, text)
            return self._renew(replace(draft, command=command, edited=True, by=by, via=via))

    def propose(
        self, command: Command, which: str = "", *, by: str, via: str, publish_after: timedelta | None = None
    ) -> Draft:
        """A draft made by hand, or by a program through the API. Raises Refused."""
        with self.store.transaction():
            said = self.service.preview(command, which=which)
            now = self.store.now()
            due = None if publish_after is None else now + publish_after
            incident = "" if isinstance(command, Open) else said.incident.id
            draft = Draft(command, incident, now, "", why=f"proposed by {by or via}", due=due, edited=True)
            stored = replace(draft, id=self.store.intake.add_draft(draft))
            self._ask(stored)
            return stored

    def _crowd(self) -> Crowd:
        return Crowd(self.store, self.duty.habits, self.store.now())

    def _renew(self, draft: Draft) -> Draft:
        changed = replace(draft, version=draft.version + 1)
        self.store.intake.save_draft(changed)
        self._ask(changed)
        return changed

    def _waiting(self, id: int, version: int) -> Draft:
        draft = self.store.intake.draft(id)
        if draft is None:
            raise Refused(f"There is no draft {id}. `notifier drafts` shows those there are.", "no_draft")
        if draft.state is not DraftState.WAITING:
            raise Decided(draft)
        if version and version != draft.version:
            raise Changed(draft)
        return draft

    def _publish(
        self, draft: Draft, crowd: Crowd, *, by: str, via: str, silent: bool = False, again: bool = False
    ) -> Said:
        """Carry it out and say so, as part of the caller's transaction."""
        if not again:
            self._not_told_already(draft, crowd)
        command = drafted.as_it_can_be(draft.command, self.service.site)
        said = self.service.carry_out(command, which=draft.incident, by=by, source=via, again=True, silent=silent)
        done = replace(draft, incident=said.incident.id)
        self.store.intake.move_members(draft.id, said.incident.id)
        crowd.moved(draft.id, said.incident.id)
        self._end(done, DraftState.PUBLISHED, crowd, by=by, via=via)
        crowd.look_again()
        for problem in drafted.remaining(said.incident, self.store.intake.members(incident=said.incident.id)):
            alone = replace(problem, incident="", draft=0)
            self._follow(problem, triage.Weighed(alone, Turn.ROSE, "it still stands"), crowd)
        return said

    def _not_told_already(self, draft: Draft, crowd: Crowd) -> None:
        """An admin may have opened an incident on the same by hand while the draft was waiting."""
        if not isinstance(draft.command, Open):
            return
        hit = set(draft.command.components)
        for incident in crowd.scene().open:
            if hit & set(incident.components):
                self.store.intake.move_members(draft.id, incident.id)
                crowd.moved(draft.id, incident.id)
                due = draft.due is not None and draft.due <= self.store.now()
                how = ". Discard the draft, or publish it all the same with --again."
                raise AlreadyTold(incident.id, "" if due else how)

    def _end(self, draft: Draft, state: DraftState, crowd: Crowd, why: str = "", by: str = "", via: str = "") -> Draft:
        """A draft is decided; the admins see how."""
        now = self.store.now()
        version = draft.version + (draft.state is DraftState.WAITING)
        ended = replace(
            draft, state=state, why=why or draft.why, by=by, via=via, decided=now, version=version, due=None
        )
        self.store.intake.save_draft(ended)
        crowd.draft(ended)
        if state is not DraftState.PUBLISHED:
            no = state is DraftState.DISCARDED and not drafted.later(draft.command)
            self.store.intake.move_members(draft.id, "" if no else draft.incident)
            crowd.moved(draft.id, "" if no else draft.incident)
        self._ask(ended)
        return ended

    # What admins see

    def _ask(self, draft: Draft) -> None:
        """Show a draft as it now stands on every admin channel."""
        now = self.store.now()
        rows = plan.asked(draft.id, draft.version, self.words(draft), self.service.routes, self.service.site, now)
        self.store.enqueue(rows)

    def words(self, draft: Draft) -> plan.Ask:
        """The message that shows a draft, for a route and a recipient."""
        incident = self._incident(draft.incident)
        problems = self.store.intake.members(draft=draft.id) or self.store.intake.members(incident=draft.incident)
        told = self.told(draft)
        site, now = self.service.site, self.store.now()

        def words(route: Route, to: str) -> Message:
            buttons = route.channel == self.bot and route.limits.buttons
            link = self.link(draft, route, to)
            return ask.question(draft, incident, problems, told, route, site, self.lang, now, link, buttons)

        return words

    def told(self, draft: Draft) -> list[str]:
        """The channels that would hear it."""
        try:
            command = drafted.as_it_can_be(draft.command, self.service.site)
            said = self.service.preview(command, which=draft.incident)
        except Refused:
            return []
        return list(dict.fromkeys(d.channel for d in said.deliveries))

    def _incident(self, id: str) -> Incident | None:
        return self.service.incident(id) if id else None
