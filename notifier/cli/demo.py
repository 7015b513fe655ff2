"""``notifier demo``: an evening of 2011, told as it would be today. No account, no server."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import fill
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import typer

from notifier import config, registry
from notifier.cli import report
from notifier.events import Command, Open, Reopen, Tell
from notifier.model import Delivery, Impact, Phase
from notifier.service import Service
from notifier.store import Store
from notifier.testing.clock import Clock
from notifier.testing.smtp import FakeSmtp
from notifier.values import value
from notifier.wiring import House, build

_ZONE = ZoneInfo("Europe/Berlin")
_SCENES = Path(__file__).with_name("evening.toml")
_BEGIN = re.compile(r"(?:━━ \S+)?\s*")
_SETTINGS = """
[site]
name = "Stimmfunk"
url = "https://forum.example.org"
status_url = "https://status.example.net"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "{folder}/notifier.db"
[components.voice]
name = {{ de = "Sprachserver", en = "Voice server" }}
[components.forum]
name = {{ de = "Forum", en = "Forum" }}
[channels.page]
kind = "folder"
path = "{folder}/page"
[channels.mail]
kind = "email"
host = "127.0.0.1"
port = {port}
from = "status@example.net"
to = ["anna@example.org"]
tls = "none"
lang = "en"
[channels.console]
kind = "console"
lang = "de"
"""


@value
class Scene:
    """One moment of the evening: what the admin sees, and the command he gives. ``down``: mail is down just then."""

    at: datetime
    seen: str
    command: Command
    down: bool = False


def demo_(
    folder: Path = typer.Option(Path("notifier-demo"), "--folder", metavar="DIR", help="Where to put page and mails."),
    pause: float = typer.Option(1.0, "--pause", metavar="SECONDS", min=0, help="Between the scenes."),
) -> int:
    """Play the evening of an outage through a status page, a mailbox and this terminal."""
    for name in ("page", "mailbox"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for old in folder.glob("notifier.db*"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    with FakeSmtp(maildir=folder / "mailbox") as mail:
        text = _SETTINGS.format(folder=folder.resolve(), port=mail.port)
        clock = Clock(scenes()[0].at)
        house = build(config.parse(text, registry.kind, "demo"), clock)
        store = house.store()
        code = _play(house, store, clock, mail, pause)
        store.close()
    _where_to_look(folder)
    return code


def scenes() -> list[Scene]:
    """The evening, from evening.toml."""
    data = tomllib.loads(_SCENES.read_text(encoding="utf-8"))
    return [_scene(s, data) for s in data["scene"]]


def _scene(scene: dict[str, Any], data: dict[str, Any]) -> Scene:
    day = datetime.fromisoformat(str(data["day"]))
    hour, minute = map(int, str(scene["at"]).split(":"))
    at = day.replace(hour=hour, minute=minute, tzinfo=_ZONE).astimezone(UTC)
    words = {lang: str(scene[lang]) for lang in ("de", "en")}
    return Scene(at, str(scene["seen"]), _command(scene, words, data["title"]), bool(scene.get("mail_down")))


def _command(scene: dict[str, Any], words: dict[str, str], title: dict[str, str]) -> Command:
    if scene["do"] == "open":
        return Open(title, words, ("voice", "forum"), Impact.CRITICAL)
    if scene["do"] == "reopen":
        return Reopen(words)
    return Tell(words, Phase(scene["status"]))


def _play(house: House, store: Store, clock: Clock, mail: FakeSmtp, pause: float) -> int:
    service, ids = house.service(store), []
    for scene in scenes():
        clock.move(scene.at - clock())
        _say(f"\n━━ {scene.at.astimezone(_ZONE):%H:%M}  {scene.seen}")
        if scene.down:
            mail.fault("busy")
        ids += _tell(scene, service, house, store, clock)
        sleep(pause if sys.stdout.isatty() else 0)  # so that who watches can read along
    return report.exit_code([row for id in ids if (row := store.delivery(id)) is not None])


def _tell(scene: Scene, service: Service, house: House, store: Store, clock: Clock) -> list[int]:
    said = service.handle(scene.command, by="admin", source="demo")
    _say(f"   recorded: incident {said.incident.id}, {said.incident.phase}\n")
    ids = [row.id for row in said.deliveries]
    while True:
        house.dispatcher(store, "cli").run_dry()
        rows = [row for id in ids if (row := store.delivery(id)) is not None]
        waiting = [row for row in rows if row.state.waiting]
        for row in waiting or rows:
            _say(_line(row, clock()))
        if not waiting:
            return ids
        clock.move(timedelta(seconds=10))


def _line(row: Delivery, now: datetime) -> str:
    return f"   {report.line(row, now)}"


def _where_to_look(folder: Path) -> None:
    _say("\nThat was one incident, reopened once, told in two languages. What is left to look at:")
    _say(f"  status page   {folder / 'page' / 'index.html'}   (German: page/de, English: page/en)")
    _say(f"  mails         {folder / 'mailbox' / 'new'}")
    _say(f"  the ledger    {folder / 'notifier.db'}")
    _say("\nNow your own: `notifier init` writes a configuration that works at once.")


def _wrapped(line: str, width: int) -> str:
    """A line cut between words, the rest beneath where its words began; a word too long for that at the margin."""
    begin = " " * len(_BEGIN.match(line)[0])  # type: ignore[index]
    return fill(line, width, subsequent_indent=begin, break_long_words=False, break_on_hyphens=False)


def _say(text: str) -> None:
    if sys.stdout.isatty():
        text = "\n".join(_wrapped(line, max(shutil.get_terminal_size().columns, 20)) for line in text.split("\n"))
    typer.echo(text)
    sys.stdout.flush()
