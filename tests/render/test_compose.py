"""What a channel says: the right parts in the right language, and always within its limits."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from itertools import product
from subprocess import run
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.channel import Limits, Message
from notifier.model import Component, Impact, Incident, Phase, Route, Site, Step, Update, Window
from notifier.render import compose, fit, phrases
from notifier.values import replace

EVENING = datetime(2026, 11, 22, 19, 14, tzinfo=UTC)
SITE = Site(
    name="Voice-Forum",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(
        Component("voice", {"de": "Sprachserver", "en": "Voice server"}),
        Component("forum", {"de": "Forum", "en": "Forum"}),
    ),
)
TITLE = {"de": "Sprachserver gestört", "en": "Voice server down"}
TELEGRAM = Limits(size=4096, measure="utf16", markup="telegram", emoji=True, style="both")
X = Limits(size=280, measure="x", link="first", emoji=True)
MAIL = Limits(markup="html", title=120, link="always")
PLAIN = Limits(emoji=True)


def update(seq: int = 1, phase: Phase = Phase.INVESTIGATING, **more) -> Update:
    """An update with words in both languages, half an hour after the one before."""
    words = {"de": f"Wort Nummer {seq}.", "en": f"Word number {seq}."}
    given: dict[str, Any] = {"impact": Impact.MAJOR, "components": ("voice",), "text": words}
    return Update(seq=seq, phase=phase, **(given | {"at": EVENING + timedelta(minutes=30 * (seq - 1))} | more))


def incident(*updates: Update, **more) -> Incident:
    """An incident of these updates that began when it was told."""
    told = updates or (update(),)
    last = told[-1]
    given: dict[str, Any] = {"title": TITLE, "began": told[0].at, "opened": told[0].at, "worst": last.impact}
    return Incident(
        id="k7d3",
        version=last.seq,
        phase=last.phase,
        impact=last.impact,
        components=last.components,
        resolved=last.at if last.phase.over else None,
        updates=told,
        **(given | more),
    )


def told(limits: Limits, story: Incident, step: Step = Step.POST, *, first: bool = False, lang: str = "", seq: int = 0):
    """The one message that a channel with these limits gets."""
    route = Route("c", "k", limits, lang=lang)
    word = next(u for u in story.updates if u.seq == seq) if seq else story.updates[-1]
    [message] = compose.compose(step, route, SITE, story, word, key="key", first=first)
    return message


STORY = incident(update(), update(2, Phase.IDENTIFIED), update(3, Phase.MONITORING), update(6, Phase.RESOLVED))


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "de",
            "🟠 Sprachserver gestört\nWird untersucht\n\nWort Nummer 1.\n\nhttps://status.example.org/de/incidents/k7d3.html",
        ),
        (
            "en",
            "🟠 Voice server down\nInvestigating\n\nWord number 1.\n\nhttps://status.example.org/en/incidents/k7d3.html",
        ),
    ],
)
def test_first_post_has_title_phase_text_and_link(lang: str, expected: str) -> None:
    """Who reads only this knows what is wrong, how it stands, and where to read more."""
    message = told(PLAIN, incident(), first=True, lang=lang)

    assert message.text == message.plain == expected
    assert message.lang == lang
    assert message.link == f"https://status.example.org/{lang}/incidents/k7d3.html"
    assert (message.key, message.thread, message.silent, message.title, message.data) == (
        "key",
        "k7d3",
        False,
        "",
        None,
    )


@pytest.mark.parametrize(
    ("lang", "seq", "expected"),
    [
        ("de", 2, "🟠 Meldung 2: Ursache gefunden\nSprachserver gestört\n\nWort Nummer 2."),
        ("en", 2, "🟠 Update 2: Cause found\nVoice server down\n\nWord number 2."),
        ("de", 3, "🟠 Meldung 3: Wird beobachtet\nSprachserver gestört\n\nWort Nummer 3."),
        ("de", 6, "✅ Behoben (Dauer: 2 Stunden und 30 Minuten)\nSprachserver gestört\n\nWort Nummer 6."),
        ("en", 6, "✅ Resolved after 2 hours and 30 minutes\nVoice server down\n\nWord number 6."),
    ],
)
@pytest.mark.parametrize("step", [Step.REPLY, Step.POST])
def test_later_word_begins_with_what_changed_and_names_the_title(
    step: Step, lang: str, seq: int, expected: str
) -> None:
    """A reply can stand alone: the first post may never have arrived, or be far up."""
    assert told(replace(PLAIN, link="first"), STORY, step, lang=lang, seq=seq).text == expected


def test_components_are_named_unless_the_title_does() -> None:
    """Nothing is said twice, and nothing that is affected goes unnamed."""
    both = incident(update(components=("voice", "forum")))
    many = incident(update(components=("a", "b", "c", "d", "e", "f")))

    assert "Wird untersucht · Sprachserver und Forum\n" in told(PLAIN, both).text
    assert "Investigating · a, b, c and 3 more\n" in told(PLAIN, many, lang="en").text
    assert told(MAIL, incident()).plain.startswith("Wird untersucht\nSprachserver\n\n")


@pytest.mark.parametrize(
    ("link", "seen"), [("always", (True, True)), ("first", (True, False)), ("never", (False, False))]
)
def test_link_stands_where_the_channel_wants_it(link: str, seen: tuple[bool, bool]) -> None:
    """On X every link costs money; a corrected first post keeps its own."""
    limits = replace(PLAIN, link=link)

    assert "https://" in told(limits, STORY, first=True, seq=1).text or not seen[0]
    assert ("https://" in told(limits, STORY, first=True, seq=1).text) is seen[0]
    assert ("https://" in told(limits, STORY, Step.EDIT, seq=1).text) is seen[0]
    assert ("https://" in told(limits, STORY, seq=2).text) is seen[1]


def test_without_status_page_there_is_no_link() -> None:
    """A site that has no page promises none."""
    [message] = compose.compose(
        Step.POST, Route("c", "k"), replace(SITE, status_url=""), incident(), update(), key="k", first=True
    )

    assert message.link == ""
    assert "http" not in message.text


def test_edited_root_shows_how_it_stands_now() -> None:
    """The pinned post is a small status page: newest word, and a line for each earlier one, newest first."""
    assert told(PLAIN, STORY, Step.EDIT, first=True, seq=2).text == (
        "✅ Sprachserver gestört\n"
        "Behoben (Dauer: 2 Stunden und 30 Minuten)\n\n"
        "Wort Nummer 6.\n\n"
        "21:14 Uhr MEZ · Wird beobachtet\n"
        "20:44 Uhr MEZ · Ursache gefunden\n"
        "20:14 Uhr MEZ · Wird untersucht\n\n"
        "https://status.example.org/incidents/k7d3.html"
    )


def test_oldest_lines_give_way_before_the_newest_words() -> None:
    """With little room the edited root keeps its text and drops what is longest ago."""
    short = told(Limits(size=170), STORY, Step.EDIT, first=True).text

    assert "Wort Nummer 6." in short
    assert "Wird beobachtet" in short
    assert "Wird untersucht" not in short
    assert short.endswith("https://status.example.org/incidents/k7d3.html")


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (timedelta(minutes=44), "Wird untersucht · seit 19:30 Uhr MEZ"),
        (timedelta(hours=24), "Wird untersucht · seit 21. November, 20:14 Uhr MEZ"),
        (timedelta(seconds=119), "Wird untersucht"),
    ],
)
def test_earlier_beginning_is_said(earlier: timedelta, expected: str) -> None:
    """Who had trouble before we noticed sees that it was us."""
    late = incident(update(at=EVENING - earlier), opened=EVENING)

    assert told(PLAIN, late, first=True).text.splitlines()[1] == expected


def test_channel_that_hears_of_it_late_gets_the_whole_picture() -> None:
    """A channel only for the worst first hears of an incident that grew: title on top, no number, since when."""
    grown = incident(update(), update(2, Phase.IDENTIFIED, impact=Impact.CRITICAL))

    assert told(PLAIN, grown, first=True).text.splitlines()[:2] == [
        "🔴 Sprachserver gestört",
        "Ursache gefunden · seit 20:14 Uhr MEZ",
    ]


def test_reopened_is_said_and_no_since_that_hides_the_break() -> None:
    """It was mended and is back: neither concealed nor counted as one long outage."""
    back = incident(update(), update(2, Phase.RESOLVED), update(3, reopened=True))

    assert told(PLAIN, back).text.splitlines()[0] == "🟠 Meldung 3: Erneut gestört (Wird untersucht)"
    assert told(PLAIN, back, first=True).text.splitlines()[1] == "Erneut gestört (Wird untersucht)"


def test_corrected_words_say_so() -> None:
    """An edit is no secret."""
    mended = incident(update(corrected=EVENING + timedelta(minutes=5)))

    assert told(PLAIN, mended, Step.EDIT).text.splitlines()[1] == "Wird untersucht · berichtigt"


@pytest.mark.parametrize(
    ("words", "lang", "used", "beneath"),
    [
        ({"de": "Wort", "en": "Word"}, "en", "en", "Investigating · Voice server"),
        ({"de": "Wort", "en": "Word"}, "", "de", "Wird untersucht · Sprachserver"),
        ({"de": "Wort"}, "en", "de", "Wird untersucht · Sprachserver"),
        ({"de": "Wort", "en": "Word"}, "de-AT", "de", "Wird untersucht · Sprachserver"),
        ({"en-GB": "Word"}, "en", "en-GB", "Investigating · Voice server"),
        ({"fr": "Mot"}, "de", "fr", "Investigating · Sprachserver"),
    ],
)
def test_frame_is_in_the_language_of_the_words(words: dict[str, str], lang: str, used: str, beneath: str) -> None:
    """A message mixes no languages where it can help it: the frame follows the text, the title is what there is."""
    message = told(PLAIN, incident(update(text=words), title={"de": "Titel"}), lang=lang)

    assert message.lang == used
    assert message.text.splitlines()[:2] == ["🟠 Titel", beneath]


def test_mail_keeps_its_subject_through_the_incident() -> None:
    """Mail programs sort by subject: it stays the same, and the first line says how it stands."""
    messages = [told(MAIL, STORY, seq=u.seq, first=u.seq == 1) for u in STORY.updates]

    assert {m.title for m in messages} == {"[Voice-Forum] Sprachserver gestört"}
    assert messages[1].text.startswith("<p><strong>Meldung 2: Ursache gefunden</strong><br>Sprachserver</p>")
    assert "gestört" not in messages[1].text


def test_title_apart_is_cut_to_its_limit() -> None:
    """A long title ends in an ellipsis within what the remote takes."""
    title = told(replace(MAIL, title=20), incident(title={"de": "Sprachserver\n\x00 und noch mehr"})).title

    assert title == "[Voice-Forum] Sprac…"


@pytest.mark.parametrize(
    ("story", "first", "silent"),
    [
        (incident(), True, False),
        (STORY, False, False),
        (incident(update(), update(2, Phase.IDENTIFIED)), False, True),
        (incident(update(), update(2, Phase.MONITORING)), False, True),
        (incident(update(), update(2, Phase.MONITORING)), True, False),
        (incident(update(), update(2)), False, True),
        (incident(update(), update(2, reopened=True)), False, False),
        (incident(update(), update(2, impact=Impact.CRITICAL)), False, False),
        (incident(update(impact=Impact.CRITICAL), update(2, impact=Impact.CRITICAL)), False, True),
    ],
)
def test_only_what_matters_makes_a_sound(story: Incident, first: bool, silent: bool) -> None:
    """Beginning, end, return and the turn to the worst wake people; the words between do not."""
    assert told(PLAIN, story, Step.REPLY, first=first).silent is silent


def test_long_text_is_cut_and_head_and_link_stay() -> None:
    """What a remote cannot take is left to the page the link leads to."""
    message = told(X, incident(update(text={"de": "Es dauert noch etwas. " * 40})), first=True)

    assert message.text.startswith("🟠 Sprachserver gestört\nWird untersucht\n\nEs dauert noch etwas. ")
    assert message.text.endswith("\n\nhttps://status.example.org/incidents/k7d3.html")
    assert 200 < fit.measure(message.text, "x", "plain") <= 280


def test_chain_carries_every_word() -> None:
    """Where the route says so, a long text becomes several posts, numbered, the link in the first."""
    text = " ".join(f"Satz Nummer {n} sagt etwas." for n in range(30))
    story = incident(update(text={"de": text}))
    route = Route("c", "k", X, long="chain")
    parts = compose.compose(Step.POST, route, SITE, story, story.updates[0], key="key", first=True)

    assert [p.key for p in parts] == ["key", *(f"key-{i}" for i in range(1, len(parts)))]
    assert [f"({i}/{len(parts)})" in p.text for i, p in enumerate(parts, 1)] == [True] * len(parts)
    assert ["https://" in p.text for p in parts] == [True] + [False] * (len(parts) - 1)
    joined = " ".join(p.text for p in parts)
    assert all(f"Satz Nummer {n} " in joined for n in range(30))
    assert all(fit.measure(p.text, "x", "plain") <= 280 for p in parts)


def test_chain_is_no_flood_and_edits_never_chain() -> None:
    """However long the text, ten posts are the most; an edit has one message to rewrite."""
    story = incident(update(text={"de": "Wort um Wort. " * 1000}))
    route = Route("c", "k", X, long="chain")

    assert len(compose.compose(Step.POST, route, SITE, story, story.updates[0], key="key", first=True)) == 10
    assert len(compose.compose(Step.EDIT, route, SITE, story, story.updates[0], key="key", first=True)) == 1


@pytest.mark.parametrize("limits", [X, Limits(size=500, measure="mastodon")])
def test_nobody_is_called_by_accident(limits: Limits) -> None:
    """An @ or # in an admin's words makes no mention and no hashtag."""
    message = told(limits, incident(update(text={"de": "Fehler #zwei, frag @root"}), title={"de": "Ärger mit @all"}))

    assert "@root" not in message.text
    assert "@all" not in message.text
    assert "#zwei" not in message.text


