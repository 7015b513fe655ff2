"""Times as monitoring tools write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OLDEST, NEWEST = 1990, 2200  # years beyond these are a mistake, or stand for "none"
UNITS = ((1e11, 1), (1e14, 10**3), (1e17, 10**6), (1e20, 10**9))  # below this number, so many to a second
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9})\d*)?)?"
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?"
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_FORMS = [
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})[-./](?P<month>\d\d)[-./](?P<day>\d\d)[T\s]\s*{_CLOCK}{_ZONE}",  # RFC 3339; Zabbix
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}})\s+{_CLOCK}",  # 22.11.2026 13:02:13
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}})\s+{_CLOCK}\s*(?P<half>[AP]M)",  # American
        rf"(?:[a-z]{{3}},? )?(?P<day>\d{{1,2}}) (?P<name>[a-z]{{3}}) (?P<year>\d{{4}}) {_CLOCK}{_ZONE}",  # RFC 5322
        rf"[a-z]{{3}} (?P<name>[a-z]{{3}}) +(?P<day>\d{{1,2}}) {_CLOCK}{_ZONE} (?P<year>\d{{4}})",  # C's ctime
    )
]


def moment(value: Any, zone: str) -> datetime | None:
    """The time that a value names, in UTC; None if it names none, or an absurd one.

    Takes Unix seconds, milli-, micro- and nanoseconds (told apart by their size), RFC 3339 with any fraction and
    offset, and the common local forms. A time without a zone is in ``zone`` (an IANA name); without that it is none.
    """
    try:
        found = _read(value, zone)
        return found if found and OLDEST <= found.year < NEWEST else None
    except (ValueError, OverflowError, OSError, LookupError):
        return None


def _read(value: Any, zone: str) -> datetime | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _unix(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    text = value.strip()
    if _USUAL.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    if re.fullmatch(r"\d{9,20}", text, re.ASCII):
        return _unix(int(text))
    if re.fullmatch(r"\d{9,20}\.\d*", text, re.ASCII):
        return _unix(float(text))
    matches = (form.fullmatch(text) for form in _FORMS)
    found = next((match.groupdict() for match in matches if match), None)
    return _dated(found, zone) if found else None


def _unix(number: float) -> datetime | None:
    """The time of a Unix time in the unit that its size suggests."""
    for limit, unit in UNITS:
        if 0 < number < limit:
            if isinstance(number, int):
                return EPOCH + timedelta(seconds=number // unit, microseconds=number % unit * 10**6 // unit)
            return EPOCH + timedelta(seconds=number / unit)
    return None


def _dated(found: dict[str, str | None], zone: str) -> datetime | None:
    given = {name: int(found.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")}
    if named := found.get("name"):
        given["month"] = MONTHS.index(named.lower()) + 1
    if half := found.get("half"):
        given["hour"] = given["hour"] % 12 + (12 if half.upper() == "PM" else 0)
    given["second"] = min(given["second"], 59)  # a leap second
    part = int((found.get("part") or "").ljust(9, "0")[:6] or 0)
    where = _zone(found.get("zone"), zone)
    return datetime(**given, microsecond=part, tzinfo=where).astimezone(UTC) if where else None


def _zone(written: str | None, zone: str) -> tzinfo | None:
    if not written:
        return ZoneInfo(zone) if zone else None
    if written.upper() in ("Z", "UTC", "GMT"):
        return UTC
    digits = written[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-ahead if written[0] == "-" else ahead)
