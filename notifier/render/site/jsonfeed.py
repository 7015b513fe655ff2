"""feed.json: one item an update (JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from notifier.model import Incident, Site
from notifier.render import when
from notifier.render.memo import Memo
from notifier.render.site import feed

wanted = feed.wanted
_FRAMES, _BODIES = Memo(1_024), Memo(64)

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
VERSION = "https://jsonfeed.org/version/1.1"


def jsonfeed(
    site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.json", component: str = ""
) -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    return feed.fitting(feed.feed(site, incidents, lang, path, component), _write)


def _write(made: feed.Feed) -> bytes:
    head = made.head
    frame = _FRAMES.get((head,), "", lambda: _json(_facts(head))[:-1] + b',"items":[')
    body = _BODIES.get((made.entries,), "", lambda: _body(made.entries, head.lang))
    return b"".join([frame, body, b"]}\n"])


def _facts(head: feed.Head) -> dict[str, Any]:
    addresses = {"home_page_url": head.home, "feed_url": head.address}
    return {
        "version": VERSION,
        "title": head.title,
        **{name: url for name, url in addresses.items() if url},
        "language": head.lang,
        "authors": [{"name": head.author}],
    }


def _body(entries: Iterable[feed.Entry], lang: str) -> bytes:
    return b",".join([entry.forms.get("json") or _piece(entry, lang) for entry in entries])


def _piece(entry: feed.Entry, lang: str) -> bytes:
    entry.forms["json"] = _json(_item(entry, lang))
    return entry.forms["json"]


def _json(facts: dict[str, Any]) -> bytes:
    return _written(facts).encode()


def _item(entry: feed.Entry, lang: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        **({"url": entry.link} if entry.link else {}),
        "title": entry.title.text,
        "content_html": entry.html,
        "date_published": when.iso(entry.published),
        "date_modified": when.iso(entry.updated),
        "tags": [label for _, label in entry.categories],
        "language": entry.lang or lang,
    }