def test_markup_of_the_channel_cannot_be_broken_by_words() -> None:
    """Angle brackets in title, component or text stay text."""
    site = replace(SITE, components=(Component("voice", {"de": "<b>"}),))
    story = incident(update(text={"de": "a < b & c"}), title={"de": "<script>"})
    [message] = compose.compose(
        Step.POST, Route("c", "k", TELEGRAM), site, story, story.updates[0], key="k", first=True
    )

    assert message.text.startswith("🟠 <b>&lt;script&gt;</b>\nWird untersucht · &lt;b&gt;\n\na &lt; b &amp; c")


def test_facts_are_json_in_utc_with_all_languages() -> None:
    """A program gets what happened and how it stands, free of any wording of ours."""
    message = told(Limits(facts=True), STORY, Step.REPLY, seq=2)

    assert json.loads(json.dumps(message.data)) == {
        "site": "Voice-Forum",
        "step": "reply",
        "incident": {
            "id": "k7d3",
            "phase": "resolved",
            "impact": "major",
            "title": TITLE,
            "components": [{"id": "voice", "name": dict(SITE.components[0].name), "status": "operational"}],
            "began_at": "2026-11-22T19:14:00Z",
            "opened_at": "2026-11-22T19:14:00Z",
            "resolved_at": "2026-11-22T21:44:00Z",
            "retracted": False,
            "window": None,
            "link": "https://status.example.org/incidents/k7d3.html",
        },
        "update": {
            "seq": 2,
            "phase": "identified",
            "impact": "major",
            "text": {"de": "Wort Nummer 2.", "en": "Word number 2."},
            "at": "2026-11-22T19:44:00Z",
            "reopened": False,
            "window": None,
        },
    }


