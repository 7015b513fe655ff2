"""A word to the admins in their language, and why something happened: the record keeps reasons in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache

from notifier.model import Delivery, Impact, Site, State, Step
from notifier.problem import Note
from notifier.render import phrases
from notifier.render.when import date_time

_REASON = "reason."


def words(note: Note, site: Site, lang: str, now: datetime) -> tuple[str, str]:
    """Subject and text. Times are told in the site's zone."""
    values = {name: _said(name, found, site, lang, now) for name, found in note.values.items()}
    subject, *parts = (phrases.say(lang, f"note.{key}", site, **values) for key in (note.subject, *note.texts))
    return subject, "\n\n".join(parts)


def reason(why: str, site: Site, lang: str) -> str:
    """Why, in another language: what is no reason of ours stays as it is, and so does what it is about ("Disk: ")."""
    for about, said in (("", why), _parted(why)):
        for key, pattern in _reasons():
            if found := pattern.fullmatch(said):
                return about + phrases.say(lang, key, site, **found.groupdict())
    return why


def trouble(row: Delivery, state: State, site: Site, lang: str) -> Note:
    """The note about a delivery that needs a human."""
    kind = {State.UNSURE: "unsure", State.FAILED: "failed"}.get(state, "moved")
    if kind == "failed" and row.step is Step.PUBLISH and not row.incident:
        kind = "stale"
    what = "note.told.update" if row.incident else "note.told.notice"
    values = {
        "where": row.channel + (f" ({row.to})" if row.to else ""),
        "told": phrases.say(lang, what, site, seq=row.seq, incident=row.incident),
        "id": row.id,
        "what": row.incident or row.channel,
        "channel": row.channel,
    }
    return Note(kind, (f"{kind}.text",), values)


def _said(name: str, found: object, site: Site, lang: str, now: datetime) -> object:
    if isinstance(found, datetime):
        return date_time(found, site.timezone, lang, now)
    if isinstance(found, Impact):
        return phrases.say(lang, f"impact.{found}", site)
    return reason(found, site, lang) if name == "why" and isinstance(found, str) else found


def _parted(why: str) -> tuple[str, str]:
    about, colon, said = why.rpartition(": ")
    return about + colon, said


@cache
def _reasons() -> list[tuple[str, re.Pattern[str]]]:
    return list(_patterns())


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for key, english in phrases.catalogue("en").items():
        if key.startswith(_REASON):
            yield key, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(english)), re.S)
