"""The admin whose commands are tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.testing import Answer, FakeRemote
from tests.cli.admin import CONSOLE, Admin


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Admin:
    """An admin who has configured nothing yet."""

    def read() -> tuple[str, str]:
        said = capsys.readouterr()
        return said.out, said.err

    return Admin(tmp_path, monkeypatch, read)


@pytest.fixture
def admin(stranger: Admin) -> Admin:
    """An admin with a site in two languages, two components and a console channel."""
    stranger.configure(CONSOLE)
    return stranger


@pytest.fixture
def remote() -> Iterator[FakeRemote]:
    """A receiver of webhooks, content unless told to be otherwise."""
    with FakeRemote(lambda request: Answer(410 if request.path == "/gone" else 200)) as remote:
        yield remote
