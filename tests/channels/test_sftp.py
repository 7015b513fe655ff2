"""SFTP: the suite of places against a server on a real socket, and what is particular to it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko
import pytest

from channels._files import NAME
from channels.sftp import Config
from notifier.channel import Permanent, Secret, Temporary
from notifier.testing import failure, refused
from tests.channels.places import PlaceBoardContract, board_of, on_disk
from tests.fakes import sftp_server
from tests.fakes.sftp_server import PASSWORD, USER, serving

KEY = paramiko.ECDSAKey.generate()


def text_of(key: Any) -> str:
    """A private key as its file holds it."""
    file = io.StringIO()
    key.write_private_key(file)
    return file.getvalue()


class Place:
    """A folder that a server shows."""

    def __init__(self, root: Path, port: int, host_key: str) -> None:
        self.root = root
        self.settings: dict[str, Any] = {
            "host": "127.0.0.1", "port": port, "path": "/site", "user": USER, "private": f"secret:{text_of(KEY)}",
            "host_key": host_key,
        }  # fmt: skip


@pytest.fixture(params=[True, False], ids=["posix-rename", "plain rename"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    with serving(tmp_path, KEY, request.param) as (port, host_key):
        yield Place(tmp_path, port, host_key)


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Place]:
    with serving(tmp_path, KEY) as (port, host_key):
        yield Place(tmp_path, port, host_key)


class TestSftp(PlaceBoardContract):
    kind = "sftp"
    secrets = (PASSWORD, "PRIVATE KEY")

    @pytest.fixture
    def place(self, one: Place) -> Place:
        return one

    def settings(self, place: Any) -> dict[str, Any]:
        return dict(place.settings)

    def dead(self) -> Any:
        port = urlsplit(refused()).port
        password = f"secret:{PASSWORD}"
        return board_of("sftp", {"host": "127.0.0.1", "port": port, "path": "/x", "user": USER, "password": password})

    def read(self, place: Any) -> dict[str, bytes]:
        return on_disk(place.root / "site")

    def leave(self, place: Any, name: str, content: bytes) -> None:
        (place.root / "site").mkdir(exist_ok=True)
        (place.root / "site" / name).write_bytes(content)

    def stamp(self, place: Any) -> object:
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_ino) for p in place.root.rglob("*") if p.is_file())


def test_a_server_that_renames_over_nothing_is_served_too(place: Place) -> None:
    """With and without posix-rename the newer file takes the place of the older one; the web server may read it."""
    board = board_of("sftp", place.settings)
    for content in (b"1", b"2"):
        board.publish({"de/index.html": content})

    file = place.root / "site" / "de" / "index.html"
    assert file.read_bytes() == b"2"
    assert file.stat().st_mode & 0o777 == 0o644
    assert set(on_disk(place.root)) == {"site/de/index.html", f"site/{NAME}"}


def test_what_another_renamed_is_for_later(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who took us for dead published at the same time: what is shown stays, and the next time it works."""
    board = board_of("sftp", place.settings)
    board.publish({"index.html": b"1"})
    with monkeypatch.context() as patch:
        patch.setattr(sftp_server._Files, "posix_rename", lambda *_: paramiko.sftp.SFTP_NO_SUCH_FILE)
        told = failure(lambda: board.publish({"index.html": b"2"}))

    assert isinstance(told, Temporary)
    assert told.after
    assert (place.root / "site" / "index.html").read_bytes() == b"1"
    board.publish({"index.html": b"2"})
    assert (place.root / "site" / "index.html").read_bytes() == b"2"


def test_a_password_lets_in_too(one: Place) -> None:
    """Where there is no key, a password does."""
    settings = {**one.settings, "private": "secret:", "password": f"secret:{PASSWORD}"}
    assert board_of("sftp", settings).probe() == "may write to /site at 127.0.0.1"
    assert on_disk(one.root) == {}


