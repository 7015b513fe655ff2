"""Gatus: what its requests mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.inbound import gatus
from notifier.source import Malformed, Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

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


def said(data: Any, **more: Any) -> list[str]:
    """The essence of what a body means."""
    request = Request(NOW, body=json.dumps(data).encode())
    return brief(gatus.parse(request, Options("Europe/Berlin", **more)))


def test_words_of_ones_own():
    """Gatus lets the admin choose the words for TRIGGERED and RESOLVED; the usual ones of status pages just work."""
    words = {"problem": "weg", "recovery": "da"}

    assert said({"endpoint_name": "a", "state": "weg"}, mapping=words) == ["problem | a | a | - | - | -"]
    assert said({"endpoint_name": "a", "state": "da"}, mapping=words) == ["recovery | a | a | - | - | -"]
    assert said({"endpoint_name": "a", "state": "partial_outage"}) == ["problem | a | a | - | - | -"]
    with pytest.raises(Malformed, match='The state "weg" is not known'):
        said({"endpoint_name": "a", "state": "weg"})


def test_unescaped_errors_are_named():
    """A custom body that became broken JSON: the position, and the type of alert that does it right."""
    body = b'{"endpoint_name": "a", "state": "TRIGGERED", "alert_description": "the "big" one"}'
    with pytest.raises(Malformed, match=r"line 1, column 73.*n8n"):
        gatus.parse(Request(NOW, body=body), BERLIN)
