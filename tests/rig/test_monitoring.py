"""From the alarm of a real monitoring program to the public word, by a running `notifier serve`, and back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.model import Phase
from notifier.problem import DraftState
from tests.bot.evening import evening
from tests.e2e.station import HOOK, Station, until
from tests.e2e.town import ROOT, Town
from tests.rig.outage import Voice, answers, example, log, notifier, published, resolved, watched
from tests.rig.senders import free, installed, running

PLUGINS = "/usr/lib/nagios/plugins"
pytestmark = pytest.mark.rig


class Alertmanager:
    """Prometheus Alertmanager with our example, which speaks to a hook of ours."""

    def __init__(self, url: str) -> None:
        amtool = installed("amtool", "prometheus-alertmanager")
        self._add = [amtool, f"--alertmanager.url={url}", "alert", "add", "VoiceDown", "service=voice"]
        self._add.append("severity=critical")

    def fires(self) -> None:
        """An alert."""
        subprocess.run([*self._add, "--annotation=summary=No answer <b>since</b> 14:00"], check=True, timeout=30)

    def is_resolved(self) -> None:
        """The same is over."""
        end = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        subprocess.run([*self._add, f"--end={end}"], check=True, timeout=30)


@contextmanager
def alertmanager(folder: Path, hook: str) -> Iterator[Alertmanager]:
    """One that runs and calls this hook."""
    program = installed("prometheus-alertmanager", "prometheus-alertmanager")
    (folder / "token").write_text("alarm-s3cret-0001")
    (folder / "alertmanager.yml").write_text(
        example(
            "alertmanager.yml",
            ("https://notifier.example.org/hooks/prometheus", hook),
            ("/etc/alertmanager/notifier-token", str(folder / "token")),
            ("group_wait: 10s", "group_wait: 100ms"),
            ("group_interval: 1m", "group_interval: 1s"),
        )
    )
    url = f"http://127.0.0.1:{free()}"
    command = [program, f"--config.file={folder / 'alertmanager.yml'}", f"--storage.path={folder / 'am'}"]
    command += [f"--web.listen-address={url[7:]}", "--cluster.listen-address="]
    with running(command, folder / "log"):
        until(lambda: answers(f"{url}/-/ready"), "Alertmanager is ready")
        yield Alertmanager(url)


def test_alertmanager(tmp_path: Path, town: Town) -> None:
    """Prometheus Alertmanager: an alert fires, is approved, is resolved, and that is approved."""
    station = Station(town, HOOK)
    with station.serving(), alertmanager(tmp_path, f"{station.url}/hooks/prometheus") as sender:
        sender.fires()
        published(station, station.draft(), Phase.INVESTIGATING)
        sender.is_resolved()
        resolved(station, station.draft("a draft to resolve it"))
    assert "since" not in "".join(station.public()["mastodon"])


def test_alertmanager_and_a_button(tmp_path: Path) -> None:
    """The same, decided by buttons beneath the bot's messages."""
    with evening(tmp_path) as town, alertmanager(tmp_path, f"{town.url}/hooks/open") as sender:
        sender.fires()
        town.asks()
        assert town.public() == []
        town.answered(town.anna.presses("Veröffentlichen", town.team))
        town.hears("Sprachserver", chat=town.news)
        sender.is_resolved()
        until(lambda: len(town.drafts()) == 2, "a draft to resolve it")
        until(lambda: len([p for p in town.team.posts.values() if "Veröffentlichen" in p.labels()]) == 1, "one waits")
        town.answered(town.ben.presses("Veröffentlichen", town.team))
        town.hears("✅", chat=town.news)
        town.quiet()
        assert [(draft.state, draft.by) for draft in town.drafts()] == [
            (DraftState.PUBLISHED, "anna"),
            (DraftState.PUBLISHED, "ben"),
        ]


NAGIOS = """
log_file={0}/nagios.log
cfg_file={0}/objects.cfg
object_cache_file={0}/objects.cache
status_file={0}/status.dat
state_retention_file={0}/retention.dat
temp_file={0}/nagios.tmp
temp_path={0}
check_result_path={0}/results
lock_file={0}/nagios.lock
command_file={0}/nagios.cmd
query_socket={0}/nagios.qh
nagios_user={1}
nagios_group={2}
check_external_commands=0
enable_environment_macros=1
interval_length=1
use_syslog=0
check_for_updates=0
"""
WATCHED = """
define timeperiod {{
  timeperiod_name 24x7
  alias always
  sunday 00:00-24:00
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
}}
define command {{
  command_name check-voice
  command_line {plugins}/check_tcp -H 127.0.0.1 -p {port}
}}
define host {{
  host_name voice1
  max_check_attempts 1
  contacts notifier
  notification_interval 0
  notification_period 24x7
}}
define service {{
  host_name voice1
  service_description voice
  check_command check-voice
  check_period 24x7
  check_interval 1
  retry_interval 1
  max_check_attempts 1
  notification_interval 0
  notification_period 24x7
  contacts notifier
}}
"""


