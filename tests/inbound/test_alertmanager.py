"""Prometheus Alertmanager: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import alertmanager
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "firing.http": [
        "problem | b06dada9e9311507 | voice | critical | 11:46:30 | -",
        "problem | da3bfa350c1ff95e | voice | critical | 11:46:30 | -",
    ],
    "firing.json": [
        "problem | b06dada9e9311507 | voice | critical | 11:46:30 | -",
        "problem | da3bfa350c1ff95e | voice | critical | 11:46:30 | -",
    ],
    "firing_again.json": ["problem | b06dada9e9311507 | voice | critical | 11:46:58 | -"],
    "firing_oncall_example.json": [
        "problem | f404ecabc8dd5cd7 | localhost:8081 | critical | 2023-06-12 08:24:38 | -",
        "problem | f8f08d4e32c61a9d | localhost:8082 | critical | 2023-06-12 08:24:38 | -",
    ],
    "mixed.json": [
        "recovery | b06dada9e9311507 | voice | critical | 11:46:30 | 11:46:42",
        "problem | da3bfa350c1ff95e | voice | critical | 11:46:30 | -",
    ],
    "resolved.json": ["recovery | da3bfa350c1ff95e | voice | critical | 11:46:30 | 11:46:50"],
    "truncated_firing.json": ["problem | 9ccfac821668c22b | h1 | - | 11:46:30 | -"],
}


class TestAlertmanager(SourceContract):
    """The suite that every source passes."""

    source = "alertmanager"
    parse = staticmethod(alertmanager.parse)
    samples = samples("alertmanager")
    pairs = (
        ("firing.json", "mixed.json"),
        ("firing.json", "resolved.json"),
        ("firing.http", "resolved.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"alertmanager/{name}")) == RECORDED[name]
