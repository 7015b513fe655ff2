"""What the sources of hosted monitoring share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import TypedDict

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal


def component(options: Options, places: Sequence[Record], *own: str) -> str:
    """The first of the labels that the admin named that is in one of ``places``, else the first of ``own``."""
    labelled = (said for label in options.labels for place in places for said in place.texts(label)[:1])
    return _read.first(chain(labelled, own))


def tags(text: str) -> Record:
    """Tags such as ``host:voice1,service:ts3`` by name; the first of a name wins."""
    found: dict[str, str] = {}
    for tag in text.split(",")[:200]:
        name, colon, said = tag.partition(":")
        if colon and name.strip():
            found.setdefault(name.strip(), said.strip())
    return Record(found)


def kind(words: Mapping[str, Kind], *said: str) -> Kind | None:
    """What the first of ``said`` that is known means; None for nothing we know."""
    return next((words[word] for word in said if word in words), None)


class Span(TypedDict):
    """The times of a signal."""

    started: datetime | None
    ended: datetime | None


def span(kind: Kind, at: datetime | None) -> Span:
    """Where the time of a change belongs: it starts a problem, or ends it."""
    return {"started": at if kind is Kind.PROBLEM else None, "ended": at if kind is Kind.RECOVERY else None}


def test(request: Request, source: str, title: str) -> list[Signal]:
    """What the sender's test button sends."""
    return [_read.signal(request, source, "test", Kind.TEST, title=title)]
