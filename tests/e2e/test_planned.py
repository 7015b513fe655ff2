"""A night of planned work, told by real `notifier` processes to fake remotes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.town import STATUS, Town, body

SAID = (  # command, what it says in German and English, phase afterwards
    (("schedule", "-t", "Neue Platten", "-t", "en=New disks", "-c", "voice", "--from", "+3d", "--for", "2h"),
     "Gespräche brechen ab.", "Calls break off.", "scheduled"),
    (("reschedule", "--from", "now", "--for", "90m"), "Doch schon jetzt.", "Now, after all.", "scheduled"),
    (("update", "-s", "in_progress"), "Es geht los.", "Here we go.", "in_progress"),
    (("resolve",), "Fertig.", "Done.", "completed"),
)  # fmt: skip
GERMAN, ENGLISH = [de for _, de, _, _ in SAID], [en for _, _, en, _ in SAID]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Every kind of remote; in the end Telegram's published description of its API has nothing to object to."""
    with Town(tmp_path) as town:
        yield town
        assert town.telegram.api.violations == []


def test_a_night_of_work_is_told_everywhere_each_in_its_own_form(town: Town) -> None:
    """Planned, moved, begun, over: on each channel in order, in its language, in one thread."""
    for command, de, en, phase in SAID:
        told = town.desk.say(*command, "-m", de, "-m", f"en={en}")
        assert [d for d in told["deliveries"] if d["state"] != "sent"] == []
        assert told["incident"]["phase"] == phase
    id, title = told["incident"]["id"], "[Stimmfunk] Neue Platten"

    assert town.telegram.api.journal == [
        "post 1",
        "reply 2 to 1", "edit 1",
        "reply 3 to 1", "edit 1", "pin 1",
        "reply 4 to 1", "edit 1", "unpin 1",
    ]  # fmt: skip
    assert town.posts[0].text.startswith("✅ Neue Platten")
    assert "🔧 Meldung 2: Neuer Termin (Geplant)" in town.posts[1].text
    assert [post.silent for post in town.posts[1:]] == [False, True, True]
    assert all(words in post.text for words, post in zip(GERMAN[1:], town.posts[1:], strict=True))
    for words, status in zip(ENGLISH, town.mastodon.statuses, strict=True):
        assert words in status["text"]
        assert f"{STATUS}/en/incidents/{id}.html" in status["text"]
    for words, mail in zip(GERMAN, town.mails("anna@example.org"), strict=True):
        assert words in body(mail)
        assert mail["Subject"] == title
    facts = [f["data"]["incident"] for f in town.hooks.taken["/signed"]]
    assert [f["phase"] for f in facts] == [phase for *_, phase in SAID]
    assert all(f["window"] == facts[1]["window"] for f in facts[1:])
    assert facts[0]["window"] != facts[1]["window"]
    assert [f["components"][0]["status"] for f in facts] == [
        "operational", "operational", "under_maintenance", "operational",
    ]  # fmt: skip


def test_a_cancelled_maintenance_is_told_everywhere(town: Town) -> None:
    """Also where the announcement could be deleted: whoever read it has made plans."""
    command, de, en, _ = SAID[0]
    town.desk.say(*command, "-m", de, "-m", f"en={en}")
    told = town.desk.say("retract")

    assert [d for d in told["deliveries"] if d["state"] != "sent"] == []
    assert town.telegram.api.journal == ["post 1", "reply 2 to 1", "edit 1"]
    assert all("Wartung abgesagt" in post.text for post in town.posts)
    assert "Maintenance cancelled" in town.mastodon.statuses[-1]["text"]
    assert "Wartung abgesagt" in town.x.api.posts[-1]["written"]
    assert "Maintenance cancelled" in body(town.mails("carl@example.org")[-1])
    fact = town.hooks.taken["/signed"][-1]
    assert (fact["type"], fact["data"]["incident"]["retracted"]) == ("incident.retracted", True)
