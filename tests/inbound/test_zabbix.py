"""Zabbix: what its requests mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifier.inbound import zabbix
from notifier.source import Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

RECORDED = {
    "problem.http": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "problem.json": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "problem_repeat.json": ["problem | 24 | voice | Disaster | 11:16:42 | -"],
    "resolved.json": ["recovery | 24 | voice | Disaster | 11:16:42 | 11:18:10"],
}


class TestZabbix(SourceContract):
    """The suite that every source passes."""

    source = "zabbix"
    parse = staticmethod(zabbix.parse)
    samples = samples("zabbix")
    pairs = (
        ("problem.json", "resolved.json"),
        ("problem_repeat.json", "resolved.json"),
    )
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"zabbix/{name}")) == RECORDED[name]


def said(data: Any, **more: Any) -> list[str]:
    """The essence of what a body means."""
    request = Request(NOW, body=json.dumps(data).encode())
    return brief(zabbix.parse(request, Options("Europe/Berlin", **more)))


def test_updates():
    """Who acknowledges a problem is heard; a comment is no news, and an update of what is over is not its return."""
    update = {"EVENT.ID": "24", "EVENT.NAME": "x", "EVENT.VALUE": "1", "EVENT.UPDATE.STATUS": "1"}

    assert said({**update, "EVENT.UPDATE.ACTION": "acknowledged and commented"})[0].startswith("acknowledged | 24")
    assert said({**update, "EVENT.UPDATE.ACTION": "unacknowledged"})[0].startswith("problem | 24")
    assert said({**update, "EVENT.UPDATE.ACTION": "commented"})[0].startswith("problem | 24")
    assert said({**update, "EVENT.VALUE": "0", "EVENT.UPDATE.ACTION": "acknowledged"})[0].startswith("recovery | 24")


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ({"hostname": "v1", "severity": "High", "status": "PROBLEM", "trigger": "down",
          "link": "https://z.example/t.php?triggerid=7&eventid=24"}, "problem | trigger-7 | v1 | High | - | -"),
        ({"hostname": "v1", "severity": "High", "status": "OK", "trigger": "down",
          "link": "https://z.example/t.php?triggerid=7&eventid=25"}, "recovery | trigger-7 | v1 | High | - | -"),
        ({"host": "v1", "event_id": "24", "event_value": "1", "name": "down"}, "problem | 24 | v1 | - | - | -"),
        ({"host": "v1", "triggerId": 7, "triggerStatus": "OK"}, "recovery | trigger-7 | v1 | - | - | -"),
        ({"host": "v1", "subject": "Resolved in 3m: down"}, "recovery | v1/down | v1 | - | - | -"),
        ({"host": "v1", "name": "down", "status": "PROBLEM"}, "problem | v1/down | v1 | - | - | -"),
    ],
)  # fmt: skip
def test_scripts_of_other_people(body, meaning):
    """Other names, in any style; the trigger is the identity where the event's id is not told."""
    assert said(body) == [meaning]


def test_where_the_component_is_found():
    """Tags that the hook names, else component and service, else the host."""
    tags = '[{"tag":"site","value":"fra1"},{"tag":"service","value":"ts3"}]'
    body = {"EVENT.ID": "1", "EVENT.VALUE": "1", "EVENT.TAGSJSON": tags, "HOST.NAME": "Voice 1", "HOST.HOST": "v1"}

    assert " | ts3 | " in said(body)[0]
    assert " | fra1 | " in said(body, labels=("site",))[0]
    assert " | v1 | " in said(body, labels=("HOST.HOST",))[0]
    assert " | Voice 1 | " in said({**body, "EVENT.TAGSJSON": "[]"})[0]


def test_renamed_severities():
    """The number counts, as the words can be renamed."""
    body = {"EVENT.ID": "1", "EVENT.VALUE": "1", "EVENT.SEVERITY": "Katastrophe", "EVENT.NSEVERITY": "5"}

    assert " | Disaster | " in said(body)[0]
    assert " | Katastrophe | " in said({**body, "EVENT.NSEVERITY": "{EVENT.NSEVERITY}"})[0]
