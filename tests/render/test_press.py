"""The site from one edition to the next: only what changed is rendered anew, and every link leads somewhere."""

from __future__ import annotations

import gzip
import posixpath
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.channel import stamp
from notifier.events import Correct, Open, Reopen, Reschedule, Retract, Schedule, Tell
from notifier.history import brief
from notifier.incident import Refused, decide, evolve
from notifier.model import Component, Impact, Phase, Site, Stamp, Window
from notifier.render.site import files, trial
from notifier.render.site.press import Press
from notifier.render.site.theme import Link, Theme, contrast, faults

START = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
SITE = Site(
    name="Beispiel",
    url="https://forum.example.org",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(
        Component("voice", {"de": "Sprachserver", "en": "Voice server"}, {"de": "Reden", "en": "Talk"}),
        Component("forum", {"de": "Forum"}, {"de": "Lesen", "en": "Read"}),
        Component("mail", {"de": "Post"}, {"de": "Reden", "en": "Talk"}),
    ),
)
WORDS = {"de": "Wort **eins**", "en": "Word"}
PARTS = st.lists(st.sampled_from(["voice", "forum", "mail", "other"]), unique=True, max_size=3).map(tuple)
PHASES = st.sampled_from([p for p in Phase if p is not Phase.SCHEDULED])
COMMANDS = st.one_of(
    st.builds(Open, st.just(WORDS), st.just(WORDS), PARTS, st.sampled_from(Impact)),
    st.builds(lambda c, h: Schedule(WORDS, WORDS, c, _window(h)), PARTS, st.integers(1, 900)),
    st.builds(Tell, st.just(WORDS), st.none() | PHASES, st.none() | st.sampled_from(Impact), st.none() | PARTS),
    st.builds(Reopen, st.just(WORDS)),
    st.builds(lambda h: Reschedule(_window(h), WORDS), st.integers(1, 900)),
    st.builds(Correct, st.just({"de": "Anders"}), st.none() | st.just({"de": "Neuer Titel"})),
    st.builds(Retract, st.none(), st.booleans()),
)


def _window(hours):
    """A window of two hours that begins so much later."""
    return Window(START + timedelta(hours=hours), START + timedelta(hours=hours + 2))


class World:
    """A clock, incidents, and a press that is told of each change."""

    def __init__(self, site=SITE, theme=None):
        self.site, self.theme, self.now, self.revision = site, theme, START, 0
        self.incidents, self.stored = {}, {}
        self.press = Press(site, theme)

    def do(self, command, which=0):
        """Carry out a command, on the incident of that number; one that makes no sense does nothing."""
        new = isinstance(command, Open | Schedule)
        id = f"id{len(self.incidents)}" if new or not self.incidents else f"id{which % len(self.incidents)}"
        try:
            event = decide(command, None if new else self.incidents.get(id), Stamp(self.now))
        except Refused:
            return
        self.revision += 1
        self.incidents[id] = evolve(self.incidents.get(id), event, id)
        self.stored[id] = brief(self.incidents[id], self.now, self.revision)

    def publish(self):
        """The site as a process gives it out that has published before."""
        return self._by(self.press)

    def afresh(self):
        """The same by a process that has just started."""
        return self._by(Press(self.site, self.theme))

    def _by(self, press):
        news = sorted((b for b in self.stored.values() if b.revision > press.revision), key=lambda b: b.revision)
        known = dict(self.incidents)

        def read(wanted, before):
            return [known[b.id] for b in wanted]

        return press.edition(news, self.now, read, read)


STEPS = st.lists(st.tuples(st.integers(0, 4), COMMANDS, st.integers(0, 60 * 24 * 40)), min_size=1, max_size=7)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_a_file_with_the_same_stamp_has_the_same_content(steps):
    """Whatever happens, a stamp tells of every change; a process that just started makes the same bytes and stamps."""
    world = World()
    seen: dict[tuple[str, str], bytes] = {}
    made = world.publish()
    for which, command, minutes in steps:
        world.now += timedelta(minutes=minutes)
        world.do(command, which)
        last, made = made.stamps, world.publish()
        assert made.stamps is last or made.before is last
        told = made.news if made.before is last else ()
        assert set(told) >= {p for p in last | made.stamps if last.get(p) != made.stamps.get(p)}
        for path in made:
            content = made[path]
            assert seen.setdefault((path, stamp(made, path)), content) == content, path
    fresh = world.afresh()
    assert dict(fresh) == dict(made)
    assert fresh.stamps == made.stamps


