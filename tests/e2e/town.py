"""A town of fake remotes on real sockets, one configuration that names them all, and the command line as a process."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from notifier.store.sqlite import Sqlite
from notifier.testing import Answer, FakeRemote, Request
from notifier.testing.smtp import FakeSmtp
from tests.fakes import mastodon_api, x_api
from tests.fakes.telegram_api import TOKEN, Chat, Post, TelegramRemote

ROOT = Path(__file__).parents[2]
STATUS = "https://status.example.org"
HOOK_KEY = b"0123456789abcdef0123456789abcdef"
HOOK_SECRET = "whsec_" + base64.b64encode(HOOK_KEY).decode()
SITE = f"""
[site]
name = "Stimmfunk"
status_url = "{STATUS}"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "notifier.db"
[components.voice]
name = {{ de = "Sprachserver", en = "Voice server" }}
[components.forum]
name = "Forum"
"""


class MastodonRemote(FakeRemote):
    """A Mastodon server; ``api`` holds what the world sees."""

    def __init__(self) -> None:
        self.api = mastodon_api.MastodonApi()
        super().__init__(self._answered)

    def _answered(self, request: Request) -> Answer:
        status, headers, data = self.api.answer(request.method, request.path, request.headers, request.body)
        return Answer(status, data, headers=headers)

    @property
    def statuses(self) -> list[dict[str, Any]]:
        """What the world sees, oldest first."""
        return list(self.api.statuses.values())

    def toml(self, name: str, **more: object) -> str:
        """A channel that writes here."""
        return channel(name, "mastodon", server=self.url, token=mastodon_api.TOKEN, **more)


class XRemote(FakeRemote):
    """X; ``api`` holds what the world sees."""

    def __init__(self) -> None:
        self.api = x_api.XApi()
        super().__init__(self._answered)

    def _answered(self, request: Request) -> Answer:
        url = f"{self.url}{request.path}" + ("?" + urlencode(request.query) if request.query else "")
        status, headers, data = self.api.answer(request.method, url, request.headers, request.body)
        return Answer(status, data, headers=headers)

    def toml(self, name: str, **more: object) -> str:
        """A channel that writes here."""
        return channel(name, "x", **x_api.KEYS, api_url=self.url, **more)


class Hooks(FakeRemote):
    """Somebody's web hooks: /signed takes only what is signed by Standard Webhooks, other paths take anything.

    ``taken``: path -> the bodies that were accepted, in order.
    """

    def __init__(self) -> None:
        self.taken: dict[str, list[dict[str, Any]]] = {}
        super().__init__(self._answered)

    def _answered(self, request: Request) -> Answer:
        if request.path == "/signed" and not signed(request):
            return Answer(401)
        self.taken.setdefault(request.path, []).append(request.json())
        return Answer(204)


def signed(request: Request) -> bool:
    """Whether the signature is ours, computed anew as standardwebhooks.com says."""
    head = request.headers
    content = b".".join((head["webhook-id"].encode(), head["webhook-timestamp"].encode(), request.body))
    wanted = base64.b64encode(hmac.new(HOOK_KEY, content, hashlib.sha256).digest()).decode()
    return head.get("webhook-signature") == f"v1,{wanted}"


class Desk:
    """A folder with a configuration of these channels, and the `notifier` command in a process of its own."""

    def __init__(self, folder: Path, *channels: str, admins: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.program: tuple[str, ...] = (sys.executable, "-m", "notifier")
        self.config = folder / "notifier.toml"
        self.write(*channels, admins=admins)

    def write(self, *channels: str, admins: tuple[str, ...] = ()) -> None:
        """Write the configuration."""
        told = f"[admins]\nchannels = {json.dumps(admins)}\n"
        self.config.write_text(SITE + "".join(channels) + told, encoding="utf-8")
        self.config.chmod(0o600)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        env = {**os.environ, "USER": "anna", "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
        command = [*self.program, "--config", str(self.config), *words]
        nobody = subprocess.DEVNULL
        return subprocess.run(
            command, cwd=ROOT, env=env, stdin=nobody, capture_output=True, text=True, timeout=60, check=False
        )

    def say(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The JSON that a command prints, which is to end with exit code ``code``."""
        done = self.run(*words, "--json")
        assert done.returncode == code, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return dict(json.loads(done.stdout))

    def hasten(self, channel: str) -> None:
        """As if the waiting time of a channel were over."""
        store = Sqlite(self.folder / "notifier.db")
        with store.transaction():
            store.hasten(channel)
        store.close()


class Town:
    """Every kind of remote; a context manager. ``desk`` is configured to tell all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.telegram = TelegramRemote(Chat(-1001, username="voice_status"))
        self.mastodon, self.x, self.hooks, self.smtp = MastodonRemote(), XRemote(), Hooks(), FakeSmtp()
        self._open = ExitStack()

    def __enter__(self) -> Town:
        for remote in (self.telegram, self.mastodon, self.x, self.hooks, self.smtp):
            self._open.enter_context(cast(Any, remote))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def desk(self) -> Desk:
        """The command line that tells everybody."""
        return Desk(
            self.folder,
            telegram(self.telegram, "telegram", pin=True, style="both"),
            self.mastodon.toml("mastodon", pin=True, lang="en"),
            self.x.toml("x"),
            self.mail("mail", "anna@example.org", "bert@example.org"),
            self.mail("mail-en", "carl@example.org", lang="en"),
            channel("hook", "webhook", url=f"{self.hooks.url}/signed", secret=HOOK_SECRET),
            channel("team", "apprise", url=f"{self.hooks.url.replace('http', 'json')}/apprise"),
            channel("page", "folder", path="page"),
        )

    def mail(self, name: str, *to: str, **more: object) -> str:
        """A channel that mails through the town's mail server."""
        where = {"host": "127.0.0.1", "port": self.smtp.port, "tls": "none", "from": "Status <status@example.org>"}
        return channel(name, "email", to=list(to), **where, **more)

    @property
    def posts(self) -> list[Post]:
        """What stands in the Telegram channel, oldest first."""
        return list(self.telegram.api.chat.posts.values())

    def mails(self, to: str) -> list[EmailMessage]:
        """What this reader found in the mailbox, oldest first."""
        taken = [mail for mail in self.smtp.mails if mail.recipients == (to,)]
        return [message_from_bytes(mail.content, policy=policy.default) for mail in taken]

    def page(self, lang: str = "de") -> str:
        """The status page."""
        return (self.folder / "page" / lang / "index.html").read_text(encoding="utf-8")

    def status(self) -> dict[str, Any]:
        """What the banner reads."""
        return dict(json.loads((self.folder / "page" / "status.json").read_bytes()))


def channel(name: str, kind: str, **keys: object) -> str:
    """A ``[channels.NAME]`` table; JSON's texts, numbers, lists and booleans are TOML's too."""
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in {"kind": kind, **keys}.items()]
    return f"[channels.{name}]\n" + "".join(lines)


def telegram(remote: TelegramRemote, name: str, **keys: object) -> str:
    """A channel that writes to the remote's chat."""
    return channel(name, "telegram", token=TOKEN, chat="@voice_status", api_url=remote.url, **keys)


def body(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def states(told: dict[str, Any]) -> dict[tuple[str, str, int], str]:
    """Channel, step and update -> what became of it."""
    return {(d["channel"], d["step"], d["seq"]): d["state"] for d in told["deliveries"]}
