"""Uptime Kuma: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import uptime_kuma
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "certificate.json": [
        "problem | warning/[Voice server][https://voice1.example.org] server certificate voice1.example.org "
        "will expire in days | Voice server | info | - | -"
    ],
    "down.http": ["problem | 1 | Voice server | - | 12:02:13 | -"],
    "down.json": ["problem | 1 | Voice server | - | 12:02:13 | -"],
    "down_custom.http": ["problem | Voice server | Voice server | - | - | -"],
    "down_form.http": ["problem | 1 | Voice server | - | 12:02:13 | -"],
    "down_get.http": ["problem | 1 | Voice server | - | 12:02:13 | -"],
    "down_resend.json": ["problem | 1 | Voice server | - | - | -"],
    "test.json": ["test | test | - | - | - | -"],
    "up.json": ["recovery | 1 | Voice server | - | 12:02:13 | 12:03:33"],
}


class TestUptimeKuma(SourceContract):
    """The suite that every source passes."""

    source = "uptime_kuma"
    parse = staticmethod(uptime_kuma.parse)
    samples = samples("uptime_kuma")
    pairs = (
        ("down.json", "up.json"),
        ("down.http", "up.json"),
        ("down_form.http", "up.json"),
        ("down_get.http", "up.json"),
        ("down_resend.json", "up.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"uptime_kuma/{name}")) == RECORDED[name]
