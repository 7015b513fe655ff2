"""What list, show and preview put on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.cli import look
from notifier.model import Delivery, State, Step
from notifier.outbox import Outcome
from notifier.store import Attempt
from notifier.testing import FakeRemote
from notifier.testing.smtp import FakeSmtp
from tests.cli.admin import CONSOLE, Admin, hook

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
NOW = datetime(2026, 5, 1, 13, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def mail() -> Iterator[FakeSmtp]:
    """A mail server."""
    with FakeSmtp() as mail:
        yield mail


def mailing(mail: FakeSmtp, *to: str) -> str:
    """A mail channel in English."""
    return (
        f'[channels.mail]\nkind = "email"\nhost = "127.0.0.1"\nport = {mail.port}\ntls = "none"\nlang = "en"\n'
        f'from = "status@example.org"\nto = {list(to)}\n'
    )


def sent(id: int, to: str = "", **more: object) -> Delivery:
    """A delivery that arrived at half past three in Berlin."""
    given = {"channel": "mail", "lane": "l", "step": Step.POST, "key": f"k{id}", "incident": "mbmv", "seq": 1}
    return Delivery(**given | {"state": State.SENT, "attempts": 1, "done": NOW} | more, id=id, to=to)  # type: ignore[arg-type]


def ledger(*rows: Delivery, tries: tuple[Attempt, ...] = (), now: datetime = NOW) -> list[str]:
    """The lines of these deliveries."""
    entries = look.Ledger(now, BERLIN, tries, {}).entries(rows)
    return [entry.head + entry.text for entry in entries]


def test_list_names_open_incidents(admin: Admin) -> None:
    """A line an incident: id, phase, impact, since when, title; past ones with --all."""
    id = admin("open", "Weg", "-m", "x", "-i", "minor", "--at", "2026-05-01 15:00", "--json").json()["incident"]["id"]
    assert admin("list").out == f"{id}  investigating  minor     2026-05-01 15:00  Weg\n"

    admin("resolve")
    assert admin("list").out == "No incident is open.\n"
    assert admin("list", "--all").out == f"{id}  resolved       minor     2026-05-01 15:00  Weg\n"


def test_list_points_to_trouble_until_it_is_told_again(admin: Admin, remote: FakeRemote) -> None:
    """What failed within a day is named with the way to it, and no longer once it was told again."""
    admin.configure(CONSOLE, hook(f"{remote.url}/gone"))
    id = admin("open", "Weg", "-m", "x", "--json").json()["incident"]["id"]
    assert f"! {id}: failed or unsure on hook; see: notifier show {id}\n" in admin("list").out

    admin.configure(CONSOLE, hook(remote.url))
    assert admin("retry").code == 0
    assert admin("list").out.count("\n") == 1


def test_list_says_how_much_is_waiting(admin: Admin) -> None:
    """What only `run` or `tick` will deliver is not forgotten."""
    admin("open", "Weg", "-m", "x", "--no-wait")

    assert "… 1 waiting; `notifier run` or `notifier tick` goes on\n" in admin("list").out


def test_list_at_50_columns(admin: Admin) -> None:
    """On a phone each incident has two lines and nothing is broken."""
    admin("open", "Der Sprachserver ist weg", "-m", "x")
    first, second, *_ = admin.terminal("list", columns=50).out.split("\n")

    assert first.rstrip().endswith("  Der Sprachserver ist weg")
    assert second.startswith("      investigating, major, since 20")


def test_show_is_the_ledger(admin: Admin, remote: FakeRemote) -> None:
    """The story with author and time, then a group a channel with a line a delivery."""
    admin.configure(CONSOLE, hook(f"{remote.url}/gone"))
    id = admin("open", "Weg", "-c", "voice", "-m", "de=Weg.", "-m", "en=Gone.", "--json").json()["incident"]["id"]
    admin("update", "-s", "identified", "-m", "Gefunden.", "--except", "hook")
    lines = admin("show").out.splitlines()
    story, _, deliveries = "\n".join(lines).partition("\nconsole\n")

    assert lines[0] == f"{id}  Weg"
    assert "(Europe/Berlin)" in lines[1]
    assert lines[2] == "      affects voice"
    assert "investigating, by anna (cli)\n   de: Weg.\n   en: Gone.\n\n2. " in story
    assert "identified, by anna (cli)\n   Gefunden." in story
    assert "  ✓ 1. post     sent " in deliveries
    assert "  ✓ 2. reply    replied " in deliveries
    assert "\n\nhook\n  ! stopped: 127.0.0.1" in deliveries
    assert f"When that is mended: notifier retry {id} --only hook\n  ✗ 1. post     failed " in deliveries


def test_ledger_says_when_and_where() -> None:
    """Times in the site's zone, with the date unless it is today; the link; the part of a chain."""
    row = sent(1, url="https://social.example/1", part=1)

    assert ledger(row)[-1] == "  ✓ 1. post     sent (part 2) 15:30:00 https://social.example/1"
    assert ledger(row, now=NOW + timedelta(days=1))[-1].count("2026-05-01 15:30:00") == 1


