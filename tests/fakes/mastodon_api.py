"""The part of Mastodon's API that the channel uses, with its rules: key memory, pins, lengths, rights of a token.

Shapes and texts after docs.joinmastodon.org/methods/statuses and the answers of Mastodon 4.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

TOKEN = "token-of-the-status-account"
LINK = re.compile(r"https?://\S+")
NAME = re.compile(r"(@\w+)@[\w.-]+")
PINS = 5

Answer = tuple[int, dict[str, str], Any]
GONE: tuple[int, Any] = (404, {"error": "Record not found"})


class MastodonApi:
    """One account on one server. ``statuses`` are what the world sees, oldest first, by id."""

    def __init__(self) -> None:
        self.statuses: dict[str, dict[str, Any]] = {}
        self.pinned: set[str] = set()
        self.scopes = {"write:statuses", "write:accounts", "read:accounts", "read:statuses"}
        self.limit = 500
        self.changes = 0
        self.keys: dict[str, str] = {}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Status, headers and JSON for a request. ``headers`` have lower-case names."""
        if path == "/api/v2/instance":
            return 200, {}, {"configuration": {"statuses": {"max_characters": self.limit}}}
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"error": "The access token is invalid"}
        if _scope(method, path) not in self.scopes:
            return 403, {}, {"error": "This action is outside the authorized scopes"}
        status, data = self._routed(method, path, headers, json.loads(body) if body else {})
        return status, {}, data

    def _routed(self, method: str, path: str, headers: Mapping[str, str], wanted: dict[str, Any]) -> tuple[int, Any]:
        if path == "/api/v1/accounts/verify_credentials":
            return 200, {"id": "1", "username": "status", "acct": "status"}
        if (method, path) == ("POST", "/api/v1/statuses"):
            return self._create(headers.get("idempotency-key", ""), wanted)
        found = re.fullmatch(r"/api/v1/statuses/(\d+)(?:/(pin|unpin))?", path)
        if not found or found[1] not in self.statuses:
            return GONE
        return self._change(found[2] or method, self.statuses[found[1]], wanted)

    def _create(self, key: str, wanted: dict[str, Any]) -> tuple[int, Any]:
        root = wanted.get("in_reply_to_id")
        if root and root not in self.statuses:
            return 404, {"error": "The post you are trying to reply to does not appear to exist."}
        if key and key in self.keys:
            return 200, self._shown(self.statuses[self.keys[key]])
        if refused := self._checked(wanted["status"]):
            return refused
        status = self._add(wanted["status"], wanted.get("visibility", "public"), wanted.get("language"), root)
        if key:
            self.keys[key] = status["id"]
        return 200, self._shown(status)

    def _add(self, text: str, visibility: str, language: str | None, root: str | None) -> dict[str, Any]:
        self.changes += 1
        id = str(114_000_000_000_000_000 + self.changes)
        self.statuses[id] = {
            "id": id,
            "url": f"https://mastodon.example/@status/{id}",
            "text": text,
            "visibility": visibility,
            "language": language,
            "in_reply_to_id": root,
            "history": [],
        }
        return self.statuses[id]

    def _change(self, what: str, status: dict[str, Any], wanted: dict[str, Any]) -> tuple[int, Any]:
        before = (dict(status), status["id"] in self.statuses, status["id"] in self.pinned)
        answer = getattr(self, f"_{what.lower()}")(status, wanted)
        self.changes += before != (status, status["id"] in self.statuses, status["id"] in self.pinned)
        return answer or (200, self._shown(status))

    def _get(self, status: dict[str, Any], wanted: dict[str, Any]) -> None:
        pass

    def _put(self, status: dict[str, Any], wanted: dict[str, Any]) -> tuple[int, Any] | None:
        if refused := self._checked(wanted["status"]):
            return refused
        if wanted["status"] != status["text"]:
            status["history"] = [*status["history"], status["text"]]
        # what an edit does not repeat is lost
        status |= {"text": wanted["status"], "language": wanted.get("language")}
        return None

    def _delete(self, status: dict[str, Any], wanted: dict[str, Any]) -> None:
        del self.statuses[status["id"]]
        self.pinned.discard(status["id"])

    def _unpin(self, status: dict[str, Any], wanted: dict[str, Any]) -> None:
        self.pinned.discard(status["id"])

    def _pin(self, status: dict[str, Any], wanted: dict[str, Any]) -> tuple[int, Any] | None:
        if status["visibility"] == "direct":
            return _invalid("Posts that are only visible to mentioned users cannot be pinned")
        if len(self.pinned) >= PINS:  # looked at before anything else, also for one that is pinned already
            return _invalid("You have already pinned the maximum number of posts")
        if status["id"] in self.pinned:
            return 422, {"error": "Duplicate record"}
        self.pinned.add(status["id"])
        return None

    def _checked(self, text: str) -> tuple[int, Any] | None:
        if not text.strip():
            return _invalid("Text can't be blank")
        if length(text) > self.limit:
            return _invalid(f"Text character limit of {self.limit} exceeded")
        return None

    def _shown(self, status: Mapping[str, Any]) -> dict[str, Any]:
        hidden = ("text", "history")
        content = {"content": f"<p>{status['text']}</p>", "pinned": status["id"] in self.pinned}
        return {name: value for name, value in status.items() if name not in hidden} | content


def length(text: str) -> int:
    """Characters as Mastodon counts them: a link is 23, the server in a name is free, marks belong to their letter."""
    text = NAME.sub(r"\1", LINK.sub("x" * 23, unicodedata.normalize("NFC", text)))
    return sum(not unicodedata.category(c).startswith("M") for c in text)


def _scope(method: str, path: str) -> str:
    if path.endswith(("/pin", "/unpin")):
        return "write:accounts"
    if method != "GET":
        return "write:statuses"
    return "read:accounts" if "/accounts/" in path else "read:statuses"


def _invalid(why: str) -> tuple[int, Any]:
    return 422, {"error": f"Validation failed: {why}"}
