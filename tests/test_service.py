"""The one door: which incident is meant, what is refused, and that it is stored as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier.channel import Limits, Receipt
from notifier.events import Command, Correct, Open, Reopen, Reschedule, Retract, Schedule, Tell
from notifier.incident import Refused
from notifier.model import Component, Delivery, Impact, Phase, Route, Site, State, Step, Window
from notifier.outbox import Outcome
from notifier.service import Repeated, Service, new_id
from notifier.store import Claim, Node
from notifier.store.sqlite import Sqlite
from notifier.testing.clock import Clock
from notifier.values import replace

START = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
NODE = Node("here", "cli")
SITE = Site(
    languages=("de",),
    components=tuple(Component(id, {"de": id}) for id in ("voice", "forum", "Wiki")),
)
CHAT = Route("chat", "telegram", Limits(), frozenset({"Replies", "Edits", "Pins"}), pin=True)
MAIL = Route("mail", "email", Limits(title=100), frozenset({"Replies"}), recipients=("a@b.org", "c@d.org"))
PAGE = Route("page", "folder", board=True)
TELL = Tell({"de": "Wir suchen."})
DONE = Tell({"de": "Läuft."}, Phase.RESOLVED)


def opening(title: str = "Weg", *components: str) -> Open:
    return Open({"de": title}, {"de": "Kaputt."}, components)


class Door:
    """A service whose incidents are called bcdf, bcgh, kjmn, pqrs in turn, on a clock that moves when told."""

    def __init__(self, path: Path, *routes: Route) -> None:
        self.clock = Clock(START)
        self.store = Sqlite(path, self.clock)
        self.names = iter(("bcdf", "bcgh", "kjmn", "pqrs"))
        self.service = Service(self.store, SITE, routes or (CHAT, MAIL, PAGE), lambda: next(self.names))

    def tell(self, command: Command, which: str = "", minutes: float = 5, **more: Any) -> list[Delivery]:
        """The deliveries of a command, given some minutes after the one before."""
        self.clock.move(timedelta(minutes=minutes))
        return list(self.service.handle(command, which=which, **more).deliveries)

    def found(self, which: str, **more: bool) -> str:
        """The id, or the first line of the refusal."""
        try:
            return self.service.find(which, **more)
        except Refused as no:
            return str(no).splitlines()[0]

    def deliver(self, channel: str = "chat", outcome: Outcome | None = None) -> Claim:
        """Take the head of a channel's lane and settle it, as a dispatcher would."""
        with self.store.transaction():
            claim = self.store.claim(NODE, channel, 1, self.clock())[0]
            how = outcome or Outcome(State.SENT, did=claim.row.step, receipt=Receipt(f"m{claim.row.id}"))
            assert self.store.settle(NODE, claim, how, self.clock())
        return claim

    def kept(self) -> tuple[int, list[str], int]:
        """What is in the store: how many events, which incidents, how many deliveries wait."""
        return self.store.version(), self.store.newest_ids(9), self.store.waiting()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Door]]:
    """Makes doors with routes of their own."""
    doors: list[Door] = []

    def made(*routes: Route) -> Door:
        doors.append(Door(tmp_path / f"{len(doors)}.db", *routes))
        return doors[-1]

    yield made
    for door in doors:
        door.store.close()


@pytest.fixture
def door(make: Callable[..., Door]) -> Door:
    return make()


# Which incident is meant


def test_while_one_is_open_it_needs_no_name(door: Door) -> None:
    """None: refused, or the last one if a past one will do; one: that; several: say which."""
    assert door.found("") == "No incident is open. `notifier open` opens one, `notifier list` shows the past ones."
    door.tell(opening("Voice weg", "voice"))
    assert door.found("") == "bcdf"
    door.tell(opening("Forum weg", "forum"))
    assert door.found("") == "Several incidents are open. Say which:"
    with pytest.raises(Refused, match="bcgh  Forum weg\n  bcdf  Voice weg"):
        door.service.find("")
    door.tell(DONE, "bcdf")
    assert door.found("") == "bcgh"
    assert door.found("", reopen=True) == door.found("", reopen=True, closed=False) == "bcdf"
    door.tell(DONE, "bcgh")
    assert door.found("") == "bcgh"
    assert door.found("", closed=False).startswith("No incident is open.")


