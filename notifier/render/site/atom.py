"""feed.atom: one entry an update (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from markupsafe import escape

from notifier.model import Incident, Site
from notifier.render import markup
from notifier.render.memo import Memo
from notifier.render.site import feed
from notifier.render.when import iso

wanted = feed.wanted
_BODIES, _PIECES = Memo(64), Memo()


def atom(site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.atom", component: str = "") -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    return feed.fitting(feed.feed(site, incidents, lang, path, component), _write)


def _write(made: feed.Feed) -> bytes:
    links = ""
    if made.home:
        links = (
            f'  <link rel="self" type="application/atom+xml" href="{escape(made.address)}"/>\n'
            f'  <link rel="alternate" type="text/html" href="{escape(made.home)}"/>\n'
        )
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(made.lang)}">\n'
        f"  <id>{escape(made.id)}</id>\n"
        f"  <title>{escape(made.title)}</title>\n"
        f"  <updated>{iso(made.updated)}</updated>\n"
        f"  <author><name>{escape(made.author)}</name></author>\n"
        f"{links}"
    )
    return markup.clean(head).encode() + _BODIES.get((made.entries,), "", lambda: _body(made)) + b"</feed>\n"


def _body(made: feed.Feed) -> bytes:
    return b"".join([_PIECES.get((entry,), "", partial(_entry, entry)) for entry in made.entries])


def _entry(entry: feed.Entry) -> bytes:
    link = f'    <link rel="alternate" type="text/html" href="{escape(entry.link)}"/>\n' if entry.link else ""
    about = "".join(
        f'    <category term="{escape(term)}" label="{escape(label)}"/>\n' for term, label in entry.categories
    )
    written = (
        "  <entry>\n"
        f"    <id>{escape(entry.id)}</id>\n"
        f"    <title{_lang(entry.title.lang)}>{escape(entry.title.text)}</title>\n"
        f"    <published>{iso(entry.published)}</published>\n"
        f"    <updated>{iso(entry.updated)}</updated>\n"
        f"{link}{about}"
        f'    <content type="html"{_lang(entry.lang)}>{escape(entry.html)}</content>\n'
        "  </entry>\n"
    )
    return markup.clean(written).encode()


def _lang(tag: str) -> str:
    return f' xml:lang="{escape(tag)}"' if tag else ""
