"""What happens to words that wait, and to incidents that are open, when monitoring goes on speaking."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from notifier.events import Open, Reopen, Retract, Schedule, Tell
from notifier.model import Impact, Phase, Window
from notifier.problem import DraftState, Note
from tests.intake_desk import Desk

OWN = {"de": "Eigene Worte.", "en": "Words of our own."}
TITLE = {"de": "Eigener Titel", "en": "A title of our own"}
HOLD = '[rules.all]\nfor = "2m"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def command(desk: Desk) -> Any:
    """What the only waiting draft would do."""
    return desk.draft.command


def approve(desk: Desk) -> None:
    """The only waiting draft is published."""
    desk.intake.approve(desk.draft.id, by="anna")


# Words that somebody wrote by hand


def test_a_draft_made_by_hand_keeps_its_words(desk: Desk) -> None:
    """Monitoring reports more while an admin's own draft waits: it joins, and does not write over his words."""
    desk.intake.propose(Open(TITLE, OWN, ("forum",)), by="anna", via="telegram")
    desk.down("voice")
    assert command(desk).components == ("forum", "voice")
    assert (command(desk).title, command(desk).text) == (TITLE, OWN)


def test_a_draft_made_by_hand_is_not_withdrawn(desk: Desk) -> None:
    """What monitoring had added is over: the admin's own draft still waits for him."""
    desk.intake.propose(Open(TITLE, OWN, ("forum",)), by="anna", via="telegram")
    desk.down("voice")
    desk.up("voice")
    assert command(desk).title == TITLE


def test_an_update_made_by_hand_outlives_the_end(desk: Desk) -> None:
    """All is over while an admin's own update waits: the end is proposed, and his words are still there."""
    desk.down("voice")
    approve(desk)
    desk.intake.propose(Tell(OWN), desk.incident.id, by="anna", via="telegram")
    desk.down("forum")
    desk.up("forum")
    desk.up("voice")
    assert [d.command.text == OWN for d in desk.drafts] == [True, False]  # type: ignore[union-attr]


# A second component


def test_many_alerts_about_a_second_component_are_one_change(desk: Desk) -> None:
    """The draft of the update changes once, so that whoever has read it can approve it."""
    desk.down("voice")
    approve(desk)
    for n in range(20):
        desk.down("forum", key=f"forum-{n}")
    assert (command(desk).components, desk.draft.version) == (("voice", "forum"), 1)


def test_a_third_component_does_not_push_out_the_second(desk: Desk) -> None:
    """Both are named in the draft that waits."""
    desk.down("voice")
    approve(desk)
    desk.down("forum")
    desk.down("network")
    assert command(desk).components == ("voice", "forum", "network")
    assert "Forum" in command(desk).text["en"]


def test_a_second_component_that_is_over_is_not_told_any_more(tmp_path: Path) -> None:
    """It is over before anybody decided, while the first one still is down: nobody hears of it, not by the timer
    either."""
    desk = Desk(tmp_path, '[rules.all]\npublish_after = "10m"\n')
    desk.down("voice")
    approve(desk)
    desk.down("forum")
    desk.up("forum")
    assert desk.drafts == []
    desk.later(minutes=10)
    assert desk.incident.components == ("voice",)


def test_as_long_as_one_alert_of_it_stands_it_is_told(desk: Desk) -> None:
    """One of two is over: the draft stays."""
    desk.down("voice")
    approve(desk)
    desk.down("forum", key="a")
    desk.down("forum", key="b")
    desk.up("forum", key="a")
    assert command(desk).components == ("voice", "forum")


def test_what_is_over_goes_out_of_the_opening(desk: Desk) -> None:
    """Two are down, one comes back before anybody decided: the words are about the other one."""
    desk.down("voice")
    desk.down("forum")
    desk.up("forum")
    assert command(desk).components == ("voice",)
    assert "Forum" not in str(command(desk).title) + str(command(desk).text)


def test_an_alert_that_is_worse_is_told_although_it_is_another_one(desk: Desk) -> None:
    """Slow first, then another check says that it is down: users hear of the higher impact."""
    desk.down("voice", key="slow", severity="warning")
    approve(desk)
    assert desk.incident.impact is Impact.MINOR
    desk.down("voice", key="dead", severity="critical")
    assert command(desk).impact is Impact.CRITICAL


def test_a_further_word_on_what_was_resolved_by_hand(desk: Desk) -> None:
    """The incident is resolved by hand while a draft of an update waits; then it gets worse: it is to be reopened."""
    desk.down("voice")
    approve(desk)
    desk.down("forum", severity="warning")
    desk.intake.service.handle(Tell(OWN, Phase.RESOLVED))
    desk.down("forum", severity="critical")
    assert [type(d.command) for d in desk.drafts] == [Tell, Reopen]


# The end


def test_what_may_not_last_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """One of two came back for a moment just when the other one ended: the end is proposed all the same."""
    desk = Desk(tmp_path, HOLD)
    desk.down("voice")
    desk.down("forum")
    desk.later(minutes=2)
    approve(desk)
    desk.up("voice")
    desk.later(minutes=5)
    desk.down("voice")
    desk.up("forum")
    desk.later(minutes=1)
    desk.up("voice")
    assert command(desk).phase is Phase.RESOLVED


def test_the_end_waits_as_its_rule_says(tmp_path: Path) -> None:
    """A rule for what is critical; the word of the end has no severity, and counts by the same rule."""
    desk = Desk(tmp_path, '[rules.grave]\nseverity = ["critical"]\nrecovered_for = "5m"\n')
    desk.down("voice")
    approve(desk)
    desk.up("voice", severity="")
    assert desk.drafts == []
    desk.later(minutes=5)
    assert command(desk).phase is Phase.RESOLVED


