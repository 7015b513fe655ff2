"""A real server in a thread of the test or in a process of its own, and somebody who speaks to it through sockets."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests

from notifier import config, registry
from notifier.store.intake import Inbound
from notifier.store.sqlite import Sqlite
from notifier.web.log import Log
from notifier.web.parts import Part
from notifier.web.serve import Serving, listen, secrets
from notifier.wiring import build

PATIENCE = 30.0
URL = "https://notify.example"
SITE = """
[site]
name = "Stimmfunk"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "n.db"
[components.voice]
name = { de = "Sprachserver", en = "Voice server" }
[channels.news]
kind = "folder"
path = "page"
[channels.team]
kind = "webhook"
url = "http://127.0.0.1:9/"
[admins]
channels = ["team"]
lang = "en"
[serve]
url = "https://notify.example"
"""
OPEN = '[hooks.open]\nsource = "alertmanager"\nauth = "none"\n'
EVENTS = '[hooks.pd]\nsource = "pagerduty_events_v2"\nauth = "body"\nsecret = "routing-s3cret-0001"\n'


def until(condition: Callable[[], Any], what: str = "") -> Any:
    """Wait till something holds; what it gave."""
    end = monotonic() + PATIENCE
    while not (found := condition()):
        assert monotonic() < end, f"never came true: {what or condition}"
        sleep(0.01)  # between two looks
    return found


class Served:
    """A server that runs: where it is, what it logs, what lies in its store."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.log = io.StringIO()
        self.parts: Sequence[Part] = ()

    def post(self, path: str, body: Any = b"", method: str = "POST", **more: Any) -> requests.Response:
        """One request, on a connection of its own."""
        data = {"json": body} if isinstance(body, dict | list) else {"data": body}
        return requests.request(method, self.url + path, **data, **more, timeout=PATIENCE)

    def get(self, path: str, **more: Any) -> requests.Response:
        """The same with GET."""
        return requests.get(self.url + path, **more, timeout=PATIENCE, allow_redirects=False)

    def raw(self, *pieces: bytes) -> bytes:
        """What comes back for these bytes until the other side closes, or has said nothing for a second."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            for piece in pieces:
                line.sendall(piece)
            return _all(line)

    def store(self) -> closing[Sqlite]:
        """The store, for a look."""
        return closing(Sqlite(self.folder / "n.db"))

    def requests(self) -> list[Inbound]:
        """What was taken in, oldest first."""
        with self.store() as store:
            return store.intake.requests(100_000)[::-1]

    def request(self, id: int) -> Inbound:
        """One of them."""
        with self.store() as store:
            found = store.intake.request(id)
        assert found is not None
        return found

    def newest(self) -> Inbound:
        """The last that was taken in."""
        with self.store() as store:
            return store.intake.requests(1)[0]

    def drafts(self, waiting: bool = True) -> list[Any]:
        """The drafts there are."""
        with self.store() as store:
            return store.intake.drafts(waiting)

    def links(self) -> list[str]:
        """The links that went to admins, as paths here, oldest first."""
        with self.store() as store:
            texts = [row.message.text for row in store.deliveries("") if row.message is not None]
        return [path for text in texts for path in re.findall(rf"{re.escape(URL)}(/drafts/\S+)", text)]


def _all(line: socket.socket) -> bytes:
    line.settimeout(1.0)
    found = b""
    try:
        while chunk := line.recv(65536):
            found += chunk
    except (TimeoutError, ConnectionResetError):
        pass
    return found


@contextmanager
def serving(folder: Path, *tables: str, as_json: bool = False, **more: Any) -> Iterator[Served]:
    """Serve in this process; stopped at the end. ``more`` goes to the addresses, such as ``confirm``."""
    path = write(folder, *tables)
    house = build(config.load(path, registry.kind))
    sockets = listen("127.0.0.1", 0)
    served = Served(folder, sockets[0].getsockname()[1])
    assert house.settings.duty is not None
    serving = Serving(house, Log(served.log, as_json, secrets(house, house.settings.duty)), **more)
    served.parts = serving.parts
    thread = threading.Thread(target=serving.run, args=(sockets,), daemon=True)
    thread.start()
    try:
        assert serving.ready.wait(PATIENCE)
        yield served
    finally:
        serving.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def write(folder: Path, *tables: str) -> Path:
    """The configuration: the site, and these tables."""
    path = folder / "notifier.toml"
    path.write_text(SITE + "".join(tables), encoding="utf-8")
    path.chmod(0o600)
    return path


class Process(Served):
    """`notifier serve` as a process of its own."""

    def __init__(self, folder: Path, *tables: str, words: tuple[str, ...] = (), **how: Any) -> None:
        write(folder, *tables)
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        super().__init__(folder, port)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(Path(config.__file__).parents[1])}
        env |= how.pop("env", {})
        self.output = folder / "output"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "notifier", "serve", "--port", str(port), *words],
                cwd=folder, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **how,
            )  # fmt: skip

    def __enter__(self) -> Process:
        until(self.answers, "the process listens")
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def answers(self) -> bool:
        """Whether it listens and is well; fails when it has ended."""
        assert self.process.poll() is None, self.said()
        try:
            return self.get("/healthz").status_code == 200
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """SIGTERM, and wait; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        """All that it printed."""
        return self.output.read_text(encoding="utf-8")


def alert(*names: str, status: str = "firing", service: str = "voice") -> dict[str, Any]:
    """What Alertmanager sends."""
    alerts = [
        {
            "status": status,
            "labels": {"alertname": "Down", "service": service, "instance": name, "severity": "critical"},
            "annotations": {"summary": f"{name} is down"},
            "startsAt": "2026-11-26T14:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-26T14:30:00Z",
            "fingerprint": sha256(name.encode()).hexdigest()[:16],
        }
        for name in names
    ]
    top = {"version": "4", "groupKey": "{}:{}", "status": status, "receiver": "us", "truncatedAlerts": 0}
    return {**top, "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "", "alerts": alerts}


def event(action: str = "trigger", **more: Any) -> dict[str, Any]:
    """What a client of PagerDuty's Events API v2 sends."""
    about = {"summary": "voice is down", "source": "v1", "severity": "critical", "component": "voice"}
    return {"routing_key": "routing-s3cret-0001", "event_action": action, "payload": about, **more}