def test_nagios(tmp_path: Path, town: Town, voice: Voice) -> None:
    """Nagios runs our command by the definitions that we ship: a port does not answer, and answers again."""
    program = installed("nagios4", "nagios4-core")
    installed(f"{PLUGINS}/check_tcp", "monitoring-plugins-basic")
    station = Station(town)
    (tmp_path / "results").mkdir()
    ours = notifier(tmp_path, station)
    shipped = example("nagios.cfg", ("/usr/local/bin/notifier", str(ours)))
    (tmp_path / "objects.cfg").write_text(WATCHED.format(plugins=PLUGINS, port=voice.port) + shipped)
    settings = tmp_path / "nagios.cfg"
    settings.write_text(NAGIOS.format(tmp_path, os.getuid(), os.getgid()))
    with station.serving(), running([program, settings], tmp_path / "log"):
        watched(station, voice, lambda: log(tmp_path / "status.dat"))


ICINGA = """
include <itl>
include <plugins>
const PluginDir = "{plugins}"
const NodeName = "rig"
const ZoneName = NodeName
object Endpoint NodeName {{ }}
object Zone ZoneName {{ endpoints = [ NodeName ] }}
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object User "anna" {{ }}
object Host "voice1" {{
  check_command = "dummy"
  check_interval = 1s
}}
object Service "voice" {{
  host_name = "voice1"
  check_command = "tcp"
  vars.tcp_address = "127.0.0.1"
  vars.tcp_port = {port}
  check_interval = 1s
  retry_interval = 1s
  max_check_attempts = 1
}}
apply Notification "outage" to Service {{
  command = "notify-outage-service"
  users = [ "anna" ]
  interval = 0
  assign where true
}}
"""


def test_icinga(tmp_path: Path, town: Town, voice: Voice) -> None:
    """Icinga 2 runs our command by the objects that we ship."""
    program = installed("icinga2", "icinga2-bin")
    installed(f"{PLUGINS}/check_tcp", "monitoring-plugins-basic")
    station = Station(town)
    ours = notifier(tmp_path, station)
    settings = tmp_path / "icinga2.conf"
    settings.write_text(
        ICINGA.format(plugins=PLUGINS, port=voice.port)
        + example("icinga2.conf", ("/usr/local/bin/notifier", str(ours)))
    )
    where = {"ConfigDir": "", "DataDir": "lib", "CacheDir": "cache", "LogDir": "log", "SpoolDir": "spool"}
    where |= {"InitRunDir": "run", "RunAsUser": user(), "RunAsGroup": group()}
    words = [f"-D{name}={tmp_path / value if name.endswith('Dir') else value}" for name, value in where.items()]
    for name in ("lib", "cache", "log", "spool", "run"):
        (tmp_path / name).mkdir()
    with station.serving(), running([program, "daemon", *words, "-c", settings], tmp_path / "icinga.log"):
        watched(station, voice, lambda: at_work(tmp_path))


def at_work(folder: Path) -> bool:
    """Whether Icinga has read its configuration."""
    return "Activated all objects" in log(folder / "icinga.log")


def user() -> str:
    """Who we are."""
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def group() -> str:
    """And with whom."""
    import grp

    return grp.getgrgid(os.getgid()).gr_name


def test_monit(tmp_path: Path, town: Town, voice: Voice) -> None:
    """Monit runs our command by the lines that we ship, without a daemon of ours: cron's ticks do the rest."""
    program = installed("monit", "monit")
    station = Station(town, '[rules.all]\nto = "voice"\n')
    ours = notifier(tmp_path, station)
    settings = tmp_path / "monitrc"
    head = f"set daemon 1\nset pidfile {tmp_path}/pid\nset idfile {tmp_path}/id\nset statefile {tmp_path}/state\n"
    shipped = example(
        "monitrc",
        ("/usr/local/bin/notifier", str(ours)),
        ("voice1.example.org", "127.0.0.1"),
        ("port 9987 for 2 cycles", f"port {voice.port} for 1 cycles"),
    )
    settings.write_text(head + shipped)
    settings.chmod(0o600)
    with running([program, "-I", "-v", "-c", settings], tmp_path / "log"), ticking(station):
        watched(station, voice, lambda: "succeeded" in log(tmp_path / "log"))


@contextmanager
def ticking(station: Station) -> Iterator[None]:
    """`notifier tick` again and again, as cron would each minute."""
    line = f'while :; do "{sys.executable}" -m notifier --config "{station.desk.config}" tick; sleep 0.5; done'
    with running(["sh", "-c", f'cd "{ROOT}"; {line}'], station.town.folder / "ticks"):
        yield
