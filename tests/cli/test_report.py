"""Deliveries in words, in JSON, and as the live table."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from notifier import wire
from notifier.cli import report
from notifier.cli.report import Entry
from notifier.cli.shell import complain, say
from notifier.cli.table import grid, lay
from notifier.model import Delivery, State, Step

NOW = datetime(2026, 5, 1, 13, 30, tzinfo=UTC)


def row(state: State = State.SENT, step: Step = Step.POST, channel: str = "mail", **more: Any) -> Delivery:
    """A delivery of incident mbmv."""
    return Delivery(
        **{"channel": channel, "lane": "l", "step": step, "key": "k", "incident": "mbmv"} | more, state=state
    )


def soon(seconds: float = 4, **more: Any) -> Delivery:
    """A delivery that is to be tried again."""
    given: dict[str, Any] = {"attempts": 1, "why": "time-out", **more}
    return row(State.DUE, due=NOW + timedelta(seconds=seconds), **given)


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (row(), "sent"),
        (row(url="https://x/1"), "sent https://x/1"),
        (row(step=Step.REPLY, part=1), "replied (part 2)"),
        (row(step=Step.EDIT), "edited"),
        (row(step=Step.PIN), "pinned"),
        (row(step=Step.UNPIN), "unpinned"),
        (row(step=Step.DELETE), "deleted"),
        (row(step=Step.PUBLISH), "published"),
        (row(State.SENDING, why="time-out"), "sending"),
        (row(State.DUE), "waiting"),
        (soon(), "will retry in 4 s: time-out"),
        (soon(250), "will retry in 4 min: time-out"),
        (soon(-3), "will retry now: time-out"),
        (soon(step=Step.PIN), "pin: will retry in 4 s: time-out"),
        (row(State.FAILED, why="no such chat"), "failed: no such chat"),
        (row(State.FAILED, Step.EDIT, why="it is gone"), "edit: failed: it is gone"),
        (row(State.SUPERSEDED, why="newer words follow"), "not needed: newer words follow"),
        (
            row(State.UNSURE, why="no answer.", id=12),
            "unsure: no answer. Look there, then: notifier settle 12 sent (or: lost, to send it again)",
        ),
    ],
)
def test_words(delivery: Delivery, said: str) -> None:
    """What became of a delivery, with its link, its next attempt, its reason, and what there is to do."""
    assert report.words(delivery, NOW) == said


def test_line_names_channel_and_recipient() -> None:
    """In a pipe each line tells where."""
    assert report.line(row(to="a@b.org"), NOW) == "mail         a@b.org: sent"
    assert report.line(row(channel="page", step=Step.PUBLISH), NOW) == "page         published"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (99, "99 s"), (100, "2 min"), (600, "10 min"), (5940, "99 min"), (7200, "2 h")]
)
def test_span(seconds: int, said: str) -> None:
    """A length of time in its natural unit."""
    assert report.span(seconds) == said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(url="https://x/1"), row(step=Step.PIN)], "sent, pinned https://x/1"),
        ([row(to="a"), row(to="b")], "2 sent"),
        ([row(to="a"), row(State.DUE, to="b"), row(State.SENDING, to="c")], "1 sent, 1 waiting, 1 sending"),
        ([row(to="a"), row(State.FAILED, to="b", why="no such user")], "1 sent\nb: failed: no such user"),
        ([soon(9, to="a"), soon(4, to="b")], "2 will retry in 4 s: time-out"),
        ([row(), row(State.FAILED, Step.PIN, why="no right to")], "sent\npin: failed: no right to"),
    ],
)
def test_gist(rows: list[Delivery], said: str) -> None:
    """A channel's deliveries in a few words: what is done is counted, what is not has a line for each reason."""
    assert report.gist(rows, NOW) == said


def test_gist_tells_how_to_settle_each_unsure_delivery() -> None:
    """Each unsure delivery has a number of its own to settle it by."""
    said = report.gist([row(State.UNSURE, to=to, id=id, why="no answer") for to, id in (("a", 4), ("b", 5))], NOW)

    assert [line.partition(":")[0] for line in said.split("\n")] == ["a", "b"]
    assert "settle 4 sent" in said
    assert "settle 5 sent" in said


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ((), 0),
        ((State.SENT, State.SUPERSEDED), 0),
        ((State.SENT, State.DUE), 3),
        ((State.SENDING,), 3),
        ((State.DUE, State.FAILED), 4),
        ((State.SENT, State.UNSURE), 4),
    ],
)
def test_exit_code(states: tuple[State, ...], code: int) -> None:
    """0 all told, 3 some waiting, 4 some failed or unsure, whatever else."""
    assert report.exit_code([row(s) for s in states]) == code


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "No channel had to be told."),
        ([row()], "1 of 1 channel told."),
        ([row(to="a"), row(to="b"), row(State.SUPERSEDED, channel="page")], "2 of 2 channels told."),
        (
            [row(), row(State.DUE, channel="hook")],
            "1 of 2 channels told, 1 waiting.\nWaiting: `notifier tick` or `run` goes on.",
        ),
        (
            [row(), row(State.FAILED, channel="hook"), row(State.UNSURE, channel="x")],
            "1 of 3 channels told, 1 failed, 1 unsure.\nFailed: once mended, `notifier retry mbmv`.",
        ),
    ],
)
def test_summary(rows: list[Delivery], said: str) -> None:
    """How it ended, counted in channels, and what to do about the rest."""
    assert report.summary(rows, {}) == said


