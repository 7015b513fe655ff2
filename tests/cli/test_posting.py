"""Commands that tell something: where the text comes from, what is printed, which code they end with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.testing import FakeRemote, refused
from tests.cli.admin import CONSOLE, INTERRUPT, Admin, hook

pytestmark = [  # a process ends after each command; within this one its store is left to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

SHOWN = ("id", "phase", "impact", "title", "components", "updates")
SHOWN_UPDATE = ("seq", "phase", "text", "at", "by")
SHOWN_DELIVERY = ("channel", "step", "seq", "state", "attempts", "due", "url", "why")


def incidents(admin: Admin) -> list[dict[str, Any]]:
    """All there are."""
    return list(admin("list", "--all", "--json").json())


# Exit codes


def test_all_told_is_0(admin: Admin) -> None:
    """Recorded, told, a line a channel, a summary, and exit code 0."""
    done = admin.process("open", "Weg", "-m", "Wir schauen nach.")

    first, *_, line, summary = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert first.startswith("Recorded: ")
    assert first.endswith(" investigating – Weg")
    assert (line.split(), summary) == (["console", "sent"], "1 of 1 channel told.")


def test_wrong_usage_is_2_and_stores_nothing(admin: Admin) -> None:
    """A component that does not exist: nothing is stored."""
    done = admin("open", "Weg", "-m", "x", "-c", "voic")

    assert (done.code, done.out) == (2, "")
    assert done.err == 'There is no component "voic". Did you mean "voice"?\n'
    assert incidents(admin) == []


def test_still_waiting_is_3(admin: Admin) -> None:
    """A channel that cannot be reached is tried again later; the rest is told."""
    admin.configure(CONSOLE, hook(refused()))
    done = admin("open", "Weg", "-m", "x", "--wait", "0.5")

    assert done.code == 3
    assert "hook         will retry in" in done.out
    assert "1 of 2 channels told, 1 waiting." in done.out


def test_failed_for_good_is_4(admin: Admin, remote: FakeRemote) -> None:
    """A receiver that wants no more: told as failed, with the way on."""
    admin.configure(CONSOLE, hook(f"{remote.url}/gone"))
    done = admin("open", "Weg", "-m", "x")

    assert done.code == 4
    assert "hook         failed: " in done.out
    assert "wants no more updates" in done.out
    assert "notifier retry " in done.out


def test_no_wait_stores_only(admin: Admin, remote: FakeRemote) -> None:
    """--no-wait returns at once, with 3: it is for run or tick to deliver."""
    admin.configure(hook(remote.url))
    done = admin("open", "Weg", "-m", "x", "--no-wait")

    assert (done.code, remote.requests) == (3, [])
    assert len(incidents(admin)) == 1


def test_only_and_except_choose_channels(admin: Admin, remote: FakeRemote) -> None:
    """--only and --except name the channels of this command."""
    admin.configure(CONSOLE, hook(remote.url), hook(remote.url, "other"))
    told = [
        admin("open", title, "-m", "x", "--json", *how).json()["deliveries"]
        for title, how in (("A", ("--only", "hook")), ("B", ("--except", "hook", "--except", "other")))
    ]

    assert [[d["channel"] for d in rows] for rows in told] == [["hook"], ["console"]]


# JSON


def test_json_is_alone_on_standard_output(admin: Admin) -> None:
    """A console channel must not print into it, in any command; keys are as documented."""
    for words in (("open", "Weg", "-m", "x"), ("update", "-m", "y"), ("resolve",), ("show",)):
        told = admin.process(*words, "--json").json()

        assert set(SHOWN) <= set(told["incident"])
        assert set(SHOWN_UPDATE) <= set(told["incident"]["updates"][0])
        assert set(SHOWN_DELIVERY) <= set(told["deliveries"][0])
    assert [u["by"] for u in told["incident"]["updates"]] == ["anna"] * 3
    assert {d["state"] for d in told["deliveries"]} == {"sent"}


def test_every_json_is_json(admin: Admin) -> None:
    """Every command with --json prints one value and nothing else."""
    admin("open", "Weg", "-m", "x", "--no-wait")
    for words in (
        ("list",), ("tick",), ("reopen", "--dry-run"), ("preview",), ("correct", "-m", "z"), ("retry",),
        ("update", "--dry-run"), ("resolve", "-m", "r"), ("reopen",), ("retract", "--all"),
    ):  # fmt: skip
        done = admin(*words, "--json")
        if done.code != 2:
            done.json()
        else:
            assert (words[0], done.out) == ("reopen", "")  # it is not resolved yet


# Texts


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (("open", "Titel", "-m", "Der Text."), None),
        (("open", "Titel", "Der Text."), None),
        (("open", "-t", "Titel", "--message=Der Text."), None),
        (("open", "Titel"), "Der Text.\n"),
        (("open", "Titel", "-m", "-"), "\nDer Text.\n\n"),
        (("open", "--", "Titel", "Der Text."), None),
    ],
)
def test_text_by_option_place_or_standard_input(admin: Admin, words: tuple[str, ...], stdin: str | None) -> None:
    """-m, the second place and a pipe all lead to the same."""
    words = (words[0], "--json", *words[1:])
    told = admin(*words) if stdin is None else admin.process(*words, stdin=stdin)

    incident = told.json()["incident"]
    assert (incident["title"], incident["updates"][0]["text"]) == ({"de": "Titel"}, {"de": "Der Text."})


def test_text_from_a_file(admin: Admin) -> None:
    """`notifier open Titel < text.txt` takes the file's text, whatever its lines."""
    done = admin.process("open", "Titel", "--json", stdin="Erste Zeile.\n\nZweite – mit Umlaut: ü.\n")

    assert done.json()["incident"]["updates"][0]["text"] == {"de": "Erste Zeile.\n\nZweite – mit Umlaut: ü."}


