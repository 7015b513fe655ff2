"""feed.rss: one item an update (RSS 2.0, https://www.rssboard.org/rss-specification).

Most readers never show a changed item again, so an update is an item of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from markupsafe import escape

from notifier.model import Incident, Site
from notifier.render import markup, when
from notifier.render.memo import Memo
from notifier.render.site import feed

wanted = feed.wanted
_FRAMES, _BODIES = Memo(1_024), Memo(64)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rss(site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.rss", component: str = "") -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    made = feed.feed(site, incidents, lang, path, component)
    link = made.head.home or feed.web(site.url) or "http://localhost/"  # the specification asks for one
    return feed.fitting(made, lambda made: _write(made, link))


def date(at: datetime) -> str:
    """RFC 822 with a year of four digits, in English whatever the language: "Sat, 22 Nov 2025 18:05:00 GMT"."""
    at = at.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} GMT"


def _write(made: feed.Feed, link: str) -> bytes:
    before, after = _FRAMES.get((made.head,), link, lambda: _frame(made.head, link))
    body = _BODIES.get((made.entries,), "", lambda: _body(made.entries))
    return b"".join([before, date(made.updated).encode(), after, body, b"</channel>\n</rss>\n"])


def _frame(head: feed.Head, link: str) -> tuple[bytes, bytes]:
    """What stands before and after the time of the last change."""
    own = ""
    if head.address:
        own = f'  <atom:link rel="self" type="application/rss+xml" href="{escape(head.address)}"/>\n'
    before = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        "<channel>\n"
        f"  <title>{escape(head.title)}</title>\n"
        f"  <link>{escape(link)}</link>\n"
        f"  <description>{escape(head.title)}</description>\n"
        f"  <language>{escape(head.lang)}</language>\n"
        "  <lastBuildDate>"
    )
    after = f"</lastBuildDate>\n  <ttl>15</ttl>\n{own}"
    return markup.clean(before).encode(), markup.clean(after).encode()


def _body(entries: Iterable[feed.Entry]) -> bytes:
    return b"".join([entry.forms.get("rss") or _item(entry) for entry in entries])


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
    entry.forms["rss"] = markup.clean(written).encode()
    return entry.forms["rss"]
