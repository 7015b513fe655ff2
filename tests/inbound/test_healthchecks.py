"""Healthchecks: what its requests mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.inbound import healthchecks
from notifier.source import Malformed, Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

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


def said(data: Any, **more: Any) -> list[str]:
    """The essence of what a body means."""
    request = Request(NOW, body=json.dumps(data).encode())
    return brief(healthchecks.parse(request, Options("Europe/Berlin", **more)))


def test_other_states():
    """A paused check is in maintenance, a new one says nothing, the Test! button's is a test."""
    check = {"uuid": "u", "name": "Backup", "tags": "prod forum"}

    assert said({"status": "paused", "check": check}) == ["maintenance | u | Backup | - | - | -"]
    assert said({"status": "grace", "check": check}) == []
    trial = {**check, "name": "TEST", "n_pings": 42}
    assert said({"status": "down", "check": trial}) == ["test | u | TEST | - | - | -"]
    assert said({"status": "$STATUS", "check": {**check, "status": "down"}})[0].startswith("problem | u")


def test_a_tag_names_the_component():
    """The first of the hook's labels that is among the tags."""
    check = {"uuid": "u", "name": "Backup", "tags": "prod forum"}

    assert said({"status": "down", "check": check}, labels=("voice", "forum"))[0].startswith("problem | u | forum")


def test_a_name_with_quotes_in_a_naive_template():
    """The remedy is named: $NAME_JSON."""
    with pytest.raises(Malformed, match=r"line 1, column 19.*\$NAME_JSON"):
        signals("healthchecks/down_naive_invalid_json.http")
