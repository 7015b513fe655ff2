"""What admins are told beside drafts, and why things happened, in their language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier import judge, triage
from notifier.model import Delivery, Impact, Site, State, Step
from notifier.problem import Note
from notifier.render import phrases
from notifier.render.note import reason, trouble, words

SITE = Site(name="Stimmfunk", languages=("de", "en"), timezone="Europe/Berlin")
NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("why", "german"),
    [
        ("Disk: it has lasted 120 s", "Disk: es dauert schon 120 s"),
        ("a new problem", "ein neues Problem"),
        ("web: tcp: it came back", "web: tcp: es kam wieder"),
        ("it was over before anybody decided", "es war vorbei, bevor jemand entschied"),
        ("proposed by Anna: it is over", "vorgeschlagen von Anna: it is over"),
        ("this is a fault of the notifier: KeyError: 'x'", "das ist ein Fehler des Notifiers: KeyError: 'x'"),
        ("line 1: no JSON", "line 1: no JSON"),
        ("", ""),
    ],
)
def test_reasons_in_another_language(why: str, german: str) -> None:
    """What is known is told in the other language, with what it is about; anything else stays as it is."""
    assert reason(why, SITE, "de") == german
    assert reason(why, SITE, "en") == why


def test_every_reason_for_a_draft_is_known() -> None:
    """Each reason that triage gives for a turn and that a draft is withdrawn for, as they stand in the source."""
    found = {*turns(), *withdrawn(), "it has lasted 5 s", "it still stands"}

    assert len(found) > 8
    assert [why for why in sorted(found) if reason(why, SITE, "de") == why] == []


def turns() -> Iterator[str]:
    """The literal reasons of verdicts that something follows from."""
    for call in calls(triage.__file__, "Weighed"):
        *_, turn, why = call.args
        if isinstance(why, ast.Constant) and ast.unparse(turn) != "Turn.NOTHING":
            yield str(why.value)


def withdrawn() -> Iterator[str]:
    """The literal reasons why drafts are withdrawn."""
    for call in calls(judge.__file__, "_withdrawn"):
        assert isinstance(call.args[1], ast.Constant)
        yield str(call.args[1].value)


def calls(file: str | None, name: str) -> Iterator[ast.Call]:
    """The calls of that name with all their arguments by place."""
    assert file is not None
    for node in ast.walk(ast.parse(Path(file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def test_a_note_tells_time_and_impact_in_words() -> None:
    """In the zone of the site and the language of the admins, one paragraph a text."""
    values = {"hook": "nagios", "title": "Disk", "impact": Impact.MAJOR, "time": NOW, "why": "it got worse"}
    note = Note("worse", ("problem", "part"), {**values, "incident": "bcdf"})

    subject, text = words(note, SITE, "de", NOW)

    assert subject == "Schlimmer: Disk"
    assert text.startswith("nagios: Disk (")
    assert text.endswith("seit 15:00 Uhr MEZ: es wurde schlimmer.\n\nDas gehört zu Störung bcdf; "
                         "die Nutzer erfahren nichts Neues.")  # fmt: skip


@pytest.mark.parametrize(
    ("state", "incident", "subject", "remedy"),
    [
        (State.FAILED, "bcdf", "chat: Update 2 von Störung bcdf kam nicht hinaus", "notifier retry bcdf --only chat"),
        (State.FAILED, "", "chat: eine Nachricht an die Admins kam nicht hinaus", "notifier retry chat --only chat"),
        (State.UNSURE, "bcdf", "chat: unklar, ob Update 2 von Störung bcdf ankam", "notifier settle 7 sent"),
        (State.DUE, "bcdf", "chat ist umgezogen", "Konfiguration"),
    ],
)
def test_a_delivery_that_needs_a_human(state: State, incident: str, subject: str, remedy: str) -> None:
    """In German as in English: what happened, and what to do."""
    row = Delivery("chat", "chat/bcdf", Step.POST, "k", incident=incident, seq=2, id=7)

    told = words(trouble(row, state, SITE, "de"), SITE, "de", NOW)

    assert told[0] == subject
    assert remedy in told[1]


def test_every_note_can_be_told() -> None:
    """No placeholder of a note has the name of something that filling needs itself, in either language."""
    for lang in ("de", "en"):
        for key, text in phrases.catalogue(lang).items():
            if key.startswith("note."):
                names = set(re.findall(r"\{(\w+)\}", text))
                assert phrases.say(lang, key, SITE, **dict.fromkeys(names, "x"))
