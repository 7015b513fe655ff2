"""What examples/monitoring tells an admin to set makes the tools send what the sources understand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from notifier.inbound import SOURCES, healthchecks, icinga2, netdata, zabbix
from notifier.source import Request
from tests.inbound.recordings import BERLIN, NOW, brief, sample

ROOT = Path(__file__).resolve().parents[2]
THERE = ROOT / "examples" / "monitoring"
HOOKS = (ROOT / "docs" / "hooks.md").read_text("utf-8")


def text(name: str) -> str:
    """One of the files."""
    return (THERE / name).read_text("utf-8")


def test_every_source_is_explained():
    """docs/hooks.md has a section for each source, in order, and for no other."""
    sections = re.findall(r"(?m)^### (\w+)$", HOOKS.partition("\n## Sources\n")[2])

    assert sections == sorted(SOURCES)


def test_every_file_is_shown():
    """No example is left that nobody finds."""
    assert [p.name for p in THERE.iterdir() if f"examples/monitoring/{p.name})" not in HOOKS] == []


@pytest.mark.parametrize("name", ["alertmanager.yml", "gatus.yaml"])
def test_yaml(name):
    """It can be read, and tells of recoveries."""
    assert "'send_resolved': True" in str(yaml.safe_load(text(name))) or "send-on-resolved': True" in str(
        yaml.safe_load(text(name))
    )


@pytest.mark.parametrize("name", ["checkmk", "environment.sh", "health_alarm_notify.conf"])
def test_shell(name):
    """The shell takes it."""
    shell = shutil.which("bash") or "sh"

    assert subprocess.run([shell, "-n", THERE / name], capture_output=True, check=False).stderr == b""


def test_zabbix_sends_what_is_read():
    """The parameters are those of the recorded requests, or fewer, and enough for all parts of a signal."""
    names = {line.partition(" = ")[0] for line in text("zabbix-parameters.txt").splitlines()} - {"URL", "Token"}
    sent = {name: value for name, value in json.loads(sample("zabbix/resolved.json").body).items() if name in names}

    assert set(sent) == names
    assert brief(zabbix.parse(Request(NOW, body=json.dumps(sent).encode()), BERLIN)) == [
        "recovery | 24 | voice | Disaster | 11:16:42 | 11:18:10"
    ]


def test_icinga_sends_what_is_read():
    """The environment of both commands, filled in as Icinga does it."""
    recorded = sample("icinga2/service_problem.env.txt").env
    first, second = text("icinga2.conf").split("object NotificationCommand")[1:]
    service = {name: recorded.get(name, "") for name in re.findall(r"(?m)^    (\w+) = ", first)}
    host = {name: "DOWN" if name == "HOSTSTATE" else recorded.get(name, "")
            for name in re.findall(r"(?m)^    (\w+) = ", second)}  # fmt: skip

    assert brief(icinga2.parse(Request(NOW, env=service), BERLIN)) == [
        "problem | voice1!ts3 | TS3 voice | CRITICAL | 11:58:00 | -"
    ]
    assert brief(icinga2.parse(Request(NOW, env=host), BERLIN)) == [
        "problem | voice1 | Voice server 1 | DOWN | 11:58:02 | -"
    ]


def test_netdata_exports_what_is_read():
    """The names that its custom_sender exports are enough."""
    exported = re.search(r"export (.*)", text("health_alarm_notify.conf"))
    assert exported
    env = {name: value for name, value in sample("netdata/clear.env.txt").env.items() if name in exported[1].split()}

    assert brief(netdata.parse(Request(NOW, env=env), BERLIN)) == ["recovery | vm/1 | vm | CLEAR | 12:04:01 | 12:04:04"]


def test_healthchecks_sends_what_is_read():
    """The body, filled in."""
    values = {"$NOW": "2026-11-22T12:16:34+00:00", "$STATUS": "down", "$JSON": '{"uuid": "u", "name": "Backup"}',
              "$EXITSTATUS": "-1", "$BODY_JSON": '""'}  # fmt: skip
    body = re.sub(r"\$[A-Z_]+", lambda found: values[found[0]], text("healthchecks.json"))

    assert brief(healthchecks.parse(Request(NOW, body=body.encode()), BERLIN)) == [
        "problem | u | Backup | - | 12:16:34 | -"
    ]
    assert text("healthchecks.json") in HOOKS
