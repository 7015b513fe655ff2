"""feed.atom: one entry an update (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import escape

from notifier.model import Incident, Site
from notifier.render import markup
from notifier.render.memo import Memo
from notifier.render.site import feed
from notifier.render.when import iso

wanted = feed.wanted
_FRAMES, _BODIES = Memo(1_024), Memo(64)


def atom(site: Site, incidents: Iterable[Incident], lang: str, path: str = "feed.atom", component: str = "") -> bytes:
    """The feed in ``lang``, of all or of one component; made of :func:`wanted` alone. ``path``: where it will lie."""
    return feed.fitting(feed.feed(site, incidents, lang, path, component), _write)


def _write(made: feed.Feed) -> bytes:
    before, after = _FRAMES.get((made.head,), "", lambda: _frame(made.head))
    body = _BODIES.get((made.entries,), "", lambda: _body(made.entries))
    return b"".join([before, iso(made.updated).encode(), after, body, b"</feed>\n"])


def _frame(head: feed.Head) -> tuple[bytes, bytes]:
    """What stands before and after the time of the last change."""
    links = ""
    if head.home:
        links = (
            f'  <link rel="self" type="application/atom+xml" href="{escape(head.address)}"/>\n'
            f'  <link rel="alternate" type="text/html" href="{escape(head.home)}"/>\n'
        )
    before = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{escape(head.lang)}">\n'
        f"  <id>{escape(head.id)}</id>\n"
        f"  <title>{escape(head.title)}</title>\n"
        "  <updated>"
    )
    after = f"</updated>\n  <author><name>{escape(head.author)}</name></author>\n{links}"
    return markup.clean(before).encode(), markup.clean(after).encode()


def _body(entries: Iterable[feed.Entry]) -> bytes:
    return b"".join([entry.forms.get("atom") or _entry(entry) for entry in entries])


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
    entry.forms["atom"] = markup.clean(written).encode()
    return entry.forms["atom"]


def _lang(tag: str) -> str:
    return f' xml:lang="{escape(tag)}"' if tag else ""
