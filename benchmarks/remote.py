"""A remote on the loopback: takes any POST, answers 200 after a while; GET gives when each POST had wholly arrived.

``python -m benchmarks.remote SECONDS`` prints its port and serves until it is ended.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Remote(ThreadingHTTPServer):
    """Notes arrivals by the monotonic clock, which all processes of a machine share."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer_after: float) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answer_after = answer_after
        self.arrivals: list[float] = []
        self.lock = threading.Lock()


class Answer(BaseHTTPRequestHandler):
    """One connection."""

    server: Remote
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Take it, wait, say yes."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        with self.server.lock:
            self.server.arrivals.append(time.monotonic())
        time.sleep(self.server.answer_after)  # this is the slow remote that is made up
        self._say(b"{}")

    def do_GET(self) -> None:
        """All arrivals so far; then forget them."""
        with self.server.lock:
            arrivals, self.server.arrivals = self.server.arrivals, []
        self._say(json.dumps(arrivals).encode())

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


if __name__ == "__main__":
    with Remote(float(sys.argv[1])) as remote:
        print(remote.server_address[1], flush=True)
        remote.serve_forever()
