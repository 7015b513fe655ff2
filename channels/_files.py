"""The files of a status page as any place sees them: which paths are fit, which file comes first, and its headers."""

from __future__ import annotations

import re
from functools import lru_cache

NAME = ".notifier-files.json"  # the notes
BASE = re.compile(r"\.notifier-files-[0-9a-f]{32}\.json")  # what notes may refer to
HALF = ".notifier-half"  # ends the names of files that are being written
LOCK = f".lock{HALF}"  # a folder, at places where only one can make it
NEWS = "public, max-age=15, stale-if-error=86400"
FIXED = "public, max-age=31536000, immutable"

_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "gif": "image/gif",
    "html": "text/html; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "png": "image/png",
    "rss": "application/rss+xml; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "xml": "application/xml; charset=utf-8",
}
_HASHED = re.compile(r"[.-][0-9a-f]{8,64}\.\w+$")
_SHOWN = re.compile(r"\.(css|gif|ico|jpe?g|js|png|webmanifest|webp|woff2)$|^(?!.*\bbadges?\b).*\.svg$")
_WRONG = re.compile(rf"(?:^|/)(?:\.\.?)?(?:/|$)|[\0\r\n]|^\.notifier-files(?:-[0-9a-f]+)?\.json$|{re.escape(HALF)}$")


@lru_cache(8192)
def wrong(path: str) -> bool:
    """Whether it leads out of the place, or is a name that boards need themselves."""
    return _WRONG.search(path) is not None


@lru_cache(8192)
def turn(path: str) -> tuple[int, int, str]:
    """Sorts files so that none comes before what it refers to.

    Assets and scripts; pages of incidents; those of archives, which list them; feeds, calendars, badges and data; the
    first page of each language; the first page of all; and status.json, by which others learn that there is news.
    """
    deep = path.count("/")
    if path in ("index.html", "status.json"):
        return (4 if path == "index.html" else 5), 0, path
    if _HASHED.search(path) or _SHOWN.search(path):
        return 0, 0, path
    if path.endswith(".html"):
        index = path.endswith("/index.html")
        if index and deep == 1:
            return 3, 0, path
        return 1, (0 if "incidents" in path.split("/")[:-1] else 2 if index else 1), path
    return 2, 0, path


def headers(path: str) -> tuple[str, str]:
    """Content-Type, with charset, and Cache-Control: a name with a hash in it is another one when its content is."""
    kind = _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")
    if path.endswith("feed.json"):
        kind = "application/feed+json; charset=utf-8"
    return kind, FIXED if _HASHED.search(path) else NEWS


def half(path: str) -> str:
    """The name beside ``path`` under which it is written before it takes its place."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}.{name}{HALF}"


def folders(path: str) -> list[str]:
    """The folders above a file, outermost first: "a/b/c.html" is in "a" and "a/b"."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
