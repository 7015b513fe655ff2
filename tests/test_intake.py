"""From signals to drafts to public words: stories on a real store, with a clock that is moved."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.events import Open, Tell
from notifier.incident import Refused
from notifier.intake import Changed, Decided
from notifier.model import Impact, Phase, Route
from notifier.problem import DraftState, Stage
from notifier.source import Kind, Request
from notifier.store.intake import Inbound
from tests.intake_desk import Desk

RULE = """
[rules.voice]
component = "voice*"
to = "voice"
for = "2m"
publish_after = "10m"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_evening_of_2011_is_one_incident(tmp_path: Path) -> None:
    """Down at 15:00, back at 17:30, down at 20:00, back at 23:00: one incident, reopened once, in the right order, and
    no word of it in public that nobody approved."""
    desk = Desk(tmp_path, RULE)
    desk.down()
    assert desk.incidents() == []
    desk.later(minutes=2)
    assert desk.incidents() == []
    desk.intake.approve(desk.draft.id, by="anna")
    assert desk.incident.phase is Phase.INVESTIGATING

    desk.later(minutes=148)
    desk.up()
    assert desk.stands()
    desk.intake.approve(desk.draft.id, by="anna")
    assert desk.stands() is False

    desk.later(minutes=150)
    desk.down()
    desk.later(minutes=2)
    assert desk.stands() is False
    desk.intake.approve(desk.draft.id, by="bob")
    desk.later(minutes=178)
    desk.up()
    desk.intake.approve(desk.draft.id, by="bob")

    assert [u.phase for u in desk.incident.updates] == ["investigating", "resolved", "investigating", "resolved"]
    assert [u.reopened for u in desk.incident.updates] == [False, False, True, False]
    assert [u.by for u in desk.incident.updates] == ["anna", "anna", "bob", "bob"]
    assert "Unsere Überwachung meldet" in desk.incident.updates[0].text["de"]


def test_when_nobody_answers_a_holding_text_goes_out_after_the_timer(tmp_path: Path) -> None:
    """Silence is the worse fault: after ten minutes the honest words are public by themselves."""
    desk = Desk(tmp_path, RULE)
    desk.down()
    desk.later(minutes=2)
    desk.later(minutes=9, seconds=59)
    assert desk.incidents() == []
    desk.later(seconds=1)

    assert desk.incident.updates[0].source == "rule voice"
    assert desk.states() == [DraftState.PUBLISHED]


def test_what_does_not_last_is_never_heard_of(tmp_path: Path) -> None:
    """A problem of less than two minutes raises no draft and no notice."""
    desk = Desk(tmp_path, RULE)
    desk.down()
    desk.later(minutes=1)
    assert desk.up() == "it did not last"
    desk.later(hours=1)

    assert desk.states() == []
    assert desk.told() == []


def test_what_is_over_before_anybody_decides_is_withdrawn(desk: Desk) -> None:
    """The admins see that the draft has lost its purpose; nobody else hears of it."""
    desk.down()
    desk.later(minutes=3)
    desk.up()

    assert desk.states() == [DraftState.WITHDRAWN]
    assert desk.incidents() == []
    assert "zurückgezogen" in desk.told()[-1]


def test_repeats_change_nothing(desk: Desk) -> None:
    """Monitoring repeats itself every minute; there is one draft, and its start does not move."""
    desk.down()
    since = desk.draft.command.began  # type: ignore[union-attr]
    for _ in range(20):
        desk.later(minutes=1)
        assert desk.down() == "known already"

    assert desk.draft.command.began == since  # type: ignore[union-attr]
    assert desk.draft.version == 1


def test_a_storm_of_alerts_is_one_draft(desk: Desk) -> None:
    """Ten thousand alerts in one request: one draft that names what users know, and a handful of messages."""
    from json import dumps

    alerts = [
        {"status": "firing", "fingerprint": f"{n:016x}", "labels": {"service": ("voice", "forum", f"host{n}")[n % 3]}}
        for n in range(10_000)
    ]
    body = dumps({"version": "4", "groupKey": "g", "status": "firing", "alerts": alerts}).encode()
    request = Request(desk.now, headers={"content-type": "application/json"}, body=body)
    with desk.store.transaction():
        desk.store.intake.take_in(Inbound("prometheus", "alertmanager", request))
    desk.tick()

    assert isinstance(desk.draft.command, Open)
    assert set(desk.draft.command.components) == {"voice", "forum"}
    assert len(desk.told()) < 10
    assert sum(one.count for one in desk.store.intake.crowd()) == 10_000


