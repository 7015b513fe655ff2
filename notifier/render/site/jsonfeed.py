"""feed.json: one item an update (JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from typing import Any

from notifier.model import Incident, Site
from notifier.render import when
from notifier.render.memo import Memo
from notifier.render.site import feed

wanted = feed.wanted
_BODIES, _PIECES = Memo(64), Memo()

VERSION = "https://jsonfeed.org/version/1.1"


def jsonfeed(
    site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.json", component: str = ""
) -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    return feed.fitting(feed.feed(site, incidents, lang, path, component), _write)


def _write(made: feed.Feed) -> bytes:
    addresses = {"home_page_url": made.home, "feed_url": made.address}
    facts = {
        "version": VERSION,
        "title": made.title,
        **{name: url for name, url in addresses.items() if url},
        "language": made.lang,
        "authors": [{"name": made.author}],
    }
    body = _BODIES.get((made.entries,), made.lang, lambda: _body(made))
    return _json(facts)[:-1] + b',"items":[' + body + b"]}\n"


def _body(made: feed.Feed) -> bytes:
    return b",".join([_PIECES.get((e,), made.lang, partial(_piece, e, made.lang)) for e in made.entries])


def _piece(entry: feed.Entry, lang: str) -> bytes:
    return _json(_item(entry, lang))


def _json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


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
