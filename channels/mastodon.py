"""Mastodon, and GoToSocial, Pleroma, Akkoma, which speak its API: posts, answers, edits, pins, deletes.

API: docs.joinmastodon.org/methods/statuses. Texts of errors come in the account's language: only statuses are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from channels import _http
from notifier.channel import Limits, Message, Permanent, Receipt, Secret, Unsure, key, value

if TYPE_CHECKING:
    from requests import Response

GONE = (404, 410)
NO_ANSWER_TO = (400, 404, 410, 422)  # Mastodon says 404 to an answer to what is gone, others say what they like
RIGHTS = "The token needs the rights write:statuses, write:accounts (to pin), read:accounts and read:statuses"
PINS = "A server takes five pinned posts at most, none of them direct: unpin one on the profile"


@value
class Config:
    """An account on a server."""

    server: str = key('address of the server, such as "https://mastodon.example.org"')
    token: Secret = key("access token of the account")
    visibility: Literal["public", "unlisted", "private", "direct"] = key("who may see the posts", "public")
    limit: int = key("characters that a post may have on this server", 500)


def connect(config: Config) -> Mastodon:
    """The channel, not yet connected."""
    return Mastodon(config)


class Mastodon:
    """One account. The server knows repeats by their key for an hour."""

    def __init__(self, config: Config) -> None:
        self.limits = Limits(size=config.limit, measure="mastodon", reply_to="last", same_key=3600, emoji=True)
        self.timeout = (5.0, 20.0)
        self._config = config
        self._http = _http.Http([config.token])

    def post(self, message: Message) -> Receipt:
        """A new post; a silent one stays out of the public timelines."""
        return _receipt(self._sure(self._say(message)))

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """An answer; where ``to`` is gone, a post of its own."""
        answer = self._say(message, in_reply_to_id=to.id)
        if answer.status_code in NO_ANSWER_TO:
            answer = self._say(message)
        return _receipt(self._sure(answer))

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Other words in the same place. Permanent when it is gone."""
        # what an edit does not name is lost, so the language goes along
        return _receipt(self._sure(self._send("PUT", f"statuses/{receipt.id}", json=_words(message))))

    def pin(self, receipt: Receipt) -> Receipt:
        """Keep it on top of the profile. Permanent when the server takes no more pins."""
        answer = self._send("POST", f"statuses/{receipt.id}/pin")
        if answer.status_code == 422:  # "no more pins" is said of what is pinned already, too: look
            status = self._send("GET", f"statuses/{receipt.id}")
            if _read(status).get("pinned"):
                return receipt
            raise Permanent(f"{self._http.refusal(answer)}. {PINS}")
        self._sure(answer, whole=False)
        return receipt

    def unpin(self, receipt: Receipt) -> Receipt:
        """Take it from the top; what is gone is not pinned either."""
        self._sure(self._send("POST", f"statuses/{receipt.id}/unpin"), fine=GONE, whole=False)
        return receipt

    def delete(self, receipt: Receipt) -> Receipt:
        """Take it back; what is gone already is fine."""
        self._sure(self._send("DELETE", f"statuses/{receipt.id}"), fine=GONE)
        return receipt

    def probe(self) -> str:
        """Who we are there, and whether ``limit`` is what the server says."""
        who = _read(self._sure(self._send("GET", "accounts/verify_credentials"))).get("acct", "?")
        instance = _read(self._send("GET", "instance", version="v2"))
        size = instance.get("configuration", {}).get("statuses", {}).get("max_characters")
        mine = self.limits.size
        differs = f"; the server takes {size} characters and limit is {mine}: set limit = {size}"
        return f"as @{who}" + (differs if size not in (None, mine) else "")

    def close(self) -> None:
        """Nothing to let go of: each call has a connection of its own."""

    def _say(self, message: Message, **more: str) -> Response:
        """The answer to a new post. The same post again has the same key, and the server gives back the first."""
        quiet = message.silent and self._config.visibility == "public"
        words = {**_words(message), "visibility": "unlisted" if quiet else self._config.visibility, **more}
        # a key used again with other words would give back the first ones
        mark = hashlib.sha256(message.text.encode()).hexdigest()[:16]
        return self._send("POST", "statuses", json=words, headers={"Idempotency-Key": f"{message.key}-{mark}"})

    def _send(
        self, method: str, path: str, version: str = "v1", headers: Mapping[str, str] | None = None, **more: Any
    ) -> Response:
        """The answer, whatever its status. Raises DeliveryError when none came."""
        url = f"{self._config.server.rstrip('/')}/api/{version}/{path}"
        login = {"Authorization": f"Bearer {self._config.token.reveal()}"}
        return self._http.send(method, url, timeout=self.timeout, headers={**login, **(headers or {})}, **more)

    def _sure(self, answer: Response, fine: tuple[int, ...] = (), whole: bool = True) -> Response:
        """``answer`` if it is a success, or ``fine``. ``whole``: without the right to this the channel is of no use."""
        if 200 <= answer.status_code < 300 or answer.status_code in fine:
            return answer
        refusal = self._http.refusal(answer, idempotent=True)
        if answer.status_code == 403:
            raise Permanent(f"{refusal}. {RIGHTS}", whole=whole)
        raise refusal


def _words(message: Message) -> dict[str, str]:
    """The text, and its language as ISO 639-1 has it."""
    lang = message.lang.partition("-")[0].lower()
    return {"status": message.text} | ({"language": lang} if lang else {})


def _read(answer: Response) -> dict[str, Any]:
    """The JSON object of an answer; nothing when there is none."""
    try:
        data = answer.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _receipt(answer: Response) -> Receipt:
    status = _read(answer)
    if not status.get("id"):
        raise Unsure(f"{_http.host(answer.url)} took the post, but its answer cannot be read")
    return Receipt(id=str(status["id"]), url=status.get("url") or "")
