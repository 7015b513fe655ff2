"""Recorded requests of hosted monitoring: those that are here, and those of a larger collection where it is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from notifier.inbound.recorded import recorded
from notifier.source import Request
from notifier.values import replace
from tests.inbound.recordings import BESIDE as COLLECTION
from tests.inbound.recordings import HERE, NOW

HEADERS = {"sentry": {"Sentry-Hook-Resource": "metric_alert"}}


def sample(source: str, name: str, folder: Path = HERE) -> Request:
    """The request in ``samples/<source>/<name>.*``."""
    (path,) = [p for p in (folder / source).iterdir() if p.name.partition(".")[0] == name]
    return recorded(path.read_bytes(), NOW, HEADERS.get(source))


def samples(source: str) -> dict[str, Request]:
    """All requests of a source that are here, by name."""
    return {name: sample(source, name) for name in sorted(names(HERE / source))}


def names(folder: Path) -> Iterator[str]:
    """Names of the samples in a folder."""
    yield from (path.name.partition(".")[0] for path in folder.iterdir())


def body(source: str, name: str, text: str) -> Request:
    """The same request with another body."""
    return replace(sample(source, name), body=text.encode())


__all__ = ["COLLECTION", "NOW", "body", "names", "sample", "samples"]
