"""The status page at several places: a dead one is seen, holds up nobody, and gets the present state later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import s3
from notifier.channel import MissingExtra, Temporary
from notifier.config import ChannelSettings, Settings
from notifier.model import Site
from notifier.registry import Kind
from notifier.testing import FakeRemote, failure, refused
from notifier.wiring import AbsentBoard, build
from tests.channels.places import on_disk
from tests.e2e.town import Desk, channel, states
from tests.fakes.dav_server import PASSWORD, USER, Dav

PAGE = channel("page", "folder", path="page", url="https://status.example.org")


@pytest.fixture
def dav(tmp_path: Path) -> Iterator[tuple[Dav, FakeRemote]]:
    (tmp_path / "dav").mkdir()
    dav = Dav(tmp_path / "dav")
    with FakeRemote(dav.answer) as remote:
        yield dav, remote


def drive(url: str, password: str = PASSWORD) -> str:
    """A second place for the page."""
    return channel("drive", "webdav", address=f"{url}/site", user=USER, password=password)


def test_a_dead_place_holds_up_nobody_and_gets_the_present_state_when_it_is_back(
    tmp_path: Path, dav: tuple[Dav, FakeRemote]
) -> None:
    """One place is dead: the other has the page at once, the ledger says so, and later both show the same."""
    desk = Desk(tmp_path, PAGE, drive(refused()))

    told = desk.say("open", "Weg", "-m", "Kaputt.", "--wait", "0.3", code=3)
    assert states(told) == {("page", "publish", 1): "sent", ("drive", "publish", 1): "due"}
    assert "https://status.example.org" in desk.run("show").stdout
    assert "cannot be reached" in desk.run("show").stdout
    assert "waiting" in desk.run("list").stdout
    assert desk.say("update", "-m", "Mehr.", "--no-wait", code=3)

    desk.write(PAGE, drive(dav[1].url))
    desk.hasten("drive")
    ticked = desk.say("tick")
    assert ticked["waiting"] == 0

    page, mirror = on_disk(tmp_path / "page"), on_disk(tmp_path / "dav" / "site")
    assert "Mehr." in mirror["index.html"].decode()
    assert page.keys() == mirror.keys()


def test_a_place_that_refuses_is_shown_until_it_is_mended(tmp_path: Path, dav: tuple[Dav, FakeRemote]) -> None:
    """A wrong password stops that place alone; check, show and list say so, and a test lets it go on."""
    desk = Desk(tmp_path, PAGE, drive(dav[1].url, "wrong-word"))

    told = desk.say("open", "Weg", "-m", "Kaputt.", code=4)
    assert states(told) == {("page", "publish", 1): "sent", ("drive", "publish", 1): "failed"}
    for words in (["show"], ["check"]):
        said = desk.run(*words).stdout
        assert "credentials are refused" in " ".join(said.split())
        assert "wrong-word" not in said
    assert "failed" in desk.run("list").stdout

    desk.write(PAGE, drive(dav[1].url))
    assert desk.run("test", "drive").returncode == 0
    assert "Kaputt." in on_disk(tmp_path / "dav" / "site")["index.html"].decode()
    assert desk.run("check").returncode == 0


def test_a_place_whose_library_is_missing_stays_a_place() -> None:
    """Without the extra, the page waits for that place; no posts are planned for it."""

    def connect(config: s3.Config) -> s3.S3:
        raise MissingExtra("obstore", "s3")

    kind = Kind("s3", s3.Config, connect)
    house = build(Settings(Site(), channels=(ChannelSettings("bucket", kind, None, {}),)))

    (wired,) = house.channels
    assert wired.route.board
    assert 'pip install "outage-notifier[s3]"' in wired.missing
    assert isinstance(wired.channel, AbsentBoard)
    assert isinstance(failure(lambda: wired.channel.publish({})), Temporary)
