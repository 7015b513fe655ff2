"""What the tests with real monitoring programs share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.town import Town
from tests.rig.outage import Voice, Website


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Every kind of remote."""
    (tmp_path / "site").mkdir()
    with Town(tmp_path / "site") as town:
        yield town
        assert town.telegram.api.violations == []


@pytest.fixture
def voice() -> Iterator[Voice]:
    """It is up."""
    voice = Voice()
    yield voice
    voice.down()


@pytest.fixture
def website() -> Iterator[Website]:
    """It is up."""
    website = Website()
    yield website
    website.down()
