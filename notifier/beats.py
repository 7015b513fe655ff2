"""Heartbeats of jobs on a store: who reported, whose time has run out, and whether we could have heard them at all."""

from __future__ import annotations

import hmac
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from notifier import heartbeat
from notifier.aside import Aside
from notifier.channel import SecretMissing
from notifier.hooks import Job
from notifier.intake import Intake
from notifier.problem import Note
from notifier.store.intake import Heartbeat
from notifier.values import replace, value

REACH_TIMEOUT = 3.0
BLIND = "blind"
LOOKED = "looked at heartbeats"


def reachable(places: Sequence[str]) -> bool:
    """Whether any of these "host:port" can be reached; True for none, as nothing is known then."""
    for place in places:
        host, _, port = place.rpartition(":")
        with suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_TIMEOUT):
            return True
    return not places


@value
class Beats:
    """``reach`` says whether our own network is there; it may take seconds, and is asked outside of transactions."""

    intake: Intake
    reach: Callable[[Sequence[str]], bool] = reachable

    def job(self, key: str) -> Job | None:
        """The job whose address holds this key; compared in constant time."""
        found = None
        for job in self.intake.duty.jobs:
            with suppress(SecretMissing):
                if hmac.compare_digest(job.key.reveal().encode(), key.encode("utf-8", "surrogateescape")):
                    found = job
        return found

    def ping(self, job: Job, what: str, status: str = "") -> Heartbeat:
        """A job reported: "success", "start" or "fail". ``status``: its exit status or reason, if it failed."""
        store = self.intake.store
        with store.transaction():
            now = store.now()
            known = store.intake.heartbeat(job.name)
            beat = heartbeat.pinged(job, known, what, now, status)
            store.intake.save_heartbeat(beat)
            was = known.state if known else "new"
            if what == heartbeat.FAIL or (beat.state, was) == ("up", "down"):
                self.intake.weigh_here(heartbeat.HOOK, [heartbeat.signal(job, beat, now)])
        return beat

    def tick(self) -> int:
        """Whose time has run out; how many. When nobody could have heard them, nobody is blamed."""
        if not self.intake.duty.jobs:
            return 0
        now = self.intake.store.now()
        late = [j for j in self.intake.duty.jobs if _late(self.intake.store.intake.heartbeat(j.name), now)]
        seen = not late or self.reach(self.intake.duty.serve.reach)
        with self.intake.store.transaction():
            return self._tick(late, seen, now)

    def _tick(self, late: Sequence[Job], seen: bool, now: datetime) -> int:
        kept = self.intake.store.intake
        looked = kept.kept(LOOKED)
        last = datetime.fromtimestamp(float(looked), UTC) if looked else None
        kept.keep(LOOKED, str(now.timestamp()))
        if heartbeat.was_away(last, now):
            self._was_away(last or now, now)
            return 0
        if not seen:
            self._is_blind(late, now)
            return 0
        kept.keep(BLIND, "")
        return sum(self._missed(job, now) for job in late)

    def _missed(self, job: Job, now: datetime) -> int:
        known = self.intake.store.intake.heartbeat(job.name)
        if known is None or not _late(known, now):
            return 0
        with Aside(self.intake.store, self.intake.service, self.intake.lang).heartbeat(known):
            beat = heartbeat.overdue(known, now)
            self.intake.store.intake.save_heartbeat(beat)
            self.intake.weigh_here(heartbeat.HOOK, [heartbeat.signal(job, beat, now)])
        return 1

    def _was_away(self, last: datetime, now: datetime) -> None:
        """We were not there to hear them: each has its grace again from now on."""
        for job in self.intake.duty.jobs:
            known = self.intake.store.intake.heartbeat(job.name)
            if known is not None and known.due is not None and known.due < now + job.grace:
                self.intake.store.intake.save_heartbeat(replace(known, due=now + job.grace))
        self.intake.note("away", Note("away", ("away.text",), {"since": last, "until": now}))

    def _is_blind(self, late: Sequence[Job], now: datetime) -> None:
        """Our own network is down: that is said once, and nobody is blamed for it."""
        for job in late:
            known = self.intake.store.intake.heartbeat(job.name)
            if known is not None:
                self.intake.store.intake.save_heartbeat(replace(known, due=now + heartbeat.LONG / 3))
        if self.intake.store.intake.kept(BLIND):
            return
        self.intake.store.intake.keep(BLIND, "yes")
        names = ", ".join(job.name for job in late)
        places = ", ".join(self.intake.duty.serve.reach)
        self.intake.note(BLIND, Note("blind", ("blind.text",), {"places": places, "names": names}))


def _late(beat: Heartbeat | None, now: datetime) -> bool:
    return beat is not None and beat.due is not None and beat.due <= now