def test_summary_of_a_stopped_channel() -> None:
    """Nothing goes on by itself there: what is wrong and what to do, in place of a promise; others still go on."""
    told = {"page": "page is stopped: no such repository. Once mended: notifier test page"}
    stuck, waiting = row(State.DUE, channel="page"), row(State.DUE, channel="hook")

    assert report.summary([row(), stuck], told) == f"1 of 2 channels told, 1 stopped.\n{told['page']}"
    assert report.summary([stuck, waiting], told) == (
        f"0 of 2 channels told, 1 waiting, 1 stopped.\n{told['page']}\nWaiting: `notifier tick` or `run` goes on."
    )
    failed = row(State.FAILED, channel="page")
    assert report.summary([failed, stuck], told).endswith(" 1 failed.\nFailed: once mended, `notifier retry mbmv`.")


def test_nothing_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Overrides of the direction and control characters stay out of what is printed; JSON has texts as they are."""
    bad = "a\u202egnp.exe\x1b[2J\x9b\tb"
    report.page([Entry(f"{bad} ", bad)])
    say(bad)
    complain(bad)
    told = capsys.readouterr()
    report.say_json(bad)

    assert told.out + told.err == "agnp.exe[2J\tb agnp.exe[2J\tb\n" + "agnp.exe[2J\tb\n" * 2
    assert json.loads(capsys.readouterr().out) == bad
    shown = drawn(80, [Entry(f"{bad} ", bad)], grid([row(State.FAILED, why=bad)], NOW))
    assert not {"\u202e", "\x1b", "\x9b"} & set(shown)


def test_delivery_as_json() -> None:
    """Programs get plain values, times in UTC, and a due time only while something is due."""
    told = json.loads(json.dumps(wire.delivery(soon(id=7, to="a@b.org", seq=2))))

    assert told == {
        "id": 7, "channel": "mail", "to": "a@b.org", "step": "post", "seq": 2, "part": 0, "state": "due",
        "attempts": 1, "due": "2026-05-01T13:30:04Z", "done": None, "url": "", "why": "time-out",
        "incident": "mbmv",
    }  # fmt: skip
    assert wire.delivery(row(due=NOW, done=NOW))["due"] is None


def drawn(columns: int, *things: Any, colour: bool = False) -> str:
    """What a terminal of that width shows."""
    screen = io.StringIO()
    console = Console(file=screen, width=columns, force_terminal=colour, color_system="standard" if colour else None)
    for thing in things:
        lay(thing, console) if isinstance(thing, list) else console.print(thing)
    return "\n".join(line.rstrip() for line in screen.getvalue().split("\n"))


LIVE = [
    row(channel="telegram", url="https://t.me/status/5"),
    row(State.SENDING, channel="mastodon"),
    soon(channel="hook", why="hooks.example.org cannot be reached: connection refused"),
    row(State.FAILED, channel="x", why="not allowed"),
]


def test_live_table_at_80_columns() -> None:
    """A row a channel: mark, name, what became of it."""
    assert drawn(80, grid(LIVE, NOW)) == (
        "✓ telegram  sent https://t.me/status/5\n"
        "→ mastodon  sending\n"
        "… hook      will retry in 4 s: hooks.example.org cannot be reached: connection\n"
        "            refused\n"
        "✗ x         failed: not allowed\n"
    )


def test_live_table_at_50_columns() -> None:
    """On a phone the reasons wrap beside the names, and no name is cut."""
    assert drawn(50, grid(LIVE, NOW)) == (
        "✓ telegram  sent https://t.me/status/5\n"
        "→ mastodon  sending\n"
        "… hook      will retry in 4 s: hooks.example.org\n"
        "            cannot be reached: connection refused\n"
        "✗ x         failed: not allowed\n"
    )


def test_live_table_shows_the_worst_of_a_channel() -> None:
    """One failure among many recipients gives the row its mark."""
    rows = [row(to=str(i)) for i in range(100)] + [row(State.FAILED, to="z", why="unknown")]

    assert drawn(80, grid(rows, NOW)) == "✗ mail  100 sent\n        z: failed: unknown\n"


def test_page_wraps_beside_its_heads_and_is_coloured_in_a_terminal() -> None:
    """Text hangs beside its head; colours come from the terminal alone, and brackets in texts are no commands."""
    entries = [Entry("ab  ", "one two three\nfour [red]five[/]", "bold red"), Entry("")]

    assert drawn(14, entries) == "ab  one two\n    three\n    four\n    [red]five[\n    /]\n\n"
    assert "\x1b[1;31mab" in drawn(40, entries, colour=True)


def test_page_in_a_pipe_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """No wrapping and no colour where no terminal is."""
    report.page([Entry("ab  ", "one " * 50 + "\nfour", "bold red"), Entry("")])

    assert capsys.readouterr().out == f"ab  {('one ' * 50).rstrip()}\n    four\n\n"


def test_a_narrow_terminal_puts_words_beneath_their_head() -> None:
    """Where a head takes more than half of the width; words without one follow beneath."""
    thing = [
        Entry("26.11. 23:42:56  problem    ", "open: the voice server is down"),
        Entry(" " * 28, "→ a new problem   [voice-1]"),
        Entry("znrn  ", "Sprachserver ausgefallen"),
    ]

    assert drawn(50, thing) == (
        "26.11. 23:42:56  problem\n"
        "  open: the voice server is down\n"
        "  → a new problem   [voice-1]\n"
        "znrn  Sprachserver ausgefallen\n"
    )
    assert drawn(80, thing).startswith("26.11. 23:42:56  problem    open: the voice server is down\n")
