"""The feeds: an entry an update under a name for ever, valid by their own rules, and inert whatever was typed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings

from notifier.events import Correct, Open, Reopen, Retract
from notifier.model import Impact, Phase
from notifier.render.site import feed
from notifier.render.site.atom import atom
from notifier.render.site.jsonfeed import jsonfeed
from notifier.render.site.rss import date, rss
from tests.render.states import (
    ANY_SITE,
    ANY_STATE,
    EVIL,
    NOW,
    NOWHERE,
    SITE,
    STATES,
    maintenance,
    moved,
    opened,
    resolved,
    story,
    tell,
    texts,
)

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TAG = r"tag:[A-Za-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[\w/.%~-]+"
RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
FORMS = [atom, rss, jsonfeed]
SAFE = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "a"}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """Nothing, one, many, long ones, and hostile ones."""
    return request.param


class Fragment(HTMLParser):
    """HTML of an entry, which may hold nothing but words, lists and links."""

    def __init__(self, source):
        super().__init__()
        self.words = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert tag in SAFE, f"<{tag}> in an entry"
        assert {name for name, _ in attrs} <= {"href", "rel", "value"}
        assert re.match("https?://|mailto:", dict(attrs).get("href") or "http://")

    def handle_data(self, data):
        self.words += data


def said(root, name):
    """The text of the only element of that name; it must be there."""
    (found,) = root.findall(name)
    return found.text or ""


def atom_rules(content):
    """Hold a feed against RFC 4287 and return its entries as (id, title, published, updated)."""
    root = ElementTree.fromstring(content)
    assert root.tag == f"{ATOM}feed"
    assert root.get(XML_LANG)
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    entries = root.findall(f"{ATOM}entry")
    for place in (root, *entries):
        assert re.fullmatch(RFC3339, said(place, f"{ATOM}updated"))
        assert re.fullmatch(rf"{TAG}|https://\S+", said(place, f"{ATOM}id"))
        said(place, f"{ATOM}title")
        links = [(e.get("rel"), e.get("type"), e.get("hreflang")) for e in place.findall(f"{ATOM}link")]
        assert len(links) == len(set(links))
        assert not [e for e in place.findall(f"{ATOM}link") if not e.get("href")]
    for entry in entries:
        (body,) = entry.findall(f"{ATOM}content")
        assert body.get("type") == "html"
        Fragment(body.text or "")
        assert all(c.get("term") is not None for c in entry.findall(f"{ATOM}category"))
    names = ("id", "title", "published", "updated")
    return [tuple(said(entry, ATOM + name) for name in names) for entry in entries]


def rss_rules(content):
    """Hold a feed against RSS 2.0 and return its items as (guid, title, published, updated), times as in Atom."""
    root = ElementTree.fromstring(content)
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    channel = root[0]
    assert said(channel, "link").startswith("http")
    assert said(channel, "ttl").isdigit()
    assert said(channel, "language")
    assert said(channel, "title") == said(channel, "description")
    parsedate_to_datetime(said(channel, "lastBuildDate"))
    found = []
    for item in channel.findall("item"):
        Fragment(said(item, "description"))
        assert [g.get("isPermaLink") for g in item.findall("guid")] == ["false"]
        published = f"{parsedate_to_datetime(said(item, 'pubDate')):%Y-%m-%dT%H:%M:%SZ}"
        found.append((said(item, "guid"), said(item, "title"), published, item.findtext(f"{ATOM}updated") or published))
    return found


def jsonfeed_rules(content):
    """Hold a feed against JSON Feed 1.1 and return its items as (id, title, published, updated)."""
    made = json.loads(content)
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(made["title"], str)
    assert isinstance(made["authors"][0]["name"], str)
    assert made["language"]
    assert set(made) <= {"version", "title", "home_page_url", "feed_url", "language", "authors", "items"}
    for item in made["items"]:
        strings = {"id", "url", "title", "content_html", "date_published", "date_modified", "language"}
        assert set(item) <= strings | {"tags"}
        assert set(item) >= strings - {"url"}
        assert all(isinstance(item[name], str) for name in strings & set(item))
        assert all(isinstance(t, str) for t in item["tags"])
        assert re.fullmatch(RFC3339, item["date_published"])
        assert re.fullmatch(RFC3339, item["date_modified"])
        Fragment(item["content_html"])
    return [(i["id"], i["title"], i["date_published"], i["date_modified"]) for i in made["items"]]


RULES = {atom: atom_rules, rss: rss_rules, jsonfeed: jsonfeed_rules}


def read(form, incidents, site=SITE, lang="de", **more):
    """The entries of a feed that obeys its rules: (id, title, published, updated)."""
    made = form(site, incidents, lang, **more)
    assert len(made) <= 200_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", made.decode())
    entries = RULES[form](made)
    assert len(entries) <= 25
    assert len({id for id, *_ in entries}) == len(entries), "an id twice"
    assert all(re.fullmatch(TAG, id) for id, *_ in entries)
    assert [e[2] for e in entries] == sorted((e[2] for e in entries), reverse=True), "the newest is first"
    assert all(updated >= published for *_, published, updated in entries)
    return entries


@pytest.mark.parametrize("form", FORMS)
def test_feeds_are_valid(form, incidents):
    """What each specification asks for is there, in every state, language and for each component."""
    for lang in SITE.languages:
        read(form, incidents, lang=lang)
        read(form, incidents, lang=lang, component="voice", path="components/voice/feed")
    read(form, incidents, site=NOWHERE, lang="en")


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None)
@given(incidents=ANY_STATE, site=ANY_SITE)
def test_feeds_are_valid_whatever_was_typed(form, incidents, site):
    """Markup, control characters, half characters, right-to-left marks: words stay words."""
    for lang in site.languages:
        read(form, incidents, site=site, lang=lang)


@pytest.mark.parametrize("form", [atom, rss])
def test_a_reader_reads_them(form, incidents):
    """feedparser, which many readers are built on, finds nothing to complain about and the same entries as we do."""
    made = form(SITE, incidents, "de")
    parsed = feedparser.parse(made)

    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == {atom: "atom10", rss: "rss20"}[form]
    assert parsed.feed.title == "Beispiel: Störungen"
    assert parsed.feed.links[0].rel in ("self", "alternate")
    assert {"self", "alternate"} == {link.rel for link in parsed.feed.links}
    assert [e.id for e in parsed.entries] == [id for id, *_ in RULES[form](made)]
    for entry in parsed.entries:
        assert entry.published_parsed
        assert entry.link.startswith("https://status.example.org/de/incidents/")


def test_all_forms_say_the_same(incidents):
    """Whichever form somebody subscribes to: the same entries under the same names, times and titles."""
    if incidents is STATES["long"]:
        pytest.skip("how much fits depends on the form")
    first, *others = (read(form, incidents) for form in FORMS)
    plain = [(id, " ".join(title.split()), published, updated) for id, title, published, updated in first]
    for other in others:
        assert [(id, " ".join(title.split()), *times) for id, title, *times in other] == plain


@pytest.mark.parametrize("form", FORMS)
def test_the_same_state_gives_the_same_bytes(form, incidents):
    """Neither order nor incidents that are not wanted change anything."""
    made = form(SITE, incidents, "de")

    assert form(SITE, incidents[::-1], "de") == made
    assert form(SITE, feed.wanted(incidents), "de") == made
    assert len(feed.wanted(incidents)) <= 25


@pytest.mark.parametrize("form", FORMS)
def test_every_update_is_an_entry(form):
    """A story becomes entries: new ones are added on top, and those before stay as they were."""
    steps = [
        opened(),
        tell("Kabel.", Phase.IDENTIFIED),
        tell("Geht.", Phase.RESOLVED),
        Reopen(texts("Doch nicht.")),
    ]
    grown = [read(form, [story("bcdf", *steps[: n + 1])]) for n in range(len(steps))]

    for before, after in pairwise(grown):
        assert after[1:] == before
    assert grown[-1] == [
        (f"tag:status.example.org,2025:incident/bcdf/update/{n}", f"[{head}] Sprachserver weg", at, at)
        for n, head, at in [
            (4, "Erneut gestört (Wird untersucht)", "2025-11-22T18:35:00Z"),
            (3, "Behoben", "2025-11-22T18:25:00Z"),
            (2, "Ursache gefunden", "2025-11-22T18:15:00Z"),
            (1, "Wird untersucht", "2025-11-22T18:05:00Z"),
        ]
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_correction_moves_the_time_and_nothing_else(form):
    """Corrected words are shown under the same name and time of publication, with a later time of change."""
    before = story("bcdf", opened(), tell("Falsch."))
    after = story("bcdf", opened(), tell("Falsch."), Correct(text=texts("Richtig.")))
    (id, title, published, _), first = read(form, [before])

    assert read(form, [after]) == [(id, title, published, "2025-11-22T18:25:00Z"), first]
    assert b"Richtig." in form(SITE, [after], "de")
    assert b"Falsch." not in form(SITE, [after], "de")


@pytest.mark.parametrize("form", FORMS)
def test_what_was_taken_back_is_gone(form):
    """One update, or a whole incident, vanishes; what is left keeps its name."""
    one = story("bcdf", opened(), tell("Irrtum."), tell("Weiter."), Retract(of=2))
    whole = story("ghjk", opened(title="Fehlalarm"), Retract(whole=True))

    assert [id.rpartition("/")[2] for id, *_ in read(form, [one, whole])] == ["3", "1"]
    assert b"Fehlalarm" not in form(SITE, [one, whole], "de")


@pytest.mark.parametrize("form", FORMS)
def test_a_maintenance_is_news_with_its_times(form):
    """Announced, moved, begun, finished: an entry each, which says when it is planned, until it is over."""
    planned = moved(maintenance("mnpq"), NOW + timedelta(days=7))
    heads = ["[Neuer Termin (Geplant)] Umbau", "[Geplant] Umbau"]

    assert [title for _, title, *_ in read(form, [planned])] == heads
    made = form(SITE, [planned], "de").decode()
    assert "22. Nov. 2025, 22:05–23:05 Uhr MEZ" in made
    assert "29. Nov. 2025, 22:05–23:05 Uhr MEZ" in made
    over = form(SITE, [maintenance("mnpq", Phase.COMPLETED)], "de").decode()
    assert over.count("Uhr MEZ") == 1


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_for_one_component(form):
    """It tells of every incident that ever touched the component, to the end, under the same names as for all."""
    moved = story(
        "bcdf",
        opened(components=("forum",)),
        tell("Jetzt auch Sprache.", components=("forum", "voice")),
        tell("Nur noch Forum.", components=("forum",)),
        tell("Vorbei.", Phase.RESOLVED),
    )
    other = story("ghjk", opened(components=("match",)))
    made = read(form, [moved, other], component="voice", path="components/voice/feed")

    assert [id.rpartition("bcdf/update/")[2] for id, *_ in made] == ["4", "3", "2"]
    assert set(made) < set(read(form, [moved, other]))
    assert feed.wanted([moved, other], "voice") == [moved]
    assert "Störungen bei Sprachserver" in form(SITE, [moved], "de", "c/feed", "voice").decode()


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_in_each_language(form):
    """Title, phases and words are in the feed's language; the names of the entries are the same in each."""
    incidents = [story("bcdf", opened())]
    german, english = (form(SITE, incidents, lang, f"{lang}/feed").decode() for lang in ("de", "en"))

    assert "Beispiel: Störungen" in german
    assert "[Wird untersucht] Sprachserver weg" in german
    assert "Beispiel: incidents" in english
    assert "[Investigating] Sprachserver weg (en)" in english
    assert [e[0] for e in read(form, incidents, lang="de")] == [e[0] for e in read(form, incidents, lang="en")]
    assert "https://status.example.org/en/feed" in english


