"""A clock that moves only when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Call it for the time (aware UTC); ``move`` it by seconds or a timedelta.

    clock = Clock(datetime(2011, 11, 19, 20, 14, tzinfo=UTC)); clock.move(90); clock() is 90 s later.
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware datetime, such as datetime(2011, 11, 19, tzinfo=UTC)")
        self._now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        """What it shows, in UTC."""
        return self._now

    def move(self, seconds: float | timedelta) -> datetime:
        """Move it, backwards if negative; returns what it shows then."""
        self._now += seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        return self._now
