"""What the process says of itself: health, numbers, logs, and how it starts and ends."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from starlette.routing import Route

from notifier.web import app, parts
from notifier.web.log import Log
from notifier.web.parts import Rounds
from tests.web.running import EVENTS, OPEN, PATIENCE, Process, alert, event, serving, until, write

SECRETS = ("routing-s3cret-0001", "path-s3cret-0002", "old-s3cret-0003", "cookie-s3cret-0004")
PATH = '[hooks.path]\nsource = "alertmanager"\nsecret = ["path-s3cret-0002", "old-s3cret-0003"]\n'


def test_numbers_for_prometheus(tmp_path: Path) -> None:
    """Requests by hook and status, what waits, how commits go; no secret among them."""
    with serving(tmp_path, OPEN, PATH) as served:
        served.post("/hooks/open", alert("v1"))
        served.post("/hooks/path/path-s3cret-0002", alert("v2"))
        served.post("/hooks/path/wrong-s3cret", alert("v2"))
        until(lambda: [one.state for one in served.requests()] == ["weighed", "weighed"])
        answer = served.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in (
        'notifier_requests_total{hook="open",place="hook",status="200"} 1.0',
        'notifier_requests_total{hook="path",place="hook",status="403"} 1.0',
        'notifier_intake_requests{state="weighed"} 2.0',
        'notifier_signals{kind="problem"} 2.0',
        'notifier_problems{stage="open"} 2.0',
        'notifier_drafts{state="waiting"} 1.0',
        'notifier_nodes{kind="run"} 1.0',
        'notifier_oldest_due_seconds{channel="team"}',
        "notifier_commit_seconds_count 2.0",
    ):
        assert line in answer.text
    assert "s3cret" not in answer.text


def test_numbers_can_be_kept_to_oneself(tmp_path: Path) -> None:
    """metrics = false: no such address."""
    with serving(tmp_path, "metrics = false\n") as served:
        assert served.get("/metrics").status_code == 404
        assert served.get("/healthz").json() == {"status": "ok"}
        assert served.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize("as_json", [False, True])
def test_logs_hold_no_secret_and_one_line_an_event(tmp_path: Path, as_json: bool) -> None:
    """Whatever is sent: a line a request, in UTC, with an id that the sender got, too; no query, no path, no secret."""
    with serving(tmp_path, OPEN, PATH, EVENTS, as_json=as_json) as served:
        answers = [
            served.post("/hooks/path/path-s3cret-0002?token=old-s3cret-0003", alert("v1")),
            served.post("/hooks/path/old-s3cret-0003%0d%0aevil", alert("v1")),
            served.post("/hooks/path", alert("v1"), headers={"cookie": "a=cookie-s3cret-0004"}),
            served.post("/hooks/pd/v2/enqueue", event()),
            served.post("/path-s3cret-0002/nothing%0aevent=forged"),
            served.post("/hooks/a%0aevent=forged/b"),
        ]
        said = served.log.getvalue()
    lines = [line for line in said.splitlines() if '"request"' in line or "event=request" in line]

    assert len(lines) == len(answers)
    for line, answer in zip(lines, answers, strict=True):
        assert answer.headers["x-request-id"] in line
        assert str(answer.status_code) in line
    assert not any(secret in said for secret in SECRETS)
    assert "forged" not in said
    if as_json:
        assert json.loads(lines[0])["hook"] == "path"
    else:
        assert re.match(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=info event=request id=", lines[0])


def test_a_fault_of_ours_is_no_riddle_for_the_admin(tmp_path: Path) -> None:
    """500 without a word on what it was; the log has it, on one line."""

    async def broken(request: object) -> None:
        raise RuntimeError("path-s3cret-0002 \r\n fell")

    with pytest.MonkeyPatch.context() as patch:
        routes = app.routes
        patch.setattr(app, "routes", lambda web: [*routes(web), Route("/broken", broken)])
        with serving(tmp_path, PATH) as served:
            answer = served.get("/broken")
            until(lambda: "event=request" in served.log.getvalue())
            said = served.log.getvalue()

    assert answer.status_code == 500
    assert "fell" not in answer.text
    assert "fell" in said
    assert "path-s3cret-0002" not in said
    assert len([line for line in said.splitlines() if line]) == 2


def test_a_part_that_fails_is_seen(tmp_path: Path) -> None:
    """A round that fails is written down and tried again; as long as it fails that is said, but it lives."""
    said, calls, well = io.StringIO(), [], threading.Event()

    def round() -> None:
        calls.append(1)
        if not well.is_set():
            raise ValueError("no")
        part.trouble("")

    part = Rounds("clock", round, lambda: None, Log(said))
    part.start()
    until(part.fails)
    assert part.ill() == ""
    well.set()
    until(lambda: not part.fails())
    part.stop()

    assert len(calls) > 1
    assert "ValueError" in said.getvalue()


def test_a_part_that_hangs_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that does not end: that is what a new start helps against."""
    monkeypatch.setattr(parts, "WELL", 0.1)
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(PATIENCE)

    stuck = Rounds("stuck", hang, lambda: None, Log(io.StringIO()))
    stuck.start()
    why = until(stuck.ill)
    go_on.set()
    stuck.stop()

    assert re.fullmatch(r"no sign of life for \d+ s", why)


def test_it_says_where_it_listens_and_ends_well(tmp_path: Path) -> None:
    """Hooks without their secrets; SIGTERM ends it with 0."""
    with Process(tmp_path, PATH, OPEN) as served:
        assert served.end() == 0
        said = served.said()

    assert f"Listening on http://127.0.0.1:{served.port}." in said
    assert "/hooks/path  alertmanager, auth = path" in said
    assert "s3cret" not in said


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """One clear text, exit code 2."""
    path = write(tmp_path, OPEN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "notifier", "--config", str(path), "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert done.returncode == 2
    assert f"cannot listen on port {port}" in done.stderr


def test_systemd_is_told_and_hands_over_its_socket(tmp_path: Path) -> None:
    """READY=1 once it listens on the socket that was handed over, WATCHDOG=1 while all is well, STOPPING=1 at the
    end."""
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.settimeout(PATIENCE)
    path = write(tmp_path, OPEN)
    code = (
        "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid());"
        "os.execv(sys.executable, [sys.executable, '-m', 'notifier', '--config', sys.argv[2], 'serve'])"
    )
    env = {**os.environ, "LISTEN_FDS": "1", "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
    with heard, socket.create_server(("127.0.0.1", 0)) as given:
        words = [sys.executable, "-c", code, str(given.fileno()), str(path)]
        process = subprocess.Popen(words, env=env, pass_fds=[given.fileno()], stderr=subprocess.DEVNULL)
        try:
            assert heard.recv(100) == b"READY=1"
            with socket.create_connection(given.getsockname(), timeout=PATIENCE) as line:
                line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert line.recv(100).startswith(b"HTTP/1.1 200 ")
            assert heard.recv(100) == b"WATCHDOG=1"
            process.terminate()
            while (said := heard.recv(100)) == b"WATCHDOG=1":
                pass
            assert said == b"STOPPING=1"
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