@pytest.mark.parametrize("kind", [paramiko.RSAKey, paramiko.ECDSAKey])
def test_keys_with_a_passphrase_are_read(tmp_path: Path, kind: Any) -> None:
    """A private key of any kind, protected by a passphrase."""
    key = kind.generate(2048) if kind is paramiko.RSAKey else kind.generate()
    file = io.StringIO()
    key.write_private_key(file, password="open sesame")
    with serving(tmp_path, key) as (port, host_key):
        settings = {**Place(tmp_path, port, host_key).settings, "private": f"secret:{file.getvalue()}"}
        assert board_of("sftp", {**settings, "passphrase": "secret:open sesame"}).probe()
        for wrong in ("", "secret:wrong"):
            told = failure(board_of("sftp", {**settings, "passphrase": wrong or "secret:"}).probe)
            assert isinstance(told, Permanent)
            assert "key cannot be used" in told.why


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"private": "secret:", "password": "secret:wrong-word"}, "it refuses the login"),
        ({"private": f"secret:{text_of(paramiko.ECDSAKey.generate())}"}, "it refuses the login"),
        ({"private": "secret:-----BEGIN OPENSSH PRIVATE KEY-----\nnone"}, "key cannot be used"),
        ({"host_key": ""}, "its key is not known here: compare what `ssh-keyscan 127.0.0.1` prints"),
        ({"host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"}, "host_key must look like"),
    ],
)
def test_what_only_an_admin_can_mend_stops_the_channel(
    one: Place, over: dict[str, str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wrong credentials and a machine that is not known are told with the remedy, without any secret."""
    monkeypatch.setenv("HOME", str(tmp_path))
    told = failure(lambda: board_of("sftp", {**one.settings, **over}).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent)
    assert told.whole
    assert says in told.why
    assert "wrong-word" not in told.why
    assert on_disk(one.root) == {}


def test_another_machine_in_its_place_is_not_trusted(one: Place) -> None:
    """A server with another key than the pinned one gets nothing, not even the login."""
    other = paramiko.ECDSAKey.generate()
    pin = f"{other.get_name()} {other.get_base64()}"
    told = failure(board_of("sftp", {**one.settings, "host_key": pin}).probe)

    assert isinstance(told, Permanent)
    assert "its key is another one" in told.why


def test_a_known_hosts_file_will_do(one: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a pin, the key that ssh itself would trust is trusted."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    line = f"[127.0.0.1]:{one.settings['port']} {one.settings['host_key']}\n"
    (tmp_path / "home" / ".ssh" / "known_hosts").write_text(line)

    assert board_of("sftp", {**one.settings, "host_key": ""}).probe()


def test_a_missing_folder_above_is_told(one: Place) -> None:
    """Only the folder itself is made; what is said names it."""
    told = failure(lambda: board_of("sftp", {**one.settings, "path": "/no/such"}).publish({"index.html": b"1"}))

    assert isinstance(told, Temporary)
    assert "/no/such" in told.why


def test_a_login_without_key_or_password_is_refused() -> None:
    """A configuration that can let nobody in is refused before it is serious."""
    with pytest.raises(ValueError, match=r"^key: "):
        Config("host", "/x", "user", Secret(""))


@pytest.mark.parametrize(
    ("over", "key"),
    [
        ({"private": Secret("/etc/notifier/mirror_ed25519")}, "key"),
        ({"private": Secret("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA")}, "key"),
        ({"host_key": "ssh-ed25519"}, "host_key"),
        ({"host_key": "ssh-ed25519 !!!"}, "host_key"),
        ({"host_key": "mirror.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"}, "host_key"),
        ({"host_key": "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAA"}, "host_key"),
        ({"host": "sftp://mirror.example.org"}, "host"),
        ({"port": 99999}, "port"),
        ({"port": 0}, "port"),
    ],
)
def test_what_cannot_be_is_told_with_the_configuration(over: dict[str, Any], key: str) -> None:
    """A path in place of a key, a key of the machine that is none, an address for a name, a port that cannot be."""
    with pytest.raises(ValueError, match=f"^{key}: ") as told:
        Config(**{"host": "host", "path": "/x", "user": "user", "password": Secret("x"), **over})
    assert "/etc/notifier" not in str(told.value)
