"""Healthchecks: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import healthchecks
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "down.http": ['problem | c2222fe1-704b-4f6d-84f0-0c5c453f9031 | Backup "forum" DB | - | 12:16:34 | -'],
    "down.json": ['problem | c2222fe1-704b-4f6d-84f0-0c5c453f9031 | Backup "forum" DB | - | 12:16:34 | -'],
    "down_get.http": ['problem | c2222fe1-704b-4f6d-84f0-0c5c453f9031 | Backup "forum" DB | - | 12:16:34 | -'],
    "up.json": ['recovery | c2222fe1-704b-4f6d-84f0-0c5c453f9031 | Backup "forum" DB | - | - | 12:16:54'],
    "up_get.http": ['recovery | c2222fe1-704b-4f6d-84f0-0c5c453f9031 | Backup "forum" DB | - | - | 12:16:54'],
}


class TestHealthchecks(SourceContract):
    """The suite that every source passes."""

    source = "healthchecks"
    parse = staticmethod(healthchecks.parse)
    samples = samples("healthchecks")
    pairs = (
        ("down.json", "up.json"),
        ("down_get.http", "up_get.http"),
        ("down_get.http", "up.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"healthchecks/{name}")) == RECORDED[name]