def test_two_admins_at_once_act_once(desk: Desk) -> None:
    """The second is told who was first."""
    desk.down()
    number = desk.draft.id
    desk.intake.approve(number, by="anna", via="telegram")

    with pytest.raises(Decided, match=r"published by anna \(telegram\)"):
        desk.intake.discard(number, by="bob")
    assert len(desk.incident.updates) == 1


def test_nobody_approves_what_he_has_not_seen(desk: Desk) -> None:
    """The draft grew by another component after the message was shown: the old button does nothing."""
    desk.down()
    seen = desk.draft.version
    desk.down("forum")

    with pytest.raises(Changed):
        desk.intake.approve(desk.draft.id, by="anna", version=seen)
    assert desk.incidents() == []


def test_not_us_is_remembered_until_it_is_over(desk: Desk) -> None:
    """A discarded problem raises no new draft by its repeats; when it comes back later it does."""
    desk.down()
    desk.intake.discard(desk.draft.id, by="anna")
    desk.later(minutes=5)
    desk.down()
    assert desk.drafts == []
    desk.up()
    desk.later(hours=1)
    desk.down()

    assert len(desk.drafts) == 1


def test_a_second_component_is_an_update_of_the_same_incident(desk: Desk) -> None:
    """While an incident is open, what else breaks is proposed as an update of it."""
    desk.down("forum")
    desk.intake.approve(desk.draft.id, by="anna")
    desk.down("network")
    command = desk.draft.command

    assert isinstance(command, Tell)
    assert command.components == ("forum", "network")
    desk.intake.approve(desk.draft.id, by="anna")
    assert desk.incident.components == ("forum", "network")


def test_only_when_all_is_over_it_is_proposed_to_resolve(desk: Desk) -> None:
    """One of two that are back is no news."""
    desk.down("forum")
    desk.down("voice")
    desk.intake.approve(desk.draft.id, by="anna")
    desk.up("forum")
    assert desk.drafts == []
    desk.up("voice")

    assert desk.draft.command.phase is Phase.RESOLVED  # type: ignore[union-attr]


def test_what_is_of_no_component_is_told_to_the_admins_and_holds_up_nothing(desk: Desk) -> None:
    """A backup fails while the voice server is down: users hear nothing of it, the admins do; the end is proposed."""
    desk.down("voice")
    desk.intake.approve(desk.draft.id, by="anna")
    desk.down("backup")
    assert desk.drafts == []
    assert "backup down" in desk.told()[-1]
    desk.up("voice")

    assert desk.draft.command.phase is Phase.RESOLVED  # type: ignore[union-attr]


def test_back_while_the_end_waits_for_approval(desk: Desk) -> None:
    """The proposal to resolve is withdrawn when the problem returns before anybody decided."""
    desk.down()
    desk.intake.approve(desk.draft.id, by="anna")
    desk.up()
    assert len(desk.drafts) == 1
    desk.later(minutes=1)
    desk.down()

    assert desk.drafts == []
    assert desk.states()[-1] is DraftState.WITHDRAWN
    assert desk.stands()


def test_what_comes_and_goes_is_called_unstable_once(tmp_path: Path) -> None:
    """Ten times down and up within an hour: one incident, and one word that it is unstable."""
    desk = Desk(tmp_path, '[rules.voice]\nto = "voice"\nthen = "publish"\nresolve = "draft"\n')
    for _ in range(10):
        desk.down()
        desk.later(minutes=1)
        desk.up()
        desk.later(minutes=1)
    texts = [u.text["en"] for u in desk.incident.updates]

    assert sum("unstable" in text for text in texts) == 1
    assert desk.stands()


