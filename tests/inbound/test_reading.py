"""Reading what tools send, in whatever form it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.inbound.recorded import recorded
from notifier.source import Kind, Malformed, Request
from tests.inbound.recordings import NOW

AT = datetime(2026, 11, 22, 12, 2, 13, tzinfo=UTC)


def body(content: bytes, kind: str = "", **more: object) -> object:
    """What a body holds."""
    return _read.payload(Request(NOW, headers={"content-type": kind}, body=content, **more))  # type: ignore[arg-type]


# Times


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-22T12:02:13Z", AT),
        ("2026-11-22T12:02:13.5Z", AT.replace(microsecond=500_000)),
        ("2026-11-22T12:02:13.123456789Z", AT.replace(microsecond=123_456)),
        ("2026-11-22T13:02:13+01:00", AT),
        ("2026-11-22T12:02:13.000+0000", AT),
        ("2026-11-22 12:02:13 +0000", AT),
        ("2026-11-22T07:32:13-04:30", AT),
        ("2026.11.22 13:02:13", AT),
        ("22.11.2026 13:02:13", AT),
        ("11/22/2026 1:02:13 PM", AT),
        ("Sun, 22 Nov 2026 13:02:13", AT),
        ("Sun Nov 22 12:02:13 UTC 2026", AT),
        (1795348933, AT),
        ("1795348933", AT),
        (1795348933.0, AT),
        (1795348933_000, AT),
        (1795348933_000_000, AT),
        (1795348933_000_000_000, AT),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("2026-13-40T25:00:00Z", None),
        ("2026-11-22T12:02:13+99:99", None),
        ("soon", None),
        ("", None),
        (0, None),
        (-1, None),
        (10**30, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ([], None),
    ],
)
def test_times(written, read):
    """Every way of writing a time that was seen, and what is none."""
    assert _read.moment(written, "Europe/Berlin") == read


@pytest.mark.parametrize("zone", ["", "Nowhere/Atlantis", "/etc/passwd"])
def test_a_local_time_needs_a_zone(zone):
    """A time without a zone says nothing where none is known; one with a zone does."""
    assert _read.moment("2026-11-22 12:02:13", zone) is None
    assert _read.moment("2026-11-22 12:02:13Z", zone) == AT


@given(st.integers() | st.floats() | st.text(alphabet="0123456789-:TZ.+/ APM") | st.text())
def test_no_time_raises(written):
    """Whatever stands where a time should."""
    found = _read.moment(written, "Europe/Berlin")

    assert found is None or (found.utcoffset() == timedelta(0) and 1990 <= found.year < 2200)


# Bodies


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "application/x-www-form-urlencoded", "x"])
def test_json_under_any_content_type(kind):
    """The body decides, not what its sender calls it."""
    assert body(b' \n{"a": 1}', kind) == {"a": 1}
    assert body(b'\xef\xbb\xbf{"a": 1}', kind) == {"a": 1}


def test_other_bodies():
    """Forms, multipart forms, JSON in a field of them, queries, environments."""
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'
    multipart = "multipart/form-data; boundary=x"

    assert body(b"a=1&b=%C3%A4") == {"a": "1", "b": "ä"}
    assert body(b"payload=%7B%22a%22%3A1%7D") == {"a": 1}
    assert body(part % (b"data", b'{"a": 1}'), multipart) == {"a": 1}
    assert body(part % (b"a", b"1"), multipart) == {"a": "1"}
    assert body(b"", query={"a": "1"}) == {"a": "1"}
    assert body(b"b=2", query={"a": "1"}) == {"a": "1", "b": "2"}
    assert body(b"", env={"A": "1"}) == {"A": "1"}
    assert body(b"A=1\nB=two\nlines\nC='quoted'\n") == {"A": "1", "B": "two\nlines", "C": "quoted"}


def test_old_encodings():
    """An old tool on Windows sends umlauts as Latin-1."""
    assert body('{"a": "Störung"}'.encode("latin-1")) == {"a": "Störung"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a": "x" y"}', "line 1, column 11"),
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b"[" * 100_000, "nested too deeply"),
        (b"hello", "neither JSON nor a form"),
        (b"&".join(b"a%d=1" % i for i in range(2000)), "more than 1000 fields"),
    ],
)
def test_broken_bodies(content, reason):
    """The position is named, and the remedy; little of the body is shown."""
    with pytest.raises(Malformed, match=reason) as caught:
        _read.payload(Request(NOW, body=content), "Do this.")
    assert str(caught.value).endswith("Do this.")
    assert len(str(caught.value)) < 200


def test_odd_but_valid_json():
    """Numbers beyond measure, names given twice, line breaks within texts."""
    text = b'{"a": NaN, "b": Infinity, "c": ' + b"9" * 5000 + b', "d": 1, "d": 2, "e": "x\ny"}'

    assert body(text) == {"a": None, "b": None, "c": None, "d": 2, "e": "x\ny"}


# Names, texts, keys


def test_names_in_any_style():
    """EVENT.ID, event_id and eventId are one; the exact name wins."""
    found = Record({"EVENT.ID": "24", "event_id": "25", "hostName": "voice1"})

    assert found.text("EVENT.ID") == "24"
    assert found.text("event_id") == "25"
    assert found.text("host_name") == "voice1"
    assert "HOST.NAME" in found


@pytest.mark.parametrize(
    "token",
    ["{EVENT.RECOVERY.ID}", "{USER.FULLNAME}", "*alertFriendlyDuration*", "*UNKNOWN*", "$TAG3", "$ALERT_SCOPE",
     "%sensor", "[RESULT_CONDITIONS]", "$SERVICESTATE$", "$service.state$", "", "  ", None],
)  # fmt: skip
def test_what_was_not_filled_in_is_absent(token):
    """A placeholder that arrives as itself says nothing."""
    assert Record({"a": token}).text("a") == ""
    assert Record({"a": token, "b": "x"}).text("a", "b") == "x"


@pytest.mark.parametrize("text", ["[DOWN]", "*****", "5$", "50%", "{}", "{EVENT.ID} is down", "100%sure", "$"])
def test_what_only_looks_like_a_placeholder(text):
    """A text with a placeholder's signs in it is a text."""
    assert Record({"a": text}).text("a") == text


