"""Each field of each operation of the API with values that nobody should send: all are answered, none is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from notifier.web.api.operations import OPERATIONS, Operation
from notifier.web.api.shapes import COMMAND
from tests.web.running import serving
from tests.web.test_api import TEXTS, Client

WINDOW = {"start": "2026-12-24T01:00:00Z", "end": "2026-12-24T02:00:00Z"}
TIMES = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0222-06-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-01-01T00:00:00",
    "2026-11-26T23:59:60Z",
)
OTHERS: tuple[Any, ...] = (
    None,
    -1,
    10**30,
    1.5,
    True,
    "",
    "\x00",
    "x" * 19_000,
    [],
    [None],
    {},
    {"de": 5},
    {"en": None},
    {"start": TIMES[0], "end": TIMES[3]},
    {"start": TIMES[0], "end": WINDOW["end"]},
    {"start": TIMES[4], "end": WINDOW["end"]},
)
GIVEN = {"title": TEXTS, "text": TEXTS, "window": WINDOW, "arrived": True, "key": "k", "state": "problem", "hook": "h"}
GIVEN["command"] = {"do": "open", "title": TEXTS, "text": TEXTS}
PLACES = ("0", "9" * 15, "9" * 20, "%00", "x", "-1", "٣", "newest")
QUERIES = ("-1", "0", "9999", "9" * 15, "x", "%00", "true", "all", "٣")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server with an incident and a draft."""
    with serving(tmp_path_factory.mktemp("extremes")) as served:
        made = Client(served)
        made("POST", "/incidents", {"title": TEXTS, "text": TEXTS})
        made("POST", "/drafts", {"command": {"do": "open", "title": TEXTS, "text": TEXTS}})
        yield made


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_a_value_that_nobody_should_send_is_answered(client: Client, one: Operation) -> None:
    """Neither a fault in the answer nor one in the log."""
    with client.served.store() as store:
        usual = one.path.format(which=store.newest_ids(1)[0], id=1, seq=1)
    calls = [(usual, body) for body in bodies(one)]
    calls += [(path, calls[0][1]) for path in places(one)]
    calls += [(f"{usual}?{name}={text}", None) for name in one.query for text in QUERIES]
    for path, body in calls:
        answer = client(one.method, path, body)
        assert answer.status_code < 500, (path, body)
    log = client.served.log.getvalue()
    assert "Traceback" not in log
    assert "level=error" not in log


def places(one: Operation) -> list[str]:
    """The addresses, with all kinds of things in their places."""
    return [one.path.format(which=place, id=place, seq=place) for place in PLACES] if "{" in one.path else []


def bodies(one: Operation) -> Iterator[Any]:
    """What is needed and nothing else, then each field in turn with each of the values."""
    if one.takes is None:
        yield None
        return
    full = {name: GIVEN.get(name) for name in one.takes["required"]}
    yield full
    yield from (full | {name: value} for name in one.takes["properties"] for value in (*OTHERS, *TIMES))
    if one.takes["properties"].get("command") is COMMAND:
        yield from proposals()


def proposals() -> Iterator[Any]:
    """Commands in a draft."""
    for case in COMMAND["allOf"]:
        do, shape = case["if"]["properties"]["do"]["const"], case["then"]
        full = {"do": do} | dict.fromkeys(shape["required"], TEXTS)
        yield {"command": full}
        yield from ({"command": full | {name: value}} for name in shape["properties"] for value in (*OTHERS, *TIMES))
