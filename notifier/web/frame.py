"""Around every request: an id, a line in the log, numbers, careful headers, and a plain answer to what went wrong."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any

from notifier.web.log import REQUEST, Log
from notifier.web.metrics import Metrics

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-robots-tag": b"noindex",
}


class Frame:
    """An ASGI application around another. Handlers may leave ``place`` and ``hook`` in ``scope["state"]``: words of
    ours, never the path, which may hold a secret."""

    def __init__(self, app: App, log: Log, metrics: Metrics) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        begun, status = perf_counter(), 0
        state = scope.setdefault("state", {})
        state["id"] = secrets.token_hex(6)

        async def sent(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _careful(message.get("headers", []), state["id"])
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            self._log.fault(error, id=state["id"], place=state.get("place", ""))
            if not status:
                await _failed(sent)
        finally:
            self._note(scope, status, perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        place, hook = state.get("place", "unknown"), state.get("hook", "")
        self._metrics.answered(place, hook, status, seconds)
        if place in ("health", "metrics") and status == 200:
            return
        named = {"hook": hook} if hook else {}
        more = state.get("noted", {})
        client = (scope.get("client") or ("",))[0]
        method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 10 else "?"
        ms = round(seconds * 1000, 1)
        said = {"method": method, "place": place, **named, "status": status, "ms": ms, "client": client, **more}
        self._log.info(REQUEST, id=state["id"], **said)


def _careful(given: Any, id: str) -> list[tuple[bytes, bytes]]:
    headers = [(name.lower(), said) for name, said in given]
    there = {name for name, _ in headers}
    headers += [(name, said) for name, said in HEADERS.items() if name not in there]
    return [*headers, (b"x-request-id", id.encode())]


async def _failed(send: Send) -> None:
    """The caller learns nothing of what went wrong."""
    body = json.dumps({"status": "error", "message": "Something went wrong here. The log says what."}).encode()
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