def test_taking_back_says_what() -> None:
    """Where nothing can be deleted, readers are told which word does not hold, or that it was a false alarm."""
    route = Route("c", "k", PLAIN)
    one = compose.retraction(route, SITE, STORY, STORY.updates[1], "key")
    whole = compose.retraction(route, SITE, STORY, None, "key")

    assert one.text == (
        "↩️ Zurückgenommen\nSprachserver gestört\n\n"
        "Eine unserer Meldungen war falsch. Wir nehmen sie zurück.\nSie lautete: „Wort Nummer 2.“\n\n"
        "https://status.example.org/incidents/k7d3.html"
    )
    assert "Das war ein Fehlalarm" in whole.text
    assert (one.key, one.thread, one.silent) == ("key", "k7d3", False)


def test_notice_takes_words_as_they_are() -> None:
    """Errors hold stars and underscores that are no markup."""
    message = compose.notice(Route("c", "k", TELEGRAM), SITE, "x: not told", "a **b** <c>\n\nnotifier retry", "key")

    assert message.text == "⚠️ <b>x: not told</b>\n\na **b** &lt;c&gt;\n\nnotifier retry"
    assert compose.notice(Route("c", "k", MAIL), SITE, "S", "t", "key").title == "[Voice-Forum] S"


@pytest.mark.parametrize(("lang", "word"), [("de", "Testmeldung"), ("en", "Test message")])
def test_trial_says_that_it_is_one(lang: str, word: str) -> None:
    """Nobody takes a test for an outage."""
    message = compose.trial(Route("c", "k", PLAIN, lang=lang), SITE, "key")

    assert message.text.startswith(f"🧪 {word}\n\n")
    assert message.key == "key"


