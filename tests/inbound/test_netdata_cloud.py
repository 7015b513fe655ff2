"""Netdata Cloud: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import netdata_cloud
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "alert_clear.json": ["recovery | mem.available/ram_available | mem.available | clear | - | 12:09:00"],
    "alert_critical.json": ["problem | mem.available/ram_available | mem.available | critical | 12:03:00 | -"],
    "reachability_reachable.json": ["recovery | voice1 | voice1 | info | - | -"],
    "reachability_unreachable.json": ["problem | voice1 | voice1 | critical | - | -"],
}


class TestNetdataCloud(SourceContract):
    """The suite that every source passes."""

    source = "netdata_cloud"
    parse = staticmethod(netdata_cloud.parse)
    samples = samples("netdata_cloud")
    pairs = (
        ("reachability_unreachable.json", "reachability_reachable.json"),
        ("alert_critical.json", "alert_clear.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"netdata_cloud/{name}")) == RECORDED[name]
