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

from tests.e2e.station import Station, until
from tests.e2e.town import Town
from tests.rig.hosts import open_folder
from tests.rig.outage import Website, example, watched
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
AllowRoot=1
CacheUpdateFrequency=1
LogType=console
PidFile={folder}/zabbix.pid
SocketDir={folder}
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


def test_zabbix(tmp_path: Path, town: Town, website: Website) -> None:
    """A trigger of Zabbix fires; its media type has the script and the parameters that we ship."""
    program = installed("zabbix_server", "zabbix-server-pgsql")
    station = Station(town, HOOK)
    with station.serving(), postgres() as database:
        database.told(gzip.decompress(Path(SCHEMA).read_bytes()).decode())
        words = {
            "token": TOKEN,
            "script": example("zabbix.js"),
            "key": f"net.tcp.service[http,127.0.0.1,{website.port}]",
        }
        database.told(SQL.read_text() + media_type(f"{station.url}/hooks/zabbix"), **words)
        settings = tmp_path / "zabbix.conf"
        settings.write_text(ZABBIX.format(database=database.port, folder=tmp_path))
        with running([program, "-f", "-c", settings], tmp_path / "zabbix.log"):
            watched(station, website, lambda: database.told("SELECT 1 FROM history_uint WHERE value = 1"))
