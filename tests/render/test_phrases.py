"""The program's own words: found in the right language, changeable, and never a way in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.model import Impact, Phase, Site
from notifier.render import phrases
from notifier.values import replace

SITE = Site(name="Forum", languages=("de", "en"))
ENGLISH = phrases.catalogue("en")


@pytest.mark.parametrize(
    ("lang", "key", "expected"),
    [
        ("de", "page.headline.operational", "Alle Systeme laufen"),
        ("en", "page.headline.operational", "All systems operational"),
        ("de-AT", "phase.resolved", "Behoben"),
        ("fr", "phase.resolved", "Resolved"),
        ("../../etc/passwd", "phase.resolved", "Resolved"),
        ("", "phase.resolved", "Resolved"),
    ],
)
def test_phrase_is_found_in_the_nearest_language(lang: str, key: str, expected: str) -> None:
    """A reader gets the own language, else its base language, else English."""
    assert phrases.say(lang, key, SITE) == expected


@pytest.mark.parametrize(
    ("lang", "n", "expected"),
    [("de", 1, "1 Meldung"), ("de", 3, "3 Meldungen"), ("en", 0, "0 updates"), ("en", 1, "1 update")],
)
def test_count_chooses_its_form(lang: str, n: int, expected: str) -> None:
    """One is singular, all else plural."""
    assert phrases.say(lang, "page.updates", SITE, n=n) == expected


def test_own_words_win_and_a_new_language_needs_no_catalogue() -> None:
    """Words of the configuration come before the built-in ones, and may be in a language we do not know."""
    site = replace(SITE, phrases={"de": {"phase.resolved": "Läuft wieder"}, "fr": {"phase.resolved": "Résolu"}})

    assert phrases.say("de-CH", "phase.resolved", site) == "Läuft wieder"
    assert phrases.say("fr-CA", "phase.resolved", site) == "Résolu"
    assert phrases.say("fr", "phase.identified", site) == "Cause found"


@pytest.mark.parametrize("broken", ["seit {when}", "seit {time", "seit }", "seit {time.__class__}", "{0}", "{time!r}"])
def test_broken_phrase_is_reported_by_key_and_never_stops_a_message(broken: str) -> None:
    """A mistake in the configuration is named when it is checked; until then the built-in words are used."""
    site = replace(SITE, phrases={"de": {"since": broken}})

    [problem] = phrases.check(site.phrases)
    assert problem.startswith("de: phrase since: ")
    with pytest.raises(ValueError, match="phrase since: "):
        phrases.verify("since", broken)
    assert phrases.say("de", "since", site, time="20:14") == "seit 20:14"


def test_misspelt_key_is_answered_with_the_nearest() -> None:
    """A key that does not exist is named, with the one that was probably meant."""
    assert phrases.check({"de": {"phase.resolvd": "x"}}) == [
        "de: phrase phase.resolvd: there is no such phrase; did you mean phase.resolved?"
    ]


def test_good_phrases_raise_no_objection() -> None:
    """The built-in words, finer stages and doubled braces may all stand in a configuration."""
    finer = {
        "monitoring.critical": "{components}: {phase}, {{so}}",
        "later.identified.minor": "{site}",
        "since": "ab {time}",
    }
    builtin = {key: text for key, text in ENGLISH.items() if not key.startswith("time.")}

    assert phrases.check({"de": finer, "en": builtin}) == []


@pytest.mark.parametrize("lang", phrases.languages())
def test_every_catalogue_is_whole(lang: str) -> None:
    """No built-in phrase in another language is unknown, and none has a placeholder that is never filled."""
    own = phrases.catalogue(lang)

    assert set(ENGLISH) <= set(own)
    assert phrases.check({lang: {key: text for key, text in own.items() if not key.startswith("time.")}}) == []


@pytest.mark.parametrize(
    ("key", "text", "fine"),
    [
        ("scheduled", "{components}: {window}", True),
        ("later.in_progress", "{components}: {window}", True),
        ("rescheduled", "{before} -> {window}", True),
        ("rescheduled.in_progress", "{before} -> {window}", True),
        ("cancelled.text", "{window}", True),
        ("title.maintenance", "{components}", True),
        ("scheduled", "{before}", False),
        ("investigating", "{window}", False),
        ("reopened.completed", "{components}", False),
    ],
)
def test_phrases_of_a_maintenance_know_when_it_is(key: str, text: str, fine: bool) -> None:
    """{window} in all of them, {before} where it is moved; an incident has neither."""
    assert (phrases.check({"de": {key: text}}) == []) is fine


@pytest.mark.parametrize("lang", phrases.languages())
def test_every_stage_has_words(lang: str) -> None:
    """There is a name for each phase and impact, and something to say in each."""
    for stage in Phase:
        assert phrases.say(lang, f"phase.{stage}", SITE)
        assert phrases.say(lang, stage, SITE, components="X")
    for impact in Impact:
        assert phrases.say(lang, f"impact.{impact}", SITE)
        assert phrases.say(lang, f"title.{impact}", SITE, components="X")


@given(st.text())
def test_values_are_taken_as_they_are(value: str) -> None:
    """Braces in a value are text: nothing in it is looked up."""
    assert phrases.fill("a {x} {{x}}", {"x": value}) == f"a {value} {{x}}"


@given(st.text(alphabet="{}abx._[]!:0 "))
def test_any_template_is_filled_or_refused_with_a_reason(template: str) -> None:
    """Whatever stands in a configuration, the answer is a text or a ValueError."""
    refusal = ""
    try:
        phrases.fill(template, {"a": "1"})
    except ValueError as problem:
        refusal = str(problem)

    assert not refusal or "brace" in refusal or "there is no" in refusal


def test_reference_names_every_phrase() -> None:
    """Whoever wants to change a phrase finds its key in the documentation."""
    page = (Path(__file__).parents[2] / "docs/reference/phrases.md").read_text(encoding="utf-8")
    fixed = [key for key in ENGLISH if not key.startswith("time.") and key.split(".")[0] not in ("later", "reopened")]

    assert [key for key in fixed if f"`{key}`" not in page and key.split(".")[0] not in list(Phase)] == []


def test_unknown_key_is_a_mistake_of_the_program() -> None:
    """Asking for a phrase that exists nowhere is an error with the key in it."""
    with pytest.raises(LookupError, match="page\\.nonsense"):
        phrases.say("de", "page.nonsense", SITE)


def test_tables_become_dotted_keys() -> None:
    """A configuration may write phrases as tables; anything but text is refused by name."""
    assert phrases.flat({"page": {"skip": "x"}, "since": "y"}) == {"page.skip": "x", "since": "y"}
    with pytest.raises(ValueError, match="page\\.skip"):
        phrases.flat({"page": {"skip": 3}})