def test_values_as_text():
    """Numbers and truths are written as one would; lists and objects are no text."""
    values = {"a": 24, "b": 24.0, "c": True, "d": 0.5, "e": [1], "f": {}, "g": float("inf")}

    assert [Record(values).text(name) for name in values] == ["24", "24", "true", "0.5", "", "", ""]


def test_texts_are_clean_and_short():
    """No control characters, no half of a character, no tricks with the direction of writing."""
    assert _read.line("a\x00b\x1b[31m\r\nc \u202ed\ud800") == "ab[31m c d"
    assert _read.prose("a\r\nb\x07\u2028c") == "a\nb\nc"
    assert len(_read.prose("x" * 50_000)) == 10_000
    assert _read.line("x" * 500, 300).endswith("…")


def test_what_cannot_be_seen_is_absent():
    """A name of nothing but control characters is no name."""
    assert Record({"host": "\ud800\x00", "name": "v1"}).text("host", "name") == "v1"


def test_keys():
    """A long key becomes a short one, the same each time; different ones stay different."""
    assert _read.key("host", "", "service\n") == "host/service"
    assert _read.key("x" * 255) == "x" * 255
    assert _read.key("x" * 256) == _read.key("x" * 256) != _read.key("x" * 257)
    assert _read.key("x" * 256).startswith("sha256:")
    assert _read.key("", "\x00") == ""


def test_links():
    """Only addresses of the web, each once."""
    good, odd = (
        "https://a.example/x?y=1",
        ["javascript:alert(1)", "ftp://a", "/path", "http://", "https://a b", None, 1],
    )

    assert _read.links(good, *odd, good, 'https://a"b', "http://[::1", "x" * 5000) == (good,)


def test_an_end_belongs_to_a_recovery():
    """Grafana guesses an end for alerts that fire; and no outage ends before it began."""

    def ended(kind: Kind, started: datetime) -> datetime | None:
        return _read.signal(Request(NOW), "x", "k", kind, started=started, ended=AT).ended

    assert ended(Kind.PROBLEM, AT) is None
    assert ended(Kind.RECOVERY, AT) == AT
    assert ended(Kind.RECOVERY, AT + timedelta(hours=1)) is None


# Files


def test_a_whole_request():
    """From its request line on, with its query and headers; more headers may be given."""
    content = b"POST /hook/x?token=abc&b=c%20d HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\n{}"
    found = recorded(content, NOW, {"X-Two": "2"})

    assert (found.method, found.path, found.body) == ("POST", "", b"{}")
    assert found.query == {"token": "abc", "b": "c d"}
    assert found.headers == {"host": "a", "x-one": "1", "x-two": "2"}


def test_the_path_of_a_dialect_is_kept():
    """What speaks like another service has the key in its path."""
    assert recorded(b"POST /api/v2/alerts/x/close HTTP/1.1\n\n{}", NOW).path == "/v2/alerts/x/close"


def test_environments_and_bodies():
    """NAME=value lines are an environment; a form is not."""
    assert recorded(b"# argv\n--x\n# env\nA=1\nB=\n", NOW).env == {"A": "1", "B": ""}
    assert recorded(b'export A="1 2"\ndeclare -x B=2\n', NOW).env == {"A": "1 2", "B": "2"}
    assert recorded(b"a=1&b=2", NOW).env == {}
    assert recorded(b"a=1", NOW).body == b"a=1"
    assert recorded(b'{"A": "B=C"}', NOW).env == {}
