"""Recorded requests: those in tests/inbound/samples, and more of them where the reference lies beside the checkout."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.inbound import source
from notifier.inbound.recorded import recorded
from notifier.source import Kind, Options, Request, Signal

HERE = Path(__file__).parent / "samples"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "webhook-samples"
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
BERLIN = Options(zone="Europe/Berlin")


def samples(name: str) -> dict[str, Request]:
    """The recorded requests of a source, by name of file."""
    return {p.name: recorded(p.read_bytes(), NOW) for p in sorted((HERE / name).iterdir())}


def sample(path: str) -> Request:
    """One recorded request, such as "gatus/n8n_resolved.json". Skips the test if it is not here."""
    found = next((folder / path for folder in (HERE, BESIDE) if (folder / path).is_file()), None)
    if found is None:
        pytest.skip(f"{path} is not among our own samples")
    return recorded(found.read_bytes(), NOW)


def signals(path: str, options: Options = BERLIN) -> list[Signal]:
    """What a recorded request means. The folder is the name of the source."""
    return source(path.partition("/")[0])(sample(path), options)


def brief(found: list[Signal]) -> list[str]:
    """The essence of signals: kind, key, component, severity, from when till when; "-" where there is nothing."""
    return [
        " | ".join(str(p or "-") for p in (s.kind, s.key, s.component, s.severity, clock(s.started), clock(s.ended)))
        for s in found
    ]


def clock(at: datetime | None) -> str:
    """A time of the day of the recordings, in UTC; with the date on other days."""
    if at is None:
        return ""
    return at.strftime("%H:%M:%S" if at.date() == NOW.date() else "%Y-%m-%d %H:%M:%S")


__all__ = ["BERLIN", "NOW", "Kind", "brief", "sample", "samples", "signals"]