def test_ledger_tells_runs_of_attempts() -> None:
    """A hundred attempts that ended alike are one line; what went otherwise has its own."""
    whys = ["refused"] * 100 + ["time-out"]
    tries = [
        Attempt(1, n, "node", NOW, NOW + timedelta(minutes=n), State.SENT if not why else State.DUE, why)
        for n, why in enumerate([*whys, ""], 1)
    ]
    _, _, text = ledger(sent(1, attempts=102), tries=tuple(tries))

    assert text.split("\n")[1:] == [
        "tries 1-100: 15:31:00 to 17:10:00: refused",
        "try 101: 17:11:00: time-out",
        "try 102: 17:12:00",
    ]


def test_ledger_does_not_repeat_the_reason() -> None:
    """The reason of the last attempts stands in the row itself."""
    row = sent(1, state=State.DUE, done=None, due=NOW + timedelta(seconds=9), attempts=2, why="refused")
    tries = tuple(Attempt(1, n, "node", NOW, NOW, State.DUE, "refused") for n in (1, 2))

    assert ledger(row, tries=tries)[-1] == "  … 1. post     will retry in 9 s: refused\ntries 1-2: 15:30:00 to 15:30:00"


def test_ledger_counts_many_recipients() -> None:
    """Five hundred readers are one line; the one who could not be reached has a line of its own."""
    rows = [sent(i, f"r{i}@example.org") for i in range(500)]
    lines = ledger(*rows, sent(501, "bad@example.org", state=State.FAILED, why="unknown user"))

    assert lines[2:] == [
        "  ✓ 1. post     500 sent 15:30:00 to 15:30:00",
        "  ✗ 1. post     bad@example.org: failed 15:30:00: unknown user",
    ]


def test_unsure_delivery_is_settled_by_its_number(admin: Admin) -> None:
    """`show` tells the number; "lost" sends it again, "sent" keeps the link that is given."""
    row = unsure(admin)
    settle = rf"\? 1\. post     unsure \d\d:\d\d:\d\d: no answer\. Look there, then: notifier settle {row} sent"
    assert re.search(settle, admin("show").out)

    again = admin("settle", str(row), "lost", "--json")
    assert (again.code, [d["state"] for d in again.json()["deliveries"]]) == (0, ["sent"])
    assert "told again, see below" in admin("show").out


def test_settled_as_sent_with_its_link(admin: Admin) -> None:
    """What arrived after all is sent, nothing is said twice, and a second settling is refused."""
    row = str(unsure(admin))
    done = admin("settle", row, "sent", "--id", "42", "--url", "https://social.example/42", "--json")

    assert done.code == 0
    assert [(d["state"], d["url"]) for d in done.json()["deliveries"]] == [("sent", "https://social.example/42")]
    assert f"Delivery {row} is not unsure: it is sent." in admin("settle", row, "sent").err


def unsure(admin: Admin) -> int:
    """The number of a delivery that may have arrived."""
    admin("open", "Weg", "-m", "x", "--no-wait")
    with admin.store() as store:
        (row,) = store.deliveries(store.open_ids()[0])
        with store.transaction():
            store.end(row, Outcome(State.UNSURE, why="no answer"), store.now())
    return row.id


def test_preview_counts_as_the_channel_counts(admin: Admin, mail: FakeSmtp, remote: FakeRemote) -> None:
    """Same words for several readers stand once; size and count are the channel's; who hears nothing is named."""
    admin.configure(
        CONSOLE, mailing(mail, "a@example.org", "b@example.org"), hook(remote.url),
        '[channels.toot]\nkind = "mastodon"\nserver = "https://social.example.org"\ntoken = "abcd"\nlang = "en"\n',
        '[channels.big]\nkind = "webhook"\nurl = "https://example.org"\nleast = "critical"\n',
    )  # fmt: skip
    done = admin("preview", "Weg", "-m", "Wir schauen.", "-m", "en=We look.", "--except", "hook")

    assert done.code == 0
    assert "── mail  email, post, to a@example.org, b@example.org, " in done.out
    assert "   Subject: [Stimmfunk] Weg\n" in done.out
    assert "── toot  mastodon, post, " in done.out
    assert " of 500 characters as Mastodon counts them\n" in done.out
    assert done.out.endswith("Not told: hook, big\nNothing was stored.\n")


def test_preview_as_json(admin: Admin) -> None:
    """What a program needs: the final text, its length, and how it was counted."""
    (told,) = admin("preview", "Weg", "-m", "x", "--json").json()["previews"]

    assert (told["channel"], told["kind"], told["step"], told["measure"]) == ("console", "console", "post", "chars")
    assert told["length"] == len(told["text"])
    assert told["text"].endswith("x")


def test_preview_without_a_title_is_the_next_word_of_the_open_incident(admin: Admin) -> None:
    """While one is open, `preview` shows an update of it; nothing is stored."""
    admin("open", "Weg", "-m", "x")
    done = admin("preview", "-m", "Gefunden.", "-s", "identified")

    assert "── console  console, reply, " in done.out
    assert len(admin("show", "--json").json()["incident"]["updates"]) == 1
