"""From a trigger of a real Zabbix server to the public word, by a running `notifier serve`, and back."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notifier.model import Phase
from notifier.source import Kind, Signal
from tests.e2e.station import Station, until
from tests.e2e.town import Town
from tests.rig.hosts import open_folder
from tests.rig.outage import Website, example, published, resolved, watched
from tests.rig.senders import free, installed, running

SCHEMA = "/usr/share/zabbix-server-pgsql/schema.sql.gz"
SQL = Path(__file__).with_name("zabbix.sql")
CREATE = ["createdb", "-h", "127.0.0.1", "-U", "zabbix"]
TOKEN = "alarm-s3cret-0002"
HOOK = f'[hooks.zabbix]\nsource = "zabbix"\nauth = "bearer"\nsecret = "{TOKEN}"\n'
pytestmark = pytest.mark.rig

ZABBIX = """
DBHost=127.0.0.1
DBPort={database}
DBName=zabbix
DBUser=zabbix
StartTrappers=0
StartPollers=1
StartPollersUnreachable=1
StartHistoryPollers=1
StartDBSyncers=1
StartPreprocessors=1
StartLLDProcessors=1
StartPingers=0
StartHTTPPollers=0
StartDiscoverers=0
StartODBCPollers=0
AllowRoot=1
CacheUpdateFrequency=1
LogType=console
PidFile={folder}/zabbix.pid
SocketDir={folder}
"""
# What the frontend stores when a user acknowledges: the event, who and with which words, and a task for the server.
ACKNOWLEDGE = """
INSERT INTO acknowledges (acknowledgeid, userid, eventid, clock, message, action)
  SELECT 1, 2, eventid, clock, 'Bert is on his <b>way</b>', 6 FROM problem;
UPDATE events SET acknowledged = 1;
UPDATE problem SET acknowledged = 1;
INSERT INTO task (taskid, type, status, clock) SELECT 1, 4, 1, clock FROM problem;
INSERT INTO task_acknowledge (taskid, acknowledgeid) VALUES (1, 1);
"""


class Database:
    """A PostgreSQL that lets everybody in, for as long as the test runs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._psql = installed("psql", "postgresql-client")

    def told(self, sql: str, **words: str) -> str:
        """What it answers. ``words`` stand in the SQL as :'name'."""
        command = [self._psql, "-qAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "zabbix", "-d", "zabbix"]
        command += ["-v", "ON_ERROR_STOP=1", *(f"--set={name}={value}" for name, value in words.items())]
        done = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ready(self) -> bool:
        """Whether it takes connections."""
        command = [installed("pg_isready", "postgresql-client"), "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@contextmanager
def postgres() -> Iterator[Database]:
    """An empty database named zabbix. PostgreSQL refuses to run as root, who starts it as the user of its package."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = installed(str(programs[-1] / "initdb") if programs else "initdb", "postgresql")
    port = free()
    with open_folder() as folder:
        become: list[str] = []
        if os.geteuid() == 0:
            become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres")
        make = [*become, initdb, "-D", f"{folder}/db", "-A", "trust", "-U", "zabbix", "-N", "-E", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, timeout=60, cwd=folder)
        serve = [*become, f"{Path(initdb).with_name('postgres')}", "-D", f"{folder}/db", "-h", "127.0.0.1"]
        serve += ["-p", str(port), "-k", "", "-c", "fsync=off"]
        with running(serve, folder / "log"):
            database = Database(port)
            until(database.ready, "PostgreSQL takes connections")
            subprocess.run([*CREATE, "-p", str(port), "zabbix"], check=True, timeout=60)
            yield database


def media_type(url: str) -> str:
    """The SQL for the parameters that we ship."""
    shipped = example("zabbix-parameters.txt", ("https://notifier.example.org/hooks/zabbix", url))
    pairs = [line.split(" = ", 1) for line in shipped.splitlines()]
    rows = ", ".join(f"({number}, 1, '{name}', '{value}')" for number, (name, value) in enumerate(pairs))
    return f"INSERT INTO media_type_param (mediatype_paramid, mediatypeid, name, value) VALUES {rows};\n"


@contextmanager
def zabbix(folder: Path, hook: str, website: Website) -> Iterator[Database]:
    """A server that asks the web server each second and calls this hook, from when it has found it well."""
    program = installed("zabbix_server", "zabbix-server-pgsql")
    words = {"token": TOKEN, "script": example("zabbix.js"), "key": f"net.tcp.service[http,127.0.0.1,{website.port}]"}
    settings = folder / "zabbix.conf"
    with postgres() as database:
        database.told(gzip.decompress(Path(SCHEMA).read_bytes()).decode())
        database.told(SQL.read_text() + media_type(hook), **words)
        settings.write_text(ZABBIX.format(database=database.port, folder=folder))
        with running([program, "-f", "-c", settings], folder / "zabbix.log"):
            until(lambda: database.told("SELECT 1 FROM history_uint WHERE value = 1"), "the monitoring is at work")
            yield database


def test_zabbix(tmp_path: Path, town: Town, website: Website) -> None:
    """A trigger of Zabbix fires; its media type has the script and the parameters that we ship."""
    station = Station(town, HOOK)
    with station.serving(), zabbix(tmp_path, f"{station.url}/hooks/zabbix", website):
        watched(station, website)


def test_zabbix_acknowledged(tmp_path: Path, town: Town, website: Website) -> None:
    """An admin acknowledges the problem in Zabbix: that arrives as such, and the recovery is that of the problem."""
    station = Station(town, HOOK)
    with station.serving(), zabbix(tmp_path, f"{station.url}/hooks/zabbix", website) as database:
        website.down()
        published(station, station.draft("it is down"), Phase.INVESTIGATING)
        database.told(ACKNOWLEDGE)
        heard = until(lambda: told(station, Kind.ACKNOWLEDGED), "the acknowledgement")
        assert "Bert is on his <b>way</b>" in heard.text
        website.up()
        resolved(station, station.draft("a draft to resolve it"))
        recovered = told(station, Kind.RECOVERY)
        assert recovered is not None
        assert recovered.key == heard.key


def told(station: Station, kind: Kind) -> Signal | None:
    """The only signal of that kind."""
    with station.store() as store:
        found = [heard.signal for heard in store.intake.heard(100) if heard.signal.kind is kind]
    assert len(found) < 2
    return found[0] if found else None
