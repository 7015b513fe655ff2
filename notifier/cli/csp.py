"""Content-Security-Policy, as far as banner and worker depend on it (CSP level 3, sections 6.1 and 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import SplitResult, urlsplit

Policy = Mapping[str, Sequence[str]]
_INSTEAD = {
    "connect-src": ("connect-src", "default-src"),
    "script-src": ("script-src", "default-src"),
    "worker-src": ("worker-src", "child-src", "script-src", "default-src"),
}
_PORTS = {"http": 80, "https": 443}
_SOURCE = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[\w.-]+|\[[0-9a-f:]+\])(?::(\d+|\*))?(/.*)?", re.I)
_HEAD = frozenset("html head meta title link script style base noscript template".split())
_APART = frozenset(("noscript", "template"))  # what is in these is not part of the head
_WORDS = frozenset(("title", "script", "style", *_APART))


def in_page(text: str) -> list[str]:
    """What the meta elements in the head of an HTML page say; browsers heed them nowhere else (HTML 4.2.5.3)."""
    head = _Head()
    try:
        for at in range(0, len(text), 16384):
            if head.over:
                break
            head.feed(text[at : at + 16384])
    except AssertionError:  # html.parser raises that for some broken declarations
        pass
    return head.found


class _Head(HTMLParser):
    """Reads a page up to where its head is over."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.over = False
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins, and maybe the body."""
        apart = not _APART.isdisjoint(self._within)
        self.over |= tag not in _HEAD and not apart
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.found += [given.get("content", "")] * (not apart and not self.over)
        if tag in _WORDS:
            self._within.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """HTML knows no self-closing elements: the slash means nothing."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in self._within:
            del self._within[self._within.index(tag) :]

    def handle_data(self, data: str) -> None:
        """Words that stand nowhere in particular belong to the body."""
        self.over |= bool(data.strip(" \t\n\f\r\ufeff")) and not self._within


def policies(headers: Iterable[str]) -> list[Policy]:
    """The policies in these header values; each is in force. Of a directive that stands twice the first counts."""
    found: list[Policy] = []
    for text in (one for value in headers for one in value.split(",")):
        policy: dict[str, list[str]] = {}
        for words in (part.split() for part in text.split(";")):
            if words:
                policy.setdefault(words[0].lower(), words[1:])
        if policy:
            found.append(policy)
    return found


def refusing(given: Iterable[Policy], directive: str, url: str, own: str) -> str:
    """The name of the directive that keeps ``url`` from being used on a page of ``own`` (an address); "" if none does.

    ``directive``: "connect-src", "script-src" or "worker-src".
    """
    for policy in given:
        name = next((name for name in _INSTEAD[directive] if name in policy), "")
        if name and not _allows(policy[name], urlsplit(url), urlsplit(own)):
            return name
    return ""


def refuses_policy(given: Iterable[Policy], name: str) -> bool:
    """Whether Trusted Types keep a script from making the policy ``name``."""
    lists = [policy["trusted-types"] for policy in given if "trusted-types" in policy]
    return any(name not in words and "*" not in words for words in lists)


def origin(url: str) -> str:
    """Scheme, host and port of an address as a browser writes them."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _allows(sources: Sequence[str], url: SplitResult, own: SplitResult) -> bool:
    if "'strict-dynamic'" in sources:
        return True  # then trust goes by who loads, not by where from
    return any(_matches(source, url, own) for source in sources)


def _matches(source: str, url: SplitResult, own: SplitResult) -> bool:
    if source.lower() == "'self'":
        return origin(url.geturl()) == origin(own.geturl())
    if source == "*":
        return url.scheme in _PORTS
    if re.fullmatch(r"[a-z][a-z0-9+.-]*:", source, re.I):
        return _scheme(source[:-1].lower(), url.scheme)
    parts = _SOURCE.fullmatch(source)
    if not parts:
        return False
    scheme, host, port, path = parts.groups()
    return (
        _scheme((scheme or own.scheme).lower(), url.scheme)
        and _host(host.lower().strip("[]"), url.hostname or "")
        and (port in ("*", str(_port(url))) or (port is None and _port(url) == _PORTS.get(url.scheme)))
        and (not path or path == "/" or url.path == path or (path.endswith("/") and url.path.startswith(path)))
    )


def _scheme(allowed: str, scheme: str) -> bool:
    return allowed == scheme or (allowed, scheme) == ("http", "https")


def _host(allowed: str, host: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:])
    return allowed in ("*", host)


def _port(url: SplitResult) -> int | None:
    return url.port or _PORTS.get(url.scheme)
