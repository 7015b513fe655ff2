"""The quick reader of command lines: what it takes, Typer reads alike; what it leaves, Typer decides."""

from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.cli import hoist, spec
from notifier.cli.options import typed

COMMANDS: dict[str, Any] = {}
SEEN: dict[str, dict[str, Any]] = {}


def command_for(name):
    """The command as Typer has it, which notes what it was called with."""
    if name not in COMMANDS:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)

        def note(ctx, **values):
            SEEN[name] = values
            return 0

        app.command(name)(typed(note, spec.POSTING[name]))
        COMMANDS[name] = typer.main.get_command(app)
    return COMMANDS[name]


def by_typer(name, words):
    """The values that Typer reads, or None when it refuses."""
    SEEN.pop(name, None)
    try:
        command_for(name).main(list(words), standalone_mode=False)
    except typer.TyperException:
        return None
    return SEEN.get(name)


FLAGS = sorted({flag for options in spec.POSTING.values() for o in options for flag in o.flags})
words = st.lists(
    st.one_of(
        st.sampled_from(FLAGS),
        st.sampled_from(
            ["voice", "major", "resolved", "12", "1.5", "-1", "de=Weg", "--", "-h", "-mtext", "", "-", "inf"]
        ),
        st.builds("{}={}".format, st.sampled_from(FLAGS), st.sampled_from(["major", "resolved", "3", "", "x y"])),
        st.text(max_size=5),
    ),
    max_size=7,
)


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(spec.POSTING)), words)
def test_what_the_quick_reader_takes_typer_reads_alike(name, line):
    """Two readers, one meaning."""
    quick = spec.read(line, spec.POSTING[name])

    if quick is not None:
        slow = by_typer(name, line)
        assert slow is not None
        assert {k: v or None for k, v in quick.items()} == {k: v or None for k, v in slow.items()}


@pytest.mark.parametrize(
    "line",
    [
        ["Server down", "-m", "de=Weg", "-m", "en=Gone", "-c", "voice", "--impact", "critical", "--yes", "--json"],
        ["--message=Weg", "--wait", "5", "--only", "mail", "--except", "x", "--at", "15:00"],
        [],
    ],
)
def test_usual_command_lines_are_quick(line):
    """Otherwise nothing would be gained."""
    assert spec.read(line, spec.POSTING["open"]) == by_typer("open", line)


@pytest.mark.parametrize(
    "line", [["-h"], ["--nonsense"], ["-i", "huge"], ["-m"], ["a", "b", "c"], ["--wait", "-1"], ["--yes=1"], ["-mtext"]]
)
def test_whatever_is_not_plain_is_left_to_typer(line):
    """Help, mistakes, abbreviations."""
    assert spec.read(line, spec.POSTING["open"]) is None


def test_general_options_may_stand_anywhere():
    """A tired admin types --config where he thinks of it."""
    assert hoist(["open", "x", "--config", "f", "--debug"]) == ["--config", "f", "--debug", "open", "x"]
    assert hoist(["open", "--", "--debug"]) == ["open", "--", "--debug"]
    assert hoist(["open", "--config=f"]) == ["--config=f", "open"]
