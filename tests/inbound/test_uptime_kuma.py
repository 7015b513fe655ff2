"""Uptime Kuma: what its requests mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.inbound import uptime_kuma
from notifier.source import Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

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


def said(data: Any, **more: Any) -> list[str]:
    """The essence of what a body means."""
    request = Request(NOW, body=json.dumps(data).encode())
    return brief(uptime_kuma.parse(request, Options("Europe/Berlin", **more)))


def beat(status: int, **monitor: Any) -> dict[str, Any]:
    """A body with a heartbeat."""
    beat = {"status": status, "time": "2026-11-22 12:02:13.099", "msg": "no answer"}
    return {"heartbeat": beat, "monitor": {"id": 1, "name": "Voice", **monitor}, "msg": "[Voice] no answer"}


def test_pending_says_nothing_and_maintenance_is_none():
    """Only down and up are news about the service."""
    assert said(beat(2)) == []
    assert said(beat(3)) == ["maintenance | 1 | Voice | - | - | -"]


def test_tags_name_component_and_severity():
    """A tag "severity" is one; others can name the component."""
    tags = [{"name": "Severity", "value": "major"}, {"name": "component", "value": "voice"}]

    assert said(beat(0, tags=tags), labels=("component",)) == ["problem | 1 | voice | major | 12:02:13 | -"]


def test_a_certificate_that_expires_is_one_problem_all_days():
    """The days that are left are no part of the key; the host is."""
    text = "[Voice][https://voice%d.example] server certificate voice%d.example will expire in %d days"
    keys = [said({"heartbeat": None, "monitor": None, "msg": text % (n, n, days)})[0] for n, days in
            ((1, 14), (1, 7), (2, 7))]  # fmt: skip

    assert keys[0] == keys[1] != keys[2]
    assert all(" | info | " in key for key in keys)


def test_recovery_by_text_alone():
    """A custom body without monitor and heartbeat is known by the monitor's name."""
    assert said({"msg": "[Voice] [✅ Up] 200 - OK"}) == ["recovery | Voice | Voice | - | - | -"]
    assert said({"msg": "[Voice] [🔴 Down] 503"}) == ["problem | Voice | Voice | - | - | -"]