def test_both_languages(admin: Admin) -> None:
    """Texts and titles in two languages, told in German first."""
    told = admin("open", "-t", "de=Weg", "-t", "en=Gone", "-m", "de=Wir suchen.", "-m", "en=We look.", "--json").json()

    assert told["incident"]["title"] == {"de": "Weg", "en": "Gone"}
    assert told["incident"]["updates"][0]["text"] == {"de": "Wir suchen.", "en": "We look."}


def test_ready_phrases_when_no_text_is_given(admin: Admin) -> None:
    """As cron would: no text, nobody to ask. Title and text speak of the component, in both languages."""
    told = admin.process("open", "-c", "voice", "--json").json()["incident"]
    later = admin("update", "-s", "identified", "--json").json()["incident"]

    assert {lang: name in told["title"][lang] for lang, name in (("de", "Sprachserver"), ("en", "Voice server"))} == {
        "de": True, "en": True,
    }  # fmt: skip
    texts = [u["text"] for u in later["updates"]]
    assert [set(t) for t in texts] == [{"de", "en"}] * 2
    assert texts[0] != texts[1]


def test_update_without_an_id_is_about_the_only_open_one(admin: Admin) -> None:
    """A sentence in the first place is the text; a component or an id names the incident."""
    id = admin("open", "Weg", "-c", "voice", "-m", "x", "--json").json()["incident"]["id"]
    for words in (("Wir haben es.",), ("voice", "Gleich."), (id, "-m", "Jetzt."), (id[:3], "Fast.")):
        assert admin("update", *words, "--json").json()["incident"]["id"] == id

    texts = [u["text"]["de"] for u in admin("show", "--json").json()["incident"]["updates"]]
    assert texts == ["x", "Wir haben es.", "Gleich.", "Jetzt.", "Fast."]


def test_it_began_earlier(admin: Admin) -> None:
    """--at says so, in the site's zone; a time ahead is refused."""
    told = admin("open", "Weg", "-m", "x", "--at", "2026-05-01 15:00", "--json").json()["incident"]
    ahead = admin("update", "-m", "y", "--at", "2199-01-01 00:00")

    assert told["began"] == "2026-05-01T13:00:00Z"
    assert ahead.code == 2
    assert "lies ahead" in ahead.err