def test_an_incident_is_named_by_its_id_the_beginning_of_it_or_a_component(door: Door) -> None:
    """However it is typed; what is ambiguous is refused with the candidates."""
    door.tell(opening("Voice weg", "voice"))
    door.tell(opening("Wiki weg", "Wiki"))
    door.tell(opening("Forum und Voice weg", "forum", "voice"))

    assert door.found("kjmn") == door.found(" #KJMN ") == door.found("kj") == door.found("forum") == "kjmn"
    assert door.found("wiki") == door.found("Wiki") == "bcgh"
    assert door.found("bc") == '"bc" names several incidents: bcgh, bcdf. Say which.'
    assert door.found("voice") == '"voice" names several incidents: kjmn, bcdf. Say which.'
    for unknown in ("k", "zzzz", "phone"):
        assert door.found(unknown) == f'There is no incident "{unknown}". `notifier list` shows those there are.'


def test_a_component_means_its_open_incident_before_a_past_one(door: Door) -> None:
    """And the newest of past ones, if one will do; `reopen` looks among the past ones alone."""
    door.tell(opening("Eins", "voice"))
    door.tell(DONE, "bcdf")
    door.tell(opening("Zwei", "voice"))
    assert door.found("voice") == "bcgh"
    assert door.found("voice", reopen=True) == "bcdf"
    door.tell(DONE, "bcgh")
    assert door.found("voice") == door.found("voice", reopen=True) == "bcgh"
    assert door.found("voice", closed=False).startswith("There is no incident")


def test_a_command_goes_to_the_incident_that_is_named(door: Door) -> None:
    """By whom and when stands in its event."""
    door.tell(opening("Eins", "voice"))
    door.tell(opening("Zwei", "forum"))
    door.tell(TELL, "voice", by="anna", source="web")
    update = door.service.incident("bcdf").updates[-1]

    assert (update.text, update.by, update.source) == ({"de": "Wir suchen."}, "anna", "web")
    assert update.at == START + timedelta(minutes=15)
    assert len(door.service.incident("bcgh").updates) == 1
    door.tell(DONE, "bcdf")
    door.tell(Reopen({"de": "Wieder weg."}))
    assert door.service.incident("bcdf").open


PLAN = Schedule(
    {"de": "Wartung"}, {"de": "Nachts."}, ("voice",), Window(START + timedelta(days=1), START + timedelta(days=2))
)
MOVE = Reschedule(Window(START + timedelta(days=1), START + timedelta(days=3)), {"de": "Länger."})


def test_a_planned_maintenance_does_not_make_the_open_incident_ambiguous(door: Door) -> None:
    """Without a name, or by a component, the incident is meant; the maintenance where it is the only thing open."""
    door.tell(PLAN)
    assert door.found("") == door.found("voice") == door.found("", planned=True) == "bcdf"
    door.tell(opening("Voice weg", "voice"))
    assert door.found("") == door.found("voice") == "bcgh"
    assert door.found("bcdf") == "bcdf"
    assert door.found("", planned=True) == door.found("voice", planned=True) == "bcdf"
    door.tell(TELL)
    assert [len(door.service.incident(id).updates) for id in ("bcdf", "bcgh")] == [1, 2]
    door.tell(opening("Forum weg", "forum"))
    assert door.found("") == "Several incidents are open. Say which:"
    door.tell(DONE, "bcgh")
    assert door.found("") == "kjmn"
    door.tell(DONE)
    assert door.found("") == "bcdf"


def test_several_maintenances_are_named(door: Door) -> None:
    """With no incident open, none of them is meant without a name; only open ones can be moved."""
    assert door.found("", planned=True) == "No maintenance is planned. `notifier schedule` plans one."
    door.tell(PLAN)
    door.tell(replace(PLAN, components=("forum",)))
    assert door.found("") == door.found("", planned=True) == "Several maintenances are open. Say which:"
    assert door.found("forum", planned=True) == "bcgh"
    assert door.found("phone", planned=True).startswith('There is no open maintenance "phone".')
    door.tell(Retract(whole=True), "bcgh")
    assert door.found("", planned=True) == "bcdf"


def test_reopen_passes_over_what_was_a_maintenance(door: Door) -> None:
    """Its end was no mending: what comes back is the incident before it."""
    door.tell(opening("Voice weg", "voice"))
    door.tell(DONE)
    door.tell(PLAN)
    door.tell(Tell({"de": "Los."}, Phase.IN_PROGRESS))
    door.tell(DONE)
    assert door.service.incident("bcgh").phase is Phase.COMPLETED
    assert door.found("", reopen=True) == door.found("voice", reopen=True) == "bcdf"
    door.tell(Reopen({"de": "Wieder weg."}))
    assert door.service.incident("bcdf").open


