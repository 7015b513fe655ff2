"""maintenance.ics: each maintenance an event (RFC 5545 and 7986), to subscribe to.

A maintenance that was taken back stays as a cancelled event: one that just vanished would stay in some calendars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from notifier.model import Incident, Phase, Site, Window
from notifier.render import markup, phrases
from notifier.render.site import ids, text
from notifier.render.site.data import changed
from notifier.render.site.rollup import Known

K = TypeVar("K", bound=Known)

MOST = 100
GONE = 20
_WIDTH = 75
_LONG = 1_500
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_TAG = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")

# A calendar must hold something (RFC 5545, 3.6); without any event it is this.
_NO_EVENT = (
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def wanted(incidents: Iterable[K]) -> list[K]:
    """Those that the calendar is made of: the latest 20 maintenances that were taken back, those that are not over,
    soonest first, and the latest of all others, up to 100 in all; by their beginning. Nothing else changes a byte."""
    planned = sorted((p for p in incidents if p.window), key=_begins)
    ahead = [p for p in planned if p.open]
    gone = [p for p in planned if p.retracted][-GONE:]
    kept = {p.id for p in gone}
    rest = [p for p in reversed(planned) if not p.open and p.id not in kept]
    return sorted([*gone, *ahead, *rest][:MOST], key=_begins)


def _begins(planned: Known) -> tuple[datetime, str]:
    assert planned.window is not None
    return planned.window.start, planned.id


def calendar(site: Site, incidents: Iterable[Incident], lang: str) -> bytes:
    """The calendar in ``lang``; made of :func:`wanted` alone."""
    title = markup.clean(phrases.say(lang, "page.calendar_title", site))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//outage-notifier//maintenance//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(title)}",
        f"X-WR-CALNAME:{_text(title)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    events = [line for incident in wanted(incidents) for line in _event(site, incident, lang)]
    return "".join(map(_folded, [*lines, *(events or _NO_EVENT), "END:VCALENDAR"])).encode()


def _event(site: Site, incident: Incident, lang: str) -> Iterator[str]:
    """The lines of an event. Each thing that happens to the maintenance raises SEQUENCE."""
    assert incident.window is not None
    start, end = _utc(incident.window.start), _utc(_end(incident, incident.window))
    title = text.choose(incident.title, lang)
    yield "BEGIN:VEVENT"
    yield f"UID:maintenance-{_text(incident.id)}@{_text(ids.domain(site))}"
    yield f"DTSTAMP:{_utc(changed(incident))}"
    yield f"CREATED:{_utc(incident.opened)}"
    yield f"LAST-MODIFIED:{_utc(changed(incident))}"
    yield f"SEQUENCE:{incident.version - 1}"
    yield f"DTSTART:{start}"
    if end > start:  # RFC 5545, 3.8.2.2: later than the beginning
        yield f"DTEND:{end}"
    yield f"STATUS:{_status(incident)}"
    yield f"SUMMARY{_language(title.lang or lang)}:{_text(title.text)}"
    yield f"DESCRIPTION{_language(lang)}:{_text(_description(site, incident, lang))}"
    if ids.link(site, incident, lang):
        yield f"URL:{ids.link(site, incident, lang)}"
    names = [_text(text.choose(site.component(id).name, lang).text) for id in incident.components]
    if names:
        yield f"CATEGORIES:{','.join(names)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _status(incident: Incident) -> str:
    """What may still be moved is tentative."""
    if incident.retracted:
        return "CANCELLED"
    return "TENTATIVE" if incident.phase is Phase.SCHEDULED else "CONFIRMED"


def _end(incident: Incident, window: Window) -> datetime:
    """When it ends as planned, or later if it was still spoken of then."""
    return window.end if incident.phase is Phase.SCHEDULED else max(window.end, incident.updates[-1].at)


def _description(site: Site, incident: Incident, lang: str) -> str:
    """All that was said of it, newest first, as plain words."""
    said = (
        f"{text.head(site, update, lang)}: {text.bare(text.choose(update.text, lang).text)}"
        for update in reversed(incident.updates)
    )
    whole = markup.clean("\n\n".join(said))
    return whole if len(whole) <= _LONG else whole[: _LONG - 1] + "…"


def _language(lang: str) -> str:
    """The parameter that says in which language a text is."""
    return f";LANGUAGE={lang}" if _TAG.fullmatch(lang) else ""


def _text(value: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    return markup.clean(value).translate(_ESCAPED)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> str:
    """A content line with its end, in pieces of at most 75 octets, no character cut (RFC 5545, 3.1)."""
    pieces, width = [""], 0
    for character in line:
        size = len(character.encode())
        if width + size > _WIDTH:
            pieces.append("")
            width = 1  # the space in front
        pieces[-1] += character
        width += size
    return "\r\n ".join(pieces) + "\r\n"
