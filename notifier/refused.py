"""Why a command makes no sense as things stand, and checks that more than one command needs."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifier.model import Incident, Phase, Window

AHEAD = timedelta(days=366)
CLOCK_SKEW = timedelta(minutes=5)
EARLIEST = 1990  # the year


class Refused(Exception):
    """The command makes no sense as things stand; the text says why and what to do. Nothing was stored.

    ``key``: the phrase ``refused.KEY`` says the same in other languages, with ``values`` in its placeholders; "" where
    only the command line can be refused so.
    """

    def __init__(self, text: str, key: str = "", **values: object) -> None:
        super().__init__(text)
        self.key = key
        self.values = values


def called(incident: Incident) -> str:
    """What it is, and its id."""
    return f"{'Maintenance' if incident.maintenance else 'Incident'} {incident.id}"


def gone(incident: Incident) -> Refused:
    """It was taken back."""
    text, key = f"{called(incident)} was taken back. Open a new one with `notifier open`.", "taken_back"
    if incident.maintenance:
        text, key = f"{called(incident)} was cancelled. Plan a new one with `notifier schedule`.", "cancelled"
    return Refused(text, key, incident=incident.id)


def completed(incident: Incident) -> Refused:
    """The maintenance is over for good."""
    text = f"{called(incident)} is completed. What went wrong since is an incident: `notifier open`. More work: "
    text += f"`notifier schedule`. If it is not completed after all: `notifier retract {incident.id}`."
    return Refused(text, "completed", incident=incident.id)


def sound(window: Window, now: datetime) -> None:
    """It can be planned. Raises Refused."""
    if window.end <= window.start:
        text = f"{utc(window.end)} is not after {utc(window.start)}. A maintenance ends after it begins."
        raise Refused(text, "window", time=utc(window.end))
    if window.end <= now:
        text = f"{utc(window.end)} has passed. A maintenance is planned before it is over."
        raise Refused(text, "window_passed", time=utc(window.end))
    if window.end > now + AHEAD:
        text = f"{utc(window.end)} is more than a year ahead. Is the date right?"
        raise Refused(text, "window_far", time=utc(window.end))
    recent(window.start)


def utc(at: datetime) -> str:
    """A time in a text."""
    return f"{at.year:04}-{at:%m-%d %H:%M} UTC"


def fits(phase: Phase, maintenance: bool) -> None:
    """Each kind has phases of its own."""
    if phase.planned != maintenance:
        known = ", ".join(p for p in Phase if p.planned == maintenance)
        what = "A maintenance" if maintenance else "An incident"
        hint = "" if maintenance else " A maintenance is planned with `notifier schedule`, and named by its id."
        raise Refused(f"{what} cannot be {phase}. It can be: {known}.{hint}", "phase", phase=phase)


def past(at: datetime, now: datetime) -> None:
    """It has passed, but for clocks that differ. Raises Refused."""
    if at > now + CLOCK_SKEW:
        raise Refused(f"{utc(at)} lies ahead. --at takes a time that has passed.", "ahead", time=utc(at))
    recent(at)


def recent(at: datetime) -> None:
    """It is within the age of the web; anything else was mistyped. Raises Refused."""
    if at.year < EARLIEST:
        raise Refused(f"{utc(at)} is before {EARLIEST}. Is the year right?", "year", time=utc(at))
