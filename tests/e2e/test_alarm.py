"""The evening of 2011 again, told by monitoring: what is public, who decided it, and what happens if nobody does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from notifier.problem import DraftState
from tests.e2e.station import BEARER, HOOK, Station, until
from tests.e2e.town import ROOT, Town, body
from tests.web.running import alert

RULE = '[rules.voice]\ncomponent = "voice"\npublish_after = "15m"\n'


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Every kind of remote."""
    with Town(tmp_path) as town:
        yield town
        assert town.telegram.api.violations == []


def told(station: Station, status: str) -> None:
    """Alertmanager says that the voice server is down ("firing") or up again ("resolved")."""
    said = alert("voice-1", status=status)
    for one in said["alerts"]:
        one["startsAt"] = f"2011-11-21T{'14:00' if station.drafts(False) == [] else '19:00'}:00Z"
    answer = requests.post(f"{station.url}/hooks/prometheus", json=said, headers=BEARER, timeout=30)
    assert (answer.status_code, answer.json()["signals"]) == (200, 1)


def test_an_evening_driven_by_signals_alone(town: Town) -> None:
    """Down, nobody answers, so the holding text; up; down again; up: one incident, reopened once, and each word in
    public was approved by somebody or by the rule whose time had come."""
    station = Station(town, HOOK, RULE, moving=True)
    station.at("2011-11-21T14:00:00")
    with station.serving():
        told(station, "firing")
        first = station.draft()
        station.quiet()
        assert public_words(station) == 0
        station.at("2011-11-21T14:14:00")
        station.quiet()
        assert [d.id for d in station.drafts()] == [first.id]
        station.at("2011-11-21T14:15:30")
        until(lambda: not station.drafts(), "its time has come")
        station.quiet()
        assert public_words(station) == 1

        for moment, status, words in (
            ("16:30", "resolved", 2),
            ("19:00", "firing", 3),
            ("22:00", "resolved", 4),
        ):
            station.at(f"2011-11-21T{moment}:00")
            told(station, status)
            draft = station.draft()
            station.quiet()
            assert public_words(station) == words - 1
            station.desk.say("approve", str(draft.id))
            station.quiet()
            assert public_words(station) == words
    check_evening(station)


def public_words(station: Station) -> int:
    """How many words were said in public; as many on each channel."""
    (many,) = {len(said) for said in station.public().values()}
    return many


def check_evening(station: Station) -> None:
    """One incident; its words in their order everywhere; who decided what."""
    (id,) = station.incidents()
    shown = station.desk.say("show", id)["incident"]
    assert [u["phase"] for u in shown["updates"]] == ["investigating", "resolved", "investigating", "resolved"]
    english = [u["text"]["en"] for u in shown["updates"]]
    german = [u["text"]["de"] for u in shown["updates"]]
    assert "monitoring reports" in english[0]
    assert [(d.state, d.by, d.via) for d in station.drafts(waiting=False)] == [
        (DraftState.PUBLISHED, "", "rule voice"),
        *[(DraftState.PUBLISHED, "anna", "cli")] * 3,
    ]
    assert in_order(english, [s["text"] for s in station.town.mastodon.statuses])
    assert in_order(german, [body(mail) for mail in station.town.mails("anna@example.org")])
    assert station.town.telegram.api.journal == [
        "post 1", "pin 1",
        "reply 2 to 1", "edit 1", "unpin 1",
        "reply 3 to 1", "edit 1", "pin 1",
        "reply 4 to 1", "edit 1", "unpin 1",
    ]  # fmt: skip
    assert station.town.status()["state"] == "none"
    rows = station.desk.say("show", id)["deliveries"]
    assert {(r["state"], r["attempts"]) for r in rows} <= {("sent", 1), ("superseded", 0)}


def in_order(words: list[str], texts: list[str]) -> bool:
    """Whether each text holds its words, and there is no other text."""
    return len(words) == len(texts) and all(flat(w) in flat(t) for w, t in zip(words, texts, strict=True))


def flat(text: str) -> str:
    """Without line breaks."""
    return " ".join(text.split())


def test_cron_alone_keeps_time_and_delivers(town: Town) -> None:
    """No daemon, only `notifier signal` and `notifier tick`: the holding text after its time, a delivery that failed
    is tried again, a missing heartbeat is noticed; and two ticks that overlap act once."""
    job = '[heartbeats.backup]\nkey = "heartbeat-s3cret-1"\nevery = "2m"\ngrace = "1m"\n'
    rule = '[rules.all]\nhook = "signal"\npublish_after = "15m"\n[rules.jobs]\ngroup = "jobs"\n'
    station = Station(town, rule, job, moving=True)
    desk = station.desk
    station.at("2011-11-21T14:00:00")
    desk.say("signal", "problem", "voice", "-c", "voice")
    assert desk.run("tick").returncode == 0
    assert public_words(station) == 0

    station.at("2011-11-21T14:15:30")
    town.mastodon.fault("unavailable")
    together(station, 2)
    assert len(town.posts) == 1
    assert town.mastodon.statuses == []
    station.at("2011-11-21T14:16:30")
    together(station, 2)
    assert public_words(station) == 1
    assert [d.via for d in station.drafts(waiting=False)] == ["rule all"]

    assert desk.run("watch", "backup", "--", "true").returncode == 0
    for second in ("18:30", "19:20", "19:40"):
        assert heartbeat(station) == "up"
        station.at(f"2011-11-21T14:{second}")
        together(station, 2)
    assert heartbeat(station) == "down"
    ((draft),) = station.drafts()
    assert "backup" in draft.why
    with station.store() as store:
        assert len([h for h in store.intake.heard(100) if h.hook == "heartbeat"]) == 1
    assert len({one["id"] for one in station.asked()}) == len(station.asked())


def heartbeat(station: Station) -> str:
    """The state of the only one."""
    done = station.desk.run("heartbeats", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    ((only),) = json.loads(done.stdout)
    return str(only["state"])


def together(station: Station, many: int) -> None:
    """So many ticks at the same time, none of which may fail."""
    command = [*station.desk.program, "--config", str(station.desk.config), "tick"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, cwd=ROOT, env=station.env(), **pipes) for _ in range(many)]
    for one in running:
        out, err = one.communicate(timeout=60)
        assert (one.returncode in (0, 3), err) == (True, ""), out
