"""The public site as files: whole, valid, the same for the same state, and inert whatever an admin typed."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from typing import ClassVar
from xml.etree import ElementTree

import pytest

from notifier.events import Correct, Open, Reopen, Retract, Tell
from notifier.incident import decide, evolve
from notifier.model import Component, Impact, Phase, Site, Stamp
from notifier.render.site import files
from tests.render.states import maintenance

NOW = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
SITE = Site(
    name="Beispiel",
    url="https://forum.example.org",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(
        Component("voice", {"de": "Sprachserver", "en": "Voice server"}),
        Component("forum", {"de": "Forum", "en": "Forum"}),
    ),
)
ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>&amp;</title></style></script>"
    "\x010\x01\x0199\x01\x01root\x01"  # as marks of our own look
    "\u2028\x00\x0b\ud800\ufffe]]><!-- <?xml [x](javascript:alert(3)) javascript:alert(4) {{ 7*7 }} {% raw %}"
)


def texts(de, en):
    """A text in both languages."""
    return {"de": de, "en": en}


def story(id, *commands, ago=timedelta(hours=3)):
    """An incident to which these commands happened, ten minutes apart."""
    incident = None
    for number, command in enumerate(commands):
        stamp = Stamp(NOW - ago + number * timedelta(minutes=10))
        incident = evolve(incident, decide(command, incident, stamp), id)
    return incident


def opened(impact=Impact.CRITICAL, title="Sprachserver weg", text="Wir suchen.", components=("voice",)):
    """The command that opens an incident."""
    return Open(texts(title, f"{title} (en)"), texts(text, f"{text} (en)"), components, impact)


def tell(text, phase=None):
    """A later word."""
    return Tell(texts(text, f"{text} (en)"), phase)


def resolved(id="done", ago=timedelta(hours=3)):
    """An incident that is over."""
    return story(id, opened(title=f"Alt {id}"), tell("Geht wieder.", Phase.RESOLVED), ago=ago)


def page(incidents, path="index.html", site=SITE):
    """A page of the site, read."""
    return Document(files(site, incidents, NOW, 7)[path].decode())


def status(incidents, site=SITE):
    """What status.json says."""
    return json.loads(files(site, incidents, NOW, 7)["status.json"])


def feed(incidents, site=SITE):
    """The feed, read."""
    return ElementTree.fromstring(files(site, incidents, NOW, 7)["feed.atom"])


class Document(HTMLParser):
    """An HTML page read strictly: each element closed in its order, each id and attribute once."""

    VOID: ClassVar[set[str]] = {"meta", "link", "img", "br", "hr", "input"}

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.source, self.shown = source, ""
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []

        self.feed(source)
        self.close()
        assert self.stack == [], f"not closed: {self.stack}"
        ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert len(ids) == len(set(ids)), f"an id twice: {ids}"

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack, f"</{tag}> without beginning"
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.stack):
            self.shown += data

    def all(self, tag):
        """Attributes of each element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]

    def words(self):
        """The text that is shown, in one line."""
        return " ".join(self.shown.split())


MANY = [resolved(f"old{n}", timedelta(days=n)) for n in range(1, 70)]
STATES = {
    "nothing": [],
    "one": [story("bcdf", opened())],
    "resolved": [resolved()],
    "many": [story("bcdf", opened()), story("ghjk", opened(Impact.MINOR)), *MANY],
    "hostile": [story("bcdf", opened(title=EVIL[:200], text=EVIL, components=("voice", EVIL)), tell(EVIL))],
}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """None, one, a resolved one, many, and one of hostile words."""
    return request.param


# All files


def test_the_same_state_gives_the_same_bytes(incidents):
    """Nothing depends on order or chance, so a board can tell what changed."""
    assert files(SITE, incidents, NOW, 7) == files(SITE, incidents[::-1], NOW, 7)


def test_every_file_is_there(incidents):
    """Pages, feeds, calendar and badges at the root in the first language, and each language in its folder."""
    made = files(SITE, incidents, NOW, 7)

    both = {"index.html", "feed.atom", "feed.rss", "feed.json", "maintenance.ics", "badges/status.svg"}
    parts = {f"feeds/{c}.{f}" for c in ("voice", "forum") for f in ("atom", "rss", "json")}
    ids = {f"incidents/{i.id}.html" for i in incidents}
    own = both | parts | ids | {"badges/voice.svg", "badges/forum.svg", "history/index.html"}
    found = {path for path in made if not re.search(r"api/v2/|history/\d{4}-\d\d\.html", path)}
    strips = {f"banner/{lang}.{kind}" for lang in ("de", "en") for kind in ("html", "inc.html")}
    assert found == {"status.json", "banner.js", "page.js", "banner/banner.css"} | strips | both | ids | {
        f"{lang}/{p}" for lang in ("de", "en") for p in own
    }
    assert len(made) == len(list(made)) == len(made.stamps)
    assert all(isinstance(content, bytes) and content for content in made.values())