def story(world, count=40):
    """A world with that many resolved incidents, a day apart, an open one and a maintenance ahead."""
    for n in range(count):
        world.now += timedelta(days=1)
        world.do(Open(WORDS, WORDS, ("voice",) if n % 2 else ("forum",), Impact.MAJOR))
        world.do(Tell(WORDS, Phase.RESOLVED), n)
    world.do(Open({"de": "Offen", "en": "Open"}, WORDS, ("voice",), Impact.CRITICAL))
    world.do(Schedule(WORDS, WORDS, ("mail",), Window(world.now + timedelta(days=2), world.now + timedelta(days=3))))
    return world


def test_an_update_touches_few_files():
    """One more word on an incident changes its pages, its month, the first pages and what lists it; no other page."""
    world = story(World())
    before = dict(world.publish().stamps)

    world.do(Tell(WORDS), 40)
    after = world.publish().stamps

    changed = {path for path in after if after[path] != before.get(path)}
    pages = {p for p in changed if p.endswith(".html")}
    month = f"{world.now:%Y-%m}"
    assert pages == {
        "index.html", "de/index.html", "en/index.html",
        "incidents/id40.html", "de/incidents/id40.html", "en/incidents/id40.html",
        f"de/history/{month}.html", f"en/history/{month}.html",
        "banner/de.html", "banner/en.html", "banner/de.inc.html", "banner/en.inc.html",
    }  # fmt: skip
    assert not [p for p in changed if "forum" in p or "mail" in p or p.endswith((".ics", ".js"))]


def test_the_same_state_a_minute_later_is_the_same():
    """Time alone changes nothing, until the date does: then only what shows the last days."""
    world = story(World())
    before = dict(world.publish().stamps)

    world.now += timedelta(minutes=1)
    assert world.publish().stamps == before
    world.now += timedelta(days=1)
    after = world.publish().stamps
    assert {p for p in after if after[p] != before[p]} == {
        "index.html", "de/index.html", "en/index.html", "status.json",
        "banner/de.html", "banner/en.html", "banner/de.inc.html", "banner/en.inc.html",
    }  # fmt: skip


@pytest.mark.parametrize("languages", [("de", "en"), ("en",), ("ar", "de")])
def test_every_link_leads_to_a_file(languages):
    """No page, in no language, has a link within the site that leads nowhere; no anchor is missing."""
    made = story(World(Site(**{**vars(SITE), "languages": languages}))).publish()
    pages = {path: made[path].decode() for path in made if path.endswith(".html")}
    for path, page in pages.items():
        for link in re.findall(r'(?:href|src)="([^"]*)"', page):
            if re.match(r"https?:|data:", link):
                continue
            target, _, anchor = link.partition("#")
            to = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert to in made, f"{path}: {link}"
            assert not anchor or f'id="{anchor}"' in pages[to], f"{path}: {link}"


def test_addresses_on_the_site_are_those_of_its_files():
    """Canonical addresses, and those that feeds and data name, are published."""
    made = story(World()).publish()
    for path in made:
        if path.endswith((".html", ".json", ".atom", ".rss", ".ics")):
            text = made[path].decode().replace("\r\n ", "").replace("\\/", "/")
            for link in re.findall(r"https://status\.example\.org/([\w./-]*)", text):
                assert (link + "index.html" if link.endswith("/") or not link else link) in made, f"{path}: {link}"


def test_the_first_view_is_light():
    """What a first visit loads, page and script, is at most 30 kB as it travels, in a bad month too."""
    made = story(World(), 90).publish()

    assert sum(len(gzip.compress(made[path], 9)) for path in ("index.html", "page.js")) <= 30_000


def test_groups_stand_in_the_order_of_the_configuration():
    """Components stand under their heading, headings in the order in which they first appear."""
    page = World().publish()["en/index.html"].decode()

    places = [page.index(f">{name}<") for name in ("Talk", "Voice server", "Post", "Read", "Forum")]
    assert places == sorted(places)