def test_an_incident_is_reopened_once(tmp_path: Path) -> None:
    """Two rules with groups of their own, one component: one draft reopens it, and both are part of it."""
    rules = "".join(f'[rules.{name}]\nkey = "{name}"\ngroup = "{name}"\n' for name in ("a", "b"))
    desk = Desk(tmp_path, rules)
    desk.down("voice", key="a")
    approve(desk)
    desk.up("voice", key="a")
    approve(desk)
    desk.later(minutes=10)
    desk.down("voice", key="a")
    desk.down("voice", key="b")
    approve(desk)
    desk.up("voice", key="a")
    assert desk.drafts == []
    desk.up("voice", key="b")
    assert command(desk).phase is Phase.RESOLVED


def test_a_hundred_drafts_that_wait_hide_none(desk: Desk) -> None:
    """The oldest of many is withdrawn, too, when it is over."""
    desk.down("voice")
    for n in range(100):
        desk.intake.propose(Open(TITLE, OWN), by=f"{n}", via="api")
    desk.up("voice")
    assert desk.store.intake.draft(1).state is DraftState.WITHDRAWN


# Maintenance, and clocks


@pytest.mark.parametrize("how", ["completed", "cancelled"])
def test_what_stands_after_work_that_ended_early_is_reported(desk: Desk, how: str) -> None:
    """The work was to take three hours and is over after ten minutes; what is still down is no part of it."""
    window = Window(desk.now, desk.now + timedelta(hours=3))
    said = desk.intake.service.handle(Schedule(TITLE, OWN, ("voice",), window))
    desk.intake.service.handle(Tell(OWN, Phase.IN_PROGRESS), which=said.incident.id)
    desk.down("voice")
    desk.later(minutes=10)
    assert desk.drafts == []
    if how == "completed":
        desk.intake.service.handle(Tell(OWN, Phase.COMPLETED), which=said.incident.id)
    else:
        desk.intake.service.handle(Retract(whole=True), which=said.incident.id)
    desk.later(minutes=1)
    assert command(desk).components == ("voice",)


def test_a_clock_that_was_ahead_holds_up_nothing(tmp_path: Path) -> None:
    """The clock was a month ahead and was set right: what is reported again counts after its time."""
    desk = Desk(tmp_path, HOLD)
    desk.now += timedelta(days=30)
    desk.down("voice")
    desk.now -= timedelta(days=30)
    desk.down("voice")
    desk.later(minutes=2)
    assert command(desk).components == ("voice",)


def test_a_clock_that_was_ahead_silences_no_notes(desk: Desk) -> None:
    """Five notes were told a month ahead; after the clock was set right the admins hear again."""
    desk.now += timedelta(days=30)
    for n in range(6):
        desk.intake.note("about", Note("over", (), {"title": f"one of {n}"}))
    desk.now -= timedelta(days=30)
    desk.intake.note("about", Note("over", (), {"title": "one more"}))
    assert any("one more" in text for text in desk.told())


def test_what_still_stands_of_a_resolved_incident_is_asked_about_by_itself(tmp_path: Path) -> None:
    """An alert about nothing of ours came with the outage and is not over with it: the admins decide about it anew."""
    desk = Desk(tmp_path)
    desk.down("voice")
    desk.down("other")
    approve(desk)
    desk.up("voice")
    approve(desk)

    (left,) = desk.drafts
    assert isinstance(left.command, Open)
    assert left.command.components == ()
    assert left.why.endswith("other down: it still stands")
    desk.up("other")
    assert desk.states()[-1] is DraftState.WITHDRAWN
    assert "zurückgezogen: es war vorbei, bevor jemand entschied" in desk.told()[-1]


# Not us, and what comes and goes


@pytest.mark.parametrize("before", ["nothing", "an incident that was resolved"])
def test_not_us_holds_while_it_comes_and_goes(tmp_path: Path, before: str) -> None:
    """It is back before its end counted: no new draft. Once it is over and comes back there is one."""
    desk = Desk(tmp_path, '[rules.all]\nrecovered_for = "5m"\n')
    if before != "nothing":
        desk.down("voice")
        approve(desk)
        desk.up("voice")
        desk.later(minutes=5)
        approve(desk)
    desk.down("voice")
    desk.intake.discard(desk.draft.id, by="anna")
    for _ in range(2):
        desk.up("voice")
        desk.later(minutes=1)
        desk.down("voice")
        assert desk.drafts == []
    desk.up("voice")
    desk.later(minutes=5)
    desk.down("voice")
    assert command(desk).components == ("voice",)


def test_what_comes_and_goes_does_not_ask_each_time(desk: Desk) -> None:
    """Ten times within half an hour, and nobody has decided yet: after a few drafts one stays."""
    for _ in range(10):
        desk.down("voice")
        desk.later(minutes=1)
        desk.up("voice")
        desk.later(minutes=1)
    assert len(desk.states()) == 4
    assert desk.states()[-1] is DraftState.WAITING
    desk.later(minutes=30)
    assert desk.states()[-1] is DraftState.WITHDRAWN


def test_times_of_other_zones_are_told_in_the_zone_of_the_site(tmp_path: Path) -> None:
    """A program says since when in its own zone: the note says the same moment in the zone of the site."""
    desk = Desk(tmp_path, '[rules.all]\nthen = "note"\n')
    zone = timezone(timedelta(hours=5))
    desk.down("voice", started=datetime(2026, 11, 26, 18, 30, tzinfo=zone))
    assert any("seit 14:30 Uhr MEZ: ein neues Problem." in text for text in desk.told())
