"""Grafana's alerting: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import grafana
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "firing.json": [
        "problem | 5d1f7c3ab2e94860 | voice | warning | 11:02:10 | -",
        "problem | 0f8e2d6c4b1a3957 | Voice/Packet loss | warning | 11:02:10 | -",
    ],
    "firing_docs.json": [
        "problem | c6eadffa33fcdf37 | High memory usage | - | 2021-10-12 07:51:03 | -",
        "problem | bc97ff14869b13e3 | High CPU usage | - | 2021-10-12 07:56:03 | -",
    ],
    "mixed.json": [
        "recovery | 5d1f7c3ab2e94860 | voice | warning | 11:02:10 | 11:09:40",
        "problem | 0f8e2d6c4b1a3957 | Voice/Packet loss | warning | 11:02:10 | -",
    ],
    "no_data.json": ["problem | 77aa55cc33ee1100 | voice | info | 11:02:10 | -"],
    "resolved.json": ["recovery | d8a21484c9c25a60 | Test alert | - | 2022-06-17 00:41:00 | 2022-06-17 00:51:24"],
    "test.json": ["test | 57c6d9296de2ad39 | Grafana | - | 11:02:10 | -"],
}


class TestGrafana(SourceContract):
    """The suite that every source passes."""

    source = "grafana"
    parse = staticmethod(grafana.parse)
    samples = samples("grafana")
    pairs = (("firing.json", "mixed.json"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"grafana/{name}")) == RECORDED[name]
