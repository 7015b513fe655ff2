"""Zabbix: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import zabbix
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "problem.http": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "problem.json": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "problem_repeat.json": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "resolved.json": ["recovery | 24 | voice | Disaster | 11:16:42 | 11:18:10"],
}


class TestZabbix(SourceContract):
    """The suite that every source passes."""

    source = "zabbix"
    parse = staticmethod(zabbix.parse)
    samples = samples("zabbix")
    pairs = (
        ("problem.json", "resolved.json"),
        ("problem_repeat.json", "resolved.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"zabbix/{name}")) == RECORDED[name]
