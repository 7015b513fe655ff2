"""One HTTP request and what its end says, against real sockets."""

from __future__ import annotations

import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from channels._http import LONGEST_WAIT, Http, excerpt, host, reset_after, retry_after, verdict
from notifier.channel import DeliveryError, Permanent, Secret, Temporary, Unsure
from notifier.testing import Answer, FakeRemote, failure, refused

TOKEN = "t0ken-which-nobody-may-see"
SHORT = (2.0, 0.3)


@pytest.fixture
def http() -> Http:
    return Http([Secret(TOKEN)])


@pytest.fixture
def remote() -> Iterator[FakeRemote]:
    with FakeRemote(lambda r: Answer(json={"path": r.path, "sent": r.body.decode()})) as remote:
        yield remote


def raw(*parts: bytes) -> Iterator[str]:
    """The address of a server that answers one request with exactly these bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                for part in parts:
                    line.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


# What an exception says


def test_an_answer_of_2xx_is_success(http: Http, remote: FakeRemote) -> None:
    """The request arrives as given, and the answer comes back."""
    answer = http.request("POST", f"{remote.url}/a", data=b"words")

    assert answer.json() == {"path": "/a", "sent": "words"}


def test_nobody_listens(http: Http) -> None:
    """Connection refused: surely not sent, and the admin reads where and why."""
    error = failure(lambda: http.request("POST", f"{refused()}/{TOKEN}"))

    assert isinstance(error, Temporary)
    assert "127.0.0.1" in error.why
    assert "Connection refused" in error.why


def test_unknown_name(http: Http) -> None:
    """A host name that does not resolve: surely not sent."""
    error = failure(lambda: http.request("POST", f"http://nowhere.invalid/{TOKEN}"))

    assert isinstance(error, Temporary)
    assert "nowhere.invalid" in error.why


def test_nobody_accepts_in_time(http: Http) -> None:
    """A connection that is not made in time: surely not sent."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for line in waiting:
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        error = failure(lambda: http.request("POST", f"http://127.0.0.1:{full.getsockname()[1]}", timeout=(0.2, 5)))
        for line in waiting:
            line.close()

    assert isinstance(error, Temporary)


@pytest.mark.parametrize("fault", ["drop_before", "drop_unprocessed", "drop_after"])
def test_connection_lost(http: Http, remote: FakeRemote, fault: str) -> None:
    """Sent, and the connection lost: nobody knows. It is not tried again."""
    remote.fault(fault)

    assert isinstance(failure(lambda: http.request("GET", remote.url, idempotent=True)), Unsure)
    assert len(remote.requests) == (0 if fault == "drop_before" else 1)


def test_no_answer_in_time(http: Http, remote: FakeRemote) -> None:
    """Sent, and no answer in time: nobody knows, even where a repeat is harmless."""
    remote.fault("hang")
    error = failure(lambda: http.request("POST", remote.url, idempotent=True, timeout=SHORT))

    assert isinstance(error, Unsure)
    assert "did not answer in time" in error.why


@pytest.mark.parametrize(
    "parts",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",),
        (b"HTTP/1.1 20",),
        (b"\x15\x03\x01 is no HTTP\r\n\r\n",),
    ],
    ids=["short", "chunks break off", "not gzip", "status breaks off", "not HTTP"],
)
def test_answer_broken(http: Http, parts: tuple[bytes, ...]) -> None:
    """An answer that cannot be read to its end says nothing for sure."""
    for url in raw(*parts):
        assert isinstance(failure(lambda url=url: http.request("POST", url)), Unsure)  # type: ignore[misc]


