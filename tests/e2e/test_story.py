"""Whole stories, told by real `notifier` processes to fake remotes: what the world sees in the end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from notifier.store.sqlite import Sqlite
from tests.e2e.town import ROOT, STATUS, Desk, Town, body

OPENING = (
    "open", "-t", "Sprachserver gestört", "-t", "en=Voice server down", "-c", "voice", "-i", "critical",
    "-m", "Er antwortet nicht.", "-m", "en=It does not answer.",
)  # fmt: skip
EVENING = (  # command, what it says in German and English, phase afterwards
    ("update", "Anbieter gefragt.", "Asked the provider.", "identified"),
    ("update", "Neu gestartet.", "Restarted.", "monitoring"),
    ("resolve", "Läuft wieder.", "It works again.", "resolved"),
    ("reopen", "Wieder weg.", "Gone again.", "investigating"),
    ("resolve", "Jetzt wirklich.", "Now for real.", "resolved"),
)
GERMAN = ["Er antwortet nicht.", *(de for _, de, _, _ in EVENING)]
ENGLISH = ["It does not answer.", *(en for _, _, en, _ in EVENING)]
SHOWN = {"id", "phase", "impact", "title", "components", "updates"}
SHOWN_UPDATE = {"seq", "phase", "text", "at", "by"}
SHOWN_DELIVERY = {"channel", "step", "seq", "state", "attempts", "due", "url", "why"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Every kind of remote; in the end Telegram's published description of its API has nothing to object to."""
    with Town(tmp_path) as town:
        yield town
        assert town.telegram.api.violations == []


