"""feed.rss: one item an update (RSS 2.0, https://www.rssboard.org/rss-specification).

Most readers never show a changed item again, so an update is an item of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from markupsafe import Markup

from notifier.model import Incident, Site
from notifier.render import markup, when
from notifier.render.site import feed, text
from notifier.render.memo import Memo

wanted = feed.wanted
_MADE = Memo()

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
    template = text.templates().get_template("feed.rss")
    return markup.clean(template.render(feed=made, link=link, date=date, piece=_piece)).encode()


def _piece(entry: feed.Entry) -> Markup:
    template = text.templates().get_template("entry.rss")
    return _MADE.get((entry,), "", lambda: Markup(template.render(entry=entry, date=date, iso=when.iso)))
