"""(e) From a signal to the first request to a channel, and how fast signals are taken in, beside Alertmanager."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import intake
from benchmarks.measure import ENVIRONMENT, PYTHON

SIGNALS, ROUNDS, CONNECTIONS = 30, 5, 16
ROUTE = """
route: {{receiver: sink, group_by: [service], group_wait: 0s, group_interval: 1m, repeat_interval: 1h}}
receivers: [{{name: sink, webhook_configs: [{{url: "{url}", send_resolved: false}}]}}]
"""


class Sink:
    """A channel's remote: when each request had arrived."""

    def __init__(self) -> None:
        self.came: list[float] = []
        sink = self

        class Notes(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                sink.came.append(time.perf_counter())
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> float:
        """When the request of that number had come."""
        end = time.perf_counter() + 60
        while len(self.came) < count:
            if time.perf_counter() > end:
                raise SystemExit("a request never came")
            time.sleep(0.0002)  # between two looks; short, as it is part of what is measured
        return self.came[count - 1]

    def close(self) -> None:
        """Let go."""
        self._server.shutdown()
        self._server.server_close()


def delays(send: Any, sink: Sink) -> list[float]:
    """Milliseconds from sending a signal till the channel has its request; the first is to warm up."""
    found = []
    for number in range(SIGNALS + 1):
        begun = time.perf_counter()
        send(number)
        found.append((sink.wait(number + 1) - begun) * 1000)
    return found[1:]


def ours(folder: Path) -> list[float]:
    """`notifier serve`: each signal brings another component into the incident, which is published at once."""
    sink = Sink()
    parts = "".join(f'[components.c{n}]\nname = "C{n}"\n' for n in range(SIGNALS + 1))
    channel = f'[channels.sink]\nkind = "webhook"\nurl = "{sink.url}"\n[rules.all]\nthen = "publish"\n'
    with served(folder, parts + channel) as port:

        def send(number: int) -> None:
            one = {"status": "firing", "fingerprint": f"{number:016x}", "labels": {"service": f"c{number}"}}
            headers = {"authorization": "Bearer bench-secret", "content-type": "application/json"}
            body = json.dumps({"version": "4", "groupKey": "g", "alerts": [one]}).encode()
            post(f"http://127.0.0.1:{port}/hooks/bench", body, headers)

        found = delays(send, sink)
    sink.close()
    return found


def theirs(folder: Path) -> list[float]:
    """Alertmanager: each signal is a group of its own, told at once."""
    sink = Sink()
    with alertmanager(folder, sink.url) as port:

        def send(number: int) -> None:
            body = json.dumps([{"labels": {"alertname": "a", "service": f"c{number}"}}]).encode()
            post(f"http://127.0.0.1:{port}/api/v2/alerts", body, {"content-type": "application/json"})

        found = delays(send, sink)
    sink.close()
    return found


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """One request."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        answer.read()


@contextmanager
def served(folder: Path, more: str) -> Iterator[int]:
    """`notifier serve` with these tables; its port."""
    home = Path(tempfile.mkdtemp(dir=folder))
    (home / "notifier.toml").write_text(intake.SETTINGS + more, encoding="utf-8")
    (home / "notifier.toml").chmod(0o600)
    port = free()
    yield from _running([PYTHON, "-m", "benchmarks.intake_server", "group", str(home), str(port)], port)


@contextmanager
def alertmanager(folder: Path, url: str) -> Iterator[int]:
    """Alertmanager of Debian's package prometheus-alertmanager; its port."""
    home = Path(tempfile.mkdtemp(dir=folder))
    (home / "am.yml").write_text(ROUTE.format(url=url), encoding="utf-8")
    port = free()
    words = ["prometheus-alertmanager", f"--config.file={home}/am.yml", f"--storage.path={home}/data"]
    yield from _running([*words, f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="], port)


def _running(words: list[str], port: int) -> Iterator[int]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, env=ENVIRONMENT, stdout=quiet, stderr=quiet) as process:
        try:
            for _ in range(600):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                time.sleep(0.05)  # between two looks whether it listens yet
            else:
                raise SystemExit(f"{words[0]} did not start")
            yield port
        finally:
            process.kill()


def free() -> int:
    """A port that nobody uses."""
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


def rate(port: int, to: str) -> dict[str, float]:
    """Requests a second that are taken in."""
    words = [PYTHON, "-m", "benchmarks.intake_client", str(port), str(CONNECTIONS), str(intake.SECONDS), to]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=ENVIRONMENT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report() -> Iterator[str]:
    """The lines of the report."""
    there = shutil.which("prometheus-alertmanager") is not None
    kinds = {"notifier serve": ours} | ({"Alertmanager": theirs} if there else {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found: dict[str, list[float]] = {kind: [] for kind in kinds}
        for _ in range(ROUNDS):
            for kind, measure in kinds.items():
                found[kind] += measure(folder)
        yield f"From a signal to the channel's request, {SIGNALS} signals in each of {ROUNDS} rounds:\n"
        yield "| | median ms | of 100, 95 are quicker than ms |"
        yield "|---|---:|---:|"
        for kind, times in found.items():
            yield f"| {kind} | {median(times):.1f} | {sorted(times)[int(len(times) * 0.95)]:.1f} |"
        yield ""
        yield from _rates(folder) if there else ["prometheus-alertmanager is not installed: it was not measured."]


def _rates(folder: Path) -> Iterator[str]:
    rates: dict[str, list[dict[str, float]]] = {"on disk before the answer": [], "Alertmanager, in memory": []}
    for _ in range(ROUNDS):
        with served(folder, "") as port:
            rates["on disk before the answer"].append(rate(port, ""))
        with alertmanager(folder, "http://127.0.0.1:9/") as port:
            rates["Alertmanager, in memory"].append(rate(port, "alertmanager"))
    yield f"{CONNECTIONS} connections, two new alerts a request:\n"
    yield "| | requests/s | p99 ms | x Alertmanager |"
    yield "|---|---:|---:|---:|"
    base = [one["rate"] for one in rates["Alertmanager, in memory"]]
    for kind, runs in rates.items():
        times = median(run["rate"] / other for run, other in zip(runs, base, strict=True))
        middle = [median(run[key] for run in runs) for key in ("rate", "p99")]
        yield f"| {kind} | {middle[0]:.0f} | {middle[1]:.1f} | {times:.2f} |"
