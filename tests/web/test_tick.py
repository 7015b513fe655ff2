"""cron with `notifier tick` does what `notifier serve` does, and both may do it at once."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from notifier import config, registry
from notifier.source import Request
from notifier.store.intake import Inbound
from notifier.wiring import build
from tests.web.running import OPEN, alert, serving, until, write


def _take_in(folder: Path, *tables: str) -> Path:
    """A request lies in the store, not yet weighed."""
    import json

    path = write(folder, *tables)
    store = build(config.load(path, registry.kind)).store()
    with store.transaction():
        for n in range(5):
            body = json.dumps(alert(f"v{n}")).encode()
            store.intake.take_in(Inbound("open", "alertmanager", Request(datetime.now(UTC), body=body)))
    store.close()
    return path


def test_ticks_at_once_act_once(tmp_path: Path) -> None:
    """Five cron jobs that overlap: one draft, each signal weighed once."""
    path = _take_in(tmp_path, OPEN)
    command = [sys.executable, "-m", "notifier", "--config", str(path), "tick"]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(5)]
    ends = [one.communicate()[1] for one in running]
    store = build(config.load(path, registry.kind)).store()

    assert ends == [b""] * 5
    assert len(store.intake.drafts()) == 1
    assert len(store.intake.heard(100)) == 5
    assert len([row for row in store.deliveries("") if "draft" in row.lane]) == 1
    store.close()


def test_serve_weighs_what_others_took_in(tmp_path: Path) -> None:
    """What lies in the store when it starts, or is put there by another process, is weighed."""
    _take_in(tmp_path, OPEN)
    with serving(tmp_path, OPEN) as served:
        until(lambda: all(one.state == "weighed" for one in served.requests()))
        assert len(served.drafts()) == 1


def test_a_job_reports_by_its_address(tmp_path: Path) -> None:
    """/ping/KEY, with /start, /fail or an exit status; a wrong key is 404, and no key is ever logged."""
    job = '[heartbeats.backup]\nkey = "job-s3cret-0001"\nevery = "1d"\n'
    with serving(tmp_path, job) as served:

        def state() -> str:
            with served.store() as store:
                beat = store.intake.heartbeat("backup")
                return beat.state if beat else "none"

        assert (served.get("/ping/wrong-s3cret").status_code, state()) == (404, "none")
        assert served.get("/ping/job-s3cret-0001/nonsense").status_code == 404
        assert (served.get("/ping/job-s3cret-0001").text, state()) == ("OK\n", "up")
        assert (served.post("/ping/job-s3cret-0001/3").status_code, state()) == (200, "down")
        assert (served.post("/ping/job-s3cret-0001/0", method="HEAD").status_code, state()) == (200, "up")
        assert served.get("/ping/job-s3cret-0001/start").status_code == 200
        said = served.log.getvalue()

    assert "job=backup" in said
    assert "s3cret" not in said
