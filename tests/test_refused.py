"""What is refused is told in the language of whoever asked, not only on the command line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier import config, drafted, registry
from notifier.events import Tell
from notifier.incident import Refused
from notifier.problem import DraftState
from notifier.render import phrases
from tests.intake_desk import SITE, Desk

PLACES = ("incident", "refused", "drafted", "decided")


def raised() -> Iterator[tuple[str, list[str], str]]:
    """Key, values and place of all that is refused where links and bot may lead."""
    for name in PLACES:
        path = Path("notifier") / f"{name}.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused"
            if made and isinstance(node, ast.Call):
                spot = f"{path}:{node.lineno}"
                assert len(node.args) == 2, f"{spot} has no phrase"
                for key in _texts(node.args[1]):
                    yield key, [word.arg or "" for word in node.keywords], spot


def _texts(key: ast.expr) -> list[str]:
    if isinstance(key, ast.Constant):
        return [str(key.value)]
    if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
        return [f"{key.values[0].value!s}{what}" for what in ("title", "text")]
    return ["taken_back", "cancelled"]


@pytest.mark.parametrize("lang", ["en", "de"])
def test_there_are_words_for_all_that_is_refused(lang: str) -> None:
    """In both languages, and with no placeholder that nothing fills."""
    found = list(raised())
    assert len(found) > 20
    for key, values, spot in found:
        text = phrases.catalogue(lang).get(f"refused.{key}")
        assert text is not None, f"{spot}: no phrase refused.{key}"
        assert not {"lang", "key", "site"} & set(values), f"{spot}: these names are taken"
        assert phrases.names(text) <= set(values), f"{spot}: refused.{key}"


def test_it_is_told_in_the_language_of_whoever_asked() -> None:
    """Stages by their names, too; what only the command line knows stays in English."""
    site = config.parse(SITE.format(folder="."), registry.kind).site
    told = drafted.why(Refused("An incident cannot be completed.", "phase", phase="completed"), site, "de")
    assert told == "Dieser Stand ist hier nicht möglich: Beendet."
    assert drafted.why(Refused("Say what: -m."), site, "de") == "Say what: -m."


def test_a_draft_that_was_withdrawn_says_so_in_the_language_of_the_admins(tmp_path: Path) -> None:
    """Its time came when the incident was resolved by hand: nothing was published, and they read why."""
    desk = Desk(tmp_path, '[rules.all]\npublish_after = "10m"\n')
    desk.down()
    said = desk.intake.approve(desk.draft.id, by="anna")
    desk.down("forum")
    desk.intake.service.handle(Tell({"de": "Vorbei.", "en": "Over."}, said.incident.phase.RESOLVED))
    desk.later(minutes=10)

    assert desk.states() == [DraftState.PUBLISHED, DraftState.WITHDRAWN]
    (last,) = [d for d in desk.store.intake.drafts(waiting=False) if d.state is DraftState.WITHDRAWN]
    assert last.why == drafted.why(
        Refused("", "resolved", incident=said.incident.id), desk.house.site, desk.intake.lang
    )
    assert desk.intake.lang == "de"
    assert "ist schon beendet" in last.why
    assert desk.now - last.created == timedelta(minutes=10)
