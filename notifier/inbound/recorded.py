"""Requests from files: whole HTTP requests, environments, bare bodies. For bug reports and for trying out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from notifier.inbound import _read
from notifier.source import Request

_REQUEST_LINE = re.compile(rb"\s*([A-Z]{3,7}) (\S.*?)(?: HTTP/[\d.]+)?\s*$")
_HTTP = re.compile(rb"\s*[A-Z]{3,7} \S.* HTTP/[\d.]+\s*?\n")


def recorded(content: bytes, received: datetime, headers: Mapping[str, str] | None = None) -> Request:
    """The request that a file holds: from its request line on, or ``NAME=value`` lines, or else the body alone.

    ``headers`` (names in any case) are added to those of the file.
    """
    more = {name.lower(): value for name, value in (headers or {}).items()}
    if _HTTP.match(content):
        return _http(content, received, more)
    if env := _read.environment(_read.decoded(content)):
        return Request(received, headers=more, env=env)
    return Request(received, headers=more, body=content)


def _http(content: bytes, received: datetime, more: Mapping[str, str]) -> Request:
    """A whole request (RFC 9112). Lines may end without a carriage return, as editors save them."""
    head, _, body = content.lstrip().replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.split(b"\n")
    line = _REQUEST_LINE.match(first)
    method, target = (line[1].decode(), line[2].decode("utf-8", "replace")) if line else ("POST", "")
    path, _, query = target.partition("?")
    found = {}
    for each in lines:
        name, _, value = each.decode("utf-8", "replace").partition(":")
        found[name.strip().lower()] = value.strip()
    return Request(received, method, _own(path), dict(parse_qsl(query, True)), {**found, **more}, body)


def _own(path: str) -> str:
    """What follows the address of the hook, which a dialect of another service brings along."""
    at = path.find("/v2/")
    return path[at:] if at >= 0 else ""