def test_an_incident_taken_back_appears_nowhere():
    """A false alarm that was taken back is in no file, neither open nor past."""
    gone = story("gone", opened(title="Fehlalarm"), Retract(whole=True))

    for path, content in files(SITE, [gone, resolved()], NOW, 7).items():
        assert b"Fehlalarm" not in content, path
        assert b"gone" not in content.replace(b"agone", b"") or path.endswith(".js"), path
    assert status([gone])["state"] == "none"


def test_the_banner_is_small():
    """What each page of a forum loads stays below 4 kB as it travels."""
    assert len(gzip.compress(files(SITE, [], NOW, 1)["banner.js"], 9)) <= 4096


def test_scripts_never_write_html():
    """No script turns text into markup or code."""
    made = files(SITE, [], NOW, 1)
    for name in ("banner.js", "page.js"):
        for risky in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "cookie ="):
            assert risky not in made[name].decode(), name
        assert not re.search(r"outerHTML\s*=[^=]", made[name].decode()), name


# Pages


def test_the_archive_tells_work_from_trouble():
    """What was planned is no incident; a month with both has both, the words follow the number."""
    many = [story("bcdf", opened()), resolved("ghjk"), *(maintenance(id, start=NOW) for id in ("mnpq", "qrst"))]
    for found, said in ((many, "2 Störungen, 2 Wartungen"), (many[:1], "1 Störung"), (many[2:3], "1 Wartung")):
        assert page(found, "de/history/index.html").words().count(f"November 2025 {said}") == 1


@pytest.mark.parametrize("path", ["index.html", "de/index.html", "en/index.html"])
def test_pages_are_well_formed(incidents, path):
    """Every element is closed, no id stands twice, and the page says in which language it is."""
    read = page(incidents, path)

    assert read.source.startswith("<!DOCTYPE html>\n")
    assert read.all("html") == [{"lang": "en" if path.startswith("en") else "de", "dir": "ltr"}]
    assert len(read.all("h1")) == len(read.all("main")) == len(read.all("title")) == 1
    assert read.all("a")[0] == {"class": "skip", "href": "#page-main"}


@pytest.mark.parametrize("path", ["index.html", "en/index.html"])
def test_pages_need_nothing_from_elsewhere(incidents, path):
    """No picture, style, font or frame is fetched; the only script is a file beside the page."""
    read = page(incidents, path)
    root = "../" if "/" in path else ""

    assert read.all("script") == [{"defer": None, "src": f"{root}page.js"}]
    assert {a["rel"] for a in read.all("link")} <= {"icon", "canonical", "alternate"}
    assert next(a["href"] for a in read.all("link") if a["rel"] == "icon").startswith("data:image/svg+xml,")
    assert not [t for t, _ in read.tags if t in ("img", "iframe", "object", "embed", "form", "base")]
    assert "url(" not in read.source
    assert "@import" not in read.source


