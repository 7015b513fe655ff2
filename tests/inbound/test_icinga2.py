"""Icinga 2: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import icinga2
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "service_acknowledgement.env.txt": ["acknowledged | voice1!ts3 | TS3 voice | CRITICAL | 11:58:00 | -"],
    "service_problem.env.txt": ["problem | voice1!ts3 | TS3 voice | CRITICAL | 11:58:00 | -"],
    "service_recovery.env.txt": ["recovery | voice1!ts3 | TS3 voice | OK | - | 11:58:28"],
}


class TestIcinga2(SourceContract):
    """The suite that every source passes."""

    source = "icinga2"
    parse = staticmethod(icinga2.parse)
    samples = samples("icinga2")
    pairs = (("service_problem.env.txt", "service_recovery.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"icinga2/{name}")) == RECORDED[name]
