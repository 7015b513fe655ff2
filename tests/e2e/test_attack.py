"""What attackers send and tired admins do: the way from alarm to public word holds, and nothing gets through."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import requests

from notifier.source import Request
from notifier.store.intake import Inbound
from tests.e2e.station import BEARER, HOOK, Station, until
from tests.e2e.town import STATUS, Town, telegram
from tests.web.running import alert

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script></b><a href='javascript:x'>x</a> {site} %s {0.__class__} "
    "*_`[x](http://evil.example)` \u202egnp.exe\u202c \ud800\r\nBcc: eve@example.org\r\n.\r\n@everyone \x00"
)
CONTROL = [chr(n) for n in range(32) if chr(n) not in "\n\t"] + ["\x7f", "\x9b", "\u202e"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Every kind of remote; Telegram's description of its API has nothing to object to."""
    with Town(tmp_path) as town:
        yield town
        assert town.telegram.api.violations == []


def post(station: Station, said: Any, status: int = 200) -> None:
    """A request as Alertmanager sends it."""
    answer = requests.post(f"{station.url}/hooks/prometheus", data=json.dumps(said), headers=BEARER, timeout=30)
    assert answer.status_code == status, answer.text


def hostile() -> dict[str, Any]:
    """An alert that holds hostile text wherever a text may stand."""
    said = alert("v1")
    one = said["alerts"][0]
    one["labels"] = dict.fromkeys(one["labels"], HOSTILE) | {"severity": "critical", HOSTILE: HOSTILE}
    one["annotations"] = dict.fromkeys(("summary", "description", "title", "message"), HOSTILE)
    one |= {"fingerprint": HOSTILE, "generatorURL": "javascript:alert(1)"}
    return {**said, "externalURL": HOSTILE, "groupKey": HOSTILE, "receiver": HOSTILE, "commonLabels": one["labels"]}


def test_hostile_text_reaches_nobody_as_more_than_text(town: Town) -> None:
    """In every field of an alert: admins read it as text in chat, mail, terminal and browser, the public not at all."""
    station = Station(town, HOOK)
    admins = (telegram(town.telegram, "chat"), town.mail("ops", "ops@example.org"))
    with (town.folder / "notifier.toml").open("a") as file:
        file.write("".join(admins) + '[serve]\nurl = "https://notify.example"\n')
    text = station.desk.config.read_text()
    station.desk.config.write_text(text.replace('channels = ["team"]', 'channels = ["team", "chat", "ops"]'))
    with station.serving():
        post(station, hostile())
        draft = station.draft()
        station.quiet()
        (mail,) = [m for m in town.smtp.mails if m.recipients == ("ops@example.org",)]
        parsed = message_from_bytes(mail.content, policy=policy.default)
        assert parsed["Bcc"] is None
        assert parsed.get_all("To") == ["ops@example.org"]
        (link,) = {w for m in station.asked() for w in str(m).split("'") if "/drafts/" in w and w.startswith("https")}
        page = requests.get(link.replace("https://notify.example", station.url), timeout=30).text
        assert "<script" not in page
        assert "javascript:" not in page.replace("&#39;javascript:", "")
        (asked,) = [p for p in town.posts if "Entwurf" in p.text]
        assert not [c for c in CONTROL if c in asked.text + page + str(parsed["Subject"])]
        for words in (
            ("drafts",),
            ("drafts", str(draft.id)),
            ("signals",),
            ("signals", "--bad"),
            ("signals", "--json"),
        ):
            shown = station.desk.run(*words)
            assert (shown.returncode, shown.stderr) == (0, ""), words
            assert not [c for c in CONTROL if c in shown.stdout], words
        told = station.desk.say("approve", str(draft.id))
        station.quiet()
    public = town.page() + town.page("en") + json.dumps(told["incident"])
    public += "".join(s["text"] for s in town.mastodon.statuses)
    assert not [w for w in ("script>alert", "evil.example", "@everyone", "gnp.exe", "owned") if w in public]
    assert STATUS in public


WORDS = (
    ("problem", "disk", "-t", HOSTILE.replace("\x00", "").replace("\ud800", "")),
    ("problem", os.fsdecode(b"disk \xff\x1b[2J"), "-t", os.fsdecode(b"voll: 90 % \xfcber Soll"), "-m", "\x1b[31mred"),
)


