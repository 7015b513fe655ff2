"""The suite that every source passes. Subclass it, and pytest runs it against your parser.

Such as this one, in your tests:

    class TestPager(SourceContract):
        source = "pager"
        parse = staticmethod(pager.parse)
        samples = {
            "down": Request(NOW, body=b'{"id": 7, "state": "down"}'),
            "up": Request(NOW, body=b'{"id": 7, "state": "up"}'),
        }
        pairs = (("down", "up"),)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from notifier.source import Kind, Malformed, Options, Request, Signal
from notifier.values import replace

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
EXAMPLES = 60  # bodies tried of each sort
LONGEST_KEY, LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 255, 300, 10_000, 600
STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e300, "", " ", "0", "x" * 20_000, "\x00\x1b[31m\u202e", "\ud800", "{A.B}", "*a*",
    [], {}, [[]], [None], {"": None}, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00Z", "{", "[1]", "javascript:x",
)  # fmt: skip


class SourceContract:
    """What a subclass says, then the tests.

    source: name of the source. parse: its function, a staticmethod. samples: recorded requests by name. pairs: names of
    two samples each, a problem and its recovery; () only for a source that tells of one of them alone.
    options: as an admin would set them.
    """

    source: ClassVar[str] = ""
    parse: ClassVar[Callable[..., list[Signal]]]
    samples: ClassVar[Mapping[str, Request]] = {}
    pairs: ClassVar[tuple[tuple[str, str], ...]] = ()
    options: ClassVar[Options] = Options(zone="Europe/Berlin")

    # What was recorded

    def test_samples_give_sound_signals(self) -> None:
        """Whatever was recorded gives signals with a key, aware times and clean texts."""
        for name, request in self.samples.items():
            found = self._tried(request)
            if found is not None:
                for signal in found:
                    sound(signal, request, self.source, name)

    def test_the_same_request_says_the_same(self) -> None:
        """Who replays a request gets the same signals, later too, but for the time of receipt."""
        for name, request in self.samples.items():
            once = self._tried(request)
            later = self._tried(replace(request, received=request.received + timedelta(days=400)))
            assert once == self._tried(request), f"{name}: the same request gave other signals"
            assert _bare(once) == _bare(later), f"{name}: the signals depend on the time of receipt"

    def test_recovery_has_the_key_of_its_problem(self) -> None:
        """An outage ends: what recovers is what had failed."""
        for problem, recovery in self.pairs:
            failed = {s.key for s in self._tried(self.samples[problem]) or () if s.kind is Kind.PROBLEM}
            well = {s.key for s in self._tried(self.samples[recovery]) or () if s.kind is Kind.RECOVERY}
            assert failed, f"{problem}: there is no problem in it"
            assert well, f"{recovery}: there is no recovery in it"
            assert failed & well, f"{recovery}: {well} is not what failed in {problem}: {failed}"

    # What nobody recorded

    def test_garbage_raises_nothing_but_malformed(self) -> None:
        """A stranger may post anything: it is refused in a short text, or read as far as it can be."""
        from hypothesis import strategies as st

        some = st.text(max_size=20)
        values = st.recursive(st.sampled_from(STRANGE) | some, lambda v: st.lists(v) | st.dictionaries(some, v))
        bodies = st.binary(max_size=200) | some.map(_encoded) | values.map(_dumped)
        kinds = ("", "application/json", "text/plain", "multipart/form-data; boundary=x")
        requests = st.builds(
            lambda body, kind, query: Request(NOW, query=query, headers={"content-type": kind}, body=body),
            bodies, st.sampled_from(kinds), st.dictionaries(some, some, max_size=3),
        )  # fmt: skip
        _given(requests, self._survives)

    def test_altered_requests_raise_nothing_but_malformed(self) -> None:
        """A newer version of the tool leaves fields out and fills others with something else."""
        from hypothesis import strategies as st

        for request in self.samples.values():
            places = len(_leaves(request))
            changes = st.lists(st.tuples(st.integers(0, max(places - 1, 0)), st.sampled_from(STRANGE)), max_size=4)
            _given(changes, partial(self._survives_altered, request), 30)

    def test_cut_requests_raise_nothing_but_malformed(self) -> None:
        """A body of which the end is missing."""
        for request in self.samples.values():
            for end in range(0, len(request.body), max(1, len(request.body) // 40)):
                self._survives(replace(request, body=request.body[:end]))

    def test_nesting_without_end(self) -> None:
        """Brackets a hundred thousand deep are refused, or passed over."""
        for body in (b"[" * 100_000, b'{"a":' * 100_000, b'{"alerts":' + b"[" * 100_000):
            self._survives(Request(NOW, body=body))

    def test_a_zone_that_there_is_not(self) -> None:
        """Times without a zone are none then."""
        for request in self.samples.values():
            for zone in ("", "Nowhere/Atlantis", "../etc/passwd"):
                self._survives(request, replace(self.options, zone=zone))

    def _tried(self, request: Request) -> list[Signal] | None:
        """What the request means; None if it is malformed."""
        try:
            return type(self).parse(request, self.options)
        except Malformed as error:
            said = str(error)
            assert said, "Malformed without a reason"
            assert len(said) <= LONGEST_REASON, f"a reason of {len(said)} characters: {said[:200]}"
            return None

    def _survives_altered(self, request: Request, changes: list[tuple[int, Any]]) -> None:
        self._survives(_altered(request, changes))

    def _survives(self, request: Request, options: Options | None = None) -> None:
        try:
            found = type(self).parse(request, options or self.options)
        except Malformed:
            return
        for signal in found:
            sound(signal, request, self.source, repr(request.body[:200]))


def sound(signal: Signal, request: Request, source: str, where: str) -> None:
    """Assert that a signal keeps what notifier/source.py promises."""
    assert isinstance(signal, Signal), f"{where}: {signal!r} is no signal"
    assert signal.source == source, f"{where}: source {signal.source!r}"
    assert isinstance(signal.kind, Kind), f"{where}: kind {signal.kind!r}"
    assert signal.key, f"{where}: no key"
    assert len(signal.key) <= LONGEST_KEY, f"{where}: a key of {len(signal.key)} characters"
    assert signal.received == request.received, f"{where}: received {signal.received!r}"
    for at in (signal.started, signal.ended):
        assert at is None or at.utcoffset() is not None, f"{where}: a time without a zone: {at}"
    assert len(signal.title) <= LONGEST_TITLE, f"{where}: a title of {len(signal.title)} characters"
    assert len(signal.text) <= LONGEST_TEXT, f"{where}: a text of {len(signal.text)} characters"
    for text in (signal.key, signal.component, signal.severity, signal.title, signal.episode):
        assert text.isprintable() or _visible(text), f"{where}: control characters in {text!r}"
    signal.text.encode()
    assert _visible(signal.text.replace("\n", "").replace("\t", "")), f"{where}: control characters in the text"
    for link in signal.links:
        assert link.lower().startswith(("http://", "https://")), f"{where}: a link that is none: {link!r}"


def _visible(text: str) -> bool:
    from unicodedata import category

    return not any(category(c) in ("Cc", "Cs") for c in text)


def _bare(signals: list[Signal] | None) -> list[Signal] | None:
    return None if signals is None else [replace(signal, received=NOW) for signal in signals]


def _given(strategy: Any, check: Callable[[Any], None], examples: int = EXAMPLES) -> None:
    from hypothesis import HealthCheck, given, settings

    quiet = settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )

    def run(value: Any) -> None:
        check(value)

    every: Any = given(strategy)
    tried: Any = quiet(every(run))
    tried()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


# Altering


def _leaves(request: Request) -> list[tuple[Any, Any]]:
    """Every place of a request's values: the container and the index or name in it."""
    return _places(_opened(request))


def _altered(request: Request, changes: list[tuple[int, Any]]) -> Request:
    """The request with these places changed; None takes a name away."""
    data = _opened(request)
    for place, value in changes:
        places = _places(data)
        if place < len(places):
            container, name = places[place]
            if value is None and isinstance(container, dict):
                del container[name]
            else:
                container[name] = deepcopy(value)  # else it might come to hold itself
    if request.env:
        return replace(request, env={name: str(value) for name, value in data.items()})
    if not request.body:
        return replace(request, query={name: str(value) for name, value in data.items()})
    return replace(request, body=_dumped(data))


def _opened(request: Request) -> Any:
    if request.env or not request.body:
        return dict(request.env or request.query)
    try:
        return json.loads(request.body)
    except ValueError:
        return {"data": request.body.decode("utf-8", "replace")}


def _places(data: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [data]
    while waiting:
        one = waiting.pop()
        names = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for name in names:
            found.append((one, name))
            waiting.append(one[name])
    return found
