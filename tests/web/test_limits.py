"""What is too much: sizes, times, numbers, and bytes that are no HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from notifier.web import limits
from tests.web.running import OPEN, PATIENCE, Served, alert, serving, until

HEAD = b"POST /hooks/open HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "BODY_SECONDS", 0.3)
        patch.setattr(limits, "HEAD_SECONDS", 0.3)
        with serving(tmp_path_factory.mktemp("limits"), OPEN) as running:
            yield running


def test_a_large_body_is_refused_by_its_length(served: Served) -> None:
    """413 before a byte of the body was sent."""
    found = served.raw(HEAD + b"Content-Length: 1048577\r\n\r\n")

    assert found.startswith(b"HTTP/1.1 413 ")
    assert served.requests() == []


def test_a_large_body_is_refused_while_it_comes(served: Served) -> None:
    """413 also when it does not say how long it is."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line:
        line.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with suppress(OSError):
            for _ in range(40):
                line.sendall(chunk)
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
    assert served.requests() == []


def test_a_body_of_just_one_mebibyte_is_taken(served: Served) -> None:
    """The limit is what it says."""
    body = b'{"alerts": [], "x": "' + b"x" * ((1 << 20) - 23) + b'"}'

    assert len(body) == 1 << 20
    assert served.post("/hooks/open", body).status_code == 200


def test_a_slow_body_is_given_up(served: Served) -> None:
    """408, and the connection is closed."""
    found = served.raw(HEAD + b"Content-Length: 100\r\n\r\n", b"{")

    assert found.startswith(b"HTTP/1.1 408 ")


def test_a_slow_head_is_given_up(served: Served) -> None:
    """A connection that never finishes its request is closed, and so is one that says nothing."""
    for start in (HEAD, b""):
        with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line:
            line.sendall(start)
            assert line.recv(100) == b""


def test_an_endless_head_is_given_up(served: Served) -> None:
    """One header that never ends does not fill the memory."""
    sent = 0
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line, suppress(OSError):
        line.sendall(HEAD + b"X: ")
        while sent < 1000 * 65536:
            line.sendall(b"x" * 65536)
            sent += 65536
    assert sent < 1000 * 65536


def test_too_many_headers_are_refused(served: Served) -> None:
    """431."""
    many = b"".join(b"X-%d: y\r\n" % n for n in range(150))

    assert served.raw(HEAD + many + b"Content-Length: 2\r\n\r\n{}").startswith(b"HTTP/1.1 431 ")


def test_packed_bodies_are_not_unpacked(served: Served) -> None:
    """415: a bomb of zeros cannot be sent."""
    assert served.post("/hooks/open", b"x", headers={"content-encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(
    "bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"\x00" * 1000,
        b"GET\r\n\r\n",
        b"POST /hooks/open HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /hooks/open HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /hooks/open HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    ids=["tls", "zeros", "nonsense", "negative", "two framings", "two lengths"],
)
def test_what_is_no_http_is_refused(served: Served, bytes: bytes) -> None:
    """400 or nothing at all; nothing is stored, and the next request is answered."""
    before = len(served.requests())
    found = served.raw(bytes)

    assert found == b"" or found.startswith(b"HTTP/1.1 400 ")
    assert len(served.requests()) == before
    assert served.get("/healthz").status_code == 200


def test_requests_sent_in_one_go_are_answered_in_order(served: Served) -> None:
    """HTTP/1.1 pipelining."""
    one = HEAD + b"Content-Length: 14\r\n\r\n" + b'{"alerts": []}'
    bad = HEAD + b"Content-Length: 2\r\n\r\n" + b"{}"
    found = served.raw(one + bad + one)

    assert [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400", b"200"]


@pytest.mark.parametrize("path", ["/hooks/open/%ff%00", "/hooks/%2e%2e/x", "/hooks//x", "/hooks/", "/" + "a" * 4000])
def test_odd_paths_do_no_harm(served: Served, path: str) -> None:
    """Whatever stands in an address, there is a plain answer."""
    found = served.raw(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}".encode())

    assert found[9:12] in (b"400", b"403", b"404")


def test_more_at_once_than_can_be_held_is_told_to_come_later(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After."""
    monkeypatch.setattr(limits, "AT_ONCE", 1)
    monkeypatch.setattr(limits, "BODY_SECONDS", PATIENCE)
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line:
        line.sendall(HEAD + b"Content-Length: 14\r\n\r\n")

        def busy() -> bool:
            answer = served.post("/hooks/open", alert("v1"))
            return answer.status_code == 503 and answer.headers["retry-after"] == "1"

        until(busy)
        line.sendall(b'{"alerts": []}')
        assert line.recv(100).startswith(b"HTTP/1.1 200 ")
    until(lambda: served.post("/hooks/open", alert("v1")).status_code == 200)
