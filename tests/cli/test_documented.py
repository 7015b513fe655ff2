"""docs/commands.md says what the program can do: all of it, and nothing else."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from notifier.cli import COMMANDS
from notifier.cli.app import app
from notifier.cli.spec import MANNER, POSTING

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
SHARED = "## Options of the posting commands"


def section(heading: str) -> str:
    """The text beneath a heading, till the next one."""
    parts = re.split(r"(?m)^(?=#{1,3} )", TEXT)
    return next(part for part in parts if part.startswith(f"{heading}\n"))


def documented(text: str) -> set[str]:
    """The options in the first cells of its tables."""
    cells = re.findall(r"(?m)^\| (`-.*?) \|", text)
    return {flag for cell in cells for flag in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", cell)}


def program(name: str) -> Any:
    """A command as Typer has it; one of a group by both its names."""
    command: Any = typer.main.get_command(app)
    for word in name.split():
        command = command.get_command(None, word)
    return command


def every_command() -> list[str]:
    """The names of all commands; those of a group as "group command", and the group that does something by itself."""
    names = []
    for name in COMMANDS:
        command = program(name)
        within = getattr(command, "commands", {})
        names += [name] if not within or command.invoke_without_command else []
        names += [f"{name} {one}" for one in within]
    return names


ALL = every_command()


def called(words: list[str]) -> str:
    """The command that a line calls."""
    return " ".join(words[:2]) if " ".join(words[:2]) in ALL else words[0]


def options(command: Any) -> set[str]:
    """All its options, but not --help."""
    return {flag for p in command.params if p.param_type_name == "option" for flag in p.opts} - {"--help", "-h"}


def examples() -> list[list[str]]:
    """The words of each `notifier ...` line in the code blocks."""
    blocks = re.findall(r"(?s)```sh\n(.*?)```", TEXT)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("notifier ")]
    words = [shlex.split(line, comments=True)[1:] for line in lines]
    return [line[: line.index("--")] if "--" in line else line for line in words]  # the rest is a command of others


def test_every_command_and_no_other() -> None:
    """A section a command."""
    assert set(re.findall(r"(?m)^### `(.+)`$", TEXT)) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_option_and_no_other(name: str) -> None:
    """The tables of a command's section, with the shared ones for commands that post, name its options."""
    shared = documented(section(SHARED)) if name in POSTING else set()

    assert documented(section(f"### `{name}`")) | shared == options(program(name))


@pytest.mark.parametrize("name", ALL)
def test_usage_names_the_places(name: str) -> None:
    """The first example of a section shows which words the command takes, in order, and which may be left out."""
    usage = next(line for line in section(f"### `{name}`").splitlines() if line.startswith("notifier "))
    places = [p for p in program(name).params if p.param_type_name == "argument"]
    said = usage.removeprefix(f"notifier {name}").replace(" -- ", " ").split()

    assert called(usage.split()[1:]) == name
    assert [word.startswith("[") for word in said] == [not p.required for p in places]
    assert len(said) == len(places)


def test_general_options() -> None:
    """Those of the program itself."""
    root = options(typer.main.get_command(app)) - {"--version"}

    assert documented(section("# Commands")) == root | {"-h", "--help"}
    assert "`notifier --version`" in TEXT


def test_shared_options_are_those_that_posting_commands_share() -> None:
    """No posting command lacks one of them."""
    assert documented(section(SHARED)) == {flag for o in MANNER for flag in o.flags}


@pytest.mark.parametrize("words", examples(), ids=" ".join)
def test_examples_use_what_there_is(words: list[str]) -> None:
    """Every example names a command that there is, with options that it has."""
    flags = {w.partition("=")[0] for w in words if w.startswith("-")}

    assert called(words) in ALL
    assert flags <= options(program(called(words)))


def test_every_exit_code() -> None:
    """0, 2, 3, 4 and Ctrl-C."""
    assert re.findall(r"(?m)^\| (\d+) \|", section("## Exit codes")) == ["0", "2", "3", "4", "130"]
