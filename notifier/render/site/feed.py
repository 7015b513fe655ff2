"""What all feeds have in common: one entry an update, under a name that stays for ever."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from notifier.model import Incident, Site, Update, Window
from notifier.render import markup, phrases, when
from notifier.render.memo import Memo
from notifier.render.site import ids, text
from notifier.render.site.data import changed
from notifier.values import value

MOST, LARGEST = 25, 200_000
EMPTY_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_LONG = 5_000
_STORIES, _SAME, _HEADS, _LISTS = Memo(), Memo(), Memo(1_024), Memo(256)
_TOLD = attrgetter("told")


@value
class Entry:
    """An update as feeds tell it. ``title`` begins with the phase in brackets; ``published`` never changes, ``updated``
    is later where the words were corrected; ``categories``: term and label of phase, impact and components; ``forms``:
    the same in bytes, for those who write it down, each under a name of its own."""

    id: str
    title: text.Words
    link: str
    published: datetime
    updated: datetime
    categories: tuple[tuple[str, str], ...]
    html: str
    lang: str
    forms: dict[str, bytes]


@value
class Head:
    """What a feed always says of itself. ``home`` and ``address`` (its own) are "" where no address is configured."""

    id: str
    title: str
    author: str
    lang: str
    home: str
    address: str


class Feed(NamedTuple):
    """A feed before it is written down."""

    head: Head
    updated: datetime
    entries: tuple[Entry, ...]


class Told(NamedTuple):
    """An update, when it was told, the incident as it was at some time since, and the entries by language."""

    told: datetime
    incident: Incident
    update: Update
    entries: dict[str, Entry]


class Story(NamedTuple):
    """What a feed takes of an incident, newest first, and the place of the incident among others."""

    rank: tuple[float, str]
    told: tuple[Told, ...]


def wanted(incidents: Iterable[Incident], component: str = "") -> list[Incident]:
    """Those that a feed is made of: the 25 that changed last, that nobody took back; with ``component`` those that ever
    affected it. Nothing else changes a byte of the feed; of up to 25 given, it is made of all."""
    known = (i for i in incidents if not i.retracted and (not component or _since(i, component) is not None))
    return sorted(known, key=_rank)[:MOST]


def feed(site: Site, incidents: Iterable[Incident], lang: str, path: str, component: str = "") -> Feed:
    """The 25 newest updates in ``lang``. ``path``: where below the site's root it will lie."""
    known = tuple(incidents)
    head = _HEADS.get((site,), (lang, path, component), lambda: _head(site, lang, path, component))
    return Feed(head, *_LISTS.get((site, known), (lang, component), lambda: _newest(site, known, lang, component)))


def _head(site: Site, lang: str, path: str, component: str) -> Head:
    home = text.home(site)
    address = home + quote(markup.clean(path)) if home else ""
    return Head(
        id=address or ids.tag(site, EMPTY_SINCE, path),
        title=_title(site, lang, component),
        author=markup.clean(site.name),
        lang=lang,
        home=home,
        address=address,
    )


def _newest(site: Site, known: tuple[Incident, ...], lang: str, component: str) -> tuple[datetime, tuple[Entry, ...]]:
    """The entries, newest first, and when one of them changed last."""
    news = _LISTS.get((site, known), component, lambda: _news(site, known, component))
    entries = tuple([told.entries.get(lang) or _made(site, told, lang) for told in news])
    return max([e.updated for e in entries], default=EMPTY_SINCE), entries


def _news(site: Site, known: Iterable[Incident], component: str) -> list[Told]:
    """The updates that a feed has, newest first."""
    stories = [_STORIES.get((site, i), component, partial(_story, site, i, component)) for i in known]
    stories = sorted([story for story in stories if story.told])[:MOST]
    return sorted([told for story in stories for told in story.told], key=_TOLD, reverse=True)[:MOST]


def _story(site: Site, incident: Incident, component: str) -> Story:
    """With ``component`` from the update on that first named it, to the end. What was told before another update came
    is the same object still."""
    since = _since(incident, component) if component else 0
    if incident.retracted or since is None:
        return Story(_rank(incident), ())
    found, windows = list[Told](), tuple[Window, ...]()
    for update in incident.updates:
        windows = (*windows, update.window) if update.window else windows
        key = (incident.id, incident.opened, at := _when(incident, update), windows)
        found.append(_SAME.get((site, update, incident.title), key, partial(Told, at, incident, update, {})))
    return Story(_rank(incident), tuple(reversed(found[since:])))


def _rank(incident: Incident) -> tuple[float, str]:
    return -changed(incident).timestamp(), incident.id


def _made(site: Site, told: Told, lang: str) -> Entry:
    told.entries[lang] = _entry(site, told.incident, told.update, lang)
    return told.entries[lang]


def fitting(feed: Feed, write: Callable[[Feed], bytes]) -> bytes:
    """The feed written down; of one beyond 200 kB the oldest entries are left out."""
    made = write(feed)
    if len(made) <= LARGEST:
        return made
    newest = [feed._replace(entries=feed.entries[:n]) for n in range(len(feed.entries) + 1)]
    return write(newest[max(bisect_right(newest, LARGEST, key=lambda f: len(write(f))) - 1, 0)])


def web(url: str) -> str:
    """``url`` if it leads to a page, else ""."""
    try:
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _title(site: Site, lang: str, component: str) -> str:
    if not component:
        return markup.clean(phrases.say(lang, "page.feed_title", site))
    name = text.choose(site.component(component).name, lang).text
    return markup.clean(phrases.say(lang, "page.feed_component", site, component=name))


def _entry(site: Site, incident: Incident, update: Update, lang: str) -> Entry:
    title, words = text.choose(incident.title, lang), text.choose(update.text, lang)
    told = _when(incident, update)
    return Entry(
        id=ids.update(site, incident, update.seq),
        title=text.Words(f"[{markup.clean(text.head(site, update, lang))}] {title.text}", title.lang),
        link=ids.link(site, incident, lang),
        published=told,
        updated=max(told, update.corrected or told),
        categories=tuple(_categories(site, update, lang)),
        html=_planned(site, incident, update, lang) + _html(words.text),
        lang=words.lang,
        forms={},
    )


def _planned(site: Site, incident: Incident, update: Update, lang: str) -> str:
    """From when to when a maintenance was planned when this was told, until it is over, as a paragraph."""
    windows = [u.window for u in incident.updates if u.window and u.seq <= update.seq]
    if not windows or update.phase.over:
        return ""
    return markup.html(markup.text_doc(when.window(windows[-1].start, windows[-1].end, site.timezone, lang)))


def _html(words: str) -> str:
    """A text as safe HTML; a very long one is cut, as the entry's link leads to the rest."""
    return text.rich(words if len(words) <= _LONG else words[: _LONG - 1] + "…")


def _categories(site: Site, update: Update, lang: str) -> Iterator[tuple[str, str]]:
    """Term and label of phase, impact and components, for readers that sort by them."""
    yield str(update.phase), markup.clean(phrases.say(lang, f"phase.{update.phase}", site))
    if not update.phase.planned:
        yield str(update.impact), markup.clean(phrases.say(lang, f"impact.{update.impact}", site))
    for id in update.components:
        yield markup.clean(id), text.choose(site.component(id).name, lang).text


def _since(incident: Incident, component: str) -> int | None:
    """Index of the first update that names the component."""
    return next((n for n, u in enumerate(incident.updates) if component in u.components), None)


def _when(incident: Incident, update: Update) -> datetime:
    """When users were told; the first update has the time when it all began instead."""
    return incident.opened if update is incident.updates[0] else update.at
