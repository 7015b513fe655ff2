"""The folder board: whole files, in order, nothing of others touched, and words for whatever the disk says."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from channels._files import HALF
from channels._files import NAME as NOTES
from channels.folder import Config, connect
from notifier.channel import Permanent, Temporary
from tests.channels.places import PlaceBoardContract, on_disk

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
PUBLISHER = """
import sys
from channels.folder import Config, connect
board = connect(Config(sys.argv[1]))
for number in range(1, 10**6):
    mark = str(number % 10).encode()
    board.publish({name: mark * 200_000 for name in ("banner.js", "de/index.html", "index.html", "status.json")})
"""
MANY = """
import resource, sys
from channels.folder import Config, connect
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
print(connect(Config(sys.argv[1])).publish({f"incidents/{n}.html": b"x" for n in range(500)}).more["files"])
"""


def board(place, grace=0.0):
    """A board that writes to that folder, and removes what is gone with the next publish."""
    made = connect(Config(path=str(place)))
    made.grace = grace
    return made


def content(place):
    """Every file below the folder: path -> content."""
    return {str(p.relative_to(place)): p.read_bytes() for p in Path(place).rglob("*") if p.is_file()}


class TestFolder(PlaceBoardContract):
    """The suite that every board passes."""

    kind = "folder"

    @pytest.fixture
    def place(self, tmp_path):
        return tmp_path / "site"

    def settings(self, place):
        return {"path": str(place)}

    def dead(self):
        return board("/proc/nowhere/site")

    def read(self, place):
        return on_disk(place)

    def leave(self, place, name, content):
        place.mkdir(exist_ok=True)
        (place / name).write_bytes(content)

    def stamp(self, place):
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_ino) for p in place.rglob("*"))


# What a web server gets


def test_the_web_server_may_read_everything(tmp_path):
    """Files are 0644 and folders 0755, however tight the umask of the one who publishes."""
    before = os.umask(0o077)
    try:
        board(tmp_path / "site").publish({"index.html": b"x", "de/index.html": b"y"})
    finally:
        os.umask(before)

    modes = {p.name: p.stat().st_mode & 0o777 for p in (tmp_path / "site").rglob("*")}
    assert modes == {"index.html": 0o644, "de": 0o755, NOTES: 0o644}
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o755


def test_files_come_in_order(tmp_path, monkeypatch):
    """What is referred to comes before what refers to it; the data that others watch comes last."""
    order = []
    replace = os.replace

    def noticed(half, place):
        order.append(str(Path(place).relative_to(tmp_path)))
        return replace(half, place)

    monkeypatch.setattr(os, "replace", noticed)

    names = (
        "status.json", "index.html", "de/index.html", "feed.atom", "api/v2/summary.json", "de/history/2011-11.html",
        "de/history/index.html", "de/incidents/7.html", "logo.svg", "incidents/7.html", "page.js",
        "assets/app.0123abcd.css", "badges/status.svg",
    )  # fmt: skip
    board(tmp_path).publish(dict.fromkeys(names, b"x"))

    assert order == [
        NOTES, "assets/app.0123abcd.css", "logo.svg", "page.js", "de/incidents/7.html", "incidents/7.html",
        "de/history/2011-11.html", "de/history/index.html", "api/v2/summary.json", "badges/status.svg", "feed.atom",
        "de/index.html", "index.html", "status.json", NOTES,
    ]  # fmt: skip


def test_the_disk_has_it_before_visitors_do(tmp_path, monkeypatch):
    """Content is there before its name, a new name before what refers to it, every name before the notes say so: no
    failure of the power leaves less."""
    done: list[object] = []
    fsync, replace = os.fsync, os.replace

    def synced(handle):
        done.append(os.fstat(handle).st_ino)
        return fsync(handle)

    def named(half, place):
        done.append(str(Path(place).relative_to(tmp_path)))
        return replace(half, place)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)

    files = {"logo.svg": b"1", "de/incidents/7.html": b"1", "de/index.html": b"1", "status.json": b"1"}
    for content in (b"1", b"2"):
        done.clear()
        board(tmp_path).publish(dict.fromkeys(files, content))
        assert [name for name in done if name in files] == list(files)
        assert all((tmp_path / name).stat().st_ino in done[: done.index(name)] for name in files)
        assert tmp_path.stat().st_ino in done[done.index(NOTES) : done.index("logo.svg")]
        last = len(done) - 1 - done[::-1].index(NOTES)
        for name in files:
            folder = (tmp_path / name).parent.stat().st_ino
            assert folder in done[done.index(name) : last]
            if content == b"1" and name != "status.json":
                assert folder in done[done.index(name) : done.index("status.json")]
        assert tmp_path.stat().st_ino in done[last:]


def test_a_name_that_did_not_reach_the_disk_is_brought_there_by_the_next_publish(tmp_path, monkeypatch):
    """A disk that fails at the very end of a publish is asked again, though nothing is left to write."""
    fsync, asked, fails = os.fsync, [], set()

    def synced(handle):
        asked.append(os.fstat(handle).st_ino)
        if len(asked) in fails:
            raise OSError(errno.EIO, "Input/output error")
        return fsync(handle)

    monkeypatch.setattr(os, "fsync", synced)
    to = board(tmp_path)
    to.publish({"index.html": b"1"})
    asked.clear()
    to.publish({"index.html": b"2"})
    fails.add(len(asked))
    asked.clear()
    with pytest.raises(Temporary, match="errors"):
        to.publish({"index.html": b"3"})
    asked.clear()
    fails.clear()

    assert to.publish({"index.html": b"3"}).more["files"] == 0
    assert asked == [tmp_path.stat().st_ino]


def test_many_files_need_few_at_once(tmp_path):
    """A whole site is written by a process that may have no more than a hundred files open."""
    shown = subprocess.run([sys.executable, "-c", MANY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)

    assert (shown.stdout, shown.stderr) == ("500\n", "")
    assert len(on_disk(tmp_path)) == 500 + 2


def test_only_what_changed_is_written(tmp_path):
    """A file that is the same keeps its time, so that web caches keep it too."""
    board(tmp_path).publish({"a.html": b"1", "b.html": b"1"})
    before = (tmp_path / "a.html").stat().st_ino

    board(tmp_path).publish({"a.html": b"1", "b.html": b"2"})

    assert (tmp_path / "a.html").stat().st_ino == before
    assert (tmp_path / "b.html").read_bytes() == b"2"


def test_the_receipt_names_the_content(tmp_path):
    """The same files give the same id, others another."""
    ids = [board(tmp_path).publish(f).id for f in ({"a": b"1", "b": b"2"}, {"b": b"2", "a": b"1"}, {"a": b"12"})]

    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 64


def test_somebody_who_changed_a_page_by_hand_is_put_right(tmp_path):
    """Asked to repair, it writes what differs or is missing, and leaves alone what is right."""
    files = {"index.html": b"right", "de/index.html": b"right", "page.js": b"right"}
    board(tmp_path).publish(files)
    (tmp_path / "index.html").write_bytes(b"wrong")
    (tmp_path / "page.js").unlink()
    before = (tmp_path / "de/index.html").stat().st_ino

    mended = board(tmp_path)
    mended.repair()
    receipt = mended.publish(files)

    assert {name: (tmp_path / name).read_bytes() for name in files} == files
    assert (tmp_path / "de/index.html").stat().st_ino == before
    assert receipt.more == {"files": 2, "bytes": 10}


def test_an_update_looks_at_nothing_else(tmp_path, monkeypatch):
    """However many files there are, those that did not change are neither read nor looked at."""
    files = {f"incidents/{n}.html": b"x" for n in range(100)}
    board(tmp_path).publish(files)
    looked = set()

    def noticed(true):
        def look(self, *args, **more):
            looked.add(self.name)
            return true(self, *args, **more)

        return look

    def opened(path, *args, true=os.open, **more):
        looked.add(Path(path).name)
        return true(path, *args, **more)

    for name in ("stat", "open", "read_bytes", "exists", "is_file"):
        monkeypatch.setattr(Path, name, noticed(getattr(Path, name)))
    monkeypatch.setattr(os, "open", opened)

    board(tmp_path).publish({**files, "incidents/7.html": b"new"})

    assert {name for name in looked if ".html" in name} == {".7.html" + HALF}


# What is removed


def test_folders_left_empty_go_too(tmp_path):
    """A language that is given up leaves no empty folder; one with a file of somebody else stays."""
    board(tmp_path).publish({"index.html": b"1", "fr/index.html": b"1", "de/index.html": b"1"})
    (tmp_path / "de/robots.txt").write_text("mine")

    for _ in range(2):
        board(tmp_path).publish({"index.html": b"1"})

    assert set(content(tmp_path)) == {"index.html", "de/robots.txt", NOTES}
    assert not (tmp_path / "fr").exists()


def test_what_is_gone_stays_for_its_time_of_grace(tmp_path):
    """A page that somebody still has in his browser finds its script, whatever is published meanwhile."""
    board(tmp_path).publish({"index.html": b"1", "app.0000aaaa.js": b"1"})
    for number in range(5):
        board(tmp_path, grace=900.0).publish({"index.html": b"%d" % number, "app.1111bbbb.js": b"1"})
    assert (tmp_path / "app.0000aaaa.js").exists()

    board(tmp_path).publish({"index.html": b"6", "app.1111bbbb.js": b"1"})
    assert set(content(tmp_path)) == {"index.html", "app.1111bbbb.js", NOTES}


def test_version_0_1_0_is_taken_over(tmp_path):
    """Notes of the first version held names alone: what is no longer published goes, and nothing else."""
    for name in ("index.html", "old.html", "robots.txt"):
        (tmp_path / name).write_text("old")
    (tmp_path / NOTES).write_text('["index.html", "old.html"]')

    for _ in range(2):
        board(tmp_path).publish({"index.html": b"1"})

    assert set(content(tmp_path)) == {"index.html", "robots.txt", NOTES}
    assert (tmp_path / "index.html").read_bytes() == b"1"


def told(**over):
    """Notes as somebody may have written them."""
    return json.dumps({"at": 0, "state": "", "files": {}, "gone": {}} | over)


OUTSIDE = ("../outside.txt", "/etc/passwd", "", "a\0b")


@pytest.mark.parametrize(
    "notes",
    [
        "", "{", "[]", '{"a": 1}', "[1, null]", json.dumps(OUTSIDE), "null", "7", "\0", told(at="x"), told(files=[1]),
        told(gone=7), told(gone={"a": None}), told(files=dict.fromkeys(OUTSIDE, "1")), told(writing=7),
        told(gone=dict.fromkeys(OUTSIDE, 0)), told(files={"index.html": 7}), told(at=1e400),
        told(files={"index.html": []}),
    ],
)  # fmt: skip
def test_broken_or_false_notes_remove_nothing(tmp_path, notes):
    """Whatever somebody wrote into the notes, nothing outside and nothing unknown is removed."""
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "outside.txt").write_text("keep")
    (site / "other.txt").write_text("keep")
    (site / NOTES).write_text(notes)

    for _ in range(3):
        board(site).publish({"index.html": b"1"})

    assert (tmp_path / "outside.txt").exists()
    assert (site / "other.txt").exists()
    assert (site / "index.html").read_bytes() == b"1"
    assert list(json.loads((site / NOTES).read_text())["files"]) == ["index.html"]


@pytest.mark.parametrize("path", [NOTES, f"de/.index.html{HALF}", "a\0b", "a//b", "./a"])
def test_names_of_its_own_are_refused(tmp_path, path):
    """A file that would collide with what the board needs itself is refused, and nothing is written."""
    with pytest.raises(Permanent) as refused:
        board(tmp_path).publish({"index.html": b"1", path: b"2"})

    assert not refused.value.whole
    assert content(tmp_path) == {}


# Killed


def _publish_and_be_killed(place, changes):
    """A process publishes as fast as it can and dies after so many changes of its last file."""
    with subprocess.Popen([sys.executable, "-c", PUBLISHER, str(place)], cwd=ROOT) as publisher:
        try:
            seen, last, deadline = 0, 0, time.monotonic() + 60
            while seen < changes and time.monotonic() < deadline:
                with suppress(FileNotFoundError):
                    now = (place / "index.html").stat().st_mtime_ns
                    seen, last = seen + (now != last), now
        finally:
            publisher.kill()
    assert seen == changes, "it did not publish"


def test_a_killed_publish_leaves_only_whole_files(tmp_path):
    """Killed at any moment, the folder holds whole files; the next publish clears away what was half-written."""
    chance = random.Random(5)
    for _ in range(6):
        _publish_and_be_killed(tmp_path, changes=chance.randrange(2, 30))
        shown = {name: data for name, data in content(tmp_path).items() if not name.rpartition("/")[2].startswith(".")}
        assert set(shown) == {"banner.js", "de/index.html", "index.html", "status.json"}
        assert set(shown.values()) <= {str(n).encode() * 200_000 for n in range(10)}
    (tmp_path / f".index.html{HALF}").write_bytes(b"hal")
    (tmp_path / "de" / f".index.html{HALF}").write_bytes(b"hal")

    for _ in range(2):
        board(tmp_path).publish({"index.html": b"1"})

    assert set(content(tmp_path)) == {"index.html", NOTES}


# What the disk says


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB."""
    if not IS_ROOT:
        pytest.skip("mounting a small disk (tmpfs) needs root")
    place = tmp_path / "disk"
    place.mkdir()
    options = ["-o", "size=64k,mode=755"]
    mounted = subprocess.run(["mount", "-t", "tmpfs", *options, "notifier-test", place], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"mounting a small disk (tmpfs) is not allowed here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_told_and_the_old_page_stays(small_disk):
    """No space: the old page stays whole, the error names place and remedy, and once there is room it goes on."""
    board(small_disk).publish({"index.html": b"old"})
    (small_disk / "filler").write_bytes(b"x" * 40_000)

    with pytest.raises(Temporary, match=r"disk/index\.html: no space is left there; make room") as told:
        board(small_disk).publish({"index.html": b"n" * 60_000})

    assert told.value.whole
    assert (small_disk / "index.html").read_bytes() == b"old"
    (small_disk / "filler").unlink()
    board(small_disk).publish({"index.html": b"n" * 30_000})
    assert set(content(small_disk)) == {"index.html", NOTES}


def test_what_belongs_together_is_shown_together(small_disk):
    """The disk is full in the middle of an update: nothing of it is shown yet, and nothing of it takes up room."""
    old = {"page.js": b"old", "index.html": b"old", "status.json": b"old"}
    board(small_disk).publish(old)
    new = {"page.js": b"n" * 20_000, "index.html": b"n" * 20_000, "status.json": b"n" * 20_000}

    with pytest.raises(Temporary, match=r"disk/status\.json: no space is left there"):
        board(small_disk).publish(new)

    assert {name: (small_disk / name).read_bytes() for name in old} == old
    assert set(content(small_disk)) == {*old, NOTES}


def test_a_read_only_disk_is_told(small_disk):
    """Mounted read-only: it is tried again later, and the text says what to look at."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    with pytest.raises(Temporary, match="mounted read-only") as told:
        board(small_disk).publish({"index.html": b"1"})

    assert told.value.whole


def test_a_missing_disk_is_told(tmp_path):
    """Only the folder itself is made; a missing one above it may be a disk that is not mounted."""
    with pytest.raises(Temporary, match=r"www/status: the folder above it does not exist") as told:
        board(tmp_path / "www" / "status").publish({"index.html": b"1"})

    assert told.value.whole
    assert content(tmp_path) == {}


def test_a_file_in_the_way_is_told(tmp_path):
    """A file where the folder should be: no repeat will help."""
    (tmp_path / "site").write_text("a file")

    with pytest.raises(Permanent, match="site: a file stands where a folder is needed") as told:
        board(tmp_path / "site").publish({"index.html": b"1"})

    assert told.value.whole


REFUSED = """
import os, sys
from channels.folder import Config, connect
from notifier.channel import Permanent
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    connect(Config(sys.argv[1])).publish({"index.html": b"1"})
except Permanent as error:
    print(error.whole, error.why)
"""


def test_missing_rights_are_told():
    """Somebody who may not write there is told so; the channel is stopped until an admin mends it."""
    told = subprocess.run([sys.executable, "-c", REFUSED, "/usr"], cwd=ROOT, capture_output=True, text=True)

    assert told.stderr == ""
    assert told.stdout.startswith("True /usr")
    assert "this user may not write there" in told.stdout


@pytest.mark.parametrize("path", ["", "site", "./site", "www/site"])
def test_a_path_that_depends_on_the_starting_folder_is_refused(path):
    """Daemon and command line start in different folders; they must not publish to different places."""
    with pytest.raises(ValueError, match=r"^path: "):
        Config(path=path)


def test_the_check_leaves_nothing_behind(tmp_path):
    """Trying whether the folder can be written to leaves no file."""
    assert board(tmp_path).probe() == f"may write to {tmp_path}"
    assert content(tmp_path) == {}
