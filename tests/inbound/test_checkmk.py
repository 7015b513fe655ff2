"""Checkmk: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import checkmk
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "host_down.env.txt": ["problem | voice1 | voice1 | DOWN | 11:58:00 | -"],
    "host_problem.env.txt": ["problem | localhost | localhost | DOWN | 2013-01-21 09:40:08 | -"],
    "host_recovery_json.json": ["recovery | server1 | server1 | UP | - | 2024-10-26 23:20:39"],
    "host_up.env.txt": ["recovery | voice1 | voice1 | UP | - | 11:58:28"],
    "script_down.json": ["problem | voice1 | voice1 | DOWN | 11:58:02 | -"],
    "script_up.json": ["recovery | voice1 | voice1 | UP | - | 11:58:28"],
    "service_critical.env.txt": ["problem | voice1/TS3 voice | TS3 voice | CRITICAL | 11:58:00 | -"],
    "service_ok.env.txt": ["recovery | voice1/TS3 voice | TS3 voice | OK | - | 11:58:28"],
    "service_problem.env.txt": ["problem | localhost/CPU load | CPU load | CRITICAL | 2013-01-21 09:40:08 | -"],
}


class TestCheckmk(SourceContract):
    """The suite that every source passes."""

    source = "checkmk"
    parse = staticmethod(checkmk.parse)
    samples = samples("checkmk")
    pairs = (
        ("host_down.env.txt", "host_up.env.txt"),
        ("service_critical.env.txt", "service_ok.env.txt"),
        ("script_down.json", "script_up.json"),
        ("script_down.json", "host_up.env.txt"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"checkmk/{name}")) == RECORDED[name]