def test_the_policy_allows_the_style_and_nothing_else(incidents):
    """The page forbids scripts and styles that it does not bring itself; no element has a style or script attribute."""
    import base64
    import hashlib

    read = page(incidents)
    policy = next(a["content"] for a in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", read.source, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert not [a for _, attributes in read.tags for a in attributes if a == "style" or a.startswith("on")]


@pytest.mark.parametrize(
    ("impact", "state", "words", "component"),
    [
        (Impact.NONE, "none", "Alle Systeme laufen, mit Hinweis", "In Betrieb"),
        (Impact.MINOR, "minor", "Einige Systeme sind eingeschränkt", "Eingeschränkt"),
        (Impact.MAJOR, "major", "Teilweiser Ausfall", "Teilweise ausgefallen"),
        (Impact.CRITICAL, "critical", "Schwerer Ausfall", "Ausgefallen"),
    ],
)
def test_the_state_follows_the_worst_open_incident(impact, state, words, component):
    """Title, headline, component and data all say the same; resolved incidents do not count."""
    incidents = [story("bcdf", opened(impact)), story("ghjk", opened(Impact.NONE)), resolved()]
    read, data = page(incidents), status(incidents)

    assert f"<title>{words} – Beispiel</title>" in read.source
    assert f"<h1>{words}</h1>" in read.source
    assert f"Sprachserver {component}" in read.words()
    assert "Forum In Betrieb" in read.words()
    assert (data["state"], data["texts"]["de"]["state"]) == (state, words)


def test_all_well():
    """Without an incident the page says so, names every component, and has no heading for current ones."""
    read = page([])

    assert "<title>Alle Systeme laufen – Beispiel</title>" in read.source
    assert "Sprachserver In Betrieb Forum In Betrieb" in read.words()
    assert "Aktuelle Störungen" not in read.words()
    assert "Keine Störungen" in read.words()


def test_an_incident_tells_its_whole_story_newest_first():
    """All updates with phase and time, the newest on top, what came back and what was corrected marked as such."""
    incident = story(
        "bcdf",
        opened(text="Erstens."),
        tell("Zweitens.", Phase.RESOLVED),
        Reopen(texts("Drittens.", "Third.")),
        tell("Viertens.", Phase.MONITORING),
        Correct(text=texts("Viertens, berichtigt.", "Fourth, corrected.")),
    )
    shown = page([incident]).words()

    order = [
        "Viertens, berichtigt.",
        "Erneut gestört (Wird untersucht)",
        "Drittens.",
        "Behoben",
        "Zweitens.",
        "Erstens.",
    ]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert "Wird beobachtet 22. November, 19:35 Uhr MEZ · berichtigt" in shown
    assert "Viertens." not in shown
    assert {"id": "bcdf", "class": "card critical"} in page([incident]).all("article")
    assert {"datetime": "2025-11-22T18:35:00Z"} in page([incident]).all("time")


def test_each_language_has_its_page():
    """The English page is English, links to the German one, and so do both roots."""
    read = page([story("bcdf", opened())], "en/index.html")

    assert "<h1>Major outage</h1>" in read.source
    assert "Sprachserver weg (en)" in read.words()
    assert "Voice server Major outage" in read.words()
    links = {a["href"] for a in read.all("a")}
    assert {"../de/index.html", "../en/feed.atom", "incidents/bcdf.html", "https://forum.example.org"} <= links
    assert {"de/index.html", "en/index.html", "feed.atom"} <= {a["href"] for a in page([]).all("a")}


def test_a_text_in_one_language_only_is_marked_as_such():
    """Where a text was not translated, the page says in which language it is, so that it is read out well."""
    incident = story("bcdf", Open({"de": "Nur deutsch"}, {"de": "Kein Englisch."}, ("voice",)))
    source = page([incident], "en/index.html").source

    assert '<h3 lang="de" dir="ltr"><a href="incidents/bcdf.html">Nur deutsch</a></h3>' in source
    assert '<div class="text" lang="de" dir="ltr">' in source
    assert "<h3><a" in page([incident]).source


def test_one_language_needs_no_switch():
    """A site in one language has no language links."""
    site = Site(name="Example", languages=("en",))

    assert page([], site=site).all("nav") == []
    assert set(files(site, [], NOW, 1)) >= {"index.html", "en/index.html"}


def test_a_site_without_addresses_still_works():
    """With nothing configured, no link leads nowhere and the feed is still a feed."""
    site = Site()
    incident = story("bcdf", Open({"en": "Down"}, {"en": "Looking."}, ("voice",)))

    assert all(a["href"] for a in page([incident], site=site).all("a"))
    assert status([incident], site)["incidents"][0]["link"] == ""
    assert "voice Partial outage" in page([incident], site=site).words()
    entry = feed([incident], site).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == "tag:localhost,2025:incident/bcdf/update/1"


def test_an_address_that_is_none_is_no_link():
    """Only web addresses become links."""
    site = Site(name="Example", url="javascript:alert(1)")

    assert "javascript:" not in page([], site=site).source


def test_past_incidents_are_the_recent_ones_or_the_last_ten():
    """Quiet times still show the last ten; busy ones all of fourteen days, to a measure."""
    rare = [resolved(f"rare{n}", timedelta(days=30 * n)) for n in range(1, 15)]
    busy = [resolved(f"busy{n}", timedelta(hours=10 * n)) for n in range(1, 100)]

    assert [a["id"] for a in page(rare).all("article")] == [f"rare{n}" for n in range(1, 11)]
    assert [a["id"] for a in page(busy).all("article")] == [f"busy{n}" for n in range(1, 36)]
    assert "Dauer 10 Minuten" in page(rare).words()


# status.json


def test_the_data_is_what_the_banner_reads():
    """Fields, types and times of status.json; lists are never null."""
    data = status([story("bcdf", opened(), tell("**Fett** gesagt."))])

    assert list(data) == ["seq", "generated_at", "site", "state", "texts", "incidents", "languages", "sw"]
    assert (data["seq"], data["generated_at"], data["languages"]) == (7, "2025-11-22T18:15:00Z", ["de", "en"])
    assert data["site"] == {
        "name": "Beispiel", "url": "https://forum.example.org", "status_url": "https://status.example.org",
    }  # fmt: skip
    assert data["incidents"] == [
        {
            "id": "bcdf",
            "phase": "investigating",
            "impact": "critical",
            "components": [{"id": "voice", "name": {"de": "Sprachserver", "en": "Voice server"}}],
            "title": {"de": "Sprachserver weg", "en": "Sprachserver weg (en)"},
            "began_at": "2025-11-22T18:05:00Z",
            "updated_at": "2025-11-22T18:15:00Z",
            "update": {
                "seq": 2,
                "text": {"de": "Fett gesagt.", "en": "Fett gesagt. (en)"},
                "at": "2025-11-22T18:15:00Z",
            },
            "window": None,
            "link": "https://status.example.org/incidents/bcdf.html",
        }
    ]


def test_the_data_is_complete_when_all_is_well():
    """Without an incident: an empty list, not null, and the worker may run."""
    data = status([resolved()])

    assert (data["state"], data["incidents"], data["sw"]) == (
        "none", [], {"enabled": True, "reload_spread_s": 30},
    )  # fmt: skip


def test_the_worst_comes_first():
    """The banner shows the worst first; among equals the newest."""
    incidents = [
        story("minor", opened(Impact.MINOR), ago=timedelta(minutes=5)),
        story("older", opened(Impact.CRITICAL), ago=timedelta(minutes=50)),
        story("newer", opened(Impact.CRITICAL), ago=timedelta(minutes=40)),
    ]

    assert [i["id"] for i in status(incidents)["incidents"]] == ["newer", "older", "minor"]


# Hostile words


@pytest.mark.parametrize("path", ["index.html", "de/index.html", "en/index.html"])
def test_hostile_words_are_only_words_on_the_page(path):
    """Markup in titles, texts and names is shown as it was typed; nothing of it becomes an element or a link."""
    read, harmless = page(STATES["hostile"], path), page(STATES["one"], path)

    assert len(read.all("script")) == 1
    assert {tag for tag, _ in read.tags} <= {tag for tag, _ in harmless.tags} | {"ol", "ul", "li", "strong", "em", "br"}
    assert not [a for a in read.all("a") if a["href"].strip().lower().startswith("javascript:")]
    assert "<script>alert(1)</script>" in read.words()
    assert "{{ 7*7 }}" in read.words()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe]", read.source)


