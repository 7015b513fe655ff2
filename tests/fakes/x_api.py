"""The part of X's API that the channel uses, with X's rules: signatures, duplicates, restricted answers, credits.

Error bodies have the shapes of docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

from __future__ import annotations

import html
import json
import re
import time
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from oauthlib.oauth1 import RequestValidator, ResourceEndpoint  # type: ignore[import-untyped, unused-ignore]

ME = "4711"
KEYS = {
    "consumer_key": "consumerkey0123456789abcd",
    "consumer_secret": "consumersecret-very-secret",
    "access_token": f"{ME}-accesstoken0123456789abcd",
    "access_token_secret": "accesssecret-very-secret",
}
LINK = re.compile(r"https?://[^\s]+|\bstatus\.example\.org\b")

Answer = tuple[int, dict[str, str], Any]


class XApi:
    """One account on X. ``posts`` are what the world sees, oldest first."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.refuses_replies = False
        self.credits = 1000
        self.rights = "read-write"
        self.changes = 0
        self.keys = dict(KEYS)
        self.bodies: list[dict[str, Any]] = []
        self._oauth = ResourceEndpoint(_Keys(self))

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Status, headers and JSON for a request to ``url`` (with host, as it was signed)."""
        known, _ = self._oauth.validate_protected_resource_request(url, method, None, dict(headers))
        if not known:
            return _problem(401, "Unauthorized", "Unauthorized")
        if self.credits <= 0:
            detail = "Your enrolled account [1] does not have any credits to fulfill this request."
            return _problem(402, "CreditsDepleted", detail)
        self.credits -= 1
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, data = self._routed(method, parts.path, query, body)
        return status, {"x-access-level": self.rights}, data

    def _routed(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        if (method, path) == ("POST", "/2/tweets"):
            return self._create(json.loads(body))
        if method == "DELETE" and (found := re.fullmatch(r"/2/tweets/([0-9]{1,19})", path)):
            return self._delete(found[1])
        if (method, path) == ("GET", "/2/users/me"):
            return 200, {"data": {"id": ME, "name": "Status", "username": "status"}}
        if (method, path) == ("GET", f"/2/users/{ME}/tweets"):
            return 200, self._timeline(query)
        return 404, {"title": "Not Found", "status": 404, "type": "about:blank", "detail": "Not Found"}

    def _create(self, wanted: dict[str, Any]) -> tuple[int, Any]:
        self.bodies.append(wanted)
        text = unicodedata.normalize("NFC", wanted["text"]).strip()
        root = wanted.get("reply", {}).get("in_reply_to_tweet_id", "")
        if self.rights == "read":
            return _forbidden("Your client app is not configured with the appropriate oauth1 app permissions.")
        if root and self.refuses_replies:
            return _forbidden(
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                "engaged by the author of the post you are replying to."
            )
        if root and not any(post["id"] == root for post in self.posts):
            return _forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
        if any(post["written"] == text for post in self.posts):
            return _forbidden("You are not allowed to create a Tweet with duplicate content.")
        if weight(text) > 280:
            return _forbidden("Your Tweet text is too long.")
        self.changes += 1
        return 201, {"data": _shown(self.add(text, reply_to=root), ("id", "text"))}

    def add(self, text: str, reply_to: str = "", age: float = 0.0) -> dict[str, Any]:
        """Put a post there, ``age`` seconds old."""
        shown, links = _shortened(text)
        post = {
            "id": str(1_346_889_436_626_259_968 + len(self.bodies) * 100 + len(self.posts)),
            "text": html.escape(shown, quote=False),
            "entities": {"urls": links},
            "written": text,
            "reply_to": reply_to,
            "at": time.time() - age,
        }
        self.posts.append(post)
        return post

    def _delete(self, id: str) -> tuple[int, Any]:
        if not any(post["id"] == id for post in self.posts):
            detail = f"Could not find tweet with id: [{id}]."
            kind = "https://api.x.com/2/problems/resource-not-found"
            return 404, {"title": "Not Found Error", "status": 404, "type": kind, "detail": detail}
        self.posts = [post for post in self.posts if post["id"] != id]
        self.changes += 1
        return 200, {"data": {"deleted": True}}

    def _timeline(self, query: Mapping[str, str]) -> Any:
        since = datetime.strptime(query["start_time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        fields = {"id", "text", *query.get("tweet.fields", "").split(",")}
        newest = [post for post in reversed(self.posts) if post["at"] >= since][: int(query["max_results"])]
        if not newest:
            return {"meta": {"result_count": 0}}
        return {"data": [_shown(post, fields) for post in newest], "meta": {"result_count": len(newest)}}


def weight(text: str) -> int:
    """Length as X counts it, well enough for these tests: a link is 23, what lies beyond U+10FF 2."""
    rest, links = LINK.subn("", text)
    light = sum(ord(c) <= 4351 or 8192 <= ord(c) <= 8205 or 8208 <= ord(c) <= 8223 for c in rest)
    return links * 23 + light + 2 * (len(rest) - light)


def _shown(post: Mapping[str, Any], fields: Any) -> dict[str, Any]:
    return {name: post[name] for name in fields if name in post}


def _shortened(text: str) -> tuple[str, list[dict[str, Any]]]:
    links: list[dict[str, Any]] = []

    def short(match: re.Match[str]) -> str:
        url = f"https://t.co/abc{len(links):07d}"
        full = match[0] if match[0].startswith("http") else f"http://{match[0]}"
        links.append({"start": match.start(), "end": match.start() + len(url), "url": url, "expanded_url": full})
        return url

    return LINK.sub(short, text), links


def _forbidden(detail: str) -> tuple[int, Any]:
    return 403, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}


def _problem(status: int, title: str, detail: str) -> Answer:
    return status, {}, {"title": title, "type": "about:blank", "status": status, "detail": detail}


class _Keys(RequestValidator):  # type: ignore[misc, unused-ignore]
    """The keys of the one app and account; a nonce is good once."""

    enforce_ssl = False
    safe_characters: ClassVar = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
    client_key_length = access_token_length = (10, 60)
    nonce_length = (10, 60)
    dummy_client = dummy_access_token = "dummy-dummy-dummy"

    def __init__(self, api: XApi) -> None:
        super().__init__()
        self._api = api
        self._seen: set[str] = set()

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == self._api.keys["consumer_key"]

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == self._api.keys["access_token"]

    def validate_realms(self, *given: Any, **more: Any) -> bool:
        return True

    def validate_timestamp_and_nonce(self, client_key: str, timestamp: Any, nonce: str, *_: Any, **__: Any) -> bool:
        fresh = nonce not in self._seen and abs(time.time() - int(timestamp)) < 300
        self._seen.add(nonce)
        return fresh

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self._api.keys["consumer_secret"]

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self._api.keys["access_token_secret"]