@pytest.mark.parametrize(
    ("phase", "impact", "options", "expected"),
    [
        (Phase.INVESTIGATING, Impact.MAJOR, {}, "Bei Sprachserver und Forum liegt eine Störung vor."),
        (Phase.INVESTIGATING, Impact.CRITICAL, {}, "Die Nutzung von Sprachserver und Forum ist derzeit nicht möglich."),
        (Phase.INVESTIGATING, Impact.MAJOR, {"later": True}, "Die Störung bei Sprachserver und Forum besteht weiter."),
        (
            Phase.IDENTIFIED,
            Impact.MAJOR,
            {"later": True},
            "Die Ursache der Störung bei Sprachserver und Forum ist gefund",
        ),
        (Phase.IDENTIFIED, Impact.MINOR, {"reopened": True}, "Die Störung bei Sprachserver und Forum ist erneut"),
    ],
)
def test_ready_words_for_each_stage(phase: Phase, impact: Impact, options: dict[str, bool], expected: str) -> None:
    """An admin in a hurry gets words that fit the stage."""
    assert compose.ready(SITE, phase, impact, ("voice", "forum"), "de", **options).startswith(expected)


def test_own_ready_words_go_before_finer_ones_of_ours() -> None:
    """Who says how "resolved" reads means it for every impact."""
    site = replace(SITE, phrases={"de": {"resolved": "{components}: läuft ({impact})"}})

    assert compose.ready(site, Phase.RESOLVED, Impact.CRITICAL, ("forum",), "de") == "Forum: läuft (Kritisch)"