def test_hostile_words_are_only_words_in_the_data():
    """status.json is pure ASCII, so that no character can end a line or a script; the words come back whole."""
    content = files(SITE, STATES["hostile"], NOW, 7)["status.json"]

    assert content.isascii()
    title = json.loads(content)["incidents"][0]["title"]["de"]
    assert title.startswith("<script>alert(1)</script>")
    assert not re.search("[\x00-\x09\x0b-\x1f\u2028\ud800-\udfff\ufffe]", title)


def test_the_name_of_the_site_is_only_a_name():
    """A site whose name looks like markup breaks none of its files."""
    site = Site(name="A<b>&\"'\x00\x010\x01\x01title\x01", languages=("en",))

    assert page([], site=site).words().count("A<b>&\"'0title") == 2
    assert feed([], site).findtext(f"{ATOM}author/{ATOM}name") == "A<b>&\"'0title"


@pytest.mark.parametrize("name", ["Beispiel", "<>", "&lt;&gt;<>"])
def test_the_banner_is_the_same_in_a_frame_and_as_a_piece(name):
    """The page for an iframe holds the piece for an include as it is, once, whatever the site is called."""
    made = files(Site(name=name, languages=("en",)), STATES["hostile"], NOW, 7)
    piece, framed = made["banner/en.inc.html"].decode(), made["banner/en.html"].decode()

    assert framed.count("<aside") == framed.count(piece) == 1
    assert framed.endswith(f"<body>\n{piece}</body>\n</html>\n")
    assert f" – {name}</title>" in unescape(framed)