# The editor


def editor(admin: Admin, script: str) -> str:
    """An editor that runs this shell script on its file, $1."""
    path = admin.folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_editor_in_a_terminal(admin: Admin) -> None:
    """$EDITOR shows the ready phrases in both languages; what is saved is told."""
    keeps = editor(admin, f'cp "$1" {admin.folder}/offered; printf -- \'--- de\\nAus dem Editor.\\n\' > "$1"')
    done = admin.terminal("open", "Titel", "-c", "voice", EDITOR=keeps)

    offered = (admin.folder / "offered").read_text(encoding="utf-8")
    assert done.code == 0, done.out
    assert incidents(admin)[0]["updates"][0]["text"] == {"de": "Aus dem Editor."}
    assert all(word in offered for word in ("--- de", "Sprachserver", "--- en", "Voice server", "# "))


@pytest.mark.parametrize(
    ("script", "said"),
    [("sed -i '/^#/!d' \"$1\"", "The text was empty. Nothing was stored."), ("exit 1", "did not work; set $EDITOR")],
)
def test_editor_left_empty_stores_nothing(admin: Admin, script: str, said: str) -> None:
    """An empty text, or an editor that fails, ends with 2 and nothing stored."""
    done = admin.terminal("open", "Titel", EDITOR=editor(admin, script))

    assert done.code == 2
    assert said in done.out
    assert incidents(admin) == []


def test_no_editor_opens_outside_a_terminal(admin: Admin) -> None:
    """In a pipe the ready phrases stand in, even where $EDITOR is set."""
    done = admin.process("open", "Titel", "--json", EDITOR=editor(admin, f"touch {admin.folder}/opened"))

    assert done.code == 0
    assert not (admin.folder / "opened").exists()


# Twice


def test_same_command_twice_is_refused_in_a_pipe(admin: Admin) -> None:
    """Where nobody can be asked a repetition within a minute is refused; --again insists."""
    codes = [admin("open", "Weg", "-m", "x", *more).code for more in ((), (), ("--yes",), ("--again",))]

    assert codes == [0, 2, 2, 0]
    assert len(incidents(admin)) == 2
    assert "To tell it twice: --again" in admin("open", "Weg", "-m", "x").err


@pytest.mark.parametrize(("answer", "code", "stored"), [("n", 2, 1), ("", 2, 1), ("y", 0, 2)])
def test_same_command_twice_asks_in_a_terminal(admin: Admin, answer: str, code: int, stored: int) -> None:
    """A terminal asks; only yes tells it again."""
    words = ("open", "Weg", "-m", "x")
    admin(*words)
    done = admin.terminal(*words, types=[("Tell it again? [y/N]:", f"{answer}\n")])

    assert (done.code, len(incidents(admin))) == (code, stored)
    assert "The same was told" in done.out


def test_other_words_are_not_the_same(admin: Admin) -> None:
    """Only the very same is held back."""
    codes = [admin("open", "Weg", "-m", text).code for text in ("x", "y")]

    assert codes == [0, 0]


# Terminal


def test_live_table_in_a_terminal(admin: Admin, remote: FakeRemote) -> None:
    """A row a channel with its mark, at 50 columns too; the console channel's words stand above it, whole."""
    admin.configure(CONSOLE, hook(remote.url), hook(f"{remote.url}/gone", "old"))
    done = admin.terminal("open", "Weg", "-m", "x", columns=50)
    lines = [line.rstrip() for line in done.out.split("\n")]

    assert done.code == 4
    assert "── post · [Stimmfunk] Weg" in lines
    assert "✓ console  sent" in lines
    assert "✓ hook     sent" in lines
    assert any(line.startswith("✗ old      failed: 127.0.0.1") for line in lines)
    assert "2 of 3 channels told, 1 failed." in lines


