"""Grafana's legacy alerting: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import grafana_legacy
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "alerting.json": ["problem | 7 | Zeta CPU alert | - | - | -"],
    "loss_alerting.json": ["problem | 12 | Packet loss | critical | - | -"],
    "loss_ok.json": ["recovery | 12 | Packet loss | critical | - | -"],
    "no_data.json": ["problem | 12 | Packet loss | info | - | -"],
    "ok.json": ["recovery | 7 | Zeta CPU alert | - | - | -"],
}


class TestGrafanaLegacy(SourceContract):
    """The suite that every source passes."""

    source = "grafana_legacy"
    parse = staticmethod(grafana_legacy.parse)
    samples = samples("grafana_legacy")
    pairs = (("loss_alerting.json", "loss_ok.json"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"grafana_legacy/{name}")) == RECORDED[name]
