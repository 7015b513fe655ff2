"""What a tired admin gets wrong: one clear text, exit code 2, no traceback, nothing stored."""

from __future__ import annotations

import re

import pytest

from notifier.cli import COMMANDS, hoist
from tests.cli.admin import CONSOLE, SITE, Admin

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

BROKEN = """\
[site]
nmae = "Stimmfunk"
timezone = "Europe/Berln"

[channels.screen]
kind = "consle"

[channels.hook]
kind = "webhook"
urll = "https://hooks.example.org"
style = "bold"

[admins]
channels = ["hok"]
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("opne", "Weg"), "opne"),
        (("open", "Weg", "--impat", "major"), "--impact"),
        (("open", "Weg", "-i", "huge"), "none', 'minor', 'major', 'critical'"),
        (("update", "-s", "resolvd"), "resolved"),
        (("open", "Weg", "--wait", "abc"), "abc"),
        (("open", "Weg", "--wait", "-1"), "-1"),
        (("open", "a", "b", "c"), "(c)"),
        (("open", "Weg", "-m"), "-m"),
        (("show", "a", "b"), "(b)"),
        (("settle", "one", "sent"), "one"),
        (("settle", "9" * 30, "sent"), "9" * 30),
        (("drafts", "9" * 30), "9" * 30),
        (("approve", "9" * 30), "9" * 30),
        (("snooze", "0"), "0"),
        (("signals", "--most", "9" * 30), "9" * 30),
        (("signals", "replay", "9" * 30), "9" * 30),
        (("test",), "CHANNEL"),
        (("tick", "--now"), "--now"),
    ],
)
def test_typos_are_named(admin: Admin, words: tuple[str, ...], said: str) -> None:
    """An unknown command, option or value ends with 2 and is named, with what it may be where that is known."""
    done = admin(*words)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "zzzz"), 'There is no incident "zzzz". `notifier list` shows those there are.\n'),
        (("update", "-m", "x"), "No incident is open."),
        (("open", "Weg", "-m", "x", "--only", "consol"), 'There is no channel "consol". Did you mean "console"?\n'),
        (("open", "Weg", "-m", "x", "--except", "mail"), 'There is no channel "mail". '),
        (("open", "Weg", "-m", "x", "--at", "noon"), '--at "noon": write a time as 15:00, '),
        (("open", "Weg", "-m", " "), "The text in de is empty.\n"),
        (("open", "Weg", "-m", "fr=Perdu"), "-m fr=...: fr is none of the languages of this site (de, en).\n"),
        (("open", "Weg", "-m", "x", "-s", "resolved"), "An incident cannot be opened as resolved. "),
        (("settle", "7", "sent"), "Delivery 7 is not unsure: there is none. "),
        (("settle", "7", "perhaps"), '"perhaps": say sent (it arrived) or lost (send it again).\n'),
        (("test", "consol"), 'There is no channel "consol". Did you mean "console"?\n'),
        (("test", "console", "--to", "anna@example.org"), "console has no recipients to choose from; "),
        (("init",), "notifier.toml is there already. --force writes over it.\n"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(admin: Admin, words: tuple[str, ...], said: str) -> None:
    """What is wrong and what to do, with a full stop, on standard error, and exit code 2."""
    done = admin(*words)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)
    assert done.err.rstrip("\n")[-1] in ".?)"
    assert "Traceback" not in done.err


def test_several_open_incidents_must_be_told_apart(admin: Admin) -> None:
    """Where several are meant, they are listed with their titles."""
    for title in ("Sprache weg", "Forum weg"):
        admin("open", title, "-m", "x")
    done = admin("update", "-m", "y")

    assert done.code == 2
    assert all(word in done.err for word in ("Say which", "Sprache weg", "Forum weg"))


def test_broken_configuration_lists_every_mistake(stranger: Admin) -> None:
    """All mistakes together, each with file, line and key, and the nearest known word; in every command."""
    stranger.configure(site=BROKEN)
    done = stranger("check")

    assert done.code == 2
    first, *problems = done.err.splitlines()
    assert first == "The configuration needs mending:"
    for place, what in (
        ("notifier.toml:2: [site] nmae", 'did you mean "name"?'),
        ("notifier.toml:3: [site] timezone", '"Europe/Berln" is no time zone'),
        ("notifier.toml:6: [channels.screen] kind", 'did you mean "console"?'),
        ("notifier.toml:8: [channels.hook] url", "is missing"),
        ("notifier.toml:10: [channels.hook] urll", 'did you mean "url"?'),
        ("notifier.toml:11: [channels.hook] style", "reply, edit, both"),
        ("notifier.toml:14: [admins] channels", 'there is no channel "hok"'),
    ):
        assert [what in p for p in problems if p.strip().startswith(place)] == [True], f"{place}: {done.err}"
    assert stranger("open", "Weg", "-m", "x").err == done.err


@pytest.mark.parametrize("text", ["[site", "name = ", "\x00"])
def test_configuration_that_is_no_toml(stranger: Admin, text: str) -> None:
    """The file and the line are named."""
    stranger.configure(site=text)
    done = stranger("list")

    assert done.code == 2
    assert "notifier.toml: is not valid TOML" in done.err


def test_missing_configuration_tells_where_it_looked(stranger: Admin) -> None:
    """All the places, and the command that writes one."""
    done = stranger("list")

    assert done.code == 2
    assert "`notifier init` writes one" in done.err
    for place in ("notifier.toml", f"{stranger.folder}/home/.config/notifier/notifier.toml", "/etc/notifier/"):
        assert f"  {place}" in done.err


@pytest.mark.parametrize("words", [("--config", "nope.toml", "list"), ("list", "--config=nope.toml")])
def test_named_configuration_that_is_not_there(admin: Admin, words: tuple[str, ...]) -> None:
    """A configuration that was named is the one that counts, wherever the option stands."""
    done = admin(*words)

    assert done.code == 2
    assert "nope.toml" in done.err


def test_configuration_by_environment(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """$NOTIFIER_CONFIG names it, unless --config does."""
    other = admin.folder / "other.toml"
    other.write_text(SITE.replace("notifier.db", "other.db") + CONSOLE, encoding="utf-8")
    monkeypatch.setenv("NOTIFIER_CONFIG", str(other))
    admin("open", "Weg", "-m", "x")

    assert (admin.folder / "other.db").exists()
    assert admin("list", "--config", "notifier.toml").out == "No incident is open.\n"


def test_configuration_with_secrets_that_all_can_read(admin: Admin) -> None:
    """A warning with the remedy; the command goes on."""
    admin.configure(CONSOLE, '[channels.hook]\nkind = "webhook"\nurl = "https://example.org/s3cr3t"\n').chmod(0o644)
    done = admin("list")

    assert done.code == 0
    assert done.err.startswith("Warning: ")
    assert "chmod 600 notifier.toml" in done.err
    assert "s3cr3t" not in done.err


def test_store_that_cannot_be_opened(admin: Admin) -> None:
    """A store in a place where none can be is named, with exit code 2."""
    (admin.folder / "notifier.db").mkdir()
    done = admin("open", "Weg", "-m", "x")

    assert done.code == 2
    assert "notifier.db" in done.err
    assert "Traceback" not in done.err


def test_debug_shows_a_traceback_and_nothing_else_does(admin: Admin) -> None:
    """--debug, before or after the command, shows where in the code it arose."""
    plain = admin.process("show", "zzzz")
    debugged = [admin.process(*words) for words in (("--debug", "show", "zzzz"), ("show", "zzzz", "--debug"))]

    assert "Traceback" not in plain.err
    assert all("Traceback" in d.err and 'There is no incident "zzzz"' in d.err for d in debugged)
    assert all(d.code != 0 for d in debugged)


def test_help_names_every_command(stranger: Admin) -> None:
    """`notifier --help` needs no configuration and names all commands, as does each command's own help."""
    told = stranger("--help")

    assert told.code == 0
    assert all(f"\n  {name} " in told.out for name in COMMANDS)
    for name in COMMANDS:
        own = stranger(name, "-h")
        assert (own.code, f"Usage: notifier {name}" in own.out) == (0, True)