def test_a_moved_maintenance_goes_to_the_only_one_planned(door: Door) -> None:
    """Also while an incident is open, as an incident has no window."""
    door.tell(PLAN)
    door.tell(opening("Forum weg", "forum"))
    door.tell(MOVE)
    assert door.service.incident("bcdf").window == MOVE.window


# What is refused

REPEATED = (
    (opening("Zwei"), ""),
    (TELL, "bcdf"),
    (Correct({"de": "Anders."}), "bcdf"),
    (Retract(), "bcdf"),
)


@pytest.mark.parametrize(("command", "which"), REPEATED, ids=lambda v: type(v).__name__ if v else "")
def test_the_same_twice_within_a_minute_is_taken_for_a_slip(door: Door, command: Command, which: str) -> None:
    """A key pressed twice tells nobody twice; --again or a minute later it is meant."""
    door.tell(opening())
    door.tell(Tell({"de": "Eine Meldung."}))
    door.tell(Tell({"de": "Noch eine."}))
    door.tell(command, which)
    kept = door.kept()

    with pytest.raises(
        Repeated, match=r"The same was told 54 seconds ago, in incident \w{4}. To tell it twice: --again"
    ):
        door.tell(command, which, minutes=0.9)
    assert door.kept() == kept
    door.tell(command, which, minutes=0, again=True)
    assert door.kept()[0] == kept[0] + 1


@pytest.mark.parametrize(("command", "which"), REPEATED, ids=lambda v: type(v).__name__ if v else "")
def test_the_same_after_more_than_a_minute_is_meant(door: Door, command: Command, which: str) -> None:
    """It may well be as it was."""
    door.tell(opening())
    door.tell(Tell({"de": "Eine Meldung."}))
    door.tell(Tell({"de": "Noch eine."}))
    door.tell(command, which)

    assert door.tell(command, which, minutes=1.1) != []


def test_the_same_words_on_another_incident_or_at_another_stage_are_something_else(door: Door) -> None:
    """Only the very same is a slip."""
    door.tell(opening("Eins", "voice"))
    door.tell(opening("Zwei", "voice"), minutes=0)
    door.tell(TELL, "bcdf", minutes=0)
    door.tell(TELL, "bcgh", minutes=0)
    door.tell(replace(TELL, impact=Impact.CRITICAL), "bcgh", minutes=0)
    door.tell(replace(TELL, phase=Phase.MONITORING), "bcgh", minutes=0)
    door.tell(PLAN, minutes=0)
    with pytest.raises(Repeated):
        door.tell(PLAN, minutes=0)
    door.tell(replace(PLAN, window=MOVE.window), minutes=0)
    door.tell(Correct({"de": "Anders."}), "bcgh", minutes=0)
    door.tell(Correct({"de": "Anders."}, of=1), "bcgh", minutes=0)
    door.tell(Retract(), "bcgh", minutes=0)
    door.tell(Retract(whole=True), "bcgh", minutes=0)

    assert door.store.version() == 12


