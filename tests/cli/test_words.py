"""Where texts and times come from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.cli import words
from notifier.incident import Refused
from notifier.model import Window

DE_EN = ("de", "en")
READY = {"de": "Fertig.", "en": "Ready."}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["Weg."], {"de": "Weg."}),
        (["de=Weg.", "en=Gone."], {"de": "Weg.", "en": "Gone."}),
        (["en=Gone."], {"en": "Gone."}),
        (["Weg.", "en=Gone."], {"de": "Weg.", "en": "Gone."}),
        (["en=a=b\nc"], {"en": "a=b\nc"}),
        (["load=99 is too much"], {"de": "load=99 is too much"}),
        (["x=1"], {"de": "x=1"}),
        (["DE=Weg."], {"de": "DE=Weg."}),
    ],
)
def test_texts_by_language(given: list[str], found: dict[str, str]) -> None:
    """de="..." names the language; a text without one is in the site's first; other equals signs are just text."""
    assert words.texts(given, DE_EN, "-m") == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["fr=Perdu."], "fr is none of the languages of this site (de, en)"),
        (["Weg.", "Wirklich weg."], "two texts for de"),
        (["en=a", "en=b"], "two texts for en"),
    ],
)
def test_texts_that_cannot_be_meant(given: list[str], said: str) -> None:
    """A language that the site does not have, or two texts for one, is refused with the option's name."""
    with pytest.raises(Refused, match=r"^-m") as error:
        words.texts(given, DE_EN, "-m")
    assert said in str(error.value)


def test_no_time_given() -> None:
    """Without --at it happened now, which is for others to say."""
    assert words.moment(None, datetime(2026, 5, 1, tzinfo=UTC), "UTC") is None


BERLIN = "Europe/Berlin"
SUMMER = "2026-05-01T13:30:00+00:00"  # 15:30 in Berlin


@pytest.mark.parametrize(
    ("said", "now", "zone", "meant"),
    [
        ("15:00", SUMMER, BERLIN, "2026-05-01T13:00:00+00:00"),
        ("15:30", SUMMER, BERLIN, "2026-05-01T13:30:00+00:00"),
        ("15:31", SUMMER, BERLIN, "2026-04-30T13:31:00+00:00"),
        ("9:05", SUMMER, BERLIN, "2026-05-01T07:05:00+00:00"),
        (" 15:00 ", SUMMER, BERLIN, "2026-05-01T13:00:00+00:00"),
        ("15:00", SUMMER, "UTC", "2026-04-30T15:00:00+00:00"),
        ("20m", SUMMER, BERLIN, "2026-05-01T13:10:00+00:00"),
        ("-20 min", SUMMER, BERLIN, "2026-05-01T13:10:00+00:00"),
        ("2h", SUMMER, BERLIN, "2026-05-01T11:30:00+00:00"),
        ("2026-05-01 15:00", SUMMER, BERLIN, "2026-05-01T13:00:00+00:00"),
        ("2026-05-01T15:00Z", SUMMER, BERLIN, "2026-05-01T15:00:00+00:00"),
        ("2026-05-01 15:00+05:30", SUMMER, BERLIN, "2026-05-01T09:30:00+00:00"),
        ("2026-01-15 15:00", SUMMER, BERLIN, "2026-01-15T14:00:00+00:00"),
        # 29 March 2026: clocks go from 02:00 to 03:00; 25 October: from 03:00 back to 02:00
        ("01:30", "2026-03-29T01:30:00+00:00", BERLIN, "2026-03-29T00:30:00+00:00"),
        ("23:30", "2026-03-29T10:00:00+00:00", BERLIN, "2026-03-28T22:30:00+00:00"),
        ("04:00", "2026-10-25T10:00:00+00:00", BERLIN, "2026-10-25T03:00:00+00:00"),
        ("01:30", "2026-10-25T10:00:00+00:00", BERLIN, "2026-10-24T23:30:00+00:00"),
        ("3h", "2026-03-29T03:00:00+00:00", BERLIN, "2026-03-29T00:00:00+00:00"),
    ],
)
def test_moment(said: str, now: str, zone: str, meant: str) -> None:
    """A time of day is the last one, in the site's zone and through its clock changes; 20m is so long ago."""
    found = words.moment(said, datetime.fromisoformat(now), zone)

    assert found is not None
    assert (found.isoformat(), found.utcoffset()) == (meant, timedelta(0))


