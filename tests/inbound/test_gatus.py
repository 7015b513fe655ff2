"""Gatus: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import gatus
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "custom_resolved.json": ["recovery | voice_voice1 | voice1 | - | - | -"],
    "custom_triggered.json": ["problem | voice_voice1 | voice1 | - | - | -"],
    "custom_triggered.txt": ["problem | https://example.com | https://example.com | - | - | -"],
    "n8n_resolved.json": ["recovery | name | name | - | - | -"],
    "n8n_triggered.json": ["problem | group_name | name | - | - | -"],
    "resolved.json": ["recovery | voice_voice1 | voice1 | - | - | -"],
    "triggered.json": ["problem | voice_voice1 | voice1 | - | - | -"],
}


class TestGatus(SourceContract):
    """The suite that every source passes."""

    source = "gatus"
    parse = staticmethod(gatus.parse)
    samples = samples("gatus")
    pairs = (
        ("triggered.json", "resolved.json"),
        ("custom_triggered.json", "resolved.json"),
        ("custom_triggered.json", "custom_resolved.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"gatus/{name}")) == RECORDED[name]