@pytest.mark.parametrize(
    ("command", "chosen", "why"),
    [
        (opening("Weg", "voise"), {}, 'There is no component "voise". Did you mean "voice"?'),
        (opening("Weg", "zzz"), {}, 'There is no component "zzz". There are: voice, forum, Wiki.'),
        (replace(TELL, components=("forun",)), {}, 'There is no component "forun". Did you mean "forum"?'),
        (TELL, {"only": ["chatt"]}, 'There is no channel "chatt". Did you mean "chat"?'),
        (TELL, {"without": ["zzz"]}, 'There is no channel "zzz". There are: chat, mail, page.'),
        (TELL, {"which": "zzzz"}, 'There is no incident "zzzz".'),
        (Tell({"de": " "}), {}, "The text in de is empty."),
        (Tell({"de": "x"}, happened=START - timedelta(days=1)), {}, "is before the incident began"),
        (Retract(of=7), {}, "Incident bcdf has no update 7. It has: 1."),
        (Correct(), {}, "Say what to correct"),
        (Reopen({"de": "Wieder."}), {}, "No incident is open."),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_stored(
    door: Door, command: Command, chosen: dict[str, Any], why: str
) -> None:
    """With the reason and the remedy; incidents and outbox are as before."""
    door.tell(opening("Weg", "voice"))
    kept = door.kept()

    with pytest.raises(Refused) as no:
        door.tell(command, **chosen)
    assert why in str(no.value)
    assert door.kept() == kept


def test_without_components_and_channels_the_refusal_says_how_to_name_some(door: Door) -> None:
    """The table to write stands in the text."""
    empty = Service(door.store, Site(), ())

    with pytest.raises(Refused, match=r"add \[components\.voice\] to it"):
        empty.handle(opening("Weg", "voice"))
    with pytest.raises(Refused, match=r"add \[channels\.chat\] to it"):
        empty.handle(opening(), only=["chat"])


def test_an_event_is_not_stored_without_its_deliveries(door: Door) -> None:
    """When the store fails in between, nothing of it stays: a second call tells it as if it were the first."""
    door.tell(opening())
    kept = door.kept()

    class Breaks(Sqlite):
        def enqueue(self, rows: Any) -> list[int]:
            super().enqueue(list(rows)[:1])
            raise RuntimeError("the disk is full")

    broken = Breaks(door.store._path, door.clock)
    with pytest.raises(RuntimeError, match="full"):
        Service(broken, SITE, (CHAT, MAIL)).handle(TELL)
    broken.close()
    assert door.kept() == kept
    assert [d.step for d in door.tell(TELL, minutes=0)] == [Step.REPLY, Step.REPLY, Step.REPLY, Step.PUBLISH]


# What is stored


def test_only_and_without_choose_the_channels_of_one_command(door: Door) -> None:
    """Who was left out hears of the incident the next time, by a post."""
    assert {d.channel for d in door.tell(opening(), only=["chat", "page"])} == {"chat", "page"}
    assert {d.channel for d in door.tell(TELL, without=["chat"])} == {"mail", "page"}
    assert door.tell(Tell({"de": "Mehr."}), only=["chat", "page"], without=["chat", "page"]) == []
    rows = door.tell(Tell({"de": "Noch mehr."}))
    assert [(d.channel, d.step) for d in rows] == [
        ("chat", Step.REPLY),
        ("mail", Step.REPLY),
        ("mail", Step.REPLY),
        ("page", Step.PUBLISH),
    ]
    assert [(d.step, d.to) for d in door.store.deliveries("bcdf") if d.channel == "mail" and d.seq == 2] == [
        (Step.POST, "a@b.org"),
        (Step.POST, "c@d.org"),
    ]


def test_the_deliveries_come_back_as_they_are_stored(door: Door) -> None:
    """With their numbers, so that the command line can watch them."""
    rows = door.tell(opening())
    stored = door.store.deliveries("bcdf")

    assert [d.id for d in rows] == [d.id for d in stored] == [1, 2, 3, 4, 5]
    assert [d.message for d in rows] == [d.message for d in stored]
    assert {d.state for d in stored} == {State.DUE}


def test_a_preview_shows_the_same_and_stores_nothing(door: Door) -> None:
    """Also of what was told a moment ago."""
    shown = door.service.preview(opening())
    assert door.kept() == (0, [], 0)
    door.names = iter(["bcdf"])
    told = door.service.handle(opening())

    assert [d.key for d in shown.deliveries] == [d.key for d in told.deliveries]
    assert [d.message for d in shown.deliveries] == [d.message for d in told.deliveries]
    kept = door.kept()
    for command in (TELL, DONE, Retract(whole=True), Correct({"de": "x"}), opening("Zwei")):
        door.names = iter(["bcgh"])
        assert door.service.preview(command).event is not None
    assert [d.channel for d in door.service.preview(TELL, only=["chat"]).deliveries] == ["chat"]
    with pytest.raises(Refused):
        door.service.preview(TELL, which="zzzz")
    assert door.kept() == kept


def test_an_id_has_four_letters_that_make_no_word() -> None:
    """Easy to read out and to type on a phone."""
    ids = {new_id() for _ in range(500)}

    assert all(len(id) == 4 and id.isascii() and id.islower() and not set(id) & set("aeiouyl") for id in ids)
    assert len(ids) > 450


def test_an_id_that_is_taken_is_not_given_again(door: Door) -> None:
    """However often it is drawn."""
    door.names = iter(("bcdf", "bcdf", "bcdf", "ghjk"))
    door.tell(opening())
    door.tell(opening("Zwei"))

    assert sorted(door.store.newest_ids(9)) == ["bcdf", "ghjk"]
    assert [len(door.service.incident(id).updates) for id in ("bcdf", "ghjk")] == [1, 1]


# What went wrong is mended

REFUSED = Outcome(State.FAILED, why="401", broken="401")
LOST = Outcome(State.UNSURE, why="no answer", doubted=START)


def test_retry_says_again_in_its_place_what_others_wait_behind(make: Callable[..., Door]) -> None:
    """The opening before its pin and before the update: as if it had not failed."""
    door = make(CHAT)
    door.tell(opening())
    door.deliver(outcome=REFUSED)
    with door.store.transaction():
        door.store.stop("chat", "401")
    door.tell(TELL)

    assert door.service.retry() == [1]
    assert door.store.channel_states()["chat"].broken == ""
    claims = [door.deliver() for _ in range(3)]
    assert [c.row.step for c in claims] == [Step.POST, Step.PIN, Step.REPLY]
    assert [c.target and c.target.receipt.id for c in claims] == [None, "m1", "m1"]
    assert [a.state for a in door.store.attempts("bcdf") if a.delivery == 1] == ["failed", "sent"]
    assert door.service.retry() == []


def test_retry_says_anew_what_nobody_waits_for(make: Callable[..., Door]) -> None:
    """The same change with the same key, once, however often it is asked for; with time to be told."""
    door = make(replace(CHAT, pin=False, tell_within=timedelta(hours=1)))
    door.tell(opening())
    door.deliver(outcome=REFUSED)
    door.clock.move(timedelta(hours=2))

    (new,) = door.service.retry("bcdf")
    old, again = door.store.deliveries("bcdf")
    assert (again.id, again.key, again.message, again.state) == (new, old.key, old.message, State.DUE)
    assert again.deadline == door.clock() + timedelta(hours=1)
    assert door.service.retry("bcdf") == []
    door.deliver(outcome=REFUSED)
    assert len(door.service.retry("bcdf")) == 1
    door.deliver()
    assert door.service.retry("bcdf") == []


def test_retry_says_anew_what_had_its_time(make: Callable[..., Door]) -> None:
    """In its place it would be given up at once."""
    door = make(replace(CHAT, tell_within=timedelta(hours=1)))
    door.tell(opening())
    door.deliver(outcome=REFUSED)
    door.clock.move(timedelta(hours=1))

    assert door.service.retry() == [3]


def test_retry_of_one_channel_leaves_the_others_alone(make: Callable[..., Door]) -> None:
    """And hastens what waits there."""
    door = make(replace(CHAT, pin=False), MAIL)
    door.tell(opening())
    door.deliver("chat", REFUSED)
    door.deliver("mail", REFUSED)
    later = Outcome(State.DUE, why="503", due=START + timedelta(hours=1))
    door.deliver("mail", later)
    with door.store.transaction():
        door.store.stop("chat", "401")
        door.store.rest("mail", START + timedelta(hours=1))

    (new,) = door.service.retry("bcdf", ["mail"])
    rows = {d.id: d for d in door.store.deliveries("bcdf")}
    assert new == 4
    assert (rows[new].channel, rows[new].to) == ("mail", "a@b.org")
    assert rows[3].due == door.clock()
    assert door.store.channel_states()["mail"].rest_until < START
    assert door.store.channel_states()["chat"].broken == "401"


def test_an_unsure_delivery_that_arrived_is_settled_with_what_is_known_of_it(make: Callable[..., Door]) -> None:
    """Later words answer it, if its id there was given."""
    door = make(replace(CHAT, pin=False))
    door.tell(opening())
    door.deliver(outcome=LOST)

    assert door.service.settle(1, True, Receipt("m77", "https://t.me/x/77")) == 1
    settled = door.store.delivery(1)
    assert settled is not None
    assert (settled.state, settled.url, settled.why) == (State.SENT, "https://t.me/x/77", "settled by hand")
    door.tell(TELL)
    target = door.deliver().target
    assert target is not None
    assert target.receipt.id == "m77"


def test_an_unsure_delivery_that_was_lost_is_sent_again(make: Callable[..., Door]) -> None:
    """With the same key; the old row is over and `retry` does not send it a third time."""
    door = make(replace(CHAT, pin=False))
    door.tell(opening())
    door.deliver(outcome=LOST)

    new = door.service.settle(1, False)
    old, again = door.store.deliveries("bcdf")
    assert (old.state, again.id, again.state, again.key) == (State.FAILED, new, State.DUE, old.key)
    assert again.doubted is None
    assert door.service.retry("bcdf") == []
    assert door.deliver().row.message == old.message


def test_only_what_is_unsure_can_be_settled(door: Door) -> None:
    """The refusal says how it is; nothing changes."""
    door.tell(opening())
    for id, why in ((1, "Delivery 1 is not unsure: it is due."), (99, "Delivery 99 is not unsure: there is none.")):
        for arrived in (True, False):
            with pytest.raises(Refused, match=why):
                door.service.settle(id, arrived)
    assert {d.state for d in door.store.deliveries("bcdf")} == {State.DUE}
