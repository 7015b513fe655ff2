"""Which sources there are, and which one a request comes from."""

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from notifier import inbound
from notifier.inbound import SOURCES, detect, source
from notifier.source import Options, Request
from notifier.testing import SourceContract
from tests.inbound.recordings import BESIDE, HERE, NOW, sample

UNTOLD = ("sentry", "statuspage_api")  # told by its header; fetched, never sent
BARE = ("down_custom.http", "custom_triggered.txt", "custom_triggered.json", "certificate.json", "cloudflare/test.json")
FILES = [p for folder in (HERE, BESIDE) for p in folder.glob("*/*.*") if p.parent.name in {*SOURCES} - {*UNTOLD}]
RECORDED = sorted({f"{p.parent.name}/{p.name}" for p in FILES if p.name not in BARE} - {*BARE})


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_can_be_had(name):
    """Whatever the table names is there, and parses."""
    assert callable(source(name))


def test_every_source_passes_the_suite():
    """No source is without its contract tests."""
    for path in Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(f"tests.inbound.{path.stem}")
    tested, waiting = set(), [SourceContract]
    while waiting:
        one = waiting.pop()
        tested.add(one.source)
        waiting += one.__subclasses__()

    assert set(SOURCES) - tested == set()


def test_every_file_is_registered():
    """A source that nobody can name would be dead."""
    files = {p.stem for p in Path(inbound.__file__).parent.glob("*.py") if "\ndef parse(" in p.read_text("utf-8")}

    assert {n for n in files if not n.startswith("_")} == {path.rpartition(".")[2] for path in SOURCES.values()}


@pytest.mark.parametrize("path", RECORDED)
def test_a_recorded_request_tells_its_source(path):
    """A hook for everything finds out who speaks."""
    assert detect(sample(path)) == path.partition("/")[0]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"a": 1}', b"hello", b"[" * 100_000])
def test_what_looks_like_nothing_is_generic(body):
    """Nothing is refused for its looks alone."""
    assert detect(Request(NOW, body=body)) == "generic"


def test_auto_parses_as_what_it_found():
    """The hook with the source "auto" takes requests of several tools."""
    for path in ("alertmanager/firing.json", "nagios/host_problem.env.txt", "uptime_kuma/down_get.http"):
        assert {s.source for s in source("auto")(sample(path), Options())} == {path.partition("/")[0]}


def test_a_name_with_a_mistake():
    """The one that was meant is named."""
    with pytest.raises(inbound.UnknownSource, match=r'There is no source "zabix"\. Did you mean "zabbix"\?'):
        source("zabix")
    with pytest.raises(inbound.UnknownSource, match=r'Did you mean "alertmanager"\?'):
        source("promethues")


def test_sources_of_other_distributions(monkeypatch):
    """A plugin's source is found by its entry point; a broken one is named."""
    points = [
        EntryPoint("twin", "notifier.inbound.gatus", inbound.GROUP),
        EntryPoint("broken", "no_such_module", inbound.GROUP),
        EntryPoint("empty", "notifier.values", inbound.GROUP),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points if group == inbound.GROUP else [])

    assert source("twin")(sample("gatus/triggered.json"), Options())
    assert {"twin", "zabbix"} <= set(inbound.sources())
    with pytest.raises(inbound.BrokenSource, match="no_such_module cannot be loaded"):
        source("broken")
    with pytest.raises(inbound.BrokenSource, match="has no parse"):
        source("empty")
