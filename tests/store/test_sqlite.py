"""SQLite as the store: the contract, and what can be wrong with a file."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.events import Opened
from notifier.store import StoreError
from notifier.store.files import connect, migrations, refuse_network
from notifier.store.sqlite import Sqlite
from notifier.testing.stores import StoreContract, row


class TestSqlite(StoreContract):
    """One file, several connections."""

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path):
        self.path = tmp_path / "notifier.db"

    def open_store(self, clock):
        return Sqlite(self.path, clock)


def test_a_new_database_is_private_and_durable(tmp_path):
    """Only its owner may read it, and a commit is on the disk when it returns."""
    store = Sqlite(tmp_path / "deep" / "down" / "n.db")

    assert (tmp_path / "deep" / "down" / "n.db").stat().st_mode & 0o777 == 0o600
    assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert store._db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert not list(tmp_path.rglob("*.new*"))


def test_threads_of_one_process_write_in_turn(tmp_path):
    """Each waits for the other by a lock; who waits too long is told whom for, and has stored nothing."""
    path = tmp_path / "n.db"
    store = Sqlite(path)

    def write(name: str, patience: float) -> None:
        other = Sqlite(path, patience=patience)
        try:
            with other.transaction():
                other.intake.keep(name, "yes")
        finally:
            other.close()

    with ThreadPoolExecutor(9) as pool:
        with store.transaction():
            patient = [pool.submit(write, f"n{n}", 60.0) for n in range(8)]
            with pytest.raises(StoreError, match="another part of this process"):
                pool.submit(write, "hasty", 0.01).result()
            assert not any(future.done() for future in patient)
        for future in patient:
            future.result()

    assert [store.intake.kept(f"n{n}") for n in range(8)] == ["yes"] * 8
    assert store.intake.kept("hasty") is None
    store.close()


def test_migrations_are_numbered_without_gaps():
    """Every schema there ever was can be reached, in order."""
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_database_of_the_first_version_still_works(tmp_path):
    """Somebody's old file with his data in it is brought up to date, and nothing in it is lost."""
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.executescript(migrations()[0][1].read_text(encoding="utf-8"))
    old.executescript(Path(__file__).with_name("first_version.sql").read_text(encoding="utf-8"))
    old.execute("PRAGMA user_version=1")
    old.commit()
    old.close()

    store = Sqlite(path)

    assert store._db.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]
    (event,) = store.events("bcdf")
    assert isinstance(event, Opened)
    assert event.title == {"de": "Sprachserver gestört"}
    (short,) = store.briefs(0)
    assert (short.title, short.version, short.revision) == (event.title, 1, store.version())
    assert [s.start for s in short.spells] == [event.began]
    (delivery,) = store.deliveries("bcdf")
    assert delivery.message is not None
    assert delivery.message.text == "Weg."
    assert delivery.created == datetime(2011, 11, 21, 14, 0, tzinfo=UTC)


def refused(path) -> str:
    with pytest.raises(StoreError) as caught:
        Sqlite(path, patience=0.1)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_a_newer_database_is_not_touched(tmp_path):
    """An old program must not write into what a newer one made."""
    path = tmp_path / "n.db"
    Sqlite(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version=999")
    db.close()

    assert "newer version" in refused(path)


def test_somebody_elses_database_is_not_touched(tmp_path):
    """A wrong path in the configuration must not spoil another program's file."""
    path = tmp_path / "n.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE cat (name)")
    db.commit()
    db.close()

    assert "another program" in refused(path)


def test_a_damaged_file_is_named(tmp_path):
    """Garbage is garbage, and the text says what to do."""
    path = tmp_path / "n.db"
    path.write_bytes(b"this is no database at all" * 100)

    assert "not a database of ours, or is damaged" in refused(path)


def test_a_folder_is_no_file(tmp_path):
    """A path that names a folder is a plain mistake."""
    assert "is a folder" in refused(tmp_path)


@pytest.mark.parametrize("fstype", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_network_file_system_is_refused(tmp_path, fstype):
    """SQLite loses data there; better to say so than to find out."""
    mounts = f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} {fstype} rw 0 0\n"

    with pytest.raises(StoreError, match="network file system"):
        refuse_network(tmp_path / "n.db", mounts)
    refuse_network(Path("/var/lib/n.db"), mounts)


def test_two_that_start_at_once_share_one_database(tmp_path):
    """Ten processes on a machine where nothing is yet: one file, complete, no error."""
    path = tmp_path / "n.db"
    code = f"from pathlib import Path; from notifier.store.sqlite import Sqlite; Sqlite(Path({str(path)!r})).close()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(10)]

    assert [p.communicate()[1] for p in started] == [b""] * 10
    connect(path, 1).close()
    assert sorted(p.name for p in tmp_path.iterdir() if not p.name.endswith(("-wal", "-shm"))) == ["n.db"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small disk")
def test_a_full_disk_says_so_and_stores_nothing(tmp_path):
    """The error names the file; what was there before can still be read; later it works again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        store = Sqlite(disk / "n.db")
        with pytest.raises(StoreError, match="is full"):
            fill(store)
        kept = store.waiting()
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        with store.transaction():
            store.enqueue([row()])

        assert kept % 10 == 0
        assert store.waiting() == kept + 1
        assert store._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        store.close()
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(store):
    """Ten rows a transaction, more than a small disk can take."""
    for _ in range(1000):
        with store.transaction():
            store.enqueue([row() for _ in range(10)])


def test_a_file_that_may_not_be_written_says_so(tmp_path):
    """Read-only media and wrong owners are told apart from a broken disk."""
    path = tmp_path / "n.db"
    store = Sqlite(path)
    store._db.execute("PRAGMA query_only=1")

    with pytest.raises(StoreError, match="cannot be written"), store.transaction():
        store.enqueue([row()])
