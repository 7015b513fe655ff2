"""FTP: the suite of places against a server on a real socket, and what is particular to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from channels._files import NAME
from notifier.channel import Permanent, Temporary
from notifier.testing import failure, refused
from tests.channels.places import PlaceBoardContract, board_of, on_disk
from tests.fakes.ftp_server import PASSWORD, USER, serving


class Place:
    """A folder that a server shows."""

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.settings = settings(port)


def settings(port: int | None, **over: Any) -> dict[str, Any]:
    login = {"host": "127.0.0.1", "port": port, "path": "/site", "user": USER, "password": f"secret:{PASSWORD}"}
    return {**login, "tls": "none", **over}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "ftp").mkdir()
    with serving(tmp_path / "ftp") as port:
        yield Place(tmp_path / "ftp", port)


class TestFtp(PlaceBoardContract):
    kind = "ftp"
    secrets = (PASSWORD,)

    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:
        (tmp_path / "ftp").mkdir()
        with serving(tmp_path / "ftp") as port:
            yield Place(tmp_path / "ftp", port)

    def settings(self, place: Any) -> dict[str, Any]:
        return dict(place.settings)

    def dead(self) -> Any:
        return board_of("ftp", settings(urlsplit(refused()).port))

    def read(self, place: Any) -> dict[str, bytes]:
        return on_disk(place.root / "site")

    def leave(self, place: Any, name: str, content: bytes) -> None:
        (place.root / "site").mkdir(exist_ok=True)
        (place.root / "site" / name).write_bytes(content)

    def stamp(self, place: Any) -> object:
        return sorted((str(p), p.stat().st_mtime_ns, p.stat().st_ino) for p in place.root.rglob("*") if p.is_file())


def test_a_server_that_renames_over_nothing_is_served_too(tmp_path: Path) -> None:
    """Where the newer file cannot take the place of the older one, that is removed first."""
    with serving(tmp_path, renames=False) as port:
        board = board_of("ftp", settings(port))
        for content in (b"1", b"2"):
            board.publish({"de/index.html": content})

    assert (tmp_path / "site" / "de" / "index.html").read_bytes() == b"2"
    assert set(on_disk(tmp_path)) == {"site/de/index.html", f"site/{NAME}"}


def test_the_check_leaves_nothing_behind(place: Place) -> None:
    """Trying whether the folder can be written to leaves no file."""
    assert board_of("ftp", place.settings).probe() == "may write to /site at 127.0.0.1"
    assert [p for p in place.root.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("over", "says"),
    [({"password": "secret:wrong-word"}, "it refuses the login"), ({"path": "/no/such"}, "the folder must exist")],
)
def test_what_only_an_admin_can_mend_stops_the_channel(place: Place, over: dict[str, str], says: str) -> None:
    """A wrong login and a folder that is not there are told with the remedy, without the password."""
    told = failure(lambda: board_of("ftp", {**place.settings, **over}).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent)
    assert told.whole
    assert says in told.why
    assert "wrong-word" not in told.why


def test_missing_rights_are_told(tmp_path: Path) -> None:
    """A login that may only read is told so."""
    with serving(tmp_path, rights="elr") as port:
        told = failure(lambda: board_of("ftp", settings(port)).publish({"index.html": b"1"}))

    assert isinstance(told, Permanent)
    assert "this user must be allowed to write there" in told.why


def test_no_password_goes_in_the_clear_unless_told_to(place: Place) -> None:
    """By default the connection is encrypted; a server that cannot do that gets no password."""
    told = failure(board_of("ftp", {**place.settings, "tls": "explicit"}).probe)

    assert 'tls = "none"' in told.why


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_of_no_use_is_named(tmp_path: Path, content: str | None) -> None:
    """A file that is missing, or holds no certificate, is told with its key and its path."""
    ca = tmp_path / "ca.pem"
    if content is not None:
        ca.write_text(content)
    told = failure(board_of("ftp", settings(21, tls="explicit", ca=str(ca))).probe)

    assert isinstance(told, Temporary)
    assert told.whole
    assert told.why.startswith(f"ca: {ca} cannot be used: ")


@pytest.mark.parametrize(
    ("over", "key"),
    [
        ({"host": "ftp://ftp.example.org"}, "host"),
        ({"host": "ftp.example.org:2121"}, "host"),
        ({"host": "ftp.example.org/htdocs"}, "host"),
        ({"host": "web123:hunter2@ftp.example.org"}, "host"),
        ({"host": ""}, "host"),
        ({"port": 65536}, "port"),
        ({"port": -1}, "port"),
    ],
)
def test_a_server_that_cannot_be_one_is_refused(over: dict[str, Any], key: str) -> None:
    """An address instead of a name, and a port that no machine has, are mistakes of the configuration."""
    with pytest.raises(ValueError, match=f"^{key}: ") as told:
        board_of("ftp", {**settings(0), **over})
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0", "localhost", "f_1.example.org."])
def test_names_and_numbers_of_machines_are_taken(host: str) -> None:
    """Whatever a connection can be made to."""
    assert board_of("ftp", settings(0, host=host))
