"""A tool of one's own: the hook's mapping says where things are."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from notifier.inbound import _words, generic
from notifier.source import Kind, Malformed, Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import NOW, brief

CHECK = {
    "check": {"id": 7, "job.name": "voice"},
    "result": "kaputt",
    "prio": "P1",
    "said": "no answer",
    "at": 1795348680,
}
MAPPING = {
    "key": "$.check.id",
    "state": "result",
    "component": "check['job.name']",
    "severity": "prio",
    "text": "said",
    "started": "at",
    "problem": "kaputt, down",
    "recovery": "ganz",
    "ignore": "wackelt",
}


def request(data: Any, **more: Any) -> Request:
    """A request with a JSON body."""
    return Request(NOW, body=json.dumps(data).encode(), **more)


def parsed(data: Any, **mapping: str) -> list[str]:
    """The essence of what a body means under a mapping."""
    return brief(generic.parse(request(data), Options(zone="Europe/Berlin", mapping=mapping)))


class TestGeneric(SourceContract):
    """The suite that every source passes."""

    source = "generic"
    parse = staticmethod(generic.parse)
    samples: ClassVar = {
        "down": request(CHECK),
        "up": request({**CHECK, "result": "ganz"}),
        "form": Request(NOW, body=b"check=7&result=down"),
        "query": Request(NOW, method="GET", query={"id": "7", "status": "down", "name": "voice"}),
    }
    pairs = (("down", "up"),)
    options = Options(zone="Europe/Berlin", mapping=MAPPING)


def test_a_mapping_finds_everything():
    """Paths into objects, names with dots in them, words of one's own."""
    assert parsed(CHECK, **MAPPING) == ["problem | 7 | voice | P1 | 11:58:00 | -"]
    assert parsed({**CHECK, "result": "ganz"}, **MAPPING) == ["recovery | 7 | voice | P1 | 11:58:00 | -"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"id": 3, "status": "DOWN", "name": "voice"}, "problem | 3 | voice | - | - | -"),
        ({"alertId": "a1", "status": "✅ Up", "host": "voice1"}, "recovery | a1 | voice1 | - | - | -"),
        ({"name": "voice", "state": "major_outage"}, "problem | voice | voice | - | - | -"),
        ({"id": 3, "status": "resolved", "time": "2026-11-22T12:00:00Z"}, "recovery | 3 | - | - | - | 12:00:00"),
        ({"id": 3, "status": "acknowledged"}, "acknowledged | 3 | - | - | - | -"),
        ({"id": 3, "status": "maintenance"}, "maintenance | 3 | - | - | - | -"),
        ({"id": 3, "status": "test"}, "test | 3 | - | - | - | -"),
    ],
)
def test_common_names_need_no_mapping(body, said):
    """A script that sends id, status and name just works."""
    assert parsed(body) == [said]


def test_lists():
    """Several alerts in one request are several signals."""
    alerts = {"alerts": [{"id": 1, "state": "down"}, {"id": 2, "state": "ok"}]}

    assert [s.split(" | ")[:2] for s in parsed(alerts, each="$.alerts")] == [["problem", "1"], ["recovery", "2"]]
    assert len(parsed(alerts["alerts"])) == 2


def test_words_to_pass_over():
    """A state that is neither good nor bad gives no signal, if the admin says so."""
    assert parsed({"id": 3, "state": "Flapping!"}, ignore="flapping, unknown") == []


def test_json_within_a_text_and_places_in_lists():
    """A path leads into JSON that came as a text, and to one place of a list."""
    body = {"payload": json.dumps({"hosts": [{"n": "a"}, {"n": "b"}]}), "state": "down"}

    assert parsed(body, key="$.payload.hosts[1].n") == ["problem | b | - | - | - | -"]


def test_the_first_of_several_paths():
    """Where one version sends this name and another one that."""
    assert parsed({"uid": "x", "state": "down"}, key="check.id, uid") == ["problem | x | - | - | - | -"]


@pytest.mark.parametrize(
    ("body", "mapping", "reason"),
    [
        ({"id": 3, "state": "purple"}, {}, 'The state "purple" is not known. Add it to problem, recovery or ignore'),
        ({"id": 3}, {}, "The state is missing. Set the paths"),
        ({"state": "down"}, {"key": "$.check.id"}, 'There is nothing at key = "$.check.id".'),
        ({"state": "down"}, {}, "There is nothing to know the problem by."),
        ({"id": 3}, {"each": "alerts"}, 'There is no list at "alerts".'),
        ([1], {}, "There is no object to read."),
    ],
)
def test_what_is_missing_is_named(body, mapping, reason):
    """Whoever sets a hook up reads what to add where."""
    with pytest.raises(Malformed) as caught:
        parsed(body, **mapping)
    assert str(caught.value).startswith(reason)


def test_a_mapping_with_mistakes():
    """A key that a mapping cannot have is named, with the one that was meant."""
    assert generic.checked(MAPPING) == []
    assert generic.checked({"keys": "a"}) == ['"keys" is no key of a mapping: did you mean "key"?']


def test_every_kind_can_be_mapped():
    """Each state has a list of words."""
    for kind in _words.WORDS:
        assert parsed({"id": 1, "state": "xyz"}, **{kind.value: "xyz"})[0].startswith(kind.value)
    assert Kind.UPSTREAM not in _words.WORDS