def test_every_stage_has_ready_words_without_components_too() -> None:
    """In each language, phase and impact, first, later and again: a sentence with no gap."""
    stages = product(phrases.languages(), Phase, Impact, (False, True), (False, True))
    for lang, phase, impact, again, later in stages:
        text = compose.ready(SITE, phase, impact, (), lang, reopened=again, later=later)
        assert text.endswith(".")
        assert "{" not in text
        assert "  " not in text


def test_titles_and_words_in_every_language_of_the_site() -> None:
    """German and English readers each get their own; a language without words gets none that are not its own."""
    site = replace(SITE, languages=("de", "fr", "en"))

    assert compose.default_title(site, ("forum",), Impact.CRITICAL) == {"de": "Forum: Ausfall", "en": "Forum: outage"}
    assert compose.default_title(SITE, (), Impact.MAJOR)["de"] == "Voice-Forum: Störung"
    assert list(compose.ready_texts(site, Phase.RESOLVED, Impact.MAJOR, ())) == ["de", "en"]
    assert list(compose.ready_texts(replace(SITE, languages=("fr",)), Phase.RESOLVED, Impact.MAJOR, ())) == ["en"]


def test_title_of_many_long_names_stays_a_title() -> None:
    """However long the names are, the title is short enough to be one."""
    site = Site(components=tuple(Component(c, {"en": c * 150}) for c in "abc"))

    assert len(compose.default_title(site, ("a", "b", "c"), Impact.MAJOR)["en"]) == 200


def test_first_post_loads_no_babel() -> None:
    """The command line answers in milliseconds: the first word on an incident needs no locale data."""
    code = (
        "import sys; sys.path[:0] = ['.']; from datetime import *; from notifier.model import *;"
        "from notifier.channel import Limits; from notifier.render import compose;"
        "now = datetime(2026, 11, 22, tzinfo=timezone.utc);"
        "u = Update(1, Phase.INVESTIGATING, Impact.MAJOR, ('f',), {'de': 'x'}, now);"
        "i = Incident('a', 1, {'de': 't'}, u.phase, u.impact, u.impact, ('f',), now, now, None, (u,));"
        "compose.compose(Step.POST, Route('c', 'k', Limits(size=280, measure='x', facts=True)), Site(), i, u,"
        " key='k', first=True);"
        "print([m for m in ('babel', 'zoneinfo', 'asyncio', 'email') if m in sys.modules])"
    )

    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


