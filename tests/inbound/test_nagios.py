"""Nagios: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import nagios
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "host_problem.env.txt": ["problem | voice1 | voice1 | DOWN | 11:54:51 | -"],
    "service_acknowledgement.env.txt": ["acknowledged | voice1/TS3 voice | TS3 voice | CRITICAL | 11:54:05 | -"],
    "service_problem.env.txt": ["problem | voice1/TS3 voice | TS3 voice | CRITICAL | 11:54:05 | -"],
    "service_recovery.env.txt": ["recovery | voice1/TS3 voice | TS3 voice | OK | - | 11:54:33"],
}


class TestNagios(SourceContract):
    """The suite that every source passes."""

    source = "nagios"
    parse = staticmethod(nagios.parse)
    samples = samples("nagios")
    pairs = (("service_problem.env.txt", "service_recovery.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"nagios/{name}")) == RECORDED[name]