@contextmanager
def running(desk: Desk) -> Iterator[None]:
    """`notifier run` beside us, from its first sign of life to its end by SIGTERM."""
    command = [sys.executable, "-m", "notifier", "--config", str(desk.config), "run"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    store = Sqlite(desk.folder / "notifier.db")
    try:
        end = monotonic() + 30
        while not store.nodes():
            assert process.poll() is None, "it ended"
            assert monotonic() < end, "it gave no sign of life"
            sleep(0.02)  # between two looks into the store
        yield
    finally:
        store.close()
        process.terminate()
        said = process.communicate(timeout=30)[1]
    assert (process.returncode, "Stopped." in said) == (0, True), said


def trouble(told: dict) -> list[dict]:
    """The deliveries that did not arrive."""
    return [d for d in told["deliveries"] if d["state"] != "sent"]


def in_order(words: list[str], texts: list[str]) -> bool:
    """Whether each text holds its words."""
    return len(words) == len(texts) and all(word in text for word, text in zip(words, texts, strict=True))


def test_an_evening_is_told_everywhere_each_in_its_own_form(town: Town) -> None:
    """Open, two updates, resolved, back again, resolved: every channel tells it in order, in its language."""
    told = town.desk.say(*OPENING)
    id = told["incident"]["id"]
    check_page(town, id, GERMAN[:1], "investigating")
    for number, (command, de, en, phase) in enumerate(EVENING, 2):
        how = ("-s", phase) if command == "update" else ()
        told = town.desk.say(command, "-m", de, "-m", f"en={en}", *how)
        assert trouble(told) == []
        check_page(town, id, GERMAN[:number], phase)

    check_telegram(town)
    check_mastodon(town, id)
    check_x(town, id)
    check_mails(town, id)
    check_hooks(town, id)
    check_ledger(town.desk.say("show"), id)


def check_page(town: Town, id: str, said: list[str], phase: str) -> None:
    """The page holds all that was said so far; the banner's data what is open."""
    page, now = town.page(), town.status()

    assert all(words in page for words in said)
    assert f'id="{id}"' in page
    assert not any(words in page for words in GERMAN[len(said) :])
    assert ENGLISH[len(said) - 1] in town.page("en")
    assert now["seq"] == len(said)
    if phase == "resolved":
        assert (now["state"], now["incidents"]) == ("none", [])
    else:
        assert now["state"] == "critical"
        assert [(i["id"], i["phase"]) for i in now["incidents"]] == [(id, phase)]
        assert said[-1] in now["incidents"][0]["update"]["text"]["de"]


def check_telegram(town: Town) -> None:
    """Answers to the first message, which always shows how things stand, and is pinned while they are bad."""
    first, *answers = town.posts

    assert town.telegram.api.journal == [
        "post 1", "pin 1",
        "reply 2 to 1", "edit 1",
        "reply 3 to 1", "edit 1",
        "reply 4 to 1", "edit 1", "unpin 1",
        "reply 5 to 1", "edit 1", "pin 1",
        "reply 6 to 1", "edit 1", "unpin 1",
    ]  # fmt: skip
    assert in_order(GERMAN, first.words)
    assert in_order(GERMAN[1:], [post.text for post in answers])
    assert [post.silent for post in answers] == [True, True, False, False, False]
    assert town.telegram.api.chat.pinned == []


def check_mastodon(town: Town, id: str) -> None:
    """A chain in English under a pin, each with the link."""
    said = town.mastodon.statuses
    pins = [r.path.rpartition("/")[2] for r in town.mastodon.requests if r.path.endswith("pin")]

    assert in_order(ENGLISH, [s["text"] for s in said])
    assert {s["language"] for s in said} == {"en"}
    assert [s["in_reply_to_id"] for s in said] == [None, *(s["id"] for s in said[:-1])]
    assert all(f"{STATUS}/en/incidents/{id}.html" in s["text"] for s in said)
    assert pins == ["pin", "unpin", "pin", "unpin"]
    assert town.mastodon.api.pinned == set()


def check_x(town: Town, id: str) -> None:
    """A chain whose first post alone holds the link, which X makes us pay for."""
    said = town.x.api.posts

    assert in_order(GERMAN, [post["written"] for post in said])
    assert [post["reply_to"] for post in said] == ["", *(post["id"] for post in said[:-1])]
    assert [f"{STATUS}/incidents/{id}.html" in post["written"] for post in said] == [True] + [False] * 5
    assert not any("http" in post["written"] for post in said[1:])


def check_mails(town: Town, id: str) -> None:
    """One thread a reader, in the reader's language, with the title as its subject throughout."""
    for to, words, lang, title in (
        ("anna", GERMAN, "de", "Sprachserver gestört"),
        ("bert", GERMAN, "de", "Sprachserver gestört"),
        ("carl", ENGLISH, "en", "Voice server down"),
    ):
        first, *later = found = town.mails(f"{to}@example.org")

        assert in_order(words, [body(mail) for mail in found])
        assert {mail["Content-Language"] for mail in found} == {lang}
        assert {mail["Subject"] for mail in found} == {f"[Stimmfunk] {title}"}
        assert first["In-Reply-To"] is first["References"] is None
        assert {(m["In-Reply-To"], m["References"]) for m in later} == {(first["Message-ID"], first["Message-ID"])}
        assert len({mail["Message-ID"] for mail in found}) == 6
        path = f"en/incidents/{id}.html" if to == "carl" else f"incidents/{id}.html"
        assert all(f"{STATUS}/{path}" in body(mail) for mail in found)
    assert len(town.smtp.mails) == 18


def check_hooks(town: Town, id: str) -> None:
    """The facts in both languages, signed; and through Apprise the words."""
    facts, words = town.hooks.taken["/signed"], town.hooks.taken["/apprise"]

    assert [f["type"] for f in facts] == ["incident.update"] * 6
    assert [f["data"]["update"]["text"] for f in facts] == [
        {"de": de, "en": en} for de, en in zip(GERMAN, ENGLISH, strict=True)
    ]
    phases = ["investigating", *(phase for *_, phase in EVENING)]
    assert [f["data"]["incident"]["phase"] for f in facts] == phases
    assert {f["data"]["incident"]["id"] for f in facts} == {id}
    assert len({f["id"] for f in facts}) == 6
    assert in_order(GERMAN, [w["message"] for w in words])
    assert {w["title"] for w in words} == {"[Stimmfunk] Sprachserver gestört"}


def check_ledger(shown: dict, id: str) -> None:
    """What `show --json` tells: the incident, each word on it, and what became of it where."""
    incident, rows = shown["incident"], shown["deliveries"]

    assert incident.keys() >= SHOWN
    assert all(update.keys() >= SHOWN_UPDATE for update in incident["updates"])
    assert all(row.keys() >= SHOWN_DELIVERY for row in rows)
    assert (incident["id"], incident["phase"], incident["impact"]) == (id, "resolved", "critical")
    assert (incident["title"]["en"], incident["components"]) == ("Voice server down", ["voice"])
    assert [(u["seq"], u["text"]["de"]) for u in incident["updates"]] == list(enumerate(GERMAN, 1))
    assert {u["by"] for u in incident["updates"]} == {"anna"}
    assert {(r["state"], r["attempts"], r["due"], r["why"]) for r in rows} == {("sent", 1, None, "")}
    assert [(r["step"], r["seq"]) for r in rows if r["channel"] == "x"] == [
        ("post", 1), ("reply", 2), ("reply", 3), ("reply", 4), ("reply", 5), ("reply", 6),
    ]  # fmt: skip
    assert [r["url"] for r in rows if r["channel"] == "telegram" and r["step"] == "post"] == [
        "https://t.me/voice_status/1"
    ]


def test_what_was_said_is_corrected_and_taken_back(town: Town) -> None:
    """Remotes that can edit and delete do; the others say that it is taken back. A running notifier delivers."""
    desk = town.desk
    with running(desk):
        id = desk.say(*OPENING)["incident"]["id"]
        desk.say("update", "-m", "Anbiter gefragt.", "-m", "en=Asked teh provider.")
        root = town.mastodon.statuses[0]["id"]

        told = desk.say("correct", "-m", "Anbieter gefragt.", "-m", "en=Asked the provider.")
        assert trouble(told) == []
        check_corrected(town)

        told = desk.say("correct", "--update", "1", "-t", "Telefon gestört", "-t", "en=Phone down", "-m", "Ganz still.")
        assert trouble(told) == []
        assert town.posts[0].text.startswith("🔴 Telefon gestört")
        assert "Ganz still." in town.mastodon.api.statuses[root]["text"]
        assert town.status()["incidents"][0]["title"] == {"de": "Telefon gestört", "en": "Phone down"}

        told = desk.say("retract")
        assert trouble(told) == []
        check_one_taken_back(town, id)

        told = desk.say("retract", "--all")
        assert trouble(told) == []
        check_all_taken_back(town, id)
        assert town.telegram.api.journal[-2:] == ["edit 1", "delete 1"]
    assert desk.say("show")["incident"]["retracted"]


def check_corrected(town: Town) -> None:
    """Edited where it stands: the answer and the first message; nobody is told anew."""
    assert ["Anbieter gefragt." in post.text for post in town.posts] == [True, True]
    assert ["Asked the" in s["text"] for s in town.mastodon.statuses] == [False, True]
    assert town.mastodon.statuses[1]["history"] != []
    assert len(town.x.api.posts) == len(town.mails("anna@example.org")) == len(town.hooks.taken["/signed"]) == 2
    assert "Anbieter gefragt." in town.page()
    assert "Anbiter" not in town.page()


def check_one_taken_back(town: Town, id: str) -> None:
    """The newest update is deleted, or said to be withdrawn."""
    mail, fact = town.mails("carl@example.org")[-1], town.hooks.taken["/signed"][-1]

    assert "Ganz still." in town.posts[0].text
    assert len(town.posts) == len(town.mastodon.statuses) == len(town.x.api.posts) == 1
    assert "Taken back" in body(mail)
    assert "Asked the provider." in body(mail)
    assert mail["In-Reply-To"] == town.mails("carl@example.org")[0]["Message-ID"]
    assert (fact["type"], fact["data"]["update"]["seq"]) == ("incident.retracted", 2)
    assert "Zurückgenommen" in town.hooks.taken["/apprise"][-1]["message"]
    assert "Anbieter gefragt." not in town.page()
    assert [i["id"] for i in town.status()["incidents"]] == [id]


def check_all_taken_back(town: Town, id: str) -> None:
    """A false alarm: nothing of it stands where it can be deleted, the others hear that it was one."""
    fact = town.hooks.taken["/signed"][-1]

    assert (town.posts, town.mastodon.statuses, town.x.api.posts) == ([], [], [])
    assert "false alarm" in body(town.mails("carl@example.org")[-1])
    assert "Fehlalarm" in body(town.mails("bert@example.org")[-1])
    assert (fact["type"], fact["data"]["incident"]["retracted"]) == ("incident.retracted", True)
    assert "Fehlalarm" in town.hooks.taken["/apprise"][-1]["message"]
    assert f'id="{id}"' not in town.page()
    assert town.status()["incidents"] == []
