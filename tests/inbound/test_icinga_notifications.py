"""Icinga Notifications: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import icinga_notifications
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "acknowledged.json": ["acknowledged | 82 | ts3 | crit | - | -"],
    "crit.json": ["problem | 1437 | random fortune | crit | 2024-07-12 10:47:30 | -"],
    "ts3_crit.json": ["problem | 82 | ts3 | crit | 11:58:02 | -"],
    "ts3_ok.json": ["recovery | 82 | ts3 | ok | - | 11:58:28"],
}


class TestIcingaNotifications(SourceContract):
    """The suite that every source passes."""

    source = "icinga_notifications"
    parse = staticmethod(icinga_notifications.parse)
    samples = samples("icinga_notifications")
    pairs = (("ts3_crit.json", "ts3_ok.json"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"icinga_notifications/{name}")) == RECORDED[name]