@pytest.mark.parametrize("words", WORDS)
def test_a_script_passes_on_whatever_a_program_printed(town: Town, words: tuple[str, ...]) -> None:
    """`notifier signal` with escape sequences, or bytes of an old encoding: taken, and shown as text."""
    station = Station(town)
    done = station.desk.run("signal", *words)
    assert (done.returncode, done.stderr) == (0, "")
    for shown in (station.desk.run("signals"), station.desk.run("drafts"), station.desk.run("drafts", "1")):
        assert (shown.returncode, shown.stderr) == (0, "")
        assert not [c for c in CONTROL if c in shown.stdout]


def test_words_of_an_old_encoding_are_refused_in_one_text(town: Town) -> None:
    """A terminal that is not set to UTF-8: nothing is stored, and the reason is said."""
    station = Station(town)
    done = station.desk.run("open", "-t", "en=Disk", "-t", os.fsdecode(b"Platte \xfcber"), "-m", "voll", "--yes")
    assert done.returncode == 2
    assert "UTF-8" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_job_prints_escape_sequences_and_binary(town: Town) -> None:
    """`notifier watch` passes the output on as it is, and records it as text."""
    station = Station(town)
    command = [*station.desk.program, "--config", str(station.desk.config), "watch", "job", "--"]
    done = subprocess.run(
        [*command, "printf", r"\033[2J\377\000x\n"],
        capture_output=True, cwd=town.folder, env=station.env(), check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"\x1b[2J\xff\x00x\n")
    failed = station.desk.run("watch", "job", "--", "sh", "-c", r"printf '\033[2J\000x\n'; exit 3")
    assert failed.returncode == 3
    shown = station.desk.run("signals")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "exit status 3" in shown.stdout


def take_in(station: Station, hook: str, source: str, body: bytes) -> int:
    """A request lies in the store."""
    with station.store() as store, store.transaction():
        return store.intake.take_in(Inbound(hook, source, Request(datetime.now(UTC), body=body)))


def test_a_request_that_nobody_can_read_any_more_holds_up_nothing(town: Town) -> None:
    """The package that brought its source is gone: it is put aside, and what came after it is weighed."""
    station = Station(town, HOOK)
    station.desk.run("list")
    take_in(station, "prometheus", "a-plugin-that-is-gone", b"{}")
    take_in(station, "prometheus", "alertmanager", json.dumps(alert("v1")).encode())
    done = station.desk.run("tick")
    assert (done.returncode, done.stderr) == (0, "")
    with station.store() as store:
        assert [one.state for one in store.intake.requests(10)] == ["weighed", "bad"]
        assert "a-plugin-that-is-gone" in store.intake.requests(10)[1].why
    assert len(station.drafts()) == 1


def test_what_an_incident_is_on_is_taken_out_of_the_configuration(town: Town) -> None:
    """The component is deleted while its incident is open: the incident can be resolved all the same."""
    station = Station(town, HOOK)
    with station.serving():
        post(station, alert("v1"))
        station.desk.say("approve", str(station.draft().id))
        station.quiet()
    text = station.desk.config.read_text()
    station.desk.config.write_text(text.replace("[components.voice]", "[components.other]"))
    with station.serving():
        post(station, alert("v1", status="resolved"))
        second = station.draft("a draft to resolve it")
        station.desk.say("approve", str(second.id))
        station.quiet()
    assert town.status()["state"] == "none"


def test_the_store_is_replaced_beneath_a_running_server(town: Town) -> None:
    """Somebody deletes the file: what is answered with 200 is in the file that is there."""
    station = Station(town, HOOK)
    db = town.folder / "notifier.db"
    with station.serving(code=None):
        post(station, alert("v1"))
        station.quiet()
        for name in ("notifier.db", "notifier.db-wal", "notifier.db-shm"):
            with suppress(FileNotFoundError):
                (town.folder / name).unlink()

        def taken() -> bool:
            answer = requests.post(f"{station.url}/hooks/prometheus", json=alert("v2"), headers=BEARER, timeout=30)
            assert answer.status_code in (200, 503)
            return answer.status_code == 200

        until(taken, "it takes requests again")
        assert db.exists()
        with station.store() as store:
            assert len(store.intake.requests(10)) == 1


