"""How much is taken at once: sizes, times, and a bucket of tokens for each hook."""

from __future__ import annotations

from math import ceil

BODY = 1 << 20  # PagerDuty sends at most 512 kB, Azure and SNS 256 kB
TRUSTED_BODY = 8 << 20  # of who has shown the secret before: ten thousand alerts of Alertmanager in one request
HEADERS = 100
BODY_SECONDS = 10.0
HEAD_BYTES = 64 << 10
HEAD_SECONDS = 10.0
AT_ONCE = 200
FORM = 64 << 10


class Bucket:
    """So many a minute, as many at once. ``now`` is in seconds and grows."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(max(per_minute, 1))
        self._left = self._most
        self._at = 0.0

    def take(self, now: float) -> int:
        """0 when it may pass, else after how many seconds it may."""
        self._left = min(self._most, self._left + (now - self._at) * self._most / 60)
        self._at = now
        if self._left >= 1:
            self._left -= 1
            return 0
        return ceil((1 - self._left) * 60 / self._most)