@pytest.mark.parametrize("form", FORMS)
def test_long_words_never_push_out_the_newest(form):
    """However long the texts: at most 200 kB, and what is left out is the oldest."""
    made = read(form, STATES["long"])

    assert 1 < len(made) < 13
    assert made[0][0].endswith("long/update/13")
    assert [int(id.rpartition("/")[2]) for id, *_ in made] == list(range(13, 13 - len(made), -1))


def test_a_text_in_another_language_is_marked_as_such():
    """Where there is no translation, Atom and JSON Feed say which language it is."""
    incident = story("bcdf", opened())
    made = atom(SITE, [incident], "fr").decode()

    assert '<content type="html" xml:lang="de">' in made
    assert json.loads(jsonfeed(SITE, [incident], "fr"))["items"][0]["language"] == "de"
    assert json.loads(jsonfeed(SITE, [incident], "en"))["items"][0]["language"] == "en"


def test_the_addresses_of_a_feed():
    """Its own address and the page's, or neither where none is configured; RSS cannot do without."""
    assert json.loads(jsonfeed(SITE, [], "de"))["feed_url"] == "https://status.example.org/feed.json"
    assert "feed_url" not in json.loads(jsonfeed(NOWHERE, [], "en"))
    assert b'rel="self"' not in atom(NOWHERE, [], "en")
    assert b"<link>http://localhost/</link>" in rss(NOWHERE, [], "en")
    assert b"feed.atom</id>" in atom(NOWHERE, [], "en")


