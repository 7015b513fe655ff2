"""feed.atom: one entry an incident, moved up by each update (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from notifier.model import Incident, Site
from notifier.render import phrases
from notifier.render.links import incident_url
from notifier.render.site import text
from notifier.render.site.data import changed
from notifier.render.when import iso
from notifier.values import value

MOST = 50


@value
class Entry:
    """An incident as the feed tells it; ``html`` holds all updates, newest first."""

    id: str
    title: text.Words
    link: str
    published: str
    updated: str
    categories: tuple[tuple[str, str], ...]
    html: str


def atom(site: Site, incidents: Sequence[Incident], now: datetime) -> str:
    """The feed in the site's first language, the latest changed first, at most 50 entries."""
    lang = site.languages[0]
    latest = sorted(incidents, key=lambda i: (-changed(i).timestamp(), i.id))[:MOST]
    return (
        text.templates()
        .get_template("feed.atom")
        .render(
            lang=lang,
            site=site,
            home=text.home(site),
            id=text.home(site) + "feed.atom" if text.home(site) else _tag(site, now, "incidents"),
            title=phrases.say(lang, "page.feed_title", site),
            updated=iso(max(map(changed, latest), default=now)),
            entries=[_entry(site, i, lang, now) for i in latest],
        )
    )


def _entry(site: Site, incident: Incident, lang: str, now: datetime) -> Entry:
    title = text.choose(incident.title, lang)
    if not incident.open:
        title = text.Words(f"[{phrases.say(lang, 'phase.resolved', site)}] {title.text}", title.lang)
    return Entry(
        id=_tag(site, incident.opened, f"incident/{incident.id}"),
        title=title,
        link=incident_url(site, incident.id),
        published=iso(incident.opened),
        updated=iso(changed(incident)),
        categories=tuple(_categories(site, incident, lang)),
        html=_html(site, incident, lang, now),
    )


def _html(site: Site, incident: Incident, lang: str, now: datetime) -> str:
    updates = [
        (text.head(site, update, lang), text.moment(update.at, site, lang), words, text.rich(words.text))
        for update in reversed(incident.updates)
        for words in (text.choose(update.text, lang),)
    ]
    return text.templates().get_template("entry.html").render(updates=updates)


def _categories(site: Site, incident: Incident, lang: str) -> Iterable[tuple[str, str]]:
    """Term and label of phase, impact and components, for readers that sort by them."""
    yield str(incident.phase), phrases.say(lang, f"phase.{incident.phase}", site)
    yield str(incident.impact), phrases.say(lang, f"impact.{incident.impact}", site)
    for id in incident.components:
        yield id, text.choose(site.component(id).name, lang).text


def _tag(site: Site, at: datetime, what: str) -> str:
    """A tag URI (RFC 4151): it never changes, whatever becomes of titles and texts."""
    return f"tag:{urlsplit(site.status_url).hostname or 'localhost'},{at:%Y}:{quote(what)}"
