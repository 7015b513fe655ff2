"""Times and durations as people write them, by language and time zone (Unicode CLDR, through Babel).

Babel takes its time to load, so it is imported where it is used: the first word on an incident needs none of it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from notifier.render import phrases

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from babel import Locale

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def clock_time(at: datetime, zone: str, lang: str) -> str:
    """The time of day in ``zone`` with the zone's name: "20:14 Uhr MEZ", "8:14 PM CET". ``at`` is aware.

    A zone that nobody knows is taken for UTC, a language that nobody knows for English.
    """
    return _clock(at.astimezone(zone_of(zone)), lang)


def date_time(at: datetime, zone: str, lang: str, now: datetime) -> str:
    """As :func:`clock_time`, with the date in front unless it is that of ``now`` in ``zone``."""
    clock = clock_time(at, zone, lang)
    if at.astimezone(zone_of(zone)).date() == now.astimezone(zone_of(zone)).date():
        return clock
    return phrases.fill(_pattern(lang, "time.full"), {"date": day(at, zone, lang, now), "time": clock})


def day(at: datetime, zone: str, lang: str, now: datetime) -> str:
    """The date in ``zone``, with the year unless it is that of ``now``: "22. November", "November 22, 2025"."""
    return date_words(at.astimezone(zone_of(zone)).date(), lang, now.astimezone(zone_of(zone)).year)


@lru_cache(4096)
def date_words(at: date, lang: str, year: int = 0) -> str:
    """The date, with its year unless it is that one."""
    locale = _locale(lang)
    pattern = locale.datetime_skeletons["MMMMd"] if at.year == year else locale.date_formats["long"]
    return str(pattern.format % _Fields(at, lang))


@lru_cache(1024)
def month(at: date, lang: str) -> str:
    """The month with its year: "November 2025"."""
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", at, locale=_locale(lang))


def window(start: datetime, end: datetime, zone: str, lang: str) -> str:
    """From when to when in ``zone``, with the date: "Sa., 28. Nov. 2026, 02:00–04:00 Uhr MEZ". What differs is said
    twice, also the zone when the clocks change: "Sat, Nov 28, 2026, 11:00 PM CET – Sun, Nov 29, 2026, 1:00 AM CET"."""
    begins, ends = (at.astimezone(zone_of(zone)) for at in (start, end))
    same_zone = _zone_name(_Zoned(begins), lang) == _zone_name(_Zoned(ends), lang)
    if begins.date() != ends.date():
        return f"{_dated(begins, lang, _clock(begins, lang))} – {_dated(ends, lang, _clock(ends, lang))}"
    if not same_zone:
        return _dated(begins, lang, f"{_clock(begins, lang)} – {_clock(ends, lang)}")
    time = f"{_time(begins, lang)}–{_time(ends, lang)}"
    return _dated(begins, lang, _with_zone(time, begins, lang))


def _dated(local: datetime, lang: str, time: str) -> str:
    """The time with weekday and date in front."""
    from babel.dates import format_skeleton

    date = format_skeleton("yMMMEd", local, locale=_locale(lang))
    return phrases.fill(_pattern(lang, "time.full"), {"date": date, "time": time})


def duration(delta: timedelta, lang: str) -> str:
    """At most two neighbouring units, rounded down: "2 Stunden und 30 Minuten", "3 days", "less than a minute"."""
    from babel.lists import format_list

    seconds = max(0, int(delta.total_seconds()))
    if seconds < _MINUTE:
        return _moment(lang)
    locale = _locale(lang)
    counts = (
        _count(seconds // _DAY, "day", locale),
        _count(seconds % _DAY // _HOUR, "hour", locale),
        _count(seconds % _HOUR // _MINUTE, "minute", locale),
    )
    largest = next(i for i, count in enumerate(counts) if count)
    return format_list([count for count in counts[largest : largest + 2] if count], locale=locale)


@lru_cache(4096)
def seconds(length: int, lang: str) -> str:
    """As :func:`duration`, of so many seconds."""
    return duration(timedelta(seconds=length), lang)


def iso(at: datetime) -> str:
    """RFC 3339 in UTC to the second: "2026-11-22T19:14:00Z"."""
    return f"{at.astimezone(UTC).isoformat(timespec='seconds')[:-6]}Z"


def _clock(local: datetime, lang: str) -> str:
    return _with_zone(_time(local, lang), local, lang)


def _time(local: datetime, lang: str) -> str:
    return _time_of_day(local.hour, local.minute, lang)


@lru_cache(8192)
def _time_of_day(hour: int, minute: int, lang: str) -> str:
    pattern = _locale(lang).time_formats["short"]
    return str(pattern.format % _Fields(clock(hour, minute), lang)).replace("\u202f", "\u00a0")


class _Fields:
    """The fields of a pattern of Babel's for a date or a time. Babel takes long for each: one that was worked out for
    another date or time that is alike in it is taken from there."""

    def __init__(self, at: date | clock, lang: str) -> None:
        self._at, self._lang = at, lang

    def __getitem__(self, name: str) -> str:
        return _field(name, _alike(name[0], self._at), self._lang)


def _alike(field: str, at: date | clock) -> date | clock:
    """What all have in common that are the same in that field (CLDR's letter for it)."""
    if isinstance(at, date):
        alike = {"d": (2000, 1, at.day), "M": (2000, at.month, 1), "L": (2000, at.month, 1), "y": (at.year, 1, 1)}
        return date(*alike[field]) if field in alike else at
    return clock(0, at.minute) if field == "m" else clock(at.hour) if field in "ahHkK" else at


@lru_cache(4096)
def _field(name: str, at: date | clock, lang: str) -> str:
    from babel.dates import DateTimeFormat

    return DateTimeFormat(at, _locale(lang))[name]


def _with_zone(time: str, local: datetime, lang: str) -> str:
    return phrases.fill(_pattern(lang, "time.clock"), {"time": time, "zone": _zone_name(_Zoned(local), lang)})


def _count(number: int, unit: Literal["day", "hour", "minute"], locale: Locale) -> str:
    """ "2 hours"; "" for none."""
    from babel.dates import format_timedelta

    seconds = number * {"day": _DAY, "hour": _HOUR, "minute": _MINUTE}[unit]
    # a threshold out of reach keeps Babel from rounding 23 hours up to a day
    return format_timedelta(seconds, granularity=unit, threshold=float("inf"), locale=locale) if number else ""


def _moment(lang: str) -> str:
    for tag in phrases.lineage(lang):
        if "time.moment" in phrases.catalogue(tag):
            return phrases.catalogue(tag)["time.moment"]
    return f"< {_count(1, 'minute', _locale(lang))}"


@lru_cache(256)
def _pattern(lang: str, key: str) -> str:
    found = (phrases.catalogue(tag) for tag in (*phrases.lineage(lang), phrases.LAST_RESORT))
    return next(words[key] for words in found if key in words)


@lru_cache(64)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name; UTC for one that nobody knows."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return ZoneInfo("UTC")


@lru_cache(64)
def _locale(lang: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    for tag in phrases.lineage(lang):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale(phrases.LAST_RESORT)


class _Zoned:
    """A local time of which only the zone counts: equal to any other with the same zone and offset."""

    def __init__(self, local: datetime) -> None:
        self.local = local
        self._key = (str(local.tzinfo), local.tzname(), local.utcoffset())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Zoned) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(256)
def _zone_name(at: _Zoned, lang: str) -> str:
    """What people there call the zone: its short name in the language, else everywhere ("CET"), else "UTC+1"."""
    from babel.dates import get_timezone_name

    local = at.local
    named = get_timezone_name(local, "short", locale=_locale(lang))
    for name in (named, local.tzname() or ""):
        if name and not any(c in "+-0123456789" for c in name):
            return name
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
