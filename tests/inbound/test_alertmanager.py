"""Prometheus Alertmanager: what its requests mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.inbound import alertmanager
from notifier.source import Malformed, Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

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


def said(data: Any, **more: Any) -> list[str]:
    """The essence of what a body means."""
    request = Request(NOW, body=json.dumps(data).encode())
    return brief(alertmanager.parse(request, Options("Europe/Berlin", **more)))


ALERT = {"status": "firing", "labels": {"alertname": "Down", "instance": "h1", "team": "ops"}}


def test_old_versions_send_no_fingerprint():
    """The labels are the identity then, in any order."""
    other = {"status": "resolved", "labels": dict(reversed(ALERT["labels"].items()))}  # type: ignore[attr-defined]
    down, up = said({"version": "3", "groupKey": 7, "alerts": [ALERT]}), said({"alerts": [other]})

    assert down[0].split(" | ")[1] == up[0].split(" | ")[1]
    assert down[0].startswith("problem | sha256:")


def test_the_labels_of_the_hook_come_first():
    """The admin says which label names the component."""
    assert " | ops | " in said({"alerts": [ALERT]}, labels=("nothing", "team"))[0]
    assert " | h1 | " in said({"alerts": [ALERT]})[0]


def test_one_odd_alert_does_not_hide_the_others():
    """What has no state or no identity is passed over."""
    assert len(said({"alerts": [{"status": "firing"}, 5, None, {**ALERT, "status": "x"}, ALERT]})) == 1
    assert said({"alerts": []}) == []


def test_another_body():
    """A body made by a template is refused, with the way out."""
    with pytest.raises(Malformed, match="use the source generic"):
        said({"text": "Voice is down"})