def test_ctrl_c_while_waiting_keeps_what_is_recorded(admin: Admin) -> None:
    """Ctrl-C ends the wait with 130; the incident is stored and told later."""
    admin.configure(hook(refused()))
    done = admin.terminal("open", "Weg", "-m", "x", types=[("will retry", INTERRUPT)])

    assert done.code == 130
    assert "Traceback" not in done.out
    assert [d["state"] for d in admin("show", "--json").json()["deliveries"]] == ["due"]


def test_ctrl_c_at_a_question_stores_nothing(admin: Admin) -> None:
    """Ctrl-C instead of an answer ends with 130, says so, and nothing is stored."""
    admin("open", "Weg", "-m", "x")
    done = admin.terminal("retract", "--all", types=[("[y/N]:", INTERRUPT)])

    assert done.code == 130
    assert "Stopped. Nothing more was done." in done.out
    assert incidents(admin)[0]["retracted"] is False


@pytest.mark.parametrize(("answer", "retracted"), [("n", False), ("y", True)])
def test_retract_asks_in_a_terminal(admin: Admin, answer: str, retracted: bool) -> None:
    """What is to be taken back is named, and only yes does it."""
    admin("open", "Weg", "-m", "x")
    done = admin.terminal("retract", "--all", types=[("[y/N]:", f"{answer}\n")])

    assert 'Take back everything said about "Weg"' in done.out
    assert incidents(admin)[0]["retracted"] is retracted
    assert done.code == (0 if retracted else 2)


# Other commands


def test_dry_run_shows_and_stores_nothing(admin: Admin, remote: FakeRemote) -> None:
    """--dry-run is a preview: each channel's words with their length; nothing is stored, nothing sent."""
    admin.configure(CONSOLE, hook(remote.url))
    done = admin("open", "Weg", "-m", "Wir schauen nach.", "--dry-run", "--except", "hook")

    assert done.code == 0
    assert "── console  console, post, " in done.out
    assert "Wir schauen nach." in done.out
    assert done.out.endswith("Not told: hook\nNothing was stored.\n")
    assert (incidents(admin), remote.requests) == ([], [])


def test_correct_changes_words_and_tells_nobody_anew(admin: Admin) -> None:
    """The ledger has the new words and a mark; the same words again are refused."""
    admin("open", "Weg", "-m", "Falsch.")
    told = admin("correct", "-m", "Richtig.", "-t", "Ganz weg", "--json").json()["incident"]
    same = admin("correct", "-m", "Richtig.")

    assert (told["title"], told["updates"][0]["text"]) == ({"de": "Ganz weg"}, {"de": "Richtig."})
    assert told["updates"][0]["corrected"]
    assert (same.code, same.err) == (2, "The text is as it was. Say the new one with -m.\n")


def test_resolved_incident_is_reopened_not_updated(admin: Admin) -> None:
    """An update of a resolved incident is refused with the way on, and reopen goes on with the same one."""
    id = admin("open", "Weg", "-m", "x", "--json").json()["incident"]["id"]
    admin("resolve")
    late = admin("update", "-m", "Noch was.")
    back = admin("reopen", "-m", "Wieder weg.", "--json").json()["incident"]

    assert (late.code, f"notifier reopen {id}" in late.err) == (2, True)
    assert (back["id"], back["phase"], back["updates"][-1]["reopened"]) == (id, "investigating", True)


def test_cron_needs_no_home(admin: Admin) -> None:
    """No terminal, no HOME, no USER, another working directory: --config is enough."""
    path = admin.configure(CONSOLE)
    (admin.folder / "elsewhere").mkdir()
    admin.folder = Path(admin.folder / "elsewhere")
    for name in ("HOME", "USER", "TERM", "LANG"):
        del admin.env[name]
    done = admin.process("--config", str(path), "open", "Überlast", "-m", "ü")

    assert (done.code, done.err) == (0, "")
    assert (path.parent / "notifier.db").exists()
