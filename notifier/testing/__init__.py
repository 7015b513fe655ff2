"""The kit for testing a channel of one's own: suites of pytest tests, fake remotes on real sockets, a movable clock.

``ChannelContract``, ``BoardContract`` and ``SourceContract`` are the suites that our own channels and sources pass;
subclass one in your tests.
"""

from __future__ import annotations

from notifier.testing.boards import BoardContract, Rendered
from notifier.testing.channels import ChannelContract
from notifier.testing.clock import Clock
from notifier.testing.remote import Answer, FakeRemote, Request
from notifier.testing.sources import SourceContract
from notifier.testing.trying import failure, refused

__all__ = [
    "Answer",
    "BoardContract",
    "ChannelContract",
    "Clock",
    "FakeRemote",
    "Rendered",
    "Request",
    "SourceContract",
    "failure",
    "refused",
]