@pytest.mark.parametrize(
    "said",
    ["25:00", "24:00", "15:60", "yesterday", "", "15", "20", "20x", "2026-13-01", "1 2", "9" * 20 + "m", "0001-01-01"],
)
def test_moment_that_is_none(said: str) -> None:
    """What is no time is refused, and the text says how to write one."""
    with pytest.raises(Refused, match=r"--at .*write a time as 15:00, 20m \(ago\), or 2026-05-01 15:00"):
        words.moment(said, datetime.fromisoformat(SUMMER), BERLIN)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("--- de\nWeg.\n\n--- en\nGone.\n", {"de": "Weg.", "en": "Gone."}),
        ("# a hint\nNur so.\n", {"de": "Nur so."}),
        ("--- de\nErste.\n\nZweite.\n# nicht\n--- en\n", {"de": "Erste.\n\nZweite."}),
        ("--- en\n\nGone.\n\n", {"en": "Gone."}),
        ("# nothing\n\n--- de\n \n--- en\n", {}),
        ("", {}),
        ("--- de\n-- kein Trenner --\n----\n", {"de": "-- kein Trenner --\n----"}),
    ],
)
def test_what_was_written_in_the_editor(written: str, found: dict[str, str]) -> None:
    """A text beneath each language's line; hints and empty languages are left out."""
    assert words.unfold(written, "de") == found


def test_ready_phrases_where_nobody_can_be_asked() -> None:
    """No text, no pipe, nobody to ask: the ready phrases, in all languages."""
    assert words.message([], DE_EN, READY, ask=False) == READY


def window(begins: str | None, until: str | None, lasts: str | None, was: Window | None = None) -> str:
    """From when to when these options mean, in UTC, on 1 May at 15:30 in Berlin."""
    found = words.window(begins, until, lasts, datetime.fromisoformat(SUMMER), BERLIN, was)
    assert (found.start.tzinfo, found.end.tzinfo) == (UTC, UTC)
    return f"{found.start:%m-%d %H:%M} {found.end:%m-%d %H:%M}"


WAS = Window(datetime(2026, 5, 2, 1, tzinfo=UTC), datetime(2026, 5, 2, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("begins", "until", "lasts", "meant"),
    [
        ("2026-12-01 02:00", None, "2h", "12-01 01:00 12-01 03:00"),
        ("2026-12-01T02:00Z", None, "90m", "12-01 02:00 12-01 03:30"),
        ("2026-12-01 02:00", "2026-12-01 05:00", None, "12-01 01:00 12-01 04:00"),
        ("2026-12-01 02:00", "04:00", None, "12-01 01:00 12-01 03:00"),
        ("2026-12-01 23:00", "01:00", None, "12-01 22:00 12-02 00:00"),
        ("15:29", None, "1h30m", "05-02 13:29 05-02 14:59"),
        ("15:31", None, "1d", "05-01 13:31 05-02 13:31"),
        ("2:00", None, "1h 5min", "05-02 00:00 05-02 01:05"),
        ("+2h", None, "30m", "05-01 15:30 05-01 16:00"),
        ("90m", "+3d", None, "05-01 15:00 05-04 13:30"),
        ("now", "17:00", None, "05-01 13:30 05-01 15:00"),
        ("2026-05-01 14:00", "16:00", None, "05-01 12:00 05-01 14:00"),
    ],
)
def test_window(begins: str | None, until: str | None, lasts: str | None, meant: str) -> None:
    """Times lie ahead: a time of day is the next one, an end the next one after the beginning."""
    assert window(begins, until, lasts) == meant


@pytest.mark.parametrize(
    ("begins", "until", "lasts", "meant"),
    [
        ("05:00", None, None, "05-02 03:00 05-02 05:00"),
        (None, "2026-05-02 06:00", None, "05-02 01:00 05-02 04:00"),
        (None, "06:00", None, "05-02 01:00 05-02 04:00"),
        (None, None, "4h", "05-02 01:00 05-02 05:00"),
        ("05:00", None, "1h", "05-02 03:00 05-02 04:00"),
    ],
)
def test_moved_window(begins: str | None, until: str | None, lasts: str | None, meant: str) -> None:
    """What is not said stays: with another beginning the length, with another end the beginning."""
    assert window(begins, until, lasts, was=WAS) == meant


@pytest.mark.parametrize(
    ("begins", "until", "lasts", "was", "said"),
    [
        (None, None, "2h", None, "Say when it begins: --from"),
        ("02:00", None, None, None, "Say how long it takes: --until"),
        ("02:00", "04:00", "2h", None, "say one of them"),
        (None, None, None, WAS, "Say the new time: --from, --until or --for"),
        ("tomorrow", None, "2h", None, '--from "tomorrow"'),
        ("2026-12-01", None, "2h", None, '--from "2026-12-01"'),
        ("25:00", None, "2h", None, '--from "25:00"'),
        ("02:00", "late", None, None, '--until "late"'),
        ("02:00", None, "long", None, '--for "long"'),
        ("02:00", None, "0h", None, '--for "0h"'),
        ("02:00", None, "", None, "Say how long it takes"),
        ("+99999999999d", None, "2h", None, "--from"),
        ("0001-01-01 00:00", None, "2h", None, "--from"),
        ("02:00", None, "99999999999d", None, "--for"),
    ],
)
def test_window_that_is_none(
    begins: str | None, until: str | None, lasts: str | None, was: Window | None, said: str
) -> None:
    """A refusal names the option and how to write it."""
    with pytest.raises(Refused) as error:
        window(begins, until, lasts, was=was)
    assert said in str(error.value)
