"""Made-up states for what the public site says to programs, and hostile ones by the dozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from notifier.events import Open, Opened, Rescheduled, Retracted, Scheduled, Tell, Told
from notifier.incident import decide, evolve
from notifier.model import Component, Impact, Phase, Site, Stamp, Window
from notifier.values import replace

NOW = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
SITE = Site(
    name="Beispiel",
    url="https://forum.example.org",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(
        Component("forum", {"de": "Forum", "en": "Forum"}),
        Component("voice", {"de": "Sprachserver", "en": "Voice server"}, {"de": "Spiele", "en": "Games"}),
        Component("match", {"de": "Spielserver", "en": "Game server"}, {"de": "Spiele", "en": "Games"}),
    ),
)
NOWHERE = Site()
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>&amp;</title></style></script>"
    "\x010\x01\x0199\x01\x01root\x01"  # as marks of our own look
    "\u2028\x00\x0b\ud800\ufffe]]><!-- <?xml [x](javascript:alert(3)) {{ 7*7 }} {% raw %}"
    "\r\nBEGIN:VEVENT\nATTACH;X=:javascript:1\\;,\u202eהצילו\u2066 \U0001f4a9é"
)


def texts(de, en=None):
    """A text in both languages."""
    return {"de": de, "en": en or f"{de} (en)"}


def story(id, *commands, ago=timedelta(hours=3)):
    """An incident to which these commands happened, ten minutes apart."""
    incident = None
    for number, command in enumerate(commands):
        stamp = Stamp(NOW - ago + number * timedelta(minutes=10))
        incident = evolve(incident, decide(command, incident, stamp), id)
    return incident


def opened(impact=Impact.CRITICAL, title="Sprachserver weg", text="Wir suchen.", components=("voice",)):
    """The command that opens an incident."""
    return Open(texts(title), texts(text), components, impact)


def tell(text, phase=None, impact=None, components=None):
    """A later word."""
    return Tell(texts(text), phase, impact, components)


def resolved(id="done", ago=timedelta(hours=3)):
    """An incident that is over."""
    return story(id, opened(title=f"Alt {id}"), tell("Geht wieder.", Phase.RESOLVED), ago=ago)


def maintenance(
    id, *phases, title="Umbau", start=NOW, lasts=timedelta(hours=1), components=("voice",), taken_back=False
):
    """A maintenance announced two days before, with these phases at its beginning and every half hour after it."""
    window = Window(start, start + lasts)
    told = Scheduled(1, Stamp(NOW - timedelta(days=2)), texts(title), texts("Geplant."), components, window)
    incident = evolve(None, told, id)
    for number, phase in enumerate(phases):
        at = start + number * timedelta(minutes=30)
        event = Told(number + 2, Stamp(at), texts(f"Jetzt {phase}."), components, Impact.NONE, phase, at)
        incident = evolve(incident, event, id)
    if taken_back:
        incident = evolve(incident, Retracted(incident.version + 1, Stamp(NOW), 0), id)
    return incident


def moved(incident, start, lasts=timedelta(hours=1)):
    """The maintenance after it was moved."""
    seq, window = incident.version + 1, Window(start, start + lasts)
    event = Rescheduled(seq, Stamp(NOW), texts("Verschoben."), incident.components, Phase.SCHEDULED, window)
    return evolve(incident, event, incident.id)


MANY = [resolved(f"old{n}", timedelta(days=n)) for n in range(1, 70)]
PLANNED = [maintenance(f"plan{n}", start=NOW + timedelta(days=n)) for n in range(1, 120)]
LONG = story("long", opened(text="<" * 19_000), *(tell("*<* " + "<💩" * 9_000) for _ in range(12)))
STATES = {
    "nothing": [],
    "one": [story("bcdf", opened())],
    "resolved": [resolved()],
    "many": [story("bcdf", opened()), story("ghjk", opened(Impact.MINOR)), *MANY, *PLANNED],
    "working": [maintenance("mnpq", Phase.IN_PROGRESS)],
    "cancelled": [maintenance("mnpq", taken_back=True), story("bcdf", opened())],
    "long": [LONG],
    "hostile": [
        story("bcdf", opened(title=EVIL[:200], text=EVIL, components=("voice", EVIL)), tell(EVIL)),
        maintenance("mnpq", Phase.IN_PROGRESS, title=EVIL, components=(EVIL,)),
    ],
}

# States that no test author would think of

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    [EVIL, "]]>", "a\r\nb", "\u202eabc", "\ud83d", "x" * 100, "é" * 80, "💩" * 40, "a,b;c\\d\\n", "&lt;", "\x85\u2029"]
)
WORDS = st.dictionaries(st.sampled_from(["de", "en", "ar", "fr"]), ANY_TEXT, min_size=1, max_size=3)
_COMPONENTS = st.lists(st.sampled_from(["forum", "voice", "gone"]) | ANY_TEXT, max_size=3, unique=True).map(tuple)
_TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))


@st.composite
def incidents(draw, id):
    """Any incident or maintenance with up to four updates."""
    planned = draw(st.booleans())
    phases = st.sampled_from([p for p in Phase if p.planned is planned])
    impacts = st.just(Impact.NONE) if planned else st.sampled_from(Impact)
    at, components = draw(_TIMES), draw(_COMPONENTS)
    title, words = draw(WORDS), draw(WORDS)
    window = Window(at, at + timedelta(minutes=draw(st.integers(0, 600))))
    planning = Scheduled(1, Stamp(at), title, words, components, window)
    opening = Opened(1, Stamp(at), title, words, components, draw(impacts), draw(phases), at)
    incident = evolve(None, planning if planned else opening, id)
    for seq in range(2, draw(st.integers(2, 5))):
        at += timedelta(seconds=draw(st.integers(0, 100_000)))
        told = Told(seq, Stamp(at), draw(WORDS), draw(_COMPONENTS), draw(impacts), draw(phases), at)
        incident = evolve(incident, told, id)
    return replace(incident, retracted=draw(st.booleans()))


ANY_STATE = st.integers(0, 4).flatmap(lambda n: st.tuples(*(incidents(f"id{i}") for i in range(n)))).map(list)
ANY_SITE = st.builds(
    Site,
    name=ANY_TEXT,
    status_url=st.sampled_from(["", "https://status.example.org", "https://status.example.org/wo/"]),
    languages=st.sampled_from([("en",), ("de", "en"), ("ar", "de")]),
    components=st.just(()) | st.builds(lambda n, g: (Component("voice", n, g), Component("forum", n, g)), WORDS, WORDS),
)