@pytest.mark.parametrize("columns", [50, 80])
def test_help_cuts_no_sentence_off(stranger: Admin, columns: int) -> None:
    """What each command does is a whole thought, in a narrow terminal too, and no word is cut."""
    told = stranger.terminal("--help", columns=columns)
    commands = told.out.partition("Commands:")[2]

    assert "..." not in commands
    assert re.search(r"^  correct +Replace the words of an update", commands, re.MULTILINE)
    assert re.search(r"^  settle +Decide an unsure delivery\.", commands, re.MULTILINE)
    assert max(map(len, told.out.splitlines())) <= columns


@pytest.mark.parametrize(("wrong", "right"), [("status", "list"), ("statsu", "list"), ("opne", "open")])
def test_what_may_have_been_meant(stranger: Admin, wrong: str, right: str) -> None:
    """A slip of the finger, or the word of another program: the command that does it is named."""
    told = stranger(wrong)

    assert told.code == 2
    assert f'There is no command "{wrong}"; did you mean "{right}"?' in told.err
    assert 'There is no command "zzz".' in stranger("zzz").err


@pytest.mark.parametrize("columns", [50, 80])
def test_the_demo_cuts_no_word(stranger: Admin, columns: int) -> None:
    """In a terminal its lines are wrapped between words."""
    told = stranger.terminal("demo", "--pause", "0", "--folder", "d", columns=columns)

    assert told.code == 0
    long = [line for line in told.out.splitlines() if len(line) > columns]
    assert [line for line in long if len(line.split()) > 1] == []
    assert "Danke für eure Geduld!" in " ".join(told.out.split())


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("list --config x", "--config x list"),
        ("open Weg --debug -m x", "--debug open Weg -m x"),
        ("open --config=x Weg", "--config=x open Weg"),
        ("--debug list --config x --json", "--debug --config x list --json"),
        ("open -- --debug --config x", "open -- --debug --config x"),
        ("list --config", "--config list"),
        ("", ""),
    ],
)
def test_general_options_may_stand_anywhere(typed: str, read: str) -> None:
    """--config and --debug are found wherever they were typed, but not behind "--"."""
    assert hoist(typed.split()) == read.split()