def test_maintenance_is_told_ahead_and_while_it_runs():
    """Planned work is announced with its window; while it runs, the page says so, in the headline too."""
    world = World()
    world.do(
        Schedule({"en": "New disks"}, WORDS, ("mail",), Window(START + timedelta(days=2), START + timedelta(days=3)))
    )
    ahead = world.publish()["en/index.html"].decode()
    assert "<h1>All systems operational</h1>" in ahead
    assert ahead.index("Planned maintenance") < ahead.index("New disks")

    world.now += timedelta(days=2)
    world.do(Tell(WORDS, Phase.IN_PROGRESS))
    running = world.publish()["en/index.html"].decode()
    assert "<h1>Maintenance under way</h1>" in running
    assert re.search(r'Post</b>\s*<p class="mark planned">.*Under maintenance', running)


def test_ninety_days_are_told_in_words_too():
    """Each day with trouble stands in a list: date, how bad, how long, and which incident."""
    world = World()
    world.do(Open({"en": "Voice is down"}, WORDS, ("voice",), Impact.CRITICAL))
    world.now += timedelta(hours=3)
    world.do(Tell(WORDS, Phase.RESOLVED))
    page = world.publish()["en/index.html"].decode()

    item = re.search(r'<li><time datetime="2025-11-22">November 22</time>(.*?)</li>', page, re.DOTALL)
    assert item is not None
    assert "Major outage, 1 hour and 55 minutes" in item[1]  # then it is midnight in Berlin
    assert 'href="incidents/id0.html"' in item[1]
    assert "Disruptions or maintenance on 2 of the last 90 days" in page
    assert page.count("No incidents in the last 90 days") == 2


def test_an_own_look(tmp_path):
    """Logo, links, colours and a template of one's own are on every page."""
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "card.html").write_text('{% include "ours/card.html" %}<p>Own words</p>')
    theme = Theme(
        str(tmp_path / "logo.svg"),
        (Link({"de": "Regeln", "en": "Rules"}, "https://example.org/rules"),),
        {"accent": "#704214"},
        str(tmp_path / "own"),
    )
    made = story(World(theme=theme), 1).publish()
    page = made["en/index.html"].decode()

    logo = re.search(r'src="\.\./(logo-[0-9a-f]{8}\.svg)"', page)
    assert logo is not None
    assert made[logo[1]] == b"<svg/>"
    assert '<a href="https://example.org/rules">Rules</a>' in page
    assert "--link: #704214" in page
    assert "Own words" in page
    assert made.stamps["index.html"] != story(World(), 1).publish().stamps["index.html"]


def test_colours_that_cannot_be_read_are_refused():
    """A colour with too little contrast is named, with one that is near and can be read."""
    ((name, fault),) = faults({"accent": "#9fc5e8"})

    assert name == "accent"
    better = re.findall(r"#[0-9a-f]{6}", fault)[-1]
    assert contrast(better, "#f4f6f8") >= 4.5
    assert next(iter(faults({"accent": "blue"})))[0] == "accent"
    assert next(iter(faults({"background": "#336699"})))[0] == "background"
    assert list(faults({"accent": "#0b57a4", "background": "#ffffff", "background_dark": "#000"})) == []


def test_files_for_a_known_list_are_the_same():
    """What tests and previews use gives what a process publishes."""
    made = files(SITE, [], START, 1)

    assert set(made) == set(World().publish())
    assert "de/index.html" in made
    assert "de/nothing.html" not in made


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("<p>\n{% if %}", 2, "Expected an expression"),
        ("<p>\n\n{{ nothing.at.all }}", 3, "nothing"),
        ("{{ 1/0 }}", 1, "zero"),
    ],
)
def test_a_broken_template_is_named(tmp_path, source, line, words):
    """The check says which file and line of one's own templates is wrong, and what; good ones pass."""
    (tmp_path / "incident.html").write_text(source)
    said = trial.fault(SITE, Theme(templates=str(tmp_path)))

    assert said.startswith(f"{tmp_path / 'incident.html'}:{line}: ")
    assert words in said
    (tmp_path / "incident.html").write_text('{% extends "ours/incident.html" %}')
    assert trial.fault(SITE, Theme(templates=str(tmp_path))) == ""


