"""Heartbeats: when a job is missed, and when nobody could have heard it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier import heartbeat
from notifier.beats import Beats, reachable
from notifier.channel import Secret
from notifier.hooks import Job
from notifier.testing import refused
from tests.intake_desk import Desk

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
JOB = Job("backup", Secret("k"), every=timedelta(hours=1), grace=timedelta(minutes=5))
BACKUP = """
[serve]
reach = [{reach}]
[heartbeats.backup]
key = "backup-key-1"
every = "1h"
grace = "5m"
component = "forum"
"""


class Watcher(Desk):
    """A desk that also looks after heartbeats; ``network`` is whether our own is there."""

    network = True

    def __init__(self, folder: Path, reach: str = "") -> None:
        super().__init__(folder, BACKUP.format(reach=reach))
        self.beats = Beats(self.intake, lambda places: self.network)

    def ping(self, what: str = heartbeat.SUCCESS, status: str = "") -> None:
        job = self.beats.job("backup-key-1")
        assert job
        self.beats.ping(job, what, status)

    def minutes(self, count: int) -> None:
        """Time passes as under cron: a look each minute."""
        for _ in range(count):
            self.later(minutes=1)
            while self.beats.tick():
                pass

    @property
    def state(self) -> str:
        beat = self.store.intake.heartbeat("backup")
        return beat.state if beat else "new"


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path)


@pytest.mark.parametrize(
    ("word", "means"),
    [("", "success"), ("start", "start"), ("fail", "fail"), ("0", "success"), ("1", "fail"), ("255", "fail"),
     ("256", None), ("log", None), ("-1", None), ("١", None)],
)  # fmt: skip
def test_what_the_end_of_an_address_says(word, means) -> None:
    """As with Healthchecks: nothing, start, fail, or an exit status."""
    assert heartbeat.meaning(word) == means


def test_times_of_a_cron_expression_follow_the_zone() -> None:
    """02:30 in Berlin is 01:30 UTC in winter, and 00:30 in summer."""
    nightly = Job("n", Secret("k"), cron="30 2 * * *", zone="Europe/Berlin", grace=timedelta(hours=1))

    assert heartbeat.next_run(nightly, NOW) == datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
    assert heartbeat.next_run(nightly, datetime(2026, 7, 1, 12, tzinfo=UTC)) == datetime(2026, 7, 2, 0, 30, tzinfo=UTC)
    assert heartbeat.deadline(nightly, NOW) == datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def test_silence_is_a_problem_after_period_and_grace(watcher: Watcher) -> None:
    """An hour and five minutes after its last report it is missed; its next report is the end of that."""
    watcher.ping()
    watcher.minutes(64)
    assert watcher.state == "up"
    watcher.minutes(2)
    assert watcher.state == "down"
    assert watcher.draft.command.components == ("forum",)  # type: ignore[union-attr]
    watcher.ping()

    assert watcher.state == "up"
    assert watcher.drafts == []


def test_a_job_that_never_reported_is_not_missed(watcher: Watcher) -> None:
    """It may not have been set up yet."""
    watcher.minutes(180)

    assert watcher.state == "new"
    assert watcher.told() == []


def test_failure_is_a_problem_at_once(watcher: Watcher) -> None:
    """The job says so itself; a repeated failure is no second problem."""
    watcher.ping(heartbeat.FAIL, "exit status 3")
    watcher.ping(heartbeat.FAIL, "exit status 3")

    assert watcher.state == "down"
    assert len(watcher.drafts) == 1
    assert "exit status 3" in watcher.draft.why


def test_what_starts_and_does_not_end_is_missed(watcher: Watcher) -> None:
    """Grace is how long it may take."""
    watcher.ping()
    watcher.ping(heartbeat.START)
    watcher.minutes(6)

    assert watcher.state == "down"
    assert "started and did not end" in watcher.draft.why


def test_when_the_notifier_was_away_nobody_is_blamed(watcher: Watcher) -> None:
    """Two hours without anybody to hear: the job has its grace again, and the admins are told once."""
    watcher.ping()
    watcher.minutes(1)
    watcher.later(hours=2)
    watcher.beats.tick()
    assert watcher.state == "up"
    assert "Der Notifier war weg" in watcher.told()[0]
    watcher.minutes(6)

    assert watcher.state == "down"
    assert sum("war weg" in text for text in watcher.told()) == 1


def test_when_our_own_network_is_down_nobody_is_blamed(tmp_path: Path) -> None:
    """It says so, once; when the network is back and the job is not, that is a problem."""
    watcher = Watcher(tmp_path, reach='"192.0.2.1:53"')
    watcher.ping()
    watcher.minutes(60)
    watcher.network = False
    watcher.minutes(20)
    assert watcher.state == "up"
    assert [text.split("\n")[0] for text in watcher.told()] == ["Das eigene Netz des Notifiers ist weg"]
    watcher.network = True
    watcher.minutes(2)

    assert watcher.state == "down"


def test_two_that_look_at_once_see_it_once(watcher: Watcher) -> None:
    """Cron and serve on the same store: one problem, one message."""
    watcher.ping()
    watcher.minutes(64)
    watcher.now += timedelta(minutes=2)
    other = Beats(watcher.house.intake(watcher.house.store()), lambda places: True)

    assert (watcher.beats.tick(), other.tick()) == (1, 0)
    assert len(watcher.drafts) == 1


def test_a_wrong_key_is_nobody(watcher: Watcher) -> None:
    """Whatever is in the address."""
    assert watcher.beats.job("backup-key-2") is None
    assert watcher.beats.job("") is None
    assert watcher.beats.job("\udcff") is None


def test_reach_is_tried_for_real() -> None:
    """A port that refuses is not reached; with nothing to try, nothing is known."""
    assert reachable([]) is True
    assert reachable([refused().partition("//")[2]]) is False
