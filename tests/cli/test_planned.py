"""Planned work at the command line: schedule, reschedule, and what the other commands make of a maintenance."""

from __future__ import annotations

import re

import pytest

from tests.cli.admin import Admin, Done

pytestmark = [  # a process ends after each command; within this one its store is left to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

MOMENT = r"\d{4}-\d\d-\d\d"


def plan(admin: Admin, *more: str, begins: str = "+3d") -> str:
    """A maintenance of the voice server in three days; its id."""
    told = admin("schedule", "-c", "voice", "--from", begins, "--for", "2h", "--json", *more)
    assert told.code == 0, told.err
    return str(told.json()["incident"]["id"])


def phase(admin: Admin, id: str) -> str:
    """How it stands."""
    return str(admin("show", id, "--json").json()["incident"]["phase"])


def test_schedule_says_what_it_understood(admin: Admin) -> None:
    """The time as it was read stands in the first line, so that a slip shows."""
    done = admin.process("schedule", "Neue Platten", "-c", "voice", "--from", "12:00", "--for", "90m")

    assert (done.code, done.err) == (0, "")
    assert re.match(rf"Recorded: \w{{4}} scheduled – Neue Platten, {MOMENT} 12:00 to 13:30\n", done.out)
    assert "12:00–13:30 Uhr" in done.out
    assert "Wir planen Wartungsarbeiten an Sprachserver." in done.out


def test_schedule_without_words_has_ready_ones_in_all_languages(admin: Admin) -> None:
    """Title and text; and its window as JSON, in UTC."""
    told = admin("schedule", "-c", "voice", "--from", "2h", "--for", "1h", "--json").json()["incident"]

    assert told["title"] == {"de": "Wartung: Sprachserver", "en": "Maintenance: Voice server"}
    assert list(told["updates"][0]["text"]) == ["de", "en"]
    assert re.fullmatch(rf"{MOMENT}T\d\d:\d\d:00Z", told["window"]["start"])
    assert told["updates"][0]["window"] == told["window"]
    assert (told["phase"], told["impact"], told["began"]) == ("scheduled", "none", told["window"]["start"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "2h"), "Say when it begins: --from"),
        (("--from", "02:00"), "Say how long it takes"),
        (("--from", "2011-11-21 02:00", "--for", "2h"), "has passed"),
        (("--from", "+366d", "--for", "1d"), "more than a year ahead"),
        (("--from", "+2h", "--until", "+1h"), "ends after it begins"),
        (("--from", "02:00", "--for", "2h", "-c", "voic"), 'Did you mean "voice"?'),
    ],
)
def test_what_cannot_be_planned_is_2_and_stores_nothing(admin: Admin, words: tuple[str, ...], said: str) -> None:
    """One clear text."""
    done = admin("schedule", *words)

    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert admin("list", "--all", "--json").json() == []


def test_reschedule_moves_it_and_says_from_when_to_when(admin: Admin) -> None:
    """Without words of ours the old and the new time are told."""
    id = plan(admin)
    before = admin("show", "--json").json()["incident"]["window"]
    done = admin("reschedule", "--from", "+5d")
    after = admin("show", "--json").json()["incident"]

    assert done.code == 0, done.err
    assert done.out.startswith(f"Recorded: {id} scheduled – Wartung: Sprachserver, ")
    assert "sind verlegt. Neuer Termin: " in done.out
    assert "Bisher: " in done.out
    assert after["window"]["start"] > before["start"]
    assert [u["window"] for u in after["updates"]] == [before, after["window"]]


def test_reschedule_of_one_under_way_takes_longer(admin: Admin) -> None:
    """It goes on; only its end is another."""
    id = plan(admin, begins="now")
    admin("update", "-s", "in_progress")
    done = admin("reschedule", id, "Es dauert länger.", "--for", "4h")

    assert done.code == 0, done.err
    assert phase(admin, id) == "in_progress"
    assert "Neuer Termin (Läuft)" in done.out


def test_reschedule_needs_something_planned(admin: Admin) -> None:
    """No incident can be moved, with or without its name."""
    id = admin("open", "Weg", "-m", "x", "--json").json()["incident"]["id"]

    assert admin("reschedule", "--from", "+5d").err == ("No maintenance is planned. `notifier schedule` plans one.\n")
    assert f"Incident {id} was not planned." in admin("reschedule", id, "--from", "+5d", "--for", "1h").err


