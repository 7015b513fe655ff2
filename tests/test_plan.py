"""What an event means for each channel: who hears it, by which steps, in which order, within which limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.channel import Limits
from notifier.events import (
    Command,
    Correct,
    Event,
    Open,
    Opened,
    Reopen,
    Reopened,
    Reschedule,
    Rescheduled,
    Retract,
    Retracted,
    Schedule,
    Scheduled,
    Tell,
    Told,
)
from notifier.incident import Refused, decide, evolve
from notifier.model import Component, Delivery, Impact, Incident, Phase, Route, Site, Stamp, State, Step, Window
from notifier.plan import alarm, hears, plan, style
from notifier.render import fit
from notifier.values import replace

NOW = datetime(2011, 11, 21, 14, 0, tzinfo=UTC)
SITE = Site(
    name="Stimmfunk",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(Component("voice", {"de": "Sprachserver", "en": "Voice server"}), Component("forum", {"de": "Forum"})),
)
WORDS = {"de": "Weg.", "en": "Gone."}
OPEN = Open({"de": "Sprachserver gestört", "en": "Voice server down"}, WORDS, ("voice",))
TELL = Tell({"de": "Anbieter gefragt."})
RESOLVE = Tell({"de": "Läuft."}, Phase.RESOLVED)
NIGHT = Window(NOW + timedelta(hours=12), NOW + timedelta(hours=14))
LATER = Window(NOW + timedelta(hours=36), NOW + timedelta(hours=38))
PLAN = Schedule({"de": "Wartung", "en": "Maintenance"}, WORDS, ("voice",), NIGHT)
BEGIN = Tell({"de": "Es geht los."}, Phase.IN_PROGRESS)
LONG = {"de": " ".join(f"Das ist Satz Nummer {n}." for n in range(60))}
ALL = frozenset({"Replies", "Edits", "Pins", "Deletes", "Finds"})
CHAT = Route("chat", "telegram", Limits(style="both", emoji=True, markup="telegram"), ALL, pin=True)


class Story:
    """An incident as it goes on, and everything that was planned for it so far."""

    def __init__(self, *routes: Route) -> None:
        self.routes = routes
        self.incident: Incident | None = None
        self.earlier: list[Delivery] = []
        self.now = NOW

    def tell(self, command: Command, routes: Sequence[Route] | None = None) -> list[Delivery]:
        """The deliveries that follow from it, five minutes after the command before."""
        self.now += timedelta(minutes=5)
        event = decide(command, self.incident, Stamp(self.now, "anna"))
        return self.happen(event, self.routes if routes is None else routes)

    def happen(self, event: Event, routes: Sequence[Route]) -> list[Delivery]:
        before, self.incident = self.incident, evolve(self.incident, event, "bcdf")
        rows = plan(event, before, self.incident, routes, SITE, self.earlier, self.now)
        assert rows == plan(event, before, self.incident, routes, SITE, self.earlier, self.now)
        self.earlier += rows
        return rows

    def steps(self, *commands: Command) -> list[str]:
        """The steps that each command leads to, as "REPLY root, edit root": in capitals what carries the news."""
        return [", ".join(map(short, self.tell(command))) for command in commands]


def short(row: Delivery) -> str:
    step = row.step.upper() if row.news else str(row.step)
    return f"{step} {row.refers}".strip() + (f" part {row.part}" if row.part else "")


# Who does what

EVENING = (OPEN, TELL, RESOLVE, Reopen(WORDS), Correct(WORDS), Correct(WORDS, of=1), Retract(), Retract(whole=True))
STORIES = {  # abilities, style -> steps for each of these commands
    ("Replies Edits Pins Deletes", "both"): [
        "POST, pin root",
        "REPLY root, edit root",
        "REPLY root, edit root, unpin root",
        "REPLY root, edit root, pin root",
        "edit update 4, edit root",
        "edit root",
        "delete update 4, edit root, unpin root",
        "delete update 1, delete update 2, delete update 3",
    ],
    ("Replies Edits Pins Deletes", "reply"): [
        "POST, pin root",
        "REPLY root",
        "REPLY root, unpin root",
        "REPLY root, pin root",
        "edit update 4",
        "edit root",
        "delete update 4, unpin root",
        "delete update 1, delete update 2, delete update 3",
    ],
    ("Replies Edits Pins Deletes", "edit"): [
        "POST, pin root",
        "EDIT root",
        "EDIT root, unpin root",
        "EDIT root, pin root",
        "edit root",
        "edit root",
        "edit root, unpin root",
        "delete update 1",
    ],
    ("Replies Deletes", "both"): [
        "POST",
        "REPLY root",
        "REPLY root",
        "REPLY root",
        "",
        "",
        "delete update 4",
        "delete update 1, delete update 2, delete update 3",
    ],
    ("Replies", "edit"): ["POST", *["REPLY root"] * 3, "", "", "REPLY root", "REPLY root"],
    ("Edits", "both"): ["POST", *["EDIT root"] * 3, *["edit root"] * 3, "POST"],
    ("Edits", "reply"): ["POST", *["POST"] * 3, "edit update 4", "edit root", "POST", "POST"],
    ("", "both"): ["POST", *["POST"] * 3, "", "", "POST", "POST"],
}


@pytest.mark.parametrize(("how", "wanted"), STORIES.items(), ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_each_channel_tells_the_evening_as_it_can(how: tuple[str, str], wanted: list[str]) -> None:
    """A table: what a route can and wants -> the steps for a whole evening, each with a key of its own."""
    route = replace(CHAT, can=frozenset(how[0].split()), style=how[1])

    story = Story(route)

    assert story.steps(*EVENING) == wanted
    assert len({row.key for row in story.earlier}) == len(story.earlier)


NIGHT_OF_WORK = (PLAN, Reschedule(LATER, WORDS), BEGIN, Retract(), BEGIN, RESOLVE)
NIGHTS = {
    ("Replies Edits Pins Deletes", "both"): [
        "POST",
        "REPLY root, edit root",
        "REPLY root, edit root, pin root",
        "delete update 3, edit root, unpin root",
        "REPLY root, edit root, pin root",
        "REPLY root, edit root, unpin root",
    ],
    ("Edits Pins", "edit"): [
        "POST",
        "EDIT root",
        "EDIT root, pin root",
        "edit root, unpin root",
        "EDIT root, pin root",
        "EDIT root, unpin root",
    ],
    ("", ""): ["POST"] * 6,
}


@pytest.mark.parametrize(("how", "wanted"), NIGHTS.items(), ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_each_channel_tells_a_maintenance_as_it_can(how: tuple[str, str], wanted: list[str]) -> None:
    """As an incident; but it is pinned only once it has begun, as it may be planned for weeks."""
    route = replace(CHAT, can=frozenset(how[0].split()), style=how[1])

    assert Story(route).steps(*NIGHT_OF_WORK) == wanted


CANCELLED = {
    ("Replies Edits Pins Deletes", "both"): "REPLY root, edit root, unpin root",
    ("Replies Edits Pins Deletes", "reply"): "REPLY root, unpin root",
    ("Edits Pins Deletes", "edit"): "EDIT root, unpin root",
    ("Deletes", "reply"): "POST",
}


@pytest.mark.parametrize(
    ("how", "wanted"), CANCELLED.items(), ids=lambda v: " ".join(v) if isinstance(v, tuple) else ""
)
def test_a_cancelled_maintenance_is_told_as_such_and_not_just_deleted(how: tuple[str, str], wanted: str) -> None:
    """Whoever read of it has made plans, and hears that nothing comes of it, also where posts can be deleted."""
    story = Story(replace(CHAT, can=frozenset(how[0].split()), style=how[1]))
    story.steps(PLAN, BEGIN)
    rows = story.tell(Retract(whole=True))

    assert ", ".join(map(short, rows)) == wanted
    said = [row.message.plain for row in rows if row.message]
    assert all("Wartung abgesagt" in text and "Di., 22. Nov. 2011, 03:00–05:00 Uhr MEZ" in text for text in said)


def test_who_heard_nothing_of_a_maintenance_is_not_told_that_it_is_cancelled() -> None:
    """Its components are none of theirs."""
    assert Story(replace(CHAT, components=("forum",))).steps(PLAN, Retract()) == ["", ""]


def test_an_answer_goes_where_the_channel_wants_it() -> None:
    """On Mastodon and X each answers the one before."""
    route = replace(CHAT, limits=Limits(reply_to="last"), style="reply", pin=False)

    assert Story(route).steps(*EVENING[:4]) == ["POST", "REPLY last", "REPLY last", "REPLY last"]
    assert style(replace(route, style="")) == "reply"
    assert style(replace(route, style="", limits=Limits(style="both"))) == "both"


def test_nothing_is_pinned_without_the_wish() -> None:
    """pin = false is the default."""
    assert Story(replace(CHAT, pin=False)).steps(OPEN, RESOLVE) == ["POST", "REPLY root, edit root"]


def test_taking_back_that_it_is_over_pins_it_again() -> None:
    """The incident is open as before."""
    assert Story(CHAT).steps(OPEN, RESOLVE, Retract())[-1] == "delete update 2, edit root, pin root"


def test_another_title_is_put_on_the_first_message() -> None:
    """Also where later words are answers, and where the update is another one."""
    route = replace(CHAT, style="reply")

    assert Story(route).steps(OPEN, TELL, Correct(title={"de": "Anders"}))[-1] == "edit update 2, edit root"


# Who hears what


@pytest.mark.parametrize(
    ("over", "before", "heard"),
    [
        ({}, False, True),
        ({"least": Impact.MAJOR}, False, True),
        ({"least": Impact.CRITICAL}, False, False),
        ({"least": Impact.CRITICAL}, True, True),
        ({"components": ("voice",)}, False, True),
        ({"components": ("forum", "voice")}, False, True),
        ({"components": ("forum",)}, False, False),
        ({"components": ("forum",)}, True, True),
        ({"components": ("voice",), "least": Impact.CRITICAL}, False, False),
    ],
)
def test_a_channel_hears_what_is_bad_enough_and_concerns_it(over: dict[str, Any], before: bool, heard: bool) -> None:
    """least and components, unless it heard of the incident before."""
    incident = evolve(None, decide(OPEN, None, Stamp(NOW)), "bcdf")

    assert hears(replace(CHAT, **over), incident, before) is heard


@pytest.mark.parametrize(
    ("over", "before", "heard"),
    [
        ({}, False, True),
        ({"least": Impact.MINOR}, False, True),
        ({"least": Impact.MAJOR}, False, False),
        ({"least": Impact.MAJOR}, True, True),
        ({"components": ("voice",)}, False, True),
        ({"components": ("forum",)}, False, False),
    ],
)
def test_a_maintenance_is_news_for_all_who_hear_of_small_trouble(
    over: dict[str, Any], before: bool, heard: bool
) -> None:
    """It has no impact, but counts as a minor one where a channel wants a least."""
    incident = evolve(None, decide(PLAN, None, Stamp(NOW)), "bcdf")

    assert hears(replace(CHAT, **over), incident, before) is heard


def test_a_channel_for_the_worst_hears_it_when_it_gets_worse_and_from_then_on() -> None:
    """Its first word is a post, whatever the number of the update; then it hears the end, too."""
    story = Story(replace(CHAT, least=Impact.CRITICAL))
    worse, better = Tell(WORDS, impact=Impact.CRITICAL), Tell(WORDS, impact=Impact.MINOR)

    assert story.steps(OPEN, worse, better, RESOLVE) == [
        "",
        "POST, pin root",
        "REPLY root, edit root",
        "REPLY root, edit root, unpin root",
    ]
    assert Story(replace(CHAT, least=Impact.CRITICAL)).steps(OPEN, replace(RESOLVE, impact=Impact.CRITICAL)) == [
        "",
        "POST",
    ]


def test_a_channel_that_was_left_out_still_hears_of_what_had_been_bad_enough() -> None:
    """The worst so far counts, not how it is by now."""
    worst = replace(CHAT, least=Impact.CRITICAL)
    story = Story()
    story.tell(replace(OPEN, impact=Impact.CRITICAL))

    assert [short(row) for row in story.tell(Tell(WORDS, impact=Impact.MINOR), [worst])] == ["POST", "pin root"]


def test_a_channel_for_one_component_hears_it_from_the_moment_it_is_hit() -> None:
    """And goes on hearing when only others are."""
    story = Story(replace(CHAT, components=("forum",), pin=False, style="reply"))
    both, rest = Tell(WORDS, components=("voice", "forum")), Tell(WORDS, components=("voice",))

    assert story.steps(OPEN, both, rest) == ["", "POST", "REPLY root"]


def test_who_heard_nothing_is_not_told_that_it_was_wrong() -> None:
    """Nothing to correct, nothing to take back."""
    worst = replace(CHAT, least=Impact.CRITICAL)
    story = Story(worst, replace(worst, channel="dumb", can=frozenset()))

    assert story.steps(OPEN, TELL, Correct(WORDS), Correct(WORDS, of=1), Retract(), Retract(whole=True)) == [""] * 6


def test_admins_channels_and_disabled_ones_get_nothing_public() -> None:
    """Whatever happens."""
    routes = [replace(CHAT, admin=True), replace(CHAT, enabled=False), replace(CHAT, board=True, enabled=False)]

    assert Story(*routes).steps(*EVENING) == [""] * len(EVENING)


def test_boards_publish_whatever_happens() -> None:
    """A page shows the state as it then is, however small the trouble; it has one lane for all incidents."""
    story = Story(Route("page", "folder", board=True, least=Impact.CRITICAL, components=("forum",)))

    assert story.steps(*EVENING) == ["PUBLISH"] * len(EVENING)
    assert {(r.lane, r.message, r.deadline, r.latest) for r in story.earlier} == {("page/", None, None, False)}


def test_what_cannot_be_deleted_is_said_to_be_withdrawn() -> None:
    """In other words for an update than for the whole."""
    story = Story(replace(CHAT, can=frozenset({"Replies"})))
    story.steps(OPEN, TELL)
    (update,), (whole,) = story.tell(Retract()), story.tell(Retract(whole=True))

    assert update.message is not None
    assert "Eine unserer Meldungen war falsch." in update.message.plain
    assert "Anbieter gefragt." in update.message.plain
    assert whole.message is not None
    assert "Fehlalarm" in whole.message.plain


# The rows


def test_each_recipient_has_a_lane_and_a_message_of_their_own() -> None:
    """One mail a reader; a reader's trouble is nobody else's."""
    mail = Route("mail", "email", Limits(markup="html", title=100), recipients=("a@b.org", "c@d.org"))
    rows = Story(mail).tell(OPEN)

    assert [(r.to, r.lane) for r in rows] == [("a@b.org", "mail/bcdf/a@b.org"), ("c@d.org", "mail/bcdf/c@d.org")]
    assert [r.message and r.message.to for r in rows] == ["a@b.org", "c@d.org"]
    assert len({r.key for r in rows}) == 2


def test_a_row_knows_its_place_and_its_time() -> None:
    """What the store and the dispatcher decide by."""
    patient = replace(CHAT, tell_within=timedelta(hours=2), catch_up="all")
    story = Story(patient)
    post, pin = story.tell(OPEN)
    reply, edit = story.tell(TELL)

    assert (post.first, pin.first, reply.first, edit.first) == (True, False, False, False)
    assert {r.lane for r in story.earlier} == {"chat/bcdf"}
    assert [r.seq for r in story.earlier] == [1, 1, 2, 2]
    assert (post.deadline, reply.deadline) == (
        NOW + timedelta(hours=2, minutes=5),
        NOW + timedelta(hours=2, minutes=10),
    )
    assert not any(r.latest for r in story.earlier)
    assert [r.latest for r in Story(CHAT).tell(OPEN)] == [True, False]
    assert pin.message is None
    assert post.message is not None
    assert post.message.key == post.key
    assert post.message.thread == "bcdf"


def test_the_first_message_shows_how_things_stand_and_the_answer_what_is_new() -> None:
    """Style both: an edit is the present state with what was said before."""
    story = Story(CHAT)
    story.tell(OPEN)
    reply, edit = story.tell(TELL)

    assert reply.message is not None
    assert edit.message is not None
    assert "Meldung 2" in reply.message.plain
    assert "Anbieter gefragt." in edit.message.plain
    assert edit.message.plain.startswith("🟠 Sprachserver gestört")


CHAIN = replace(CHAT, limits=Limits(size=300, style="reply"), long="chain", pin=False)


def test_a_long_text_is_a_chain_of_answers() -> None:
    """Each part answers the one before, with a key of its own; only the first is the news of a first post."""
    rows = Story(CHAIN).tell(replace(OPEN, text=LONG))

    assert len(rows) > 3
    assert [short(r) for r in rows] == ["POST", *(f"REPLY part part {n}" for n in range(1, len(rows)))]
    assert [r.first for r in rows] == [True, *[False] * (len(rows) - 1)]
    assert len({r.key for r in rows}) == len(rows)
    assert [r.message and r.message.key for r in rows] == [r.key for r in rows]
    assert all(r.message is not None and len(r.message.text) <= 300 for r in rows)


def test_a_channel_that_cannot_answer_gets_the_parts_one_after_the_other() -> None:
    """No step is planned that the channel has not."""
    rows = Story(replace(CHAIN, can=frozenset())).tell(replace(OPEN, text=LONG))

    assert len(rows) > 3
    assert {(r.step, r.refers) for r in rows} == {(Step.POST, "")}
    assert len({r.key for r in rows}) == len(rows)


def test_a_corrected_chain_leaves_no_part_with_the_old_words() -> None:
    """The first part is edited, the others are deleted, whether it opened the incident or came later."""
    story = Story(CHAIN)
    first = len(story.tell(replace(OPEN, text=LONG)))
    later = len(story.tell(replace(TELL, text=LONG)))

    assert story.steps(Correct(WORDS), Correct(WORDS, of=1)) == [
        ", ".join(["edit update 2", *(f"delete update 2 part {n}" for n in range(1, later))]),
        ", ".join(["edit root", *(f"delete update 1 part {n}" for n in range(1, first))]),
    ]


def test_a_chain_is_taken_back_as_a_whole() -> None:
    """No part of it stays."""
    story = Story(CHAIN)
    story.tell(OPEN)
    parts = len(story.tell(replace(TELL, text=LONG)))

    taken_back = story.tell(Retract())
    assert [(r.step, r.refers, r.part) for r in taken_back] == [(Step.DELETE, "update 2", n) for n in range(parts)]


# Notices


def failed(**over: Any) -> Delivery:
    known = {"incident": "bcdf", "seq": 2, "id": 7, "attempts": 1}
    return Delivery("chat", "chat/bcdf", Step.POST, "k", **{**known, **over})


@pytest.mark.parametrize(
    ("state", "subject", "remedy"),
    [
        (State.FAILED, "chat: update 2 of incident bcdf was not told", "notifier retry bcdf --only chat"),
        (State.UNSURE, "chat: unsure whether update 2 of incident bcdf arrived", "notifier settle 7 sent"),
        (State.DUE, "chat has moved", "configuration"),
    ],
)
def test_admins_are_told_what_happened_and_what_to_do(state: State, subject: str, remedy: str) -> None:
    """On their channels alone, each recipient once, and never on the one in trouble."""
    ops = Route("ops", "email", Limits(title=200), admin=True, recipients=("a@b.org", "c@d.org"))
    others = [replace(ops, channel="chat"), replace(ops, channel="off", enabled=False), replace(ops, board=True)]
    routes = [CHAT, ops, *others]
    rows = alarm(failed(), state, "HTTP 401", routes, SITE, NOW)

    assert [(r.channel, r.to, r.incident) for r in rows] == [("ops", "a@b.org", ""), ("ops", "c@d.org", "")]
    for row in rows:
        assert row.message is not None
        assert row.message.title.endswith(subject)
        assert "HTTP 401" in row.message.text
        assert remedy in row.message.text
    assert len({r.key for r in rows}) == 2
    assert [alarm(row, State.FAILED, "down", routes, SITE, NOW) for row in rows] == [[], []]


# Whatever happens

TEXTS = st.one_of(
    st.just("Kurz."),
    st.text(st.sampled_from("abc äß🇩🇪 .\n<&@#*_`[]()"), min_size=1, max_size=80),
    st.integers(1, 40).map(lambda n: " ".join(f"Satz Nummer {i} (https://example.org/{i})." for i in range(n))),
).filter(lambda text: text.strip() != "")
WORDY = st.one_of(TEXTS.map(lambda t: {"de": t}), st.tuples(TEXTS, TEXTS).map(lambda t: {"de": t[0], "en": t[1]}))
IMPACTS, PHASES = st.sampled_from(Impact), st.sampled_from(Phase)
HIT = st.sampled_from([(), ("voice",), ("forum",), ("voice", "forum")])
COMMANDS = st.one_of(
    st.builds(Tell, WORDY, st.none() | PHASES, st.none() | IMPACTS, st.none() | HIT),
    st.builds(Reopen, WORDY, PHASES, st.none() | IMPACTS, st.none() | HIT),
    st.builds(Reschedule, st.sampled_from([NIGHT, LATER]), WORDY),
    st.builds(Correct, st.none() | WORDY, st.none() | WORDY, st.none() | st.integers(1, 4)),
    st.builds(Retract, st.none() | st.integers(1, 4), st.sampled_from([False, False, False, True])),
)
OPENINGS = st.one_of(
    st.builds(Open, WORDY, WORDY, HIT, IMPACTS, st.sampled_from([Phase.INVESTIGATING, Phase.MONITORING])),
    st.builds(Schedule, WORDY, WORDY, HIT, st.sampled_from([NIGHT, LATER])),
)
LIMITS = st.builds(
    Limits,
    size=st.none() | st.integers(150, 600),
    measure=st.sampled_from(["chars", "utf16", "bytes", "graphemes", "x", "mastodon"]),
    markup=st.sampled_from(["plain", "telegram", "html"]),
    title=st.sampled_from([0, 40]),
    style=st.sampled_from(["reply", "edit", "both"]),
    reply_to=st.sampled_from(["root", "last"]),
    link=st.sampled_from(["always", "first", "never"]),
    facts=st.booleans(),
    emoji=st.booleans(),
)
ROUTES = st.builds(
    Route,
    channel=st.just("x"),
    kind=st.just("k"),
    limits=LIMITS,
    can=st.frozensets(st.sampled_from(sorted(ALL))),
    board=st.sampled_from([False, False, False, True]),
    recipients=st.sampled_from([(), (), ("a@b.org",), ("a@b.org", "c@d.org")]),
    lang=st.sampled_from(["", "de", "en"]),
    least=st.sampled_from([Impact.NONE, Impact.MAJOR]),
    components=st.sampled_from([(), ("voice",)]),
    style=st.sampled_from(["", "reply", "edit", "both"]),
    pin=st.booleans(),
    long=st.sampled_from(["cut", "chain"]),
)
SLOW = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(OPENINGS, st.lists(COMMANDS, max_size=5), st.lists(ROUTES, min_size=1, max_size=2))
def test_whatever_is_said_each_channel_hears_it_once_in_order_and_within_its_limits(
    opening: Open | Schedule, commands: list[Command], drawn: list[Route]
) -> None:
    """Any commands, any routes: one news a lane, in order, with keys of their own, nothing too long or in the air."""
    routes = [replace(route, channel=f"ch{n}") for n, route in enumerate(drawn)]
    story = Story(*routes)
    for command in [opening, *commands]:
        try:
            event = decide(command, story.incident, Stamp(story.now, "anna"))
        except Refused:
            continue
        earlier = list(story.earlier)
        rows = story.happen(event, routes)
        for route in routes:
            mine = [r for r in rows if r.channel == route.channel]
            check_news(event, route, story.incident, earlier, mine)
            check_words(route, mine)
            check_abilities(route, mine)
        assert {r.seq for r in rows} <= {event.seq}
    check_targets(story.earlier)
    assert set(Counter(r.key for r in story.earlier).values()) <= {1}


def check_news(
    event: Event, route: Route, incident: Incident | None, earlier: Sequence[Delivery], rows: Sequence[Delivery]
) -> None:
    """Exactly one row with the news a lane, or one a part, in order and before what tidies up."""
    assert incident is not None
    if route.board:
        assert [r.step for r in rows] == [Step.PUBLISH]
        return
    if not isinstance(event, Opened | Scheduled | Rescheduled | Told | Reopened):
        assert isinstance(event, Retracted) or not any(r.news for r in rows)
        return
    lanes = defaultdict(list)
    for row in rows:
        lanes[row.lane].append(row)
    hearing = hears(route, incident, any(d.channel == route.channel for d in earlier))
    assert len(lanes) == (len(route.recipients or "1") if hearing else 0)
    for lane in lanes.values():
        news = [r for r in lane if r.news]
        assert [r.part for r in news] == list(range(len(news)))
        assert len(news) == 1 or route.long == "chain"
        assert lane[: len(news)] == news
        assert news[0].seq == incident.updates[-1].seq


def check_words(route: Route, rows: Sequence[Delivery]) -> None:
    """Every message within what the remote takes, also as the plain text that may have to stand in."""
    limits = route.limits
    for row in rows:
        worded = row.step in (Step.POST, Step.REPLY, Step.EDIT)
        assert (row.message is not None) is worded
        if row.message is not None:
            assert limits.size is None or fit.measure(row.message.text, limits.measure, limits.markup) <= limits.size
            assert limits.size is None or fit.measure(row.message.plain, limits.measure) <= limits.size
            assert len(row.message.title) <= limits.title
            assert row.message.text.strip()
            assert (row.message.key, row.message.to) == (row.key, row.to)


NEEDED = {
    Step.REPLY: "Replies",
    Step.EDIT: "Edits",
    Step.PIN: "Pins",
    Step.UNPIN: "Pins",
    Step.DELETE: "Deletes",
}


def check_abilities(route: Route, rows: Sequence[Delivery]) -> None:
    """No step that the channel has not, and none that changes something without saying what."""
    for row in rows:
        assert row.step not in NEEDED or NEEDED[row.step] in route.can
        assert (row.refers == "") is (row.step in (Step.POST, Step.PUBLISH))


def check_targets(rows: Sequence[Delivery]) -> None:
    """Where nothing was taken back, what a row refers to was said before it in its lane."""
    if any(r.step is Step.DELETE for r in rows):
        return
    said: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in rows:
        there = said[row.lane]
        if row.refers in ("root", "last"):
            assert there
        elif row.refers == "part":
            assert (row.seq, row.part - 1) in there
        elif row.refers:
            assert (int(row.refers.removeprefix("update ")), row.part) in there
        if row.step in (Step.POST, Step.REPLY):
            there.add((row.seq, row.part))