def test_while_the_network_is_down_what_needs_it_is_no_news(desk: Desk) -> None:
    """The voice server needs the network; when that is back and the voice server is not, it becomes news."""
    desk.down("network")
    assert desk.down("voice") == "it needs network, which is down"
    desk.later(minutes=1)
    assert desk.draft.command.components == ("network",)  # type: ignore[union-attr]
    desk.intake.approve(desk.draft.id, by="anna")
    desk.up("network")
    desk.intake.approve(desk.draft.id, by="anna")
    desk.later(minutes=2)

    assert desk.draft.command.components == ("voice",)  # type: ignore[union-attr]


def test_what_is_only_info_is_a_note_to_the_admins(desk: Desk) -> None:
    """A certificate that expires soon is nothing for the public."""
    desk.down(severity="info", title="certificate expires in 14 days")

    assert desk.drafts == []
    assert "certificate expires" in desk.told()[0]


def test_notes_of_a_storm_stop_after_a_few(tmp_path: Path) -> None:
    """A hundred notes in a minute are five messages, and the last says where the rest is."""
    desk = Desk(tmp_path, '[rules.all]\nthen = "note"\n')
    for n in range(100):
        desk.down(f"host{n}")

    assert len(desk.told()) == 5
    assert "notifier signals" in desk.told()[-1]


def test_ignored_means_ignored(tmp_path: Path) -> None:
    """The ledger of signals has it, and nothing else."""
    desk = Desk(tmp_path, '[rules.lab]\ncomponent = "lab*"\nthen = "ignore"\n')

    assert desk.down("lab7") == "ignored by rule lab"
    assert desk.told() == []
    assert [h.verdict for h in desk.store.intake.heard(5)] == ["ignored by rule lab"]


def test_a_recovery_that_never_comes_is_asked_about(desk: Desk) -> None:
    """After a day without a word the admins are asked; nothing is resolved by itself."""
    desk.down()
    desk.intake.approve(desk.draft.id, by="anna")
    desk.later(days=1)

    assert "hat seit 24 h nichts mehr davon gesagt" in desk.told()[-1]
    assert desk.stands()


def test_an_incident_opened_by_hand_takes_the_draft_away(tmp_path: Path) -> None:
    """The admin was quicker at the shell: nothing is told twice when the timer runs out."""
    desk = Desk(tmp_path, RULE)
    desk.down()
    desk.later(minutes=2)
    text = {"de": "Weg.", "en": "Gone."}
    desk.intake.service.handle(Open(text, text, ("voice",)), by="anna")
    with pytest.raises(Refused, match="tells of it already"):
        desk.intake.approve(desk.draft.id, by="bob")
    desk.later(minutes=11)

    assert desk.states() == [DraftState.WITHDRAWN]
    assert len(desk.incident.updates) == 1
    desk.up()
    assert desk.draft.incident == desk.incident.id


@pytest.mark.parametrize("after", ["", "10m"])
def test_a_component_that_is_gone_keeps_no_draft_from_being_published(tmp_path: Path, after: str) -> None:
    """It was taken out of the configuration while the draft waited: whoever decides reads so, and it is published
    without it, by hand as by the timer."""
    desk = Desk(tmp_path, f'[rules.all]\npublish_after = "{after}"\n' if after else "")
    desk.down("forum")
    desk.down("voice")
    desk.forget("voice")
    shown = desk.intake.words(desk.draft)(Route("terminal", "console"), "").plain
    assert "Steht nicht mehr in der Konfiguration und wird weggelassen: voice." in shown
    assert "Ginge an: news" in shown
    if after:
        desk.later(minutes=10)
    else:
        desk.intake.approve(desk.draft.id, by="anna")
    assert desk.incident.components == ("forum",)
    assert desk.states() == [DraftState.PUBLISHED]


def test_the_end_of_an_incident_whose_component_is_gone(desk: Desk) -> None:
    """A later word on it is published, too, and changes nothing about what it is on."""
    desk.down("voice")
    desk.intake.approve(desk.draft.id, by="anna")
    desk.down("forum")
    desk.forget("forum")
    desk.forget("voice")
    desk.intake.approve(desk.draft.id, by="anna")
    assert desk.incident.components == ("voice",)
    desk.up("voice")
    desk.up("forum")
    desk.intake.approve(desk.draft.id, by="anna")
    assert desk.stands() is False