def test_hostile_words_come_through_as_words():
    """What was typed can be read, and is markup nowhere."""
    made = atom(SITE, STATES["hostile"], "de")
    title = feedparser.parse(made).entries[0].title

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.decode()
    assert "{{ 7*7 }}" in made.decode()
    assert "<script>" not in title or "alert(1)" in title
    assert "\u202e" not in made.decode()
    assert EVIL not in made.decode()


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2025, 11, 2, 3, 4, 5, tzinfo=UTC), "Sun, 02 Nov 2025 03:04:05 GMT"),
        (datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), "Thu, 29 Feb 2024 23:59:59 GMT"),
    ],
)
def test_dates_of_rss(at, shown):
    """English names and four digits of the year, whatever the machine's language."""
    assert date(at) == shown
    assert parsedate_to_datetime(shown) == at.replace(microsecond=0)


def test_a_late_story_is_published_when_it_was_told():
    """An incident that began hours before it was noticed is news at the moment when it was told."""
    late = story("bcdf", Open(texts("Weg"), texts("Seit Stunden."), (), Impact.MINOR, began=NOW - timedelta(hours=9)))

    assert read(atom, [late])[0][2] == "2025-11-22T18:05:00Z"
    assert read(atom, [late, resolved(ago=timedelta(hours=5))])[0][0].endswith("bcdf/update/1")
