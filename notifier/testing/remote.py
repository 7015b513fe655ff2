"""A remote service on a real socket of 127.0.0.1: takes HTTP requests, remembers them, misbehaves when told.

Such as this:

    def answer(request: Request) -> Answer:
        return Answer(json={"id": "42"})

    with FakeRemote(answer) as remote:
        remote.fault("throttle")
        ...requests to remote.url...
        assert remote.requests[0].json() == {...}
"""

from __future__ import annotations

import json as _json
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FAULTS = ("throttle", "busy", "unavailable", "denied", "drop_before", "drop_unprocessed", "drop_after", "hang")


class Headers(Mapping[str, str]):
    """Header fields, whatever the case of their names; of a repeated one the last."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = {name.lower(): value for name, value in fields}

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Headers({self._fields})"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent. path: as sent, without the query; query: of a repeated name the last value."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Headers
    body: bytes

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError."""
        return _json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body read as application/x-www-form-urlencoded."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: ``json`` unless it is None, else ``body``."""

    status: int = 200
    json: Any = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> tuple[bytes, str]:
        """The bytes of the body and their content type."""
        if self.json is None:
            return self.body, "text/plain; charset=utf-8"
        return _json.dumps(self.json).encode(), "application/json"


SHAPES: Mapping[str, Answer] = {
    "throttle": Answer(429, {"error": "Too many requests"}, headers={"Retry-After": "7"}),
    "busy": Answer(500, {"error": "Internal error"}),
    "unavailable": Answer(503, {"error": "Down for maintenance"}),
    "denied": Answer(401, {"error": "Unauthorized"}),
}


class FakeRemote:
    """The service, as a context manager; every connection has a thread of its own.

    answer: called for each request that is to be processed, one at a time; it holds the service's state.
    shapes: how the answers to the faults look that have an answer, where a service words them its own way.
    ``requests`` are all that were read, also those that a fault followed.
    """

    def __init__(self, answer: Callable[[Request], Answer], shapes: Mapping[str, Answer] | None = None) -> None:
        self.requests: list[Request] = []
        self._answer = answer
        self._shapes = {**SHAPES, **(shapes or {})}
        self._faults: deque[str] = deque()
        self._one = threading.Lock()
        self._server = _Listener(("127.0.0.1", 0), _Connection)
        self._server.remote = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def fault(self, name: str, times: int = 1) -> None:
        """The next ``times`` requests end badly; several calls queue up. "" takes back what has not happened yet.

        throttle: 429 with Retry-After: 7. busy: 500. unavailable: 503. denied: 401. These are not processed.
        drop_before: the connection is reset before the request is read. drop_unprocessed: it is read, and the
        connection closed. drop_after: it is read and processed, and the connection closed without an answer.
        hang: it is read and processed, and no answer comes until the client gives up or the remote is closed.
        Raises ValueError for a name unknown.
        """
        if not name:
            return self._faults.clear()
        if name not in FAULTS:
            raise ValueError(f"no such fault: {name}; there are {', '.join(FAULTS)}")
        return self._faults.extend([name] * times)

    def __enter__(self) -> FakeRemote:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and hang up on everybody; a second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def next_fault(self) -> str:
        """Take the fault that the request at the door meets; "" for none."""
        with self._one:
            return self._faults.popleft() if self._faults else ""

    def take(self, request: Request, fault: str) -> Answer | None:
        """The answer to a request; None when the client gets none."""
        with self._one:
            self.requests.append(request)
            if fault in self._shapes:
                return self._shapes[fault]
            if fault == "drop_unprocessed":
                return None
            answer = self._answer(request)
        return None if fault else answer


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    remote: FakeRemote

    def __init__(self, address: tuple[str, int], connection: type[_Connection]) -> None:
        super().__init__(address, connection)
        self._changed = threading.Condition()
        self._lines: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        request.close()  # and nothing before it: a reset is to arrive as one
        with self._changed:
            self._lines.discard(request)
            self._changed.notify_all()

    def hang_up(self, patience: float = 5) -> None:
        """Cut all connections and wait until their threads have noticed."""
        with self._changed:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._lines, patience)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that vanished is nothing to report; what ``answer`` raised is."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    server: _Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    fault = ""

    def handle_one_request(self) -> None:
        """Wait for a request, look which fault it meets, and serve it."""
        self.close_connection = True
        if not self._knocks():
            return
        self.fault = self.server.remote.next_fault()
        if self.fault == "drop_before":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        super().handle_one_request()

    def _knocks(self) -> bool:
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def _serve(self) -> None:
        split = urlsplit(self.path)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        request = Request(self.command, split.path, query, Headers(self.headers.items()), self._body())
        answer = self.server.remote.take(request, self.fault)
        if answer is not None:
            return self._reply(answer)
        self.close_connection = True
        if self.fault == "hang":
            self._knocks()
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve
    do_MKCOL = do_MOVE = _serve

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _reply(self, answer: Answer) -> None:
        content, kind = answer.content()
        self.send_response(answer.status)
        usual = {"Content-Type": kind, "Connection": "close" if self.close_connection else "keep-alive"}
        for name, value in {**usual, **answer.headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content if self.command != "HEAD" else b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the requests are remembered."""
