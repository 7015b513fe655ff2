"""Nagios: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import nagios
from notifier.source import Malformed, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, NOW, brief, samples, signals

RECORDED = {
    "host_problem.env.txt": ["problem | voice1 | voice1 | DOWN | 11:54:51 | -"],
    "service_acknowledgement.env.txt": ["acknowledged | voice1/TS3 voice | TS3 voice | CRITICAL | 11:54:05 | -"],
    "service_problem.env.txt": ["problem | voice1/TS3 voice | TS3 voice | CRITICAL | 11:54:05 | -"],
    "service_recovery.env.txt": ["recovery | voice1/TS3 voice | TS3 voice | OK | - | 11:54:33"],
}


class TestNagios(SourceContract):
    """The suite that every source passes."""

    source = "nagios"
    parse = staticmethod(nagios.parse)
    samples = samples("nagios")
    pairs = (("service_problem.env.txt", "service_recovery.env.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"nagios/{name}")) == RECORDED[name]


def said(**env: str) -> list[str]:
    """The essence of what an environment means."""
    return brief(nagios.parse(Request(NOW, env=env), BERLIN))


SERVICE = {"NAGIOS_HOSTNAME": "v1", "NAGIOS_SERVICEDESC": "ts3"}


@pytest.mark.parametrize(
    ("type_", "state", "kind"),
    [
        ("PROBLEM", "WARNING", "problem"),
        ("RECOVERY", "OK", "recovery"),
        ("FLAPPINGSTART", "OK", "recovery"),
        ("FLAPPINGSTART", "CRITICAL", "problem"),
        ("FLAPPINGSTOP", "OK", "recovery"),
        ("ACKNOWLEDGEMENT", "CRITICAL", "acknowledged"),
        ("DOWNTIMESTART", "CRITICAL", "maintenance"),
        ("DOWNTIMEEND", "OK", "maintenance"),
        ("DOWNTIMECANCELLED", "OK", "maintenance"),
        ("CUSTOM", "UNKNOWN", "problem"),
        ("RECOVERY", "", "recovery"),
    ],
)
def test_the_state_counts_for_more_than_the_type(type_, state, kind):
    """When a flapping service recovers Nagios says FLAPPINGSTART, and never RECOVERY."""
    found = said(**SERVICE, NAGIOS_NOTIFICATIONTYPE=type_, NAGIOS_SERVICESTATE=state)

    assert [s.partition(" | ")[0] for s in found] == [kind]


def test_a_host_keeps_its_episode_on_recovery():
    """The id of the problem is 0 by then, and found as the last one."""
    down = {"NAGIOS_HOSTNAME": "v1", "NAGIOS_HOSTSTATE": "DOWN", "NAGIOS_HOSTPROBLEMID": "3"}
    up = {**down, "NAGIOS_HOSTSTATE": "UP", "NAGIOS_HOSTPROBLEMID": "0", "NAGIOS_LASTHOSTPROBLEMID": "3"}
    episodes = [nagios.parse(Request(NOW, env=env), BERLIN)[0].episode for env in (down, up)]

    assert episodes == ["3", "3"]


def test_without_the_macros():
    """A command that was given no environment says what to switch on."""
    with pytest.raises(Malformed, match="enable_environment_macros=1"):
        said(PATH="/bin", NAGIOS_DATE="x")


def test_an_environment_by_http():
    """Where Nagios runs elsewhere, the output of env is posted."""
    body = b"NAGIOS_HOSTNAME=v1\nNAGIOS_HOSTSTATE=DOWN\nNAGIOS_NOTIFICATIONTYPE=PROBLEM\n"

    assert brief(nagios.parse(Request(NOW, body=body), BERLIN)) == ["problem | v1 | v1 | DOWN | - | -"]