# Whatever is said, it fits

WORDS = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="aä *_`[]()<>&#@\n.👨‍👩‍👧é日https://x.de", max_size=400),
    st.integers(1, 60).map(lambda n: "Wir **untersuchen** die Ursache, siehe https://example.org/a. " * n),
)
TEXTS = st.dictionaries(st.sampled_from(("de", "en", "fr")), WORDS, min_size=1, max_size=2)
LIMITS = st.builds(
    Limits,
    size=st.integers(40, 1200),
    measure=st.sampled_from(("chars", "utf16", "bytes", "graphemes", "x", "mastodon")),
    markup=st.sampled_from(("plain", "telegram", "html")),
    title=st.sampled_from((0, 0, 12, 200)),
    link=st.sampled_from(("always", "first", "never")),
    emoji=st.booleans(),
    facts=st.booleans(),
)
STAGES = st.lists(
    st.tuples(st.sampled_from(Phase), st.sampled_from(Impact), TEXTS, st.booleans()), min_size=1, max_size=6
)


def assert_fits(message: Message, limits: Limits) -> None:
    """The text as the remote counts it, and the title."""
    assert limits.size is not None
    assert fit.measure(message.text, limits.measure, limits.markup) <= limits.size
    assert fit.measure(message.plain, limits.measure, "plain") <= limits.size
    assert message.text
    assert len(message.title) <= limits.title


@settings(max_examples=80, deadline=None)
@given(LIMITS, STAGES, TEXTS, st.sampled_from(("de", "en", "fr", "")), st.sampled_from(("cut", "chain")), st.booleans())
def test_whatever_is_said_fits(limits, stages, title, lang, long, first) -> None:
    """Any text in any language on any remote: nothing is refused for its length."""
    words = [
        update(seq, phase, impact=impact, text=text, reopened=again, components=("voice", "forum"))
        for seq, (phase, impact, text, again) in enumerate(stages, 1)
    ]
    story = incident(*words, title=title, began=EVENING - timedelta(days=1))
    route = Route("c", "k", limits, lang=lang, long=long)
    for step in (Step.POST, Step.REPLY, Step.EDIT):
        for word in (words[0], words[-1]):
            messages = compose.compose(step, route, SITE, story, word, key="key", first=first)
            assert len({m.key for m in messages}) == len(messages)
            for message in messages:
                assert_fits(message, limits)
    assert_fits(compose.retraction(route, SITE, story, words[-1], "key"), limits)
    assert_fits(compose.retraction(route, SITE, story, None, "key"), limits)


@settings(deadline=None)
@given(LIMITS, WORDS, WORDS)
def test_whatever_admins_and_tests_are_told_fits(limits, subject, text) -> None:
    """Notices hold error texts of any length."""
    route = Route("c", "k", limits)

    assert_fits(compose.trial(route, SITE, "key"), limits)
    assert_fits(compose.notice(route, SITE, "! " + subject, text, "key"), limits)


# Maintenance

NIGHT = Window(EVENING + timedelta(hours=5, minutes=46), EVENING + timedelta(hours=7, minutes=46))
LATER = Window(NIGHT.start + timedelta(days=1), NIGHT.end + timedelta(days=1))
WORK = {"de": "Wartung: Sprachserver", "en": "Maintenance: Voice server"}


def planned(seq: int, phase: Phase, at: datetime | None = None, window: Window | None = None) -> Update:
    """An update of a maintenance, without impact."""
    return update(seq, phase, impact=Impact.NONE, window=window, **({} if at is None else {"at": at}))


def work(*updates: Update) -> Incident:
    """A maintenance of these updates."""
    window = [u.window for u in updates if u.window][-1]
    begun = next((u.at for u in updates if u.phase in (Phase.IN_PROGRESS, Phase.VERIFYING)), window.start)
    return replace(incident(*updates, title=WORK, began=begun), opened=EVENING, window=window)


