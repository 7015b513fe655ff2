"""Nouns between monitoring and the public: a rule, a problem that monitoring reports, a draft that waits for a human.

Values only. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.events import Command
from notifier.model import Impact
from notifier.values import value

NOW = timedelta(0)


class Then(StrEnum):
    """What follows from a problem."""

    IGNORE = "ignore"  # nothing; it is only kept in the ledger of signals
    NOTE = "note"  # the admins hear of it
    DRAFT = "draft"  # a draft waits for an admin
    PUBLISH = "publish"  # it is told at once


@value
class Rule:
    """What is done about problems that match; the first rule that matches counts.

    hook, source, component, key, title: patterns as of a shell ("voice*"), "" matches all; component is held against
    the signal's hint. severity: words of the source, () matches all. to: our component, "" for the one of that name.
    impact: None for what the severity means. hold: how long a problem must last before it counts; recovered: how long
    it must stay away before it is over. then, resolve: what follows from its rise and its end. publish_after: a draft
    that nobody decides is published then. no_news: after that long without a word the admins are asked. group: what
    becomes one incident.
    """

    name: str
    hook: str = ""
    source: str = ""
    component: str = ""
    key: str = ""
    title: str = ""
    severity: tuple[str, ...] = ()
    to: str = ""
    impact: Impact | None = None
    hold: timedelta = NOW
    recovered: timedelta = NOW
    then: Then = Then.DRAFT
    resolve: Then = Then.DRAFT
    publish_after: timedelta | None = None
    no_news: timedelta = timedelta(hours=24)
    group: str = ""


DEFAULT = Rule("default")


@value
class Habits:
    """What holds for all rules: how long a resolved incident is reopened instead of a new one; how many returns within
    which time make a problem unstable; words of severities and what they mean."""

    reopen_within: timedelta = timedelta(hours=6)
    flaps: int = 3
    flap_within: timedelta = timedelta(hours=1)
    severity: Mapping[str, str] = {}


class Stage(StrEnum):
    """Where a problem stands."""

    PENDING = "pending"  # reported; whether it lasts is not yet known, or it is muted
    OPEN = "open"  # it counts
    RECOVERING = "recovering"  # reported to be over; whether it stays so is not yet known
    CLEARED = "cleared"  # over


@value
class Problem:
    """One thing that monitoring says is wrong. ``hook`` and ``key`` name it for ever.

    since: when it began; seen: the last word on it; ended: when it was last cleared. due: when it is to be looked at
    again. turns: when it came or went, as far back as counts for instability. unstable: that was said. muted: why it
    does not count, or "". ``draft`` and ``incident``: what it is part of, 0 and "" for nothing.
    """

    hook: str
    key: str
    rule: str
    component: str
    impact: Impact
    title: str
    stage: Stage
    since: datetime
    seen: datetime
    due: datetime | None = None
    ended: datetime | None = None
    episode: str = ""
    group: str = ""
    turns: tuple[datetime, ...] = ()
    unstable: bool = False
    muted: str = ""
    draft: int = 0
    incident: str = ""


class DraftState(StrEnum):
    """What became of a draft. All but the first are ends."""

    WAITING = "waiting"
    PUBLISHED = "published"
    DISCARDED = "discarded"  # an admin said no
    WITHDRAWN = "withdrawn"  # it had lost its purpose


@value
class Note:
    """What the admins are told beside drafts: the phrases ``note.SUBJECT`` and ``note.TEXT`` of each text, which
    ``values`` fill. A value "why" is a reason."""

    subject: str
    texts: tuple[str, ...]
    values: Mapping[str, object]


@value
class Draft:
    """Words that wait for an admin: ``command`` on ``incident`` ("" for a new one).

    version grows with every change, so that nobody approves what he has not seen. due: published then if nobody
    decides; None: it waits for ever. remind: the admins are asked again then. edited: its words are an admin's own.
    rule: "" for one that was made by hand. by, via: who decided, and through what. why: the reason it arose, later the
    reason it ended.
    """

    command: Command
    incident: str
    created: datetime
    rule: str
    group: str = ""
    why: str = ""
    state: DraftState = DraftState.WAITING
    due: datetime | None = None
    remind: datetime | None = None
    by: str = ""
    via: str = ""
    decided: datetime | None = None
    edited: bool = False
    version: int = 1
    id: int = 0


SEVERITIES: Mapping[str, Impact] = {
    **dict.fromkeys(
        "critical disaster emergency alert emerg crit fatal p1 sev0 down major_outage majoroutage".split(),
        Impact.CRITICAL,
    ),
    **dict.fromkeys(
        "high error err major p2 sev1 partial_outage partialoutage unreachable".split(),
        Impact.MAJOR,
    ),
    **dict.fromkeys(
        "warning warn average minor p3 sev2 degraded_performance degradedperformance performance_issues unknown "
        "degraded".split(),
        Impact.MINOR,
    ),
    **dict.fromkeys(
        "info information informational notice low p4 p5 sev3 sev4 none debug".split(),
        Impact.NONE,
    ),
    "not classified": Impact.NONE,
    "5": Impact.CRITICAL,  # Zabbix counts upwards: 5 is a disaster, 0 not classified
    "4": Impact.MAJOR,
    "3": Impact.MINOR,
    "2": Impact.MINOR,
    "1": Impact.NONE,
    "0": Impact.NONE,
}


def impact_of(severity: str, rule: Rule, habits: Habits, own: Mapping[str, str] = {}) -> Impact:
    """What a severity means: the rule, then the hook's ``own`` table, then the configuration's, then ours; MAJOR for a
    word that nobody knows."""
    if rule.impact is not None:
        return rule.impact
    word = severity.strip().lower()
    for table in (own, habits.severity):
        for name, meaning in table.items():
            if name.lower() == word:
                return Impact(meaning)
    return SEVERITIES.get(word, Impact.MAJOR)
