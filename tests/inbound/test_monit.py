"""Monit: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import monit
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "failed.env.txt": ["problem | monitor/voice1/connection | voice1 | - | 11:03:15 | -"],
    "succeeded.env.txt": ["recovery | monitor/voice1/connection | voice1 | - | - | 11:03:30"],
}


class TestMonit(SourceContract):
    """The suite that every source passes."""

    source = "monit"
    parse = staticmethod(monit.parse)
    samples = samples("monit")
    pairs = (("failed.env.txt", "succeeded.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"monit/{name}")) == RECORDED[name]