def test_templates_may_take_a_part_of_what_there_is(tmp_path):
    """Some of the updates, the first of the cards, the address of the month before."""
    card = "<article>{{ card.title.text }}{{ parts.timeline(card.news[:2]) }}{{ card.news[0].head }}</article>"
    (tmp_path / "card.html").write_text(card)
    (tmp_path / "page.html").write_text('{% extends "ours/page.html" %}{% block main %}{{ current[0] }}{% endblock %}')
    (tmp_path / "month.html").write_text("{% if older %}{{ older[0] }} {{ older[1] }}{% endif %}|{{ cards[0] }}")
    world = World(theme=Theme(templates=str(tmp_path)))
    world.do(Open(WORDS, WORDS, ("voice",), Impact.MAJOR))
    world.now += timedelta(days=40)
    world.do(Open({"de": "Zweiter", "en": "Second"}, WORDS, ("voice",), Impact.CRITICAL))
    for text in ("eins", "zwei", "drei"):
        world.do(Tell({"de": text}), 1)

    made = world.publish()

    first = made["de/index.html"].decode()
    assert "<article>Zweiter" in first
    assert re.findall("<p>(eins|zwei|drei)</p>", first) == ["drei", "zwei"]
    months = sorted(world.press._order)
    assert made[f"de/history/{months[1]}.html"].startswith(f"{months[0]}.html ".encode())
    assert made[f"de/history/{months[0]}.html"].decode().startswith("|<article")


def test_templates_may_do_what_they_like_with_a_piece(tmp_path):
    """It is HTML and a text: joined, changed, indented and cut, and never escaped."""
    card = "{{ mark ~ '!' }}{{ mark + '?' }}{{ about|replace('facts', 'fx')|indent }}"
    (tmp_path / "card.html").write_text(card + "{{ news[0].item|trim }}{{ mark[:9] }}")
    page = "{% extends 'ours/page.html' %}{% block main %}{{ current|join('<hr>'|safe) }}{% endblock %}"
    (tmp_path / "page.html").write_text(page)
    world = World(theme=Theme(templates=str(tmp_path)))
    for _ in range(2):
        world.do(Open(WORDS, WORDS, ("voice",), Impact.MAJOR))

    made = world.publish()["de/index.html"].decode()

    assert made.count("</p>!<p") == made.count("</p>?<dl") == made.count('<dl class="fx">\n') == 2
    assert made.count("</li><p class=") == 2
    assert made.count("<hr>") == 1


# What an update costs


def test_pages_are_the_same_whether_their_frame_was_kept_or_not(tmp_path):
    """Pages made quickly are, byte for byte, those that the templates give when each is filled as a whole."""
    quick, whole = World(), World(theme=Theme(templates=str(tmp_path)))
    for world in (quick, whole):
        world.do(Open(WORDS, {"de": "Titel <b>&", "en": "Title"}, ("voice",), Impact.MAJOR))
        world.do(Schedule(WORDS, WORDS, ("mail",), _window(30)))
        world.publish()
        world.now += timedelta(days=40)
        world.do(Tell(WORDS, Phase.RESOLVED), 0)
        world.do(Open(WORDS, WORDS, ("forum",), Impact.MINOR))

    made, plain = quick.publish(), whole.publish()

    assert {path: made[path] for path in made} == {path: plain[path] for path in plain}


def test_an_update_touches_only_what_tells_of_it():
    """However many incidents there were, one more word changes the pages, feeds and data that show it, and no other:
    not the pages of other incidents, not the feeds of other components, no badge while things are as bad as before."""
    world = World()
    for n in range(120):
        world.do(Open(WORDS, WORDS, ("forum",) if n % 2 else ("mail",), Impact.MINOR))
        world.do(Tell(WORDS, Phase.RESOLVED), n)
        world.now += timedelta(hours=7)
    world.do(Open(WORDS, WORDS, ("voice",), Impact.MAJOR))
    before = world.publish()
    world.now += timedelta(minutes=1)
    world.do(Tell(WORDS), 120)

    after = world.publish()

    changed = {path for path in after if stamp(after, path) != stamp(before, path)}
    pages = {path for path in changed if path.endswith(".html") and not path.startswith("banner/")}
    month = f"{world.now:%Y-%m}"
    assert pages == {
        *(f"{way}{page}" for way in ("", "de/", "en/") for page in ("index.html", "incidents/id120.html")),
        *(f"{lang}/history/{month}.html" for lang in SITE.languages),
    }
    assert not [path for path in changed if "badges" in path or "feeds/forum" in path or "feeds/mail" in path]
    others = {path for path in changed - pages if not path.startswith(("banner/", "api/")) and "feed" not in path}
    assert others == {"status.json"}