def test_a_maintenance_goes_its_way_with_ready_words(admin: Admin) -> None:
    """Begun, still going on, checked, over: each with words of its own."""
    id = plan(admin, begins="now")
    said = [
        admin("update", "-s", "in_progress").out,
        admin("update").out,
        admin("update", "-s", "verifying").out,
        admin("resolve").out,
    ]

    words = ["haben begonnen", "dauern an", "sind getan", "sind beendet"]
    assert [word in out for word, out in zip(words, said, strict=True)] == [True] * 4
    assert phase(admin, id) == "completed"
    assert "is completed. What went wrong since is an incident" in admin("reopen", id).err


def test_what_is_planned_does_not_stand_in_the_way_of_an_incident(admin: Admin) -> None:
    """update and resolve without a name mean the incident; what is still to begin cannot be resolved by a slip."""
    planned = plan(admin)
    incident = admin("open", "Weg", "-c", "voice", "-m", "x", "--json").json()["incident"]["id"]
    admin("update", "-s", "identified", "-m", "Gefunden.")
    admin("resolve", "voice", "-m", "Läuft.")

    assert (phase(admin, incident), phase(admin, planned)) == ("resolved", "scheduled")
    again = admin("resolve", "-m", "Läuft doch.")
    assert again.code == 2
    assert f"Maintenance {planned} is still to begin" in again.err
    assert phase(admin, planned) == "scheduled"


def test_a_maintenance_is_cancelled(admin: Admin) -> None:
    """retract tells it as such."""
    id = plan(admin)
    done = admin("retract", "--yes")

    assert "Wartung abgesagt" in done.out
    assert f"{id}  cancelled " in admin("list", "--all").out
    assert "was cancelled" in admin("update", id, "-m", "x").err


def test_a_cancelled_maintenance_is_struck_out_in_the_calendar(admin: Admin) -> None:
    """The file that calendars fetch keeps the event, cancelled, also when other things happen afterwards."""
    admin.configure('[channels.page]\nkind = "folder"\npath = "page"\n')
    id = plan(admin)
    calendar = admin.folder / "page" / "maintenance.ics"
    before = calendar.read_text(encoding="utf-8")
    admin("retract", "--yes")
    admin("open", "Weg", "-m", "x")
    after = calendar.read_text(encoding="utf-8")

    assert [line for line in before.splitlines() if line.startswith("STATUS:")] == ["STATUS:TENTATIVE"]
    assert [line for line in after.splitlines() if line.startswith("STATUS:")] == ["STATUS:CANCELLED"]
    assert before.count(f"UID:maintenance-{id}@") == after.count(f"UID:maintenance-{id}@") == 1


def test_a_terminal_asks_before_it_cancels(admin: Admin) -> None:
    """The question says what will happen."""
    id = plan(admin)
    done = admin.terminal("retract", types=[("[y/N]", "n\n")])

    assert f'Cancel the maintenance "Wartung: Sprachserver" ({id})?' in done.out
    assert phase(admin, id) == "scheduled"


def test_list_and_show_say_when(admin: Admin) -> None:
    """What goes on comes first, then what is planned."""
    planned = plan(admin)
    incident = admin("open", "Weg", "-m", "x", "--json").json()["incident"]["id"]
    first, second = admin("list").out.splitlines()[:2]
    page = admin("show", planned).out

    assert first.startswith(f"{incident}  investigating  major ")
    assert re.match(
        rf"{planned}  scheduled      planned   {MOMENT} \d\d:\d\d to .*\d\d:\d\d  Wartung: Sprachserver", second
    )
    assert re.search(rf"scheduled, planned {MOMENT} \d\d:\d\d to .*\d\d:\d\d \(Europe/Berlin\)", page)


def test_list_in_a_narrow_terminal_says_when(admin: Admin) -> None:
    """On a line of its own."""
    plan(admin)
    done: Done = admin.terminal("list", columns=50)

    assert re.search(rf"Wartung: Sprachserver\s+scheduled, planned {MOMENT}", done.out)


def test_preview_of_what_is_planned(admin: Admin) -> None:
    """--dry-run shows window and words, and stores nothing."""
    done = admin("schedule", "-c", "voice", "--from", "12:00", "--for", "2h", "--dry-run")

    assert "12:00–14:00 Uhr" in done.out
    assert "Nothing was stored." in done.out
    assert admin("list", "--all", "--json").json() == []
