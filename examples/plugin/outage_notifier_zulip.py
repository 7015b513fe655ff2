"""Zulip: each incident is a topic of a channel there; updates follow in it. Through requests.

API: zulip.com/api/send-message and get-messages. A text that Zulip has can be looked up, so a lost answer is no loss.
"""

from __future__ import annotations

import json
import time
from typing import Any

from notifier.channel import DeliveryError, Limits, Message, Permanent, Receipt, Secret, Temporary, Unsure, key, value

FRESH = {"Connection": "close"}  # a kept connection that the server has just closed looks like a lost answer
LOOK_BACK = 20  # of our messages, the newest, among which a lost one is looked for
RECENT = 86_400  # seconds; the same words, if they are older, belong to another evening
REMEDIES = {
    "STREAM_DOES_NOT_EXIST": 'look at the key "stream"',
    "BAD_NARROW": 'look at the key "stream"',
    "UNAUTHORIZED": 'look at the keys "email" and "api_key"',
    "USER_DEACTIVATED": "activate the bot again",
    "REALM_DEACTIVATED": "the organization is closed",
}  # these break the channel, not this message


@value
class Config:
    """A bot and the channel it writes to."""

    server: str = key('address of the server, such as "https://chat.example.org"')
    email: str = key("the bot's e-mail address, as Zulip shows it")
    api_key: Secret = key("the bot's API key")
    stream: str = key("name of the channel in Zulip")


def connect(config: Config) -> Zulip:
    """The channel, not yet connected."""
    return Zulip(config)


class Zulip:
    """One channel of a Zulip server. ``timeout``: seconds to connect, and to wait for an answer."""

    limits = Limits(size=10_000, title=60, pace=(60, 60.0))

    def __init__(self, config: Config) -> None:
        self.timeout = (5.0, 20.0)
        self._config = config

    def post(self, message: Message) -> Receipt:
        """The first words, in a topic named after the incident."""
        return self._say(message.title or "Status", message)

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """More words, in the topic of ``to``, which need not exist any more."""
        return self._say(str(to.more["topic"]), message)

    def find(self, message: Message) -> Receipt | None:
        """The message of these words among our newest ones in the channel, at most a day old."""
        place = {"stream": self._config.stream, "sender": self._config.email}
        narrow = json.dumps([{"operator": name, "operand": value} for name, value in place.items()])
        wanted = {"anchor": "newest", "num_before": LOOK_BACK, "num_after": 0, "apply_markdown": "false"}
        found = self._call("GET", "messages", params={**wanted, "narrow": narrow})["messages"]
        fresh = (m for m in found if m["timestamp"] > time.time() - RECENT)
        return next((_receipt(m["id"], m["subject"]) for m in fresh if m["content"] == message.text), None)

    def probe(self) -> str:
        """Who we are there."""
        return f"as {self._call('GET', 'users/me')['full_name']}"

    def close(self) -> None:
        """Nothing to let go of: each call has a connection of its own."""

    def _say(self, topic: str, message: Message) -> Receipt:
        words = {"type": "stream", "to": self._config.stream, "topic": topic, "content": message.text}
        return _receipt(self._call("POST", "messages", data=words)["id"], topic)

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Zulip's answer. Raises DeliveryError."""
        import requests

        url = f"{self._config.server.rstrip('/')}/api/v1/{path}"
        login = (self._config.email, self._config.api_key.reveal())
        try:
            answer = requests.request(
                method, url, auth=login, timeout=self.timeout, allow_redirects=False, headers=FRESH, **more
            )
        except requests.RequestException as error:
            raise lost(error) from None
        return self._read(answer)

    def _read(self, answer: Any) -> dict[str, Any]:
        try:
            said: dict[str, Any] = answer.json()
        except ValueError:
            said = {}
        if answer.status_code == 200 and said.get("result") == "success":
            return said
        raise verdict(answer.status_code, said, self._config.api_key)


def _receipt(id: int, topic: str) -> Receipt:
    return Receipt(str(id), more={"topic": topic})


def verdict(status: int, said: dict[str, Any], api_key: Secret) -> DeliveryError:
    """What a refusal says (zulip.com/api/rest-error-handling)."""
    why = api_key.scrub(f"Zulip answers {status}: {str(said.get('msg', 'no reason given'))[:200]}")
    if status == 429:
        return Temporary(why, after=float(said.get("retry-after", 60)), whole=True)
    if status == 503:
        return Temporary(why)
    if remedy := REMEDIES.get(said.get("code", ""), REMEDIES["UNAUTHORIZED"] if status == 401 else ""):
        return Permanent(f"{why}; {remedy}", whole=True)
    if 300 <= status < 400:
        return Permanent(f'{why}; put its new address into the key "server"', whole=True)
    return Permanent(why) if 400 <= status < 500 else Unsure(why)


def lost(error: Exception) -> DeliveryError:
    """Whether a request without an answer left at all. The error itself is not quoted: it may name what is secret."""
    from requests import exceptions as failed
    from urllib3.exceptions import MaxRetryError

    cause = error.args[0] if error.args else None
    if isinstance(error, failed.ConnectTimeout) or isinstance(cause, MaxRetryError):
        return Temporary("Zulip cannot be reached")
    if isinstance(error, failed.InvalidURL | failed.InvalidSchema | failed.MissingSchema):
        return Permanent('the key "server" must look like https://chat.example.org', whole=True)
    return Unsure("Zulip took the request and gave no answer")
