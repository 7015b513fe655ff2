"""Monit: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import monit
from notifier.source import Kind
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "failed.env.txt": ["problem | monitor/voice1/connection | voice1 | - | 11:03:15 | -"],
    "succeeded.env.txt": ["recovery | monitor/voice1/connection | voice1 | - | - | 11:03:30"],
}


class TestMonit(SourceContract):
    """The suite that every source passes."""

    source = "monit"
    parse = staticmethod(monit.parse)
    samples = samples("monit")
    pairs = (("failed.env.txt", "succeeded.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"monit/{name}")) == RECORDED[name]


@pytest.mark.parametrize(
    ("problem", "recovery", "test"),
    [
        ("Connection failed", "Connection succeeded", "connection"),
        ("Does not exist", "Exists", "existence"),
        ("Timeout", "Timeout recovery", "timeout"),
        ("Resource limit matched", "Resource limit succeeded", "resource"),
        ("Checksum changed", "Checksum not changed", "checksum"),
        ("Data access error", "Data access succeeded", "data"),
        ("Link down", "Link up", "link"),
        ("Download bytes exceeded", "Download bytes ok", "download bytes"),
        ("Content match", "Content doesn't match", "content"),
        ("Invalid type", "Type succeeded", "type"),
        ("Status failed", "Status succeeded", "status"),
    ],
)
def test_events(problem, recovery, test):
    """A problem and its recovery are about the same test."""
    assert monit.tested(problem) == (test, Kind.PROBLEM)
    assert monit.tested(recovery) == (test, Kind.RECOVERY)


def test_what_is_neither():
    """An action that was done is no news of the service."""
    assert monit.tested("Action done")[1] is None
