"""From an alarm of a real Netdata to the public word, by a running `notifier serve`, and back."""

from __future__ import annotations

import pwd
import sys
from os import getuid
from pathlib import Path

import pytest
import requests

from tests.e2e.station import Station
from tests.e2e.town import Town
from tests.rig.outage import Website, answers, example, notifier, watched
from tests.rig.senders import free, installed, running, script

PLUGINS = "/usr/lib/netdata/plugins.d"
pytestmark = pytest.mark.rig

NETDATA = """
[global]
  run as user = {user}
  hostname = voice
[db]
  mode = ram
  retention = 300
[directories]
  config = {folder}
  stock config = {folder}/none
  health config = {folder}/health
  stock health config = {folder}/none
  cache = {folder}/cache
  lib = {folder}/lib
  log = {folder}/log
  lock = {folder}/run
  plugins = "{plugins}" "{folder}/plugins"
[logs]
  error = stderr
  access = none
  debug = none
[web]
  bind to = 127.0.0.1:{port}
[plugins]
  {off}
  enable running new plugins = no
  voice = yes
[ml]
  enabled = no
[cloud]
  enabled = no
"""
OFF = "apps cgroups charts.d checks diskspace idlejitter perf proc python.d slabinfo statsd tc timex".split()
ALARM = """
alarm: voice_down
on: voice.answers
lookup: average -1s unaligned of up
every: 1s
crit: $this < 1
info: the voice server does not answer
"""
PROBE = """
import time
import urllib.request

def answers():
    try:
        return urllib.request.urlopen("{url}", timeout=1).status == 200
    except OSError:
        return False

print("CHART voice.answers '' 'Does it answer?' state voice voice line 1 1")
print("DIMENSION up '' absolute 1 1")
while True:
    print(f"BEGIN voice.answers\\nSET up = {answers():d}\\nEND", flush=True)
    time.sleep(1)  # a collector of Netdata's speaks once a second
"""


def test_netdata(tmp_path: Path, town: Town, website: Website) -> None:
    """Netdata raises an alarm and runs `custom_sender` as we ship it: a web server is gone, and is there again."""
    program = installed("netdata", "netdata-core")
    installed(f"{PLUGINS}/alarm-notify.sh", "netdata-plugins-bash")
    station = Station(town)
    ours = notifier(tmp_path, station)
    for name in ("none", "health", "cache", "lib", "log", "run", "plugins"):
        (tmp_path / name).mkdir()
    (tmp_path / ".opt-out-from-anonymous-statistics").touch()
    (tmp_path / "health" / "voice.conf").write_text(ALARM)
    shipped = example("health_alarm_notify.conf", ("/usr/local/bin/notifier", str(ours)))
    (tmp_path / "health_alarm_notify.conf").write_text(shipped)
    (tmp_path / "probe.py").write_text(PROBE.replace("{url}", website.url))
    script(tmp_path / "plugins" / "voice.plugin", f'exec "{sys.executable}" "{tmp_path}/probe.py"')
    url = f"http://127.0.0.1:{free()}"
    words = {"user": pwd.getpwuid(getuid()).pw_name, "folder": tmp_path, "plugins": PLUGINS, "port": url[17:]}
    settings = tmp_path / "netdata.conf"
    settings.write_text(NETDATA.format(**words, off="\n  ".join(f"{name} = no" for name in OFF)))
    command: list[str | Path] = [program, "-D", "-P", tmp_path / "pid", "-c", settings]
    with station.serving(), running(command, tmp_path / "netdata.log"):
        watched(station, website, lambda: answers(f"{url}/api/v1/alarms?all") and clear(url))


def clear(url: str) -> bool:
    """Whether Netdata has looked at the alarm, and all is well."""
    alarms = requests.get(f"{url}/api/v1/alarms?all", timeout=30).json()["alarms"]
    return [alarm["status"] for alarm in alarms.values()] == ["CLEAR"]
