"""What stands between monitoring and the public, in the same SQLite file: see :class:`notifier.store.intake.Intake`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from notifier.model import Impact
from notifier.problem import Draft, Problem, Stage
from notifier.source import Kind, Request, Signal
from notifier.store.codec import maybe, micros, moment
from notifier.store.intake import Alike, Heard, Heartbeat, Inbound, Token
from notifier.store.packed import pack, unpack

Run = Callable[..., list[Any]]


class SqliteIntake:
    """``run`` executes a named query with its values and returns the rows."""

    def __init__(self, run: Run, now: Callable[[], datetime]) -> None:
        self._run = run
        self._now = now

    # requests and signals

    def take_in(self, inbound: Inbound) -> int:
        request = inbound.request
        values = {"hook": inbound.hook, "source": inbound.source, "state": inbound.state, "why": inbound.why}
        head = pack(request, without=("body", "received"))
        found = self._run(
            "add_request",
            **values,
            same=inbound.same or None,
            received=micros(request.received),
            head=head,
            body=request.body,
        )
        found = found or self._run("same_request", hook=inbound.hook, same=inbound.same)
        return int(found[0][0])

    def unweighed(self, most: int) -> list[Inbound]:
        return [_inbound(row) for row in self._run("new_requests", most=most)]

    def request(self, id: int) -> Inbound | None:
        return next((_inbound(row) for row in self._run("request", id=id)), None)

    def requests(self, most: int, state: str = "", hook: str = "", before: int = 0) -> list[Inbound]:
        found = self._run("requests", most=most, state=state, hook=hook, before=before or 1 << 62)
        return [_inbound(row) for row in found]

    def mark(self, id: int, state: str, why: str = "") -> None:
        self._run("mark_request", id=id, state=state, why=why)

    def hear(self, heard: Heard) -> int:
        signal = heard.signal
        values = {"request": heard.request, "hook": heard.hook, "verdict": heard.verdict}
        body = pack(signal, without=("key", "kind", "received"))
        at = micros(signal.received)
        return int(self._run("add_signal", **values, key=signal.key, kind=signal.kind, at=at, body=body)[0][0])

    def heard(self, most: int, hook: str = "", before: int = 0) -> list[Heard]:
        return [_heard(row) for row in self._run("signals", most=most, hook=hook, before=before or 1 << 62)]

    def forget(self, before: datetime, now: datetime) -> None:
        for query in ("forget_requests", "forget_signals"):
            self._run(query, before=micros(before))
        self._run("forget_kept", now=micros(now))

    # problems

    def problem(self, hook: str, key: str) -> Problem | None:
        return next((_problem(row) for row in self._run("problem", hook=hook, key=key)), None)

    def save_problem(self, problem: Problem) -> None:
        names = ("hook", "key", "stage", "draft", "incident", "component")
        values = {name: getattr(problem, name) for name in names}
        times = {"due": None if problem.due is None else micros(problem.due), "seen": micros(problem.seen)}
        self._run("save_problem", **values, **times, grouped=problem.group, body=pack(problem))

    def due_problems(self, now: datetime, most: int) -> list[Problem]:
        return [_problem(row) for row in self._run("due_problems", now=micros(now), most=most)]

    def standing(self, most: int = 500) -> list[Problem]:
        return [_problem(row) for row in self._run("standing", most=most)]

    def members(self, draft: int = 0, incident: str = "") -> list[Problem]:
        found = self._run("members_draft", draft=draft) if draft else self._run("members_incident", incident=incident)
        return [_problem(row) for row in found]

    def crowd(self) -> list[Alike]:
        return [_alike(*row) for row in self._run("crowd")]

    def move_members(self, draft: int, incident: str) -> None:
        self._run("move_members", draft=draft, incident=incident)

    # drafts

    def add_draft(self, draft: Draft) -> int:
        return int(self._run("add_draft", **_draft_values(draft), created=micros(draft.created))[0][0])

    def save_draft(self, draft: Draft) -> None:
        self._run("save_draft", id=draft.id, **_draft_values(draft))

    def draft(self, id: int) -> Draft | None:
        return next((_draft(row) for row in self._run("draft", id=id)), None)

    def drafts(self, waiting: bool = True, most: int = 100) -> list[Draft]:
        return [_draft(row) for row in self._run("waiting_drafts" if waiting else "drafts", most=most)]

    def due_drafts(self, now: datetime) -> list[Draft]:
        return [_draft(row) for row in self._run("due_drafts", now=micros(now))]

    def next_due(self) -> datetime | None:
        return maybe(self._run("next_intake_due")[0][0])

    # heartbeats, tokens, what else is kept

    def heartbeat(self, name: str) -> Heartbeat | None:
        return next((unpack(Heartbeat, row[0]) for row in self._run("heartbeat", name=name)), None)

    def heartbeats(self) -> list[Heartbeat]:
        return [unpack(Heartbeat, row[0]) for row in self._run("heartbeats")]

    def save_heartbeat(self, beat: Heartbeat) -> None:
        due = None if beat.due is None else micros(beat.due)
        self._run("save_heartbeat", name=beat.name, due=due, body=pack(beat))

    def add_token(self, token: Token) -> None:
        self._run("add_token", id=token.id, hash=token.hash, created=micros(token.created), body=pack(token))

    def token(self, hash: str) -> Token | None:
        return next((unpack(Token, row[0]) for row in self._run("token", hash=hash)), None)

    def tokens(self) -> Sequence[Token]:
        return [unpack(Token, row[0]) for row in self._run("tokens")]

    def drop_token(self, id: str) -> bool:
        return bool(self._run("drop_token", id=id))

    def keep(self, name: str, value: str, until: datetime | None = None) -> None:
        self._run("keep", name=name, value=value, until=None if until is None else micros(until))

    def kept(self, name: str) -> str | None:
        return next((row[0] for row in self._run("kept", name=name, now=micros(self._now()))), None)

    def counts(self) -> Iterable[tuple[str, str, int]]:
        return [(str(table), str(state), int(count)) for table, state, count in self._run("intake_counts")]


def _inbound(row: Any) -> Inbound:
    request = Request(received=moment(row["received"]), body=bytes(row["body"]), **json.loads(row["head"]))
    values = {name: row[name] for name in ("hook", "source", "state", "why", "id")}
    return Inbound(request=request, same=row["same"] or "", **values)


def _heard(row: Any) -> Heard:
    signal = unpack(Signal, row["body"], key=row["key"], kind=Kind(row["kind"]), received=moment(row["at"]))
    return Heard(row["hook"], signal, row["verdict"], row["request"], row["id"])


def _problem(row: Any) -> Problem:
    return unpack(Problem, row["body"])


def _alike(
    stage: str, draft: int, incident: str, component: str, group: str, impact: str, count: int, since: str
) -> Alike:
    begun = datetime.fromisoformat(since)
    return Alike(Stage(stage), draft, incident, component, group, Impact(impact), count, begun)


def _draft(row: Any) -> Draft:
    return unpack(Draft, row["body"], id=row["id"])


def _draft_values(draft: Draft) -> dict[str, Any]:
    due = min((micros(at) for at in (draft.due, draft.remind) if at is not None), default=None)
    return {"state": draft.state, "due": due, "incident": draft.incident, "body": pack(draft, without=("id",))}
