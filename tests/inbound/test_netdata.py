"""Netdata's agent: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import netdata
from notifier.source import Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

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


def said(**env: str) -> list[str]:
    """The essence of what an environment means."""
    return brief(netdata.parse(Request(NOW, env=env), BERLIN))


def test_from_warning_to_critical_is_one_problem():
    """It has one key and one start, however its severity goes."""
    alarm = {"host": "v1", "alarm_id": "7", "name": "ram"}
    warned = said(**alarm, status="WARNING", when="1795349042", non_clear_duration="0")
    worse = said(**alarm, status="CRITICAL", when="1795349102", non_clear_duration="60")

    assert warned == ["problem | v1/7 | v1 | WARNING | 12:04:02 | -"]
    assert worse == ["problem | v1/7 | v1 | CRITICAL | 12:04:02 | -"]
    assert said(**alarm, status="UNDEFINED") == []
    assert said(**alarm, status="REMOVED") == ["maintenance | v1/7 | v1 | REMOVED | - | -"]
