"""Netdata's agent: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import netdata
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "clear.env.txt": ["recovery | vm/1 | vm | CLEAR | 12:04:01 | 12:04:04"],
    "critical.env.txt": ["problem | vm/1 | vm | CRITICAL | 12:04:01 | -"],
}


class TestNetdata(SourceContract):
    """The suite that every source passes."""

    source = "netdata"
    parse = staticmethod(netdata.parse)
    samples = samples("netdata")
    pairs = (("critical.env.txt", "clear.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"netdata/{name}")) == RECORDED[name]
