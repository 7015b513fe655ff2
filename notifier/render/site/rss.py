"""feed.rss: one item an update (RSS 2.0, https://www.rssboard.org/rss-specification).

Most readers never show a changed item again, so an update is an item of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

from markupsafe import escape

from notifier.model import Incident, Site
from notifier.render import markup, when
from notifier.render.memo import Memo
from notifier.render.site import feed

wanted = feed.wanted
_BODIES, _PIECES = Memo(64), Memo()

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rss(site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.rss", component: str = "") -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    made = feed.feed(site, incidents, lang, path, component)
    link = made.home or feed.web(site.url) or "http://localhost/"  # the specification asks for one
    return feed.fitting(made, lambda made: _write(made, link))


def date(at: datetime) -> str:
    """RFC 822 with a year of four digits, in English whatever the language: "Sat, 22 Nov 2025 18:05:00 GMT"."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"


def _write(made: feed.Feed, link: str) -> bytes:
    own = ""
    if made.address:
        own = f'  <atom:link rel="self" type="application/rss+xml" href="{escape(made.address)}"/>\n'
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        "<channel>\n"
        f"  <title>{escape(made.title)}</title>\n"
        f"  <link>{escape(link)}</link>\n"
        f"  <description>{escape(made.title)}</description>\n"
        f"  <language>{escape(made.lang)}</language>\n"
        f"  <lastBuildDate>{date(made.updated)}</lastBuildDate>\n"
        "  <ttl>15</ttl>\n"
        f"{own}"
    )
    body = _BODIES.get((made.entries,), "", lambda: _body(made))
    return markup.clean(head).encode() + body + b"</channel>\n</rss>\n"


def _body(made: feed.Feed) -> bytes:
    return b"".join([_PIECES.get((entry,), "", partial(_item, entry)) for entry in made.entries])


def _item(entry: feed.Entry) -> bytes:
    link = f"    <link>{escape(entry.link)}</link>\n" if entry.link else ""
    later = f"    <atom:updated>{when.iso(entry.updated)}</atom:updated>\n" if entry.updated != entry.published else ""
    about = "".join(f"    <category>{escape(label)}</category>\n" for _, label in entry.categories)
    written = (
        "  <item>\n"
        f"    <title>{escape(entry.title.text)}</title>\n"
        f"{link}"
        f'    <guid isPermaLink="false">{escape(entry.id)}</guid>\n'
        f"    <pubDate>{date(entry.published)}</pubDate>\n"
        f"{later}{about}"
        f"    <description>{escape(entry.html)}</description>\n"
        "  </item>\n"
    )
    return markup.clean(written).encode()