def test_answer_stalls_midway(http: Http, remote: FakeRemote) -> None:
    """An answer that begins and then stalls says nothing for sure."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                done.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        error = failure(lambda: http.request("POST", url, timeout=SHORT))
        done.set()
        thread.join()

    assert isinstance(error, Unsure)
    assert "in time" in error.why


def test_certificate_nobody_vouches_for(http: Http, tmp_path: Path) -> None:
    """A TLS failure: surely not sent, and the admin reads what is wrong with the certificate."""
    files = [str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")]
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    subprocess.run(
        [*made, "-subj", "/CN=localhost", "-keyout", files[0], "-out", files[1]], check=True, capture_output=True
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files[1], files[0])

    def serve() -> None:
        line, _ = server.accept()
        with line, pytest.raises(ssl.SSLError):
            context.wrap_socket(line, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        error = failure(lambda: http.request("POST", f"https://localhost:{server.getsockname()[1]}"))
        thread.join()

    assert isinstance(error, Temporary)
    assert "self-signed certificate" in error.why


def test_tls_asked_of_a_plain_server(http: Http, remote: FakeRemote) -> None:
    """https where http is spoken: surely not sent."""
    error = failure(lambda: http.request("POST", f"https://127.0.0.1:{remote.port}"))

    assert isinstance(error, Temporary)
    assert "secure connection" in error.why


@pytest.mark.parametrize(
    "url", [f"status.example.org/{TOKEN}", f"ftp://e.org/{TOKEN}", f"http:///{TOKEN}", f"http://[{TOKEN}"]
)
def test_address_that_is_none(http: Http, url: str) -> None:
    """A mistyped address breaks the channel, and the words show what an address looks like, not this one."""
    error = failure(lambda: http.request("POST", url))

    assert isinstance(error, Permanent)
    assert error.whole
    assert "https://" in error.why
    assert TOKEN not in error.why


def test_token_with_a_line_break(http: Http, remote: FakeRemote) -> None:
    """A token pasted with its line break is told as such, and is not shown."""
    error = failure(lambda: http.request("POST", remote.url, headers={"Authorization": f"Bearer {TOKEN}\nx"}))

    assert isinstance(error, Permanent)
    assert "line break" in error.why
    assert TOKEN not in error.why
    assert remote.requests == []


# What a status says


@pytest.mark.parametrize(
    ("status", "alone", "idempotent"),
    [
        *[(status, Temporary, Temporary) for status in (408, 425, 429, 503)],
        *[(status, Unsure, Temporary) for status in (500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527)],
        *[(status, Permanent, Permanent) for status in (400, 401, 402, 403, 404, 409, 410, 413, 422)],
        *[(status, Permanent, Permanent) for status in (301, 302, 303, 307, 308)],
        (600, Unsure, Temporary),
        (199, Unsure, Unsure),
    ],
)
def test_verdict(status: int, alone: type[DeliveryError], idempotent: type[DeliveryError]) -> None:
    """Each status says what is known; an inner error is repeated only where that is harmless."""
    assert type(verdict(status, {}, "why")) is alone
    assert type(verdict(status, {}, "why", idempotent=True)) is idempotent


@pytest.mark.parametrize(
    ("status", "whole"), [(401, True), (407, True), (301, True), (403, False), (404, False), (422, False)]
)
def test_broken_channel_or_refused_message(status: int, whole: bool) -> None:
    """Credentials and moved addresses concern the whole channel; other refusals this message."""
    error = verdict(status, {}, "why")

    assert isinstance(error, Permanent)
    assert error.whole is whole


def test_redirect_names_the_new_place_but_not_its_path(http: Http) -> None:
    """A redirect is not followed, and the admin reads where it points, without a token that may stand there."""
    with FakeRemote(lambda _: Answer(302, headers={"Location": f"https://new.example.org/{TOKEN}"})) as remote:
        error = failure(lambda: http.request("POST", f"{remote.url}/{TOKEN}"))

        assert len(remote.requests) == 1
    assert "new.example.org" in error.why
    assert TOKEN not in error.why


@pytest.mark.parametrize("location", ["http://[", "", "/here"])
def test_redirect_to_nowhere(location: str) -> None:
    """A malformed or relative redirect is told all the same."""
    assert isinstance(verdict(302, {"Location": location}, "why"), Permanent)


@pytest.mark.parametrize(
    ("status", "headers", "after", "whole"),
    [
        (429, {"Retry-After": "7"}, 7, True),
        (503, {"Retry-After": "7"}, 7, True),
        (503, {}, None, False),
        (429, {}, None, True),
        (429, {"Retry-After": "soon"}, None, True),
        (429, {"Retry-After": "9" * 400}, LONGEST_WAIT, True),
        (429, {"X-RateLimit-Reset": "30"}, 30, True),
        (429, {"Retry-After": "0", "X-RateLimit-Reset": "30"}, 0, True),
    ],
)
def test_how_long_to_wait(status: int, headers: dict[str, str], after: float | None, whole: bool) -> None:
    """What the remote asks for is passed on, within reason; a limit rests the whole channel."""
    error = verdict(status, headers, "why")

    assert isinstance(error, Temporary)
    assert (error.after, error.whole) == (after, whole)


def in_an_hour() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("read", "headers"),
    [
        (retry_after, lambda: {"Retry-After": format_datetime(in_an_hour(), usegmt=True)}),
        (reset_after, lambda: {"X-RateLimit-Reset": in_an_hour().isoformat().replace("+00:00", "Z")}),
        (reset_after, lambda: {"X-RateLimit-Reset": in_an_hour().replace(tzinfo=None).isoformat()}),
        (reset_after, lambda: {"X-RateLimit-Reset": str(int(in_an_hour().timestamp()))}),
    ],
    ids=["HTTP date", "ISO time", "ISO time without zone", "seconds since 1970"],
)
def test_dates_are_read(read: Any, headers: Any) -> None:
    """Services write the time to come back in several ways; all mean the same hour."""
    assert read(headers()) == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "1.2.3", "Wed, 99 Nov 2011 20:14:00 GMT", "2011-13-13", "nan", "inf"]
)
def test_unreadable_waits_are_none(value: str) -> None:
    """What cannot be read is no time at all, and never an exception."""
    assert retry_after({"Retry-After": value}) is None
    assert reset_after({"X-RateLimit-Reset": value}) is None


def test_a_time_that_has_passed_is_now() -> None:
    """A time to come back that is over means at once, not a negative wait."""
    assert retry_after({"Retry-After": "Sat, 19 Nov 2011 20:14:00 GMT"}) == 0


# What an error shows


def test_error_quotes_the_answer_without_secrets() -> None:
    """The admin reads host, status and the remote's words on one line; a secret that it echoes is dots."""
    page = f"<html><style>p {{}}</style><p>Token {TOKEN}\n is <b>unknown</b>\x1b[31m</html>"
    with FakeRemote(lambda _: Answer(403, body=page.encode())) as remote:
        error = failure(lambda: Http([Secret(TOKEN)]).request("POST", remote.url))

        assert error.why == f"127.0.0.1:{remote.port} answers 403 (Token ••• is unknown [31m)"


