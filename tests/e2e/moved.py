"""The notifier under another clock: ``moved.py FILE command line ...``. FILE holds the seconds by which ours is ahead.

FILE is read again each time the clock is asked, so a process that runs can be moved through an evening.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import notifier.store
from notifier.cli import main

AHEAD = Path(sys.argv[1])


class Moved(datetime):
    """``datetime`` as ``notifier.store.utc_now`` sees it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """The time here and now, moved."""
        return datetime.now(tz) + timedelta(seconds=float(AHEAD.read_text() or 0))


if __name__ == "__main__":
    vars(notifier.store)["datetime"] = Moved
    main(sys.argv[2:])
