"""The way of an alarm, for processes that are killed on it: what goes in, what must be there in the end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from signal import SIGKILL
from typing import Any

import requests

from notifier.events import Open
from notifier.problem import DraftState
from notifier.source import Request
from notifier.store import Store
from notifier.store.intake import BAD, NEW, Inbound
from tests.crash.truth import check
from tests.crash.ways import DIE
from tests.crash.world import PATIENCE, World, until

# Each alarm has a component and a group of its own, so each becomes a draft and an incident of its own.
HOOK = '[hooks.mon]\nsource = "generic"\nauth = "none"\nper_minute = 1000000\nmapping = { key = "$.key" }\n'
HOOK += '[triage]\nreopen_within = "0s"\n'
MOST = 60
ALARM = "".join(
    f'[components.p{n}]\nname = "word-{n:04d}"\n[rules.r{n}]\nkey = "k{n}"\nto = "p{n}"\ngroup = "g{n}"\n'
    for n in range(MOST)
)


class Alarms:
    """Alarms in one world, counted. ``taken``: those that were answered with 200; ``approved``: the drafts that
    somebody published, as far as the command lived to say so."""

    def __init__(self, there: World) -> None:
        self.there = there
        self.count = 0
        self.taken: list[str] = []
        with there.at.open("a", encoding="utf-8") as file:
            file.write(HOOK + ALARM)

    def body(self) -> bytes:
        """An alarm that was never raised before."""
        n, self.count = self.count, self.count + 1
        assert n < MOST, "there are no more alarms than components"
        return json.dumps({"key": f"k{n}", "state": "down", "title": f"alarm {n}", "severity": "critical"}).encode()

    def lies(self) -> None:
        """One lies in the store, not weighed."""
        body = self.body()
        with self.there.store() as store, store.transaction():
            store.intake.take_in(Inbound("mon", "generic", Request(store.now(), body=body)))
        self.taken.append(json.loads(body)["key"])

    def waits(self) -> int:
        """One became a draft that waits; its number."""
        self.lies()
        self.there.tick()
        with self.there.store() as store:
            return store.intake.drafts()[0].id

    def post(self, url: str, body: bytes = b"") -> bool:
        """One is sent; whether it was taken."""
        body = body or self.body()
        try:
            answer = requests.post(f"{url}/hooks/mon", data=body, timeout=PATIENCE)
        except requests.RequestException:
            return False
        assert answer.status_code in (200, 503), answer.text
        if answer.status_code == 200:
            self.taken.append(json.loads(body)["key"])
        return answer.status_code == 200

    # Afterwards

    def ticks(self) -> None:
        """Everything is weighed and told, by cron alone."""
        self.there.hurry()
        self.there.tick()
        self.there.ticks()

    def approve_all(self) -> None:
        """Somebody says yes to each draft that still waits."""
        with self.there.store() as store:
            waiting = [draft.id for draft in store.intake.drafts()]
        for id in waiting:
            self.there.hurry()
            over = self.there.run("approve", str(id))
            assert over.code == 0, over

    def check(self) -> None:
        """What was taken is in the store, weighed once, a draft once, public once."""
        check(self.there)
        with self.there.store() as store:
            problems = [*self._requests(store), *self._drafts(store), *self._public(store)]
        assert not problems, "\n".join(problems)

    def _requests(self, store: Store) -> Iterator[str]:
        found = store.intake.requests(1000)
        keys = Counter(json.loads(one.request.body)["key"] for one in found)
        yield from (f"{key} was taken, and is not in the store" for key in set(self.taken) - set(keys))
        yield from (f"request {one.id} is {one.state}: {one.why}" for one in found if one.state in (NEW, BAD))
        weighed = Counter(heard.request for heard in store.intake.heard(10_000))
        yield from (f"request {one.id} was weighed {weighed[one.id]} times" for one in found if weighed[one.id] != 1)

    def _drafts(self, store: Store) -> Iterator[str]:
        titles = Counter(_title(draft.command) for draft in store.intake.drafts(waiting=False, most=1000))
        yield from (f"{many} drafts on {title}" for title, many in titles.items() if many != 1)
        keys = {heard.signal.key for heard in store.intake.heard(10_000)}
        if len(titles) != len(keys):
            yield f"{len(keys)} alarms, and drafts on {sorted(titles)}"
        asked = Counter(one["data"]["draft"]["id"] for one in self.there.admins.taken.values() if _first(one))
        yield from (f"the admins were asked {many} times about {id}" for id, many in asked.items() if many != 1)
        if len(asked) != len(titles):
            yield f"the admins were asked about {sorted(asked)} of {len(titles)} drafts"

    def _public(self, store: Store) -> Iterator[str]:
        done = [d for d in store.intake.drafts(waiting=False, most=1000) if d.state is DraftState.PUBLISHED]
        ids = store.newest_ids(1000)
        if Counter(d.incident for d in done) != Counter(ids):
            yield f"published drafts are on {sorted(d.incident for d in done)}, incidents are {sorted(ids)}"
        if "hook" in self.there.channels and len(self.there.hook.taken) != len(ids):
            yield f"{len(self.there.hook.taken)} words in public on {len(ids)} incidents"


def _title(command: Any) -> str:
    assert isinstance(command, Open), command
    return command.title["en"]


def _first(one: Any) -> bool:
    """Whether it is the question, not the word on how it was decided."""
    return one.get("type") == "admin.draft" and one["data"]["draft"]["state"] == "waiting"


def served(there: World, point: str = "", nth: int = 1) -> tuple[subprocess.Popen[str], str]:
    """A `notifier serve` that listens, and where; with a point it dies there (see die.py)."""
    by: Sequence[str] = (sys.executable, DIE, point, str(nth), "-") if point else (sys.executable, "-m", "notifier")
    process = there.start("serve", "--port", "0", by=by)
    assert process.stderr is not None
    first = process.stderr.readline()
    found = re.search(r"Listening on (\S+)\. ", first)
    assert found, first + process.stderr.read()
    return process, found[1]


def dies_serving(alarms: Alarms, point: str, nth: int, senders: int = 4) -> None:
    """Alarms are sent until it dies, which it must."""
    process, url = served(alarms.there, point, nth)
    bodies = [alarms.body() for _ in range(min(12, MOST - alarms.count))]
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(lambda body: alarms.post(url, body), bodies))
    until(lambda: process.poll() is not None, f"it dies at {point} {nth}", 20)
    assert process.returncode == -SIGKILL, process.communicate()


def end(process: subprocess.Popen[str]) -> None:
    """As systemd ends it."""
    process.terminate()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "Traceback" in err) == (0, False), out + err
