"""The SQLite file itself: where it may lie, how it comes to be, how its schema moves on, what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock, get_ident

from notifier.store import StoreError

_SQL = Path(__file__).with_name("sql")
_BRIEFS = 2  # the migration that brought briefs
_NETWORK = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs afs ncpfs 9p ceph glusterfs lustre fuse.sshfs davfs fuse.s3fs".split()
)
_MEANINGS = (
    ("disk is full", "The disk that holds {path} is full. Nothing was stored. Free some space and try again."),
    ("readonly database", "{path} cannot be written. Nothing was stored. Check who owns the file and its folder."),
    ("unable to open", "{path} cannot be opened. Check that its folder exists and that you may write there."),
    ("is locked", "{path} is held by another process for too long. Nothing was stored. Try again."),
    ("disk i/o error", "The disk that holds {path} reports an error. Nothing was stored. Check the disk."),
    ("not a database", "{path} is not a database of ours, or is damaged. Move it away or restore a backup."),
    (
        "malformed",
        "{path} is damaged. Restore a backup; `sqlite3 FILE .recover` may save what is in it.",
    ),
)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into a StoreError that says what to do."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        meaning = next((m for sign, m in _MEANINGS if sign in text.lower()), "{path}: " + text)
        raise StoreError(meaning.format(path=path)) from error


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is that stands there now; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def turn(path: Path, patience: float) -> Iterator[None]:
    """Threads of this process that write to one file do so one after the other. SQLite's own wait sleeps up to 100 ms
    at a time, and while one thread writes again and again another may find it locked for seconds."""
    lock = _lock(path.absolute())
    if not lock.acquire(timeout=patience):
        raise StoreError(f"{path} is held by another part of this process for too long. Nothing was stored. Try again.")
    try:
        yield
    finally:
        lock.release()


@cache
def _lock(path: Path) -> Lock:
    return Lock()


@cache
def queries() -> dict[str, str]:
    """The named queries of queries.sql and intake.sql."""
    text = "\n".join((_SQL / name).read_text(encoding="utf-8") for name in ("queries.sql", "intake.sql"))
    found = {}
    for piece in text.split("-- name: ")[1:]:
        name, _, body = piece.partition("\n")
        lines = (line for line in body.splitlines() if not line.startswith("--"))
        found[name.strip()] = "\n".join(lines).strip()
    return found


@cache
def migrations() -> list[tuple[int, Path]]:
    """Number and file of every migration, in order."""
    return sorted((int(p.name[:4]), p) for p in _SQL.glob("[0-9][0-9][0-9][0-9]_*.sql"))


def connect(path: Path, patience: float, shared: bool = False) -> sqlite3.Connection:
    """A connection to the database at ``path``, which has today's schema. Raises StoreError. ``shared``: several
    threads may use it, one at a time.

    A new one is made whole beside it and then linked there, so that two processes or threads that start at once end
    up with the same one.
    """
    if path.is_dir():
        raise StoreError(f"{path} is a folder. [store] url must name a file.")
    _refuse_network(path)
    if not path.exists():
        _create(path)
    with explained(path):
        db = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=not shared)
        try:
            if _version(db, path) < migrations()[-1][0]:
                _migrate(db, path)
        except BaseException:
            db.close()
            raise
        return db


@cache
def _refuse_network(path: Path) -> None:
    refuse_network(path)


def refuse_network(path: Path, mounts: str | None = None) -> None:
    """SQLite's WAL needs shared memory, which network file systems do not have (sqlite.org/wal.html)."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
    here, kind, best = path.resolve(), "", -1
    for line in mounts.splitlines():
        _, point, fstype, *_ = line.split(" ")
        folder = Path(point.replace("\\040", " "))
        if len(folder.parts) >= best and here.is_relative_to(folder):
            kind, best = fstype, len(folder.parts)
    if kind in _NETWORK:
        raise StoreError(
            f"{path} lies on a network file system ({kind}), where SQLite loses data. Choose a local disk."
        )


def _create(path: Path) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with explained(path):
            db = sqlite3.connect(fresh, isolation_level=None)
            try:
                db.execute("PRAGMA journal_mode=WAL")
                _migrate(db, path)
            finally:
                db.close()
        with suppress(FileExistsError):
            os.link(fresh, path)
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror}. Choose another place in [store] url.") from error
    finally:
        for left in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm")):
            left.unlink(missing_ok=True)


def _version(db: sqlite3.Connection, path: Path) -> int:
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    newest = migrations()[-1][0]
    if found > newest:
        raise StoreError(f"{path} was written by a newer version (schema {found}, this one knows {newest}). Update.")
    if found == 0 and db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(f"{path} is a database of another program. Choose another place in [store] url.")
    return found


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db, path)
        for number, file in migrations():
            if number > version:
                for statement in _statements(file.read_text(encoding="utf-8")):
                    db.execute(statement)
                if number == _BRIEFS:
                    _write_briefs(db)
                db.execute(f"PRAGMA user_version={number}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _write_briefs(db: sqlite3.Connection) -> None:
    """The briefs of incidents from before there were any."""
    from notifier.history import brief
    from notifier.incident import fold
    from notifier.store import codec

    for id, updated in db.execute("SELECT id, updated FROM incident").fetchall():
        rows = db.execute("SELECT kind, body FROM event WHERE incident = ? ORDER BY seq", (id,)).fetchall()
        incident = fold(id, (codec.load_event(*row) for row in rows))
        text = codec.dump_brief(brief(incident, codec.moment(updated)))
        db.execute("UPDATE incident SET brief = ? WHERE id = ?", (text, id))


def _statements(script: str) -> list[str]:
    lines = (line for line in script.splitlines() if not line.startswith("--"))
    return [s for s in "\n".join(lines).split(";") if s.strip()]