FIRST = planned(1, Phase.SCHEDULED, window=NIGHT)
MOVED = planned(2, Phase.SCHEDULED, window=LATER)
BEGUN = planned(3, Phase.IN_PROGRESS, NIGHT.start)
CHECK = planned(4, Phase.VERIFYING, NIGHT.start + timedelta(minutes=90))
ENDED = planned(5, Phase.COMPLETED, NIGHT.start + timedelta(minutes=100))
FINISHED = planned(5, Phase.COMPLETED, NIGHT.start + timedelta(seconds=30))
DE, EN = "Mo., 23. Nov. 2026, 02:00–04:00 Uhr MEZ", "Mon, Nov 23, 2026, 2:00\u00a0AM–4:00\u00a0AM CET"
DE_LATER, EN_LATER = DE.replace("Mo., 23.", "Di., 24."), EN.replace("Mon, Nov 23", "Tue, Nov 24")


@pytest.mark.parametrize(
    ("story", "german", "english"),
    [
        ([FIRST], f"🔧 Wartung: Sprachserver\nGeplant · {DE}", f"🔧 Maintenance: Voice server\nPlanned · {EN}"),
        (
            [FIRST, MOVED],
            f"🔧 Meldung 2: Neuer Termin (Geplant)\nWartung: Sprachserver · {DE_LATER}",
            f"🔧 Update 2: New time (Planned)\nMaintenance: Voice server · {EN_LATER}",
        ),
        (
            [FIRST, BEGUN],
            f"🔧 Meldung 2: Läuft\nWartung: Sprachserver · {DE}",
            f"🔧 Update 2: In progress\nMaintenance: Voice server · {EN}",
        ),
        (
            [FIRST, BEGUN, CHECK],
            f"🔧 Meldung 3: In Prüfung\nWartung: Sprachserver · {DE}",
            f"🔧 Update 3: Checking\nMaintenance: Voice server · {EN}",
        ),
        (
            [FIRST, BEGUN, ENDED],
            "✅ Beendet (Dauer: 1 Stunde und 40 Minuten)\nWartung: Sprachserver\n",
            "✅ Finished after 1 hour and 40 minutes\nMaintenance: Voice server\n",
        ),
        ([FIRST, BEGUN, FINISHED], "✅ Beendet\nWartung", "✅ Finished\nMaintenance"),
    ],
    ids=["scheduled", "moved", "in_progress", "verifying", "completed", "at_once"],
)
def test_a_maintenance_says_what_it_is_and_when(story: list[Update], german: str, english: str) -> None:
    """A wrench till it is over, then a tick; from when to when in the site's zone, as long as that is of use."""
    for lang, head in (("de", german), ("en", english)):
        assert told(PLAIN, work(*story), Step.REPLY if len(story) > 1 else Step.POST, lang=lang).text.startswith(head)


def test_the_first_message_shows_how_the_maintenance_stands_now() -> None:
    """Edited, it has the new window, and what was said before."""
    text = told(PLAIN, work(FIRST, MOVED, BEGUN), Step.EDIT, first=True, lang="de").text

    assert text.startswith(f"🔧 Wartung: Sprachserver\nLäuft · {DE_LATER}\n\nWort Nummer 3.")
    assert "22. November, 20:44 Uhr MEZ · Neuer Termin (Geplant)\n22. November, 20:14 Uhr MEZ · Geplant" in text


def test_where_the_title_stands_apart_the_maintenance_begins_with_its_phase() -> None:
    """A mail has the title as its subject."""
    message = told(replace(PLAIN, title=100), work(FIRST), lang="de")

    assert message.title == "[Voice-Forum] Wartung: Sprachserver"
    assert message.text.startswith(f"🔧 Geplant\nSprachserver · {DE}")


def test_a_maintenance_sounds_when_it_is_planned_or_moved_only() -> None:
    """Nobody is woken at night because work begins and ends as it was said to."""
    silent = [
        told(PLAIN, work(*story), Step.REPLY if len(story) > 1 else Step.POST).silent
        for story in ([FIRST], [FIRST, MOVED], [FIRST, BEGUN], [FIRST, BEGUN, CHECK], [FIRST, BEGUN, ENDED])
    ]

    assert silent == [False, False, True, True, True]


def test_a_cancelled_maintenance_in_words() -> None:
    """What was planned for when does not take place; no talk of false alarms."""
    said = [
        compose.retraction(Route("c", "k", PLAIN, lang=lang), SITE, work(FIRST, MOVED), None, key="k").text
        for lang in ("de", "en")
    ]

    assert said[0].startswith(
        f"↩️ Wartung abgesagt\nWartung: Sprachserver\n\nDie Wartung am geplanten Termin ist abgesagt: {DE_LATER}."
    )
    assert said[1].startswith(
        f"↩️ Maintenance cancelled\nMaintenance: Voice server\n\nThe maintenance planned for {EN_LATER} is cancelled."
    )