def test_words_of_an_admin_are_not_overwritten(desk: Desk) -> None:
    """He rewords the draft; a further alert adds its component and leaves his words alone."""
    desk.down()
    desk.intake.edit(desk.draft.id, by="anna", text={"de": "Wir wissen es."})
    desk.down("forum")

    assert desk.draft.command.text == {"de": "Wir wissen es."}  # type: ignore[union-attr]
    assert desk.draft.command.components == ("voice", "forum")  # type: ignore[union-attr]


def test_snoozed_drafts_come_back(tmp_path: Path) -> None:
    """Fifteen minutes later the admins are asked again, and the timer has moved as well."""
    desk = Desk(tmp_path, RULE)
    desk.down()
    desk.later(minutes=2)
    desk.intake.snooze(desk.draft.id, timedelta(minutes=15), by="anna")
    before = len(desk.told())
    desk.later(minutes=14)
    assert len(desk.told()) == before
    desk.later(minutes=1)
    assert len(desk.told()) == before + 1
    assert desk.incidents() == []
    desk.later(minutes=10)

    assert desk.stands()


def test_a_request_that_cannot_be_read_is_kept_and_replayed(desk: Desk) -> None:
    """It is shown as bad, with the reason; after the fix it is weighed as if it had just come."""
    good = (
        b'{"version":"4","groupKey":"g","alerts":[{"status":"firing","fingerprint":"00","labels":{"service":"voice"}}]}'
    )
    with desk.store.transaction():
        number = desk.store.intake.take_in(Inbound("gone", "alertmanager", Request(desk.now, body=good)))
    desk.tick()
    assert [r.state for r in desk.store.intake.requests(5)] == ["bad"]
    with pytest.raises(Refused, match="no hook gone"):
        desk.intake.replay(number)

    desk.store._db.execute("UPDATE request SET hook = 'prometheus'")
    assert desk.intake.replay(number) == ["a new problem; a draft"]
    assert [r.state for r in desk.store.intake.requests(5)] == ["weighed"]


MOVES = st.lists(
    st.tuples(st.sampled_from(["down", "up", "later", "approve", "discard"]), st.integers(0, 3), st.integers(1, 90)),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_whatever_happens_nothing_is_public_that_nobody_approved(
    tmp_path_factory: pytest.TempPathFactory, moves
) -> None:
    """Signals, time and decisions in any order: each public word was approved; drafts that wait are few; a problem that
    counts belongs to something, or somebody said no."""
    desk = Desk(
        tmp_path_factory.mktemp("desk"), '[rules.some]\ncomponent = "forum"\nfor = "5m"\nrecovered_for = "3m"\n'
    )
    approved = 0
    for move, which, minutes in moves:
        component = ("voice", "forum", "network", "other")[which]
        if move == "down":
            desk.down(component)
        elif move == "up":
            desk.up(component)
        elif move == "later":
            desk.later(minutes=minutes)
        elif desk.drafts and move == "approve":
            desk.intake.approve(desk.drafts[0].id, by="anna", again=True)
            approved += 1
        elif desk.drafts:
            desk.intake.discard(desk.drafts[0].id, by="anna")
        assert sum(len(i.updates) for i in desk.incidents()) == approved
        assert sum(isinstance(d.command, Open) for d in desk.drafts) <= 1
        open_ids = {i.id for i in desk.incidents() if i.open}
        for draft in desk.drafts:
            assert draft.incident in open_ids or not isinstance(draft.command, Tell)
        for problem in desk.store.intake.standing():
            if problem.draft:
                assert problem.draft in [d.id for d in desk.drafts]
            if problem.stage is Stage.OPEN and problem.impact is not Impact.NONE and not _refused(desk):
                assert problem.draft or problem.incident in open_ids


def _refused(desk: Desk) -> bool:
    return DraftState.DISCARDED in desk.states()


def test_a_test_signal_does_nothing(desk: Desk) -> None:
    """The test button of the monitoring tool."""
    assert desk.hear(Kind.TEST) == "a test"
    assert desk.told() == []