def test_error_quotes_little() -> None:
    """A long answer is cut."""
    assert excerpt("x" * 201) == "x" * 199 + "…"
    assert excerpt("x" * 200) == "x" * 200


def test_bytes_that_are_no_text_are_quoted_somehow(http: Http) -> None:
    """A binary error page is no obstacle."""
    with FakeRemote(lambda _: Answer(400, body=b"\xff\xfe\x00bad")) as remote:
        assert "bad" in failure(lambda: http.request("POST", remote.url)).why


def test_log_never_shows_the_address(http: Http, remote: FakeRemote, caplog: pytest.LogCaptureFixture) -> None:
    """Even at DEBUG, no log line holds the path, in which services keep tokens."""
    caplog.set_level(logging.DEBUG)
    http.request("POST", f"{remote.url}/bot{TOKEN}/send")

    assert TOKEN not in caplog.text
    assert remote.requests[0].path == f"/bot{TOKEN}/send"


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://ada:pw@e.org:8443/x", "e.org:8443"), ("https://e.org", "e.org"), ("nonsense", ""), ("http://[", "")],
)
def test_host_is_what_an_error_may_name(url: str, shown: str) -> None:
    """Host and port, without user and password."""
    assert host(url) == shown


# How a request is made


def test_each_request_has_a_connection_of_its_own(http: Http) -> None:
    """A server that keeps the connection open and drops it then is no trouble."""
    peers: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                line, peer = server.accept()
                peers.append(peer)
                with line:
                    line.recv(65536)
                    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        for _ in range(2):
            http.request("POST", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()

    assert len(set(peers)) == 2


def test_netrc_is_not_asked(http: Http, remote: FakeRemote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login that somebody keeps for this host in ~/.netrc does not replace the channel's own token."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password other")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    http.request("POST", remote.url, headers={"Authorization": f"Bearer {TOKEN}"})

    assert remote.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_cookies_are_not_kept(http: Http) -> None:
    """One request knows nothing of the other."""
    with FakeRemote(lambda _: Answer(headers={"Set-Cookie": "node=7; Path=/"})) as remote:
        http.request("POST", remote.url)
        http.request("POST", remote.url)

        assert "Cookie" not in remote.requests[1].headers