@pytest.mark.parametrize(
    ("phase", "later", "german", "english"),
    [
        (
            Phase.SCHEDULED,
            False,
            "Wir planen Wartungsarbeiten an Sprachserver.",
            "We are planning maintenance of Voice",
        ),
        (Phase.SCHEDULED, True, "finden wie geplant statt", "will take place as planned"),
        (Phase.IN_PROGRESS, False, "haben begonnen", "has begun"),
        (Phase.IN_PROGRESS, True, "dauern an", "goes on"),
        (Phase.VERIFYING, True, "sind getan. Wir prüfen", "is done. We are checking"),
        (Phase.COMPLETED, False, "sind beendet", "is finished"),
    ],
)
def test_ready_words_of_a_maintenance(phase: Phase, later: bool, german: str, english: str) -> None:
    """For each phase in both languages, with what is affected."""
    ready = compose.planned_texts(SITE, phase, ("voice",), NIGHT, later)

    assert german in ready["de"]
    assert english in ready["en"]
    assert "Sprachserver" in ready["de"]


def test_ready_words_of_a_move_say_the_old_and_the_new_time() -> None:
    """Also in words of the site's own."""
    found = work(FIRST)
    ready = compose.moved_texts(SITE, Phase.SCHEDULED, found, LATER)
    under_way = compose.moved_texts(SITE, Phase.IN_PROGRESS, found, LATER)
    own = replace(SITE, languages=("de",), phrases={"de": {"rescheduled": "Nicht {before}, sondern {window}!"}})

    assert ready["de"].endswith(f"sind verlegt. Neuer Termin: {DE_LATER}. Bisher: {DE}.")
    assert ready["en"].endswith(f"has been moved. New time: {EN_LATER}. Before: {EN}.")
    assert "anders als geplant" in under_way["de"]
    assert compose.moved_texts(own, Phase.SCHEDULED, found, LATER) == {"de": f"Nicht {DE}, sondern {DE_LATER}!"}


def test_titles_of_a_maintenance_without_one() -> None:
    """What is worked on, or the site."""
    assert compose.planned_title(SITE, ("voice",)) == WORK
    assert compose.planned_title(SITE, ())["de"] == "Wartung: Voice-Forum"


def test_programs_get_the_window_and_that_it_is_under_maintenance() -> None:
    """Planned, all is in operation; begun, the component is under maintenance."""
    limits = Limits(facts=True)
    before, meanwhile, after = (
        told(limits, work(*story)).data or {} for story in ([FIRST], [FIRST, MOVED, BEGUN], [FIRST, BEGUN, ENDED])
    )

    assert before["incident"]["window"] == {"start_at": "2026-11-23T01:00:00Z", "end_at": "2026-11-23T03:00:00Z"}
    assert before["update"]["window"] == before["incident"]["window"]
    assert meanwhile["incident"]["window"]["start_at"] == "2026-11-24T01:00:00Z"
    assert meanwhile["update"]["window"] is None
    status = [data["incident"]["components"][0]["status"] for data in (before, meanwhile, after)]
    assert status == ["operational", "under_maintenance", "operational"]
    assert after["incident"]["resolved_at"] == "2026-11-23T02:40:00Z"


@pytest.mark.parametrize(
    ("limits", "shown"),
    [
        (MAIL, '<a href="{0}" rel="noopener">{0}</a>'),
        (TELEGRAM, '<a href="{0}">{0}</a>'),
        (PLAIN, "\n\nDecide here: {0}\n\n"),
    ],
)
def test_the_link_to_a_draft_can_be_followed(limits: Limits, shown: str) -> None:
    """Where a channel has links it is one, elsewhere it stands there once; what monitoring sends becomes none."""
    link = "https://notify.example/drafts/WzEs.TnjfKd-x_aX9"
    text = f"Would open an incident\n\n• https://evil.example/ <b>is down</b>\n\nDecide here: {link}\n\nOr: approve 1"

    message = compose.question(Route("c", "k", limits), SITE, "Draft 1", text, "en", {}, link)

    assert shown.format(link) in message.text
    assert message.text.count("<a ") == ("<a" in shown)
    assert message.plain.count(link) == 1
