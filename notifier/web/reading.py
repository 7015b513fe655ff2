"""From the server's words to :class:`notifier.source.Request`: within limits of size, number and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.requests import Request as Incoming

from notifier.source import Request
from notifier.web import limits


class TooMuch(Exception):
    """It is more than is taken; ``status`` says in which way."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def head(incoming: Incoming, path: str, received: datetime) -> Request:
    """The request without its body. ``path``: what followed the hook's own address. Raises TooMuch."""
    raw = incoming.scope["headers"]
    if len(raw) > limits.HEADERS:
        raise TooMuch(431)
    headers: dict[str, str] = {}
    for name, said in raw:
        key = name.decode("latin-1").lower()
        text = said.decode("utf-8", "replace")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    query = dict(parse_qsl(incoming.scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(received, incoming.method, path, query, headers)


async def body(incoming: Incoming, headers: Mapping[str, str], most: int, seconds: float) -> bytes:
    """The body. Raises TooMuch: 413 for a large one, 408 for a slow one, 415 for a packed one, 400 for half of one."""
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise TooMuch(415)
    said = headers.get("content-length", "0")
    if said.isdigit() and int(said) > most:
        raise TooMuch(413)
    found = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in incoming.stream():
                found += chunk
                if len(found) > most:
                    raise TooMuch(413)
    except TimeoutError:
        raise TooMuch(408) from None
    except ClientDisconnect:
        raise TooMuch(400) from None
    return bytes(found)
