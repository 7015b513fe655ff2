"""Times and durations read as people write them."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from subprocess import run

import pytest
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time

from notifier.render import when

EVENING = datetime(2026, 11, 22, 19, 14, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "lang", "expected"),
    [
        (EVENING, "Europe/Berlin", "de", "20:14 Uhr MEZ"),
        (SUMMER, "Europe/Berlin", "de", "00:30 Uhr MESZ"),
        (EVENING, "Europe/Berlin", "de-AT", "20:14 Uhr MEZ"),
        (EVENING, "Europe/Berlin", "en", "8:14\u00a0PM CET"),
        (EVENING, "Europe/London", "en-GB", "19:14 GMT"),
        (EVENING, "UTC", "de", "19:14 Uhr UTC"),
        (EVENING, "America/New_York", "en", "2:14\u00a0PM EST"),
        (EVENING, "Asia/Kathmandu", "en", "12:59\u00a0AM UTC+5:45"),
        (EVENING, "America/Sao_Paulo", "en", "4:14\u00a0PM UTC-3"),
        (EVENING, "Atlantis/Deep", "de", "19:14 Uhr UTC"),
        (EVENING, "../../etc/passwd", "de", "19:14 Uhr UTC"),
        (EVENING, "UTC", "tlh", "7:14\u00a0PM UTC"),
    ],
)
def test_clock_time_names_the_zone_as_readers_know_it(at: datetime, zone: str, lang: str, expected: str) -> None:
    """A reader sees the time of day in the site's zone, with the zone's name or its distance from UTC."""
    assert when.clock_time(at, zone, lang) == expected


@pytest.mark.parametrize(
    ("now", "lang", "expected"),
    [
        (EVENING + timedelta(hours=2), "de", "20:14 Uhr MEZ"),
        (EVENING + timedelta(hours=4), "de", "22. November, 20:14 Uhr MEZ"),
        (EVENING + timedelta(hours=4), "en", "November 22, 8:14\u00a0PM CET"),
        (EVENING + timedelta(days=60), "de", "22. November 2026, 20:14 Uhr MEZ"),
    ],
)
def test_date_stands_only_where_it_is_needed(now: datetime, lang: str, expected: str) -> None:
    """Today needs no date, this year no year; the day changes at midnight of the site's zone, not of UTC."""
    assert when.date_time(EVENING, "Europe/Berlin", lang, now) == expected


@pytest.mark.parametrize(
    ("delta", "lang", "expected"),
    [
        (timedelta(hours=2, minutes=30), "de", "2 Stunden und 30 Minuten"),
        (timedelta(hours=2, minutes=30, seconds=59), "en", "2 hours and 30 minutes"),
        (timedelta(minutes=45), "en", "45 minutes"),
        (timedelta(minutes=1), "de", "1 Minute"),
        (timedelta(hours=23, minutes=59), "de", "23 Stunden und 59 Minuten"),
        (timedelta(days=1), "de", "1 Tag"),
        (timedelta(days=3, hours=4, minutes=5), "de", "3 Tage und 4 Stunden"),
        (timedelta(days=3, minutes=5), "en", "3 days"),
        (timedelta(days=400, hours=1), "en", "400 days and 1 hour"),
        (timedelta(seconds=59), "en", "less than a minute"),
        (timedelta(seconds=59), "de-CH", "weniger als eine Minute"),
        (timedelta(seconds=59), "fr", "< 1 minute"),
        (timedelta(), "de", "weniger als eine Minute"),
        (timedelta(hours=-3), "en", "less than a minute"),
    ],
)
def test_duration_has_two_units_at_most(delta: timedelta, lang: str, expected: str) -> None:
    """How long it took, rounded down, in words."""
    assert when.duration(delta, lang) == expected


def test_hour_of_the_clock_change_counts_as_it_passed() -> None:
    """The night in which the clocks go back has its hour twice; the two are told apart."""
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    after = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert when.clock_time(before, "Europe/Berlin", "de") == "02:30 Uhr MESZ"
    assert when.clock_time(after, "Europe/Berlin", "de") == "02:30 Uhr MEZ"
    assert when.duration(after - before, "de") == "1 Stunde"


def test_machine_time_is_utc_to_the_second() -> None:
    """A program reads RFC 3339 in UTC, whatever zone the time came in."""
    there = EVENING.astimezone(when.zone_of("Europe/Berlin"))

    assert when.iso(there) == "2026-11-22T19:14:00Z"


def test_import_is_light() -> None:
    """The command line answers at once: neither Babel nor the time zones are loaded until a time is written."""
    code = "import sys, notifier.render.when; print([m for m in ('babel', 'zoneinfo', 'tomllib') if m in sys.modules])"

    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


NIGHT = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "zone", "lang", "expected"),
    [
        (NIGHT, 2, "Europe/Berlin", "de", "Sa., 28. Nov. 2026, 02:00–04:00 Uhr MEZ"),
        (NIGHT, 2, "Europe/Berlin", "en", "Sat, Nov 28, 2026, 2:00\u00a0AM–4:00\u00a0AM CET"),
        (NIGHT, 2, "UTC", "de", "Sa., 28. Nov. 2026, 01:00–03:00 Uhr UTC"),
        (NIGHT, 23, "Europe/Berlin", "de", "Sa., 28. Nov. 2026, 02:00 Uhr MEZ – So., 29. Nov. 2026, 01:00 Uhr MEZ"),
        (NIGHT, 2, "America/New_York", "en", "Fri, Nov 27, 2026, 8:00\u00a0PM–10:00\u00a0PM EST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 1, "Europe/Berlin", "de",
         "So., 25. Okt. 2026, 02:30 Uhr MESZ – 02:30 Uhr MEZ"),
    ],
)  # fmt: skip
def test_window_says_all_that_is_needed_to_be_there(
    start: datetime, hours: int, zone: str, lang: str, expected: str
) -> None:
    """Weekday, date with year, and both times; date or zone twice where they differ, as when the clocks go back."""
    assert when.window(start, start + timedelta(hours=hours), zone, lang) == expected


@pytest.mark.parametrize(
    "lang", ["de", "en", "en-GB", "fr", "pl", "ar", "fa", "he", "hi", "ja", "ko", "th", "zh", "zh-Hant"]
)
def test_dates_and_times_are_those_of_babel(lang):
    """Though each is put together from fields that were worked out for others."""
    locale = Locale.parse(lang, sep="-")
    for number in range(0, 12_000, 101):
        at, time = date(2000, 1, 1) + timedelta(days=number), clock(number % 24, number % 60)

        assert when.date_words(at, lang) == format_date(at, "long", locale=locale)
        assert when.date_words(at, lang, at.year) == format_skeleton("MMMMd", at, locale=locale)
        assert when._time_of_day(time.hour, time.minute, lang) == format_time(time, "short", locale=locale).replace(
            "\u202f", "\u00a0"
        )
