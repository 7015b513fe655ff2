"""From a monitor of a real Uptime Kuma to the public word, by a running `notifier serve`, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from notifier.inbound.uptime_kuma import HINT
from tests.e2e.station import Station, until
from tests.e2e.town import Town
from tests.rig import hosts
from tests.rig.outage import Website, answers, watched
from tests.rig.senders import free, running

SECRET = "alarm-s3cret-0003"
HOOK = f'[hooks.kuma]\nsource = "uptime_kuma"\nauth = "bearer"\nsecret = "{SECRET}"\n'
NEEDED = "npm's uptime-kuma in .rig/kuma, see .ci/rig-long"
INTERVAL = 20  # seconds between two checks; Uptime Kuma takes no less
CUSTOM = re.sub(r".*body: (.*)\.", r"\1", HINT)  # what we advise whom we do not understand
USER = ("anna", "Sprachserver-2026")
pytestmark = pytest.mark.rig_long


class Kuma:
    """What a browser does there: Socket.IO by long polling.

    https://socket.io/docs/v4/engine-io-protocol/ and https://socket.io/docs/v4/socket-io-protocol/
    """

    def __init__(self, url: str) -> None:
        self._url, self._number = f"{url}/socket.io/?EIO=4&transport=polling", 0
        opened = self._taken()[0]
        self._url += f"&sid={json.loads(opened[1:])['sid']}"
        self._sent("40")

    def asked(self, event: str, *words: object) -> dict[str, Any]:
        """What it answers to an event, which is to be agreed to."""
        self._number += 1
        start = f"43{self._number}["
        self._sent(f"42{self._number}{json.dumps([event, *words])}")
        while True:
            for packet in self._taken():
                if packet == "2":
                    self._sent("3")
                if packet.startswith(start):
                    answer = dict(json.loads(packet[len(start) - 1 :])[0])
                    assert answer["ok"], answer
                    return answer

    def _sent(self, packet: str) -> None:
        requests.post(self._url, packet.encode(), timeout=60).raise_for_status()

    def _taken(self) -> list[str]:
        answer = requests.get(self._url, timeout=60)
        answer.raise_for_status()
        return answer.content.decode().split("\x1e")


@contextmanager
def kuma(folder: Path) -> Iterator[Kuma]:
    """A new one with a user who is logged in. It asks no other host for a newer version of itself."""
    server = Path(hosts.program("kuma/node_modules/uptime-kuma/server/server.js", NEEDED))
    node = hosts.program("kuma/node", NEEDED)
    (folder / "data").mkdir()
    (folder / "data" / "db-config.json").write_text('{"type": "sqlite"}')
    url = f"http://127.0.0.1:{free()}"
    command: list[str | Path] = [
        "env",
        "-C",
        server.parents[1],
        "https_proxy=http://127.0.0.1:9",
        node,
        server,
        "--host=127.0.0.1",
    ]
    with running([*command, f"--port={url[17:]}", f"--data-dir={folder}/data/"], folder / "kuma.log"):
        until(lambda: answers(url), "Uptime Kuma listens")
        one = Kuma(url)
        one.asked("setup", *USER)
        one.asked("login", {"username": USER[0], "password": USER[1], "token": ""})
        yield one


def monitor(kuma: Kuma, website: Website, hook: str, body: str) -> None:
    """A monitor that is set up by its forms, as docs/hooks.md says."""
    notification = {"name": "Notifier", "type": "webhook", "webhookURL": hook, "webhookContentType": body}
    notification["webhookAdditionalHeaders"] = json.dumps({"Authorization": f"Bearer {SECRET}"})
    notification["webhookCustomBody"] = CUSTOM
    id = kuma.asked("addNotification", notification, None)["id"]
    form = {"accepted_statuscodes": ["200-299"], "kafkaProducerBrokers": [], "kafkaProducerSaslOptions": {}}
    numbers = {"interval": INTERVAL, "retryInterval": INTERVAL, "timeout": 10, "maxretries": 0, "maxredirects": 10}
    words = {"type": "http", "name": "voice", "url": website.url, "method": "GET"}
    kuma.asked("add", {**form, **numbers, **words, "notificationIDList": {str(id): True}})


@pytest.mark.parametrize("body", ["json", "form-data", "custom"])
def test_kuma(tmp_path: Path, town: Town, website: Website, body: str) -> None:
    """Uptime Kuma asks a web server each 20 seconds and calls our hook: it is gone, and is there again."""
    station = Station(town, HOOK)
    with station.serving(), kuma(tmp_path) as sender:
        monitor(sender, website, f"{station.url}/hooks/kuma", body)
        watched(station, website, lambda: website.asked)
