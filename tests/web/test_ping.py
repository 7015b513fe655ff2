"""Heartbeats over HTTP, as the clients of Healthchecks send them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.running import Served, serving

JOB = '[heartbeats.backup]\nkey = "backup-key-0001"\nevery = "1h"\ncomponent = "voice"\n'


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, JOB) as running:
        yield running


def state(served: Served) -> str:
    with served.store() as store:
        beat = store.intake.heartbeat("backup")
    return beat.state if beat else "new"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_sign_of_life(served: Served, method: str) -> None:
    """Any of the three methods will do; it is stored when it is answered."""
    assert served.post("/ping/backup-key-0001", method=method).status_code == 200
    assert state(served) == "up"


@pytest.mark.parametrize(
    ("end", "becomes"), [("", "up"), ("/start", "new"), ("/0", "up"), ("/fail", "down"), ("/3", "down")]
)
def test_what_the_end_says(served: Served, end: str, becomes: str) -> None:
    """Start, failure, an exit status."""
    assert served.get(f"/ping/backup-key-0001{end}").text == "OK\n"
    assert state(served) == becomes
    assert len(served.drafts()) == (becomes == "down")


@pytest.mark.parametrize("path", ["/ping/other", "/ping/backup-key-0001/dance", "/ping/", "/ping/%ff", "/ping/a/b/c"])
def test_what_is_no_heartbeat(served: Served, path: str) -> None:
    """Not found, and nothing is noted."""
    assert served.get(path).status_code == 404
    assert state(served) == "new"


def test_the_key_is_not_logged(served: Served) -> None:
    """It is a secret, as it stands in an address."""
    served.get("/ping/backup-key-0001")

    assert "place=ping" in served.log.getvalue()
    assert "backup-key" not in served.log.getvalue()
