"""The suite that every store must pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.channel import Message, Receipt
from notifier.events import Command, Correct, Open, Reopen, Reschedule, Retract, Schedule, Tell
from notifier.history import brief
from notifier.incident import decide, evolve, fold
from notifier.model import Delivery, Impact, Incident, Phase, Stamp, State, Step, Window
from notifier.outbox import Outcome
from notifier.store import Claim, Node, Store
from notifier.testing.clock import Clock
from notifier.values import replace

START = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
WORDS = {"de": "Weg.", "en": "Gone – “really”."}
HERE, THERE = Node("here", "run"), Node("there", "run")


class StoreContract:
    """Subclass it and say in ``open_store`` how a store is opened; each test gets a fresh, empty one."""

    def open_store(self, clock: Clock) -> Store:
        """A store on this test's database; called twice, two connections to the same one."""
        raise TypeError("a subclass says how its store is opened")

    @pytest.fixture
    def clock(self) -> Clock:
        """A clock that stands still."""
        return Clock(START)

    @pytest.fixture
    def store(self, clock: Clock) -> Store:
        """An empty store."""
        return self.open_store(clock)

    # what tests say often

    def put(self, store: Store, *rows: Delivery) -> list[int]:
        """Store deliveries in a transaction of their own."""
        with store.transaction():
            return store.enqueue(rows)

    def take(self, store: Store, node: Node = HERE, free: int = 9, channel: str = "x") -> list[Claim]:
        """Claim in a transaction of its own."""
        with store.transaction():
            return store.claim(node, channel, free, store.now())

    def end(self, store: Store, claim: Claim, outcome: Outcome, node: Node = HERE) -> bool:
        """Settle in a transaction of its own."""
        with store.transaction():
            return store.settle(node, claim, outcome, store.now())

    def tell(self, store: Store, *commands: Command, id: str = "bcdf", after: Incident | None = None) -> Incident:
        """Store an incident that these commands make, or what they make of the one before."""
        incident, id = after, after.id if after else id
        for command in commands:
            event = decide(command, incident, Stamp(store.now(), "anna", "cron"))
            incident = evolve(incident, event, id)
            with store.transaction():
                store.add(incident, event)
        assert incident is not None
        return incident

    # incidents

    def test_events_come_back_as_they_went_in(self, store: Store) -> None:
        """Every kind of event, with texts, author, source and time, survives storing."""
        opened = Open({"de": "Titel"}, WORDS, ("voice", "forum"), began=START - timedelta(minutes=3))
        told = self.tell(
            store, opened, Tell(WORDS, Phase.RESOLVED), Reopen(WORDS), Correct({"de": "Anders"}), Retract(whole=True)
        )

        assert fold("bcdf", store.events("bcdf")) == told
        assert store.open_ids() == []
        assert store.newest_ids(5) == ["bcdf"]
        assert store.version() == 5

    def test_briefs_tell_what_changed_since(self, store: Store) -> None:
        """A reader who knows a revision gets only the incidents that changed after it, as they now stand."""
        opened = Open({"de": "Titel"}, WORDS, ("voice",), began=START - timedelta(minutes=3))
        other = self.tell(store, Open({"de": "Anderes"}, WORDS, ()), id="cdfg")
        told = self.tell(store, opened, Tell(WORDS, impact=Impact.MINOR, components=("voice", "forum")))

        first, second = store.briefs(0)
        assert (first, second) == (brief(other, START, 1), brief(told, START, 3))
        assert store.version() == second.revision
        assert store.briefs(first.revision) == [second]
        assert [(s.impact, s.components, s.end) for s in second.spells] == [
            (Impact.MAJOR, ("voice",), START),
            (Impact.MINOR, ("voice", "forum"), None),
        ]
        over = self.tell(store, Tell(WORDS, Phase.RESOLVED), after=other)
        assert store.briefs(second.revision) == [brief(over, START, 4)]

    def test_a_maintenance_comes_back_as_it_went_in(self, store: Store) -> None:
        """Planned, moved and begun: with its windows, and open as long as it is not over."""
        window = Window(START + timedelta(hours=1), START + timedelta(hours=2))
        later = replace(window, end=START + timedelta(hours=3))
        planned = Schedule({"de": "Wartung"}, WORDS, ("voice",), window)
        told = self.tell(store, planned, Reschedule(later, WORDS), Tell(WORDS, Phase.IN_PROGRESS))

        assert fold("bcdf", store.events("bcdf")) == told
        assert told.window == later
        assert store.open_ids() == ["bcdf"]
        assert store.briefs(0) == [brief(told, START, 3)]

    def test_nothing_of_a_broken_transaction_stays(self, store: Store) -> None:
        """Events and deliveries are stored together or not at all."""
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.enqueue([row(), 1 / 0])  # type: ignore[list-item]
        with pytest.raises(ZeroDivisionError), store.transaction():
            store.enqueue(row(seq=1 // (2 - n)) for n in range(3))

        assert store.waiting() == 0

    # lanes

    def test_only_the_head_of_a_lane_can_be_claimed(self, store: Store) -> None:
        """What was said first is sent first, whatever the free slots."""
        first, second = self.put(store, row(seq=1), row(seq=2))

        assert [c.row.id for c in self.take(store)] == [first]
        assert self.take(store) == []
        self.end(store, claimed(store, first), sent("1"))
        assert [c.row.id for c in self.take(store)] == [second]

    def test_a_head_in_backoff_keeps_its_lane_waiting_but_no_other(self, store: Store, clock: Clock) -> None:
        """Order within an incident; nobody waits for somebody else's incident."""
        first, other = self.put(store, row(seq=1), row(lane="x/ghjk"))
        self.put(store, row(seq=2))
        claims = {c.row.id: c for c in self.take(store)}
        self.end(store, claims[first], Outcome(State.DUE, due=START + timedelta(minutes=5), why="429"))
        self.end(store, claims[other], sent("9"))

        assert self.take(store) == []
        assert store.next_due(["x"]) == START + timedelta(minutes=5)
        clock.move(300)
        assert [c.row.id for c in self.take(store)] == [first]

    @pytest.mark.parametrize("end", [State.FAILED, State.UNSURE, State.SUPERSEDED])
    def test_an_end_of_any_kind_frees_the_lane(self, store: Store, end: State) -> None:
        """One lost message does not silence the rest."""
        first, second = self.put(store, row(seq=1), row(seq=2))
        self.take(store)
        self.end(store, claimed(store, first), Outcome(end, why="gone"))

        assert [c.row.id for c in self.take(store)] == [second]

    def test_first_posts_go_ahead_of_a_backlog(self, store: Store) -> None:
        """A new incident is told before the twentieth update of an old one."""
        self.put(store, *(row(lane=f"x/{n}") for n in range(5)))
        (first,) = self.put(store, row(lane="x/new", first=True))

        assert self.take(store, free=1)[0].row.id == first

    def test_a_newer_edit_or_page_replaces_an_older_one_still_waiting(self, store: Store) -> None:
        """Ten quick updates cost one upload."""
        old, _ = self.put(store, row(step=Step.EDIT, refers="root"), row(step=Step.EDIT, refers="update 2"))
        (new,) = self.put(store, row(step=Step.EDIT, refers="root", seq=2))

        states = {d.id: d.state for d in store.deliveries("bcdf")}
        assert states[old] is State.SUPERSEDED
        assert states[new] is State.DUE
        assert sum(s is State.DUE for s in states.values()) == 2

    # receipts

    def test_a_claim_brings_the_receipt_it_refers_to(self, store: Store) -> None:
        """Root, last, and a certain update: each finds its message."""
        for seq in (1, 2, 3):
            (id,) = self.put(store, row(seq=seq, step=Step.POST if seq == 1 else Step.REPLY))
            self.take(store)
            self.end(store, claimed(store, id), sent(f"m{seq}"))

        for refers, message in (("root", "m1"), ("last", "m3"), ("update 2", "m2")):
            self.put(store, row(step=Step.REPLY, refers=refers, seq=9))
            claim = self.take(store)[0]
            assert claim.target is not None
            assert claim.target.receipt.id == message
            self.end(store, claim, Outcome(State.FAILED))

    def test_an_edit_that_gave_a_new_receipt_renews_the_first_one(self, store: Store) -> None:
        """Some remotes give an edited message a new id."""
        (id,) = self.put(store, row())
        self.take(store)
        self.end(store, claimed(store, id), sent("m1"))
        self.put(store, row(step=Step.EDIT, refers="root", seq=2))
        claim = self.take(store)[0]
        self.end(store, claim, Outcome(State.SENT, did=Step.EDIT, receipt=Receipt("m1b", more={"n": 1})))
        self.put(store, row(step=Step.EDIT, refers="root", seq=3))

        target = self.take(store)[0].target
        assert target is not None
        assert target.receipt == Receipt("m1b", more={"n": 1})

    def test_a_deleted_message_is_nothing_to_answer(self, store: Store) -> None:
        """After a delete, "last" is the one before."""
        for seq in (1, 2):
            (id,) = self.put(store, row(seq=seq))
            self.take(store)
            self.end(store, claimed(store, id), sent(f"m{seq}"))
        self.put(store, row(step=Step.DELETE, refers="update 2", seq=3))
        self.end(store, self.take(store)[0], Outcome(State.SENT, did=Step.DELETE, receipt=Receipt("m2")))
        self.put(store, row(step=Step.REPLY, refers="last", seq=4))

        target = self.take(store)[0].target
        assert target is not None
        assert target.receipt.id == "m1"

    # nodes

    def test_a_node_that_lost_its_claim_cannot_write_its_result(self, store: Store) -> None:
        """A frozen node that wakes up late changes nothing."""
        (id,) = self.put(store, row())
        late = self.take(store, THERE)[0]
        with store.transaction():
            (orphan,) = store.orphans(lambda owner: owner == HERE.id)
            assert store.end(orphan, Outcome(State.DUE, due=START, doubted=START), START)
        again = self.take(store)[0]

        assert not self.end(store, late, sent("late"), THERE)
        assert again.row.doubted == START
        assert self.end(store, again, sent("m1"))
        kept = store.delivery(id)
        assert kept is not None
        assert kept.receipt == Receipt("m1")

    def test_what_a_living_node_sends_is_no_orphan(self, store: Store) -> None:
        """However long an upload takes, its lease holds while the node beats."""
        self.put(store, row())
        self.take(store, THERE)

        assert store.orphans(lambda owner: owner == THERE.id) == []

    def test_a_claim_that_was_never_begun_is_handed_back(self, store: Store) -> None:
        """As if it had not been claimed: no attempt is counted."""
        self.put(store, row())
        claim = self.take(store)[0]
        with store.transaction():
            store.hand_back(HERE, claim.row)

        again = self.take(store, THERE)[0]
        assert again.row.attempts == 1
        assert again.row.doubted is None

    def test_old_news_is_marked_stale_when_newer_waits(self, store: Store, clock: Clock) -> None:
        """After a long outage of a channel the latest word is enough."""
        self.put(store, row(seq=1, latest=True), row(seq=2, latest=True))
        clock.move(3600)

        assert self.take(store)[0].stale

    def test_nodes_beat_and_leave(self, store: Store) -> None:
        """Everybody sees who is at work."""
        with store.transaction():
            store.beat(HERE, store.now())
            store.beat(THERE, store.now())
            store.leave(THERE)

        assert [(s.node, s.beat) for s in store.nodes()] == [(HERE, START)]

    # channels

    def test_rest_stop_mend_and_move_are_seen_by_all(self, store: Store, clock: Clock) -> None:
        """What one node learns of a channel, all know."""
        other = self.open_store(clock)
        with store.transaction():
            store.rest("x", START + timedelta(minutes=1))
            store.stop("x", "401")
            store.move("x", {"chat": "-100"})
            store.pace("x", START + timedelta(seconds=3))

        seen = other.channel_states()["x"]
        assert (seen.broken, dict(seen.moved)) == ("401", {"chat": "-100"})
        assert seen.rest_until == START + timedelta(minutes=1)
        with store.transaction():
            store.mend("x")
        assert other.channel_states()["x"].broken == ""
        other.close()

    def test_a_change_by_another_is_noticed(self, store: Store, clock: Clock) -> None:
        """A running notifier wakes when the command line has stored something."""
        other = self.open_store(clock)
        store.changed()
        assert not store.changed()
        self.put(other, row())

        assert store.changed()
        assert not store.changed()
        other.close()

    def test_saying_again_makes_a_new_row_with_the_same_key(self, store: Store) -> None:
        """A retry by hand goes to the end of its lane, and the remote can still tell that it is the same."""
        (id,) = self.put(store, row(deadline=START + timedelta(hours=1)))
        self.take(store)
        self.end(store, claimed(store, id), Outcome(State.FAILED, why="404"))
        with store.transaction():
            new = store.say_again(id)

        old, again = store.delivery(id), store.delivery(new)
        assert old is not None
        assert again is not None
        assert (old.state, again.state, again.key, again.message) == (State.FAILED, State.DUE, old.key, old.message)

    def test_what_is_overdue_is_found(self, store: Store, clock: Clock) -> None:
        """Also on a stopped channel, where nobody would ask."""
        (id,) = self.put(store, row(deadline=START + timedelta(hours=1)))
        assert store.overdue(store.now()) == []
        clock.move(3601)

        assert [d.id for d in store.overdue(store.now())] == [id]

    def test_the_ledger_keeps_every_attempt(self, store: Store) -> None:
        """Who tried when, and what came of it."""
        (id,) = self.put(store, row())
        self.take(store)
        self.end(store, claimed(store, id), Outcome(State.DUE, due=START, why="500"))
        self.take(store)
        self.end(store, claimed(store, id), sent("m1"))

        assert [(a.n, a.state, a.why) for a in store.attempts("bcdf")] == [(1, "due", "500"), (2, "sent", "")]


def row(**over: object) -> Delivery:
    """A delivery of update 1 of incident bcdf on channel x."""
    known = Delivery("x", "x/bcdf", Step.POST, "k", incident="bcdf", seq=1, message=Message("k", "Weg."), news=True)
    return replace(known, **over)


def claimed(store: Store, id: int) -> Claim:
    """The claim on a row that is being sent."""
    found = store.delivery(id)
    assert found is not None
    return Claim(found)


def sent(id: str) -> Outcome:
    """It arrived, and this is its id there."""
    return Outcome(State.SENT, did=Step.POST, receipt=Receipt(id))
