"""telemelya, an emulator of the Bot API that others wrote, and who stands between it and `notifier serve`.

TELEMELYA is the path of the Python that has it (``pip install telemelya`` in an environment of its own). It keeps what
it knows in Redis and files in S3, so these are started as well.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.rig import hosts

KEY = "testkey"
TOKEN = "123456789:" + "A" * 35
PROOF = "X-Telegram-Bot-Api-Secret-Token"


class Telemelya:
    """The emulator that runs at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._test = f"{url}/api/v1/test"
        self._key = {"Authorization": f"Bearer {KEY}"}

    def seen(self) -> list[dict[str, Any]]:
        """What the emulator was sent, oldest first."""
        query = {"session_id": "default"}
        answer = requests.get(f"{self._test}/responses", query, headers=self._key, timeout=30)
        return list(answer.json()["responses"])

    def presses(self, chat: int, message: int, data: str) -> dict[str, Any]:
        """The user of a private chat presses a button: what came of handing that over."""
        press = {"chat_id": chat, "callback_data": data, "callback_message_id": message}
        there = f"{self._test}/send_update"
        answer = requests.post(there, params={"bot_token": TOKEN}, json=press, headers=self._key, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json()["delivery"])

    def asked(self, method: str) -> Any:
        """The result of a method of the Bot API."""
        return requests.post(f"{self.url}/bot{TOKEN}/{method}", timeout=30).json()["result"]


@contextmanager
def telemelya() -> Iterator[Telemelya]:
    """A fresh emulator."""
    python = os.environ.get("TELEMELYA", "")
    if not Path(python).is_file():
        hosts.lacking("telemelya, and TELEMELYA to be the path of its Python, see .ci/run")
    server = hosts.program("redis-server", "the Debian package redis-server")
    with ExitStack() as stack:
        files = urlsplit(stack.enter_context(hosts.s3rver("test-media"))).netloc
        redis, port = hosts.free(), hosts.free()
        at, home = (stack.enter_context(hosts.open_folder()) for _ in range(2))
        keeps = [server, "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", str(at)]
        stack.enter_context(hosts.running(keeps, redis, at))
        url = f"http://127.0.0.1:{port}"
        env = {
            "AUTH_KEYS": KEY, "STRICT_EDIT": "true", "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
            "MOCK_SERVER_HOST": "127.0.0.1", "MOCK_SERVER_PORT": str(port), "MOCK_SERVER_URL": url,
            "MINIO_ENDPOINT": files, "MINIO_ACCESS_KEY": "S3RVER", "MINIO_SECRET_KEY": "S3RVER",
        }  # fmt: skip
        words = [f"{name}={what}" for name, what in env.items()]
        command = ["env", "-C", str(home), *words, python, "-m", "telemelya.server.app"]
        stack.enter_context(hosts.running(command, port, home))
        yield Telemelya(url)


class Between:
    """A server between the emulator and a notifier, in both directions. All else passes as it is, but

    - setWebhook, which has an https address: the emulator is given ours instead, and we pass on to ``notifier``;
    - the emulator forgets setWebhook's secret_token and sends no X-Telegram-Bot-Api-Secret-Token, which Telegram
      always does when it was given one: the header is added, with the secret that the notifier gave;
    - the emulator has no setMyCommands (it says 404): that is answered here, with true;
    - the emulator says of a message beneath which somebody pressed that the presser wrote it: in Telegram it is from
      the bot, and a press counts only then.
    """

    def __init__(self, emulator: Telemelya, notifier: str) -> None:
        self._emulator = emulator
        self._notifier = notifier
        self._me = emulator.asked("getMe")
        self.hook: dict[str, str] = {}
        self.proved = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Between:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = between._passed(self.path, body, self.headers.get("Content-Type", ""))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        return Handler

    def _passed(self, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        if not path.startswith("/bot"):
            return self._handed_over(path, json.loads(body))
        method = path.rpartition("/")[2]
        if method == "setMyCommands":
            return 200, b'{"ok": true, "result": true}'
        sent: Any = body
        if method == "setWebhook":
            sent = dict(parse_qsl(body.decode()))
            self.hook = dict(sent)
            sent["url"] = self.url + urlsplit(sent["url"]).path
        answer = requests.post(self._emulator.url + path, sent, headers={"Content-Type": kind}, timeout=30)
        return answer.status_code, answer.content

    def _handed_over(self, path: str, update: dict[str, Any]) -> tuple[int, bytes]:
        update["callback_query"]["message"]["from"] = self._me
        proof = {PROOF: self.hook["secret_token"]} if self.proved else {}
        answer = requests.post(self._notifier + path, json=update, headers=proof, timeout=30)
        return answer.status_code, answer.content
