"""feed.atom: one entry an update (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from notifier.model import Incident, Site
from notifier.render import markup, when
from notifier.render.site import feed, text
from notifier.render.memo import Memo

wanted = feed.wanted
_MADE = Memo()


def atom(site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.atom", component: str = "") -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    return feed.fitting(feed.feed(site, incidents, lang, path, component), _write)


def _write(made: feed.Feed) -> bytes:
    written = text.templates().get_template("feed.atom").render(feed=made, iso=when.iso, piece=_piece)
    return markup.clean(written).encode()


def _piece(entry: feed.Entry) -> Markup:
    template = text.templates().get_template("entry.atom")
    return _MADE.get((entry,), "", lambda: Markup(template.render(entry=entry, iso=when.iso)))
