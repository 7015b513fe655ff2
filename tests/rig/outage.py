"""A service that a real monitoring program watches, and what is to follow when it goes down and comes back."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

from notifier.model import Phase
from notifier.problem import Draft
from tests.e2e.station import Station, until
from tests.e2e.town import ROOT
from tests.rig.senders import free, script

EXAMPLES = ROOT / "examples" / "monitoring"


class Voice:
    """The service that is watched: a port that listens or does not."""

    def __init__(self) -> None:
        self.port = free()
        self._socket: socket.socket | None = None
        self.up()

    def up(self) -> None:
        """It listens."""
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=64)

    def down(self) -> None:
        """It does not."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"up\n")

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Server(ThreadingHTTPServer):
    answered = 0

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.answered += 1


class Website(Voice):
    """A service that is watched by HTTP: it answers, or nobody listens."""

    def __init__(self) -> None:
        self._server: _Server | None = None
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}/"

    @property
    def asked(self) -> bool:
        """Whether somebody was answered since it came up."""
        return self._server is not None and self._server.answered > 0

    def up(self) -> None:
        """It answers."""
        self._server = _Server(("127.0.0.1", self.port), _Site)
        threading.Thread(target=self._server.serve_forever, args=(0.05,)).start()

    def down(self) -> None:
        """Nobody listens."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def example(name: str, *changes: tuple[str, str]) -> str:
    """What we ship, with these words replaced."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{name} has no {old}"
        text = text.replace(old, new)
    return text


def notifier(folder: Path, station: Station) -> Path:
    """A program that runs ours with the station's configuration, as /usr/local/bin/notifier would."""
    line = f'exec "{sys.executable}" -m notifier --config "{station.desk.config}" "$@"'
    return script(folder / "notifier", f'cd "{ROOT}"', f'{line} >>"{folder}/said" 2>&1')


def published(station: Station, draft: Draft, phase: Phase) -> None:
    """Nothing is public before the admins were asked and one of them says yes; then it is, everywhere."""
    before = {name: len(said) for name, said in station.public().items()}
    until(lambda: any(f"notifier approve {draft.id}" in str(one) for one in station.asked()), "the admins are asked")
    station.quiet()
    assert {name: len(said) for name, said in station.public().items()} == before
    told = station.desk.say("approve", str(draft.id))
    station.quiet()
    after = station.public()
    assert {n: len(after[n]) - before[n] for n in ("telegram", "mastodon", "mail")} == {
        "telegram": 1, "mastodon": 1, "mail": 1
    }  # fmt: skip
    assert told["incident"]["phase"] == phase
    assert station.town.status()["seq"] >= len(after["mastodon"])
    assert station.town.status()["state"] == ("none" if phase is Phase.RESOLVED else told["incident"]["impact"])


def resolved(station: Station, draft: Draft) -> None:
    """The draft that proposes the end belongs to the only incident; published, it is over."""
    (id,) = station.incidents()
    assert draft.incident == id
    published(station, draft, Phase.RESOLVED)
    with station.store() as store:
        assert store.intake.requests(100, "bad") == []
        assert store.intake.standing() == []


def log(path: Path) -> str:
    """What is in a file so far."""
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def watched(station: Station, voice: Voice, ready: object = None) -> None:
    """It goes down, and up again, and each of it becomes public when it is approved."""
    if callable(ready):
        until(ready, "the monitoring is at work")
    voice.down()
    published(station, station.draft("it is down"), Phase.INVESTIGATING)
    voice.up()
    resolved(station, station.draft("a draft to resolve it"))


def answers(url: str) -> bool:
    """Whether somebody answers there with success."""
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False