@pytest.mark.parametrize("broken", [b"this is no database at all, but a text of some length" * 100, b""])
def test_a_store_that_is_none(town: Town, broken: bytes) -> None:
    """A file of something else: every command says so in one text; an empty one is a new store."""
    station = Station(town, HOOK)
    (town.folder / "notifier.db").write_bytes(broken)
    for words in (("tick",), ("drafts",), ("signal", "problem", "x"), ("serve", "--port", "0")):
        if not broken and words[0] == "serve":
            continue
        done = station.desk.run(*words)
        assert "Traceback" not in done.stderr
        assert (done.returncode == 2) == bool(broken), done
        assert ("notifier.db" in done.stderr) == bool(broken)


def test_nagios_hands_over_bytes_of_an_old_encoding(town: Town) -> None:
    """What a plugin printed is in Latin-1, with escape sequences: a draft all the same."""
    station = Station(town)
    env = {os.fsencode(k): os.fsencode(v) for k, v in station.env().items()}
    env |= {b"NAGIOS_NOTIFICATIONTYPE": b"PROBLEM", b"NAGIOS_HOSTNAME": b"voice1", b"NAGIOS_SERVICEDESC": b"st\xf6rung"}
    env |= {b"NAGIOS_SERVICESTATE": b"CRITICAL", b"NAGIOS_SERVICEOUTPUT": b"90 % \xfcber Soll \x1b[31m$(reboot)`id`"}
    command = [*station.desk.program, "--config", str(station.desk.config), "signal", "--nagios"]
    done = subprocess.run(command, env=env, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    shown = station.desk.run("drafts", str(station.draft().id))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert not [c for c in CONTROL if c in shown.stdout]


def test_netdata_hands_over_an_environment_full_of_secrets(town: Town) -> None:
    """What custom_sender exports is kept, and nothing that the machine's environment holds besides."""
    station = Station(town)
    said = {"host": "voice", "alarm_id": "7", "alarm": "voice down", "status": "CRITICAL", "when": "1795730312"}
    more = {"SMTP_LOGIN": "anna hunter2", "DSN": "x://anna:hunter2@db", "https_proxy": "http://anna:hunter2@proxy"}
    command = [*station.desk.program, "--config", str(station.desk.config), "signal", "--netdata"]
    done = subprocess.run(command, env=station.env() | said | more, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    with station.store() as store:
        one = store.intake.request(1)
    assert one is not None
    assert said.items() <= one.request.env.items()
    assert "hunter2" not in str(one.request.env)


@pytest.mark.rig
def test_a_full_disk_and_room_again(tmp_path: Path) -> None:
    """The store lies on a disk of 2 MB: senders are told to come again, nothing that was answered with 200 is missing,
    and when there is room again all goes on by itself."""
    (tmp_path / "site").mkdir()
    with small_disk(tmp_path / "disk") as disk, Town(tmp_path / "site") as town:
        station = Station(town, HOOK + "per_minute = 100000\n")
        text = station.desk.config.read_text()
        station.desk.config.write_text(text.replace('url = "notifier.db"', f'url = "{disk}/notifier.db"'))
        (town.folder / "notifier.db").symlink_to(disk / "notifier.db")
        with station.serving():
            taken, full = fill(station)
            assert full == 503
            assert requests.get(f"{station.url}/readyz", timeout=30).status_code == 503
            subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
            until(lambda: fill(station, 1)[0], "it takes requests again")
            until(lambda: requests.get(f"{station.url}/readyz", timeout=30).ok, "it is well again")
            station.draft()
            station.quiet()
        with station.store() as store:
            found = b"".join(one.request.body for one in store.intake.requests(100_000))
            assert [name for name in taken if f'"{name}"'.encode() not in found] == []


def fill(station: Station, most: int = 1000) -> tuple[list[str], int]:
    """Requests until one is not taken: the names in those that were, and the last answer."""
    taken: list[str] = []
    for n in range(most):
        name = f"node-{os.urandom(4).hex()}-{n}"
        said = {**alert(name), "commonAnnotations": {"filler": "x" * 20_000}}
        answer = requests.post(f"{station.url}/hooks/prometheus", json=said, headers=BEARER, timeout=60)
        if answer.status_code != 200:
            return taken, answer.status_code
        taken.append(name)
    return taken, 200


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 2 MB, which only root can make."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("needs root, to mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
