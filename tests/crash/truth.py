"""What the store says was told, held against what the remotes have."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from email import message_from_bytes
from itertools import pairwise

from notifier import incident as life
from notifier.model import Delivery, Incident, State, Step
from notifier.store import Store
from tests.crash.world import World

WORDS = re.compile(r"word-\d{4}")
DIED = "the process that was sending it died"


def check(world: World) -> None:
    """AssertionError with everything that is not as it must be, once nothing waits any more."""
    with world.store() as store:
        problems = [*_store_is_sound(world, store), *_page_is_of_today(world, store)]
        problems += _remotes_complained(world)
        for id in store.newest_ids(1000):
            told = Told(world, store, id)
            problems += told.problems()
    assert not problems, "\n".join(problems)


def _store_is_sound(world: World, store: Store) -> Iterator[str]:
    with closing(sqlite3.connect(world.store_path)) as db:
        for pragma in ("integrity_check", "foreign_key_check"):
            found = [row for row in db.execute(f"PRAGMA {pragma}") if row != ("ok",)]
            if found:
                yield f"{pragma}: {found}"
    if store.waiting():
        yield f"{store.waiting()} deliveries still wait"


def _page_is_of_today(world: World, store: Store) -> Iterator[str]:
    if "page" not in world.channels or not store.version():
        return
    status = json.loads((world.folder / "page" / "status.json").read_text("utf-8"))
    if status["seq"] != store.version():
        yield f"the page shows state {status['seq']} of {store.version()}"
    shown, there = {i["id"] for i in status["incidents"]}, set(store.open_ids())
    if not there <= shown:
        yield f"the page lacks {there - shown}"


def _remotes_complained(world: World) -> Iterator[str]:
    yield from (f"telegram: {found}" for found in world.telegram.violations)
    yield from (f"hook: {id} came again with other words" for id in world.hook.differing + world.admins.differing)


class Told:
    """One incident, its deliveries, and what there is of them at each remote."""

    def __init__(self, world: World, store: Store, id: str) -> None:
        self.world = world
        self.incident: Incident = life.fold(id, store.events(id))
        self.rows = store.deliveries(id)
        self.attempts = store.attempts(id)
        self.lost = Counter(a.delivery for a in self.attempts if a.why == DIED)
        self.notices = store.deliveries("")

    def problems(self) -> list[str]:
        """All that is wrong with it."""
        found = [*self._everybody_is_told(), *self._ends(), *self._ledger()]
        for name in self.world.channels:
            rows = [row for row in self.rows if row.channel == name]
            found += [f"{name}, {self.incident.id}: {p}" for p in getattr(self, f"_{name}")(rows)]
        return found

    def _everybody_is_told(self) -> Iterator[str]:
        """No update without a delivery of it for each channel."""
        for update in self.incident.updates:
            for name in self.world.channels:
                if not any(r.channel == name and r.seq == update.seq and r.news for r in self.rows):
                    yield f"update {update.seq} of {self.incident.id} was never meant for {name}"

    def _ends(self) -> Iterator[str]:
        """Sent; or replaced by what says the same; or unsure, which only a remote without keys may be."""
        for row in self.rows:
            about = f"{row.channel} {row.step} {row.id} of {row.incident} is {row.state}: {row.why}"
            if row.state is State.UNSURE:
                yield from self._unsure(row, about)
            elif row.state is State.SUPERSEDED:
                if row.news and row.step is not Step.PUBLISH:
                    yield about
            elif row.state is not State.SENT:
                yield about

    def _unsure(self, row: Delivery, about: str) -> Iterator[str]:
        if row.channel != "telegram" or self.lost[row.id] != row.attempts or row.step not in (Step.POST, Step.REPLY):
            yield about
        if not any(f"notifier settle {row.id} " in n.message.plain for n in self.notices if n.message):
            yield f"{about}, and no admin heard of it"

    def _ledger(self) -> Iterator[str]:
        """Every attempt is written down, once."""
        tried = Counter(a.delivery for a in self.attempts)
        for row in self.rows:
            if tried[row.id] != row.attempts:
                yield f"{row.channel} {row.step} {row.id}: {row.attempts} attempts, {tried[row.id]} in the ledger"

    # The remotes

    def _hook(self, rows: Sequence[Delivery]) -> Iterator[str]:
        """Each once, by its key, in order."""
        yield from _in_order([r.key for r in rows if r.state is State.SENT], list(self.world.hook.taken))

    def _page(self, rows: Sequence[Delivery]) -> Iterator[str]:
        """Looked at as a whole, in :func:`check`."""
        return iter(())

    def _mail(self, rows: Sequence[Delivery]) -> Iterator[str]:
        """Each once, or again with the same Message-ID if in doubt; in order, each answer after what it answers."""
        for to in {row.to for row in rows}:
            mails = [message_from_bytes(m.content) for m in self.world.mail.mails if to in m.recipients]
            came = [str(m["Message-ID"]) for m in mails]
            mine = [r for r in rows if r.to == to and r.receipt is not None]
            yield from _in_order([r.receipt.id for r in mine if r.receipt], list(dict.fromkeys(came)))
            for row in mine:
                copies = came.count(row.receipt.id if row.receipt else "")
                if copies > 1 + self.lost[row.id]:
                    yield f"{row.id} came {copies} times to {to}"
            for n, mail in enumerate(mails):
                if mail["In-Reply-To"] and mail["In-Reply-To"] not in came[:n]:
                    yield f"an answer came to {to} before what it answers"

    def _mastodon(self, rows: Sequence[Delivery]) -> Iterator[str]:
        """Each exactly once, each under the one before, the first one pinned while it is open."""
        said = [row for row in rows if row.step in (Step.POST, Step.REPLY)]
        statuses = self.world.mastodon.statuses
        first_words = {id: word([*s["history"], s["text"]][0]) for id, s in statuses.items()}
        for row in said:
            there = [id for id, first in first_words.items() if first == word_of(row)]
            if [row.receipt.id if row.receipt else ""] != there:
                yield f"{row.id} is there as {there}"
        ids = [row.receipt.id for row in said if row.receipt]
        yield from _in_order(ids, list(statuses))
        for above, below in pairwise(ids):
            if statuses[below]["in_reply_to_id"] != above:
                yield f"{below} is no answer to {above}"
        yield from self._first_one(rows, statuses[ids[0]]["text"], ids[0] in self.world.mastodon.pinned)

    def _telegram(self, rows: Sequence[Delivery]) -> Iterator[str]:
        """Each once; twice at most where the declared duplicate is due; answers under the first, which is pinned."""
        said = [row for row in rows if row.step in (Step.POST, Step.REPLY)]
        posts = self.world.telegram.chat.posts
        first_words = {id: word(post.words[0]) for id, post in posts.items()}
        for row in said:
            copies = sum(first == word_of(row) for first in first_words.values())
            least = 1 if row.state is State.SENT else 0
            if not least <= copies <= (1 + self.lost[row.id] if row.first else 1):
                yield f"{row.id} ({row.step}, {row.state}) is there {copies} times"
        ids = [row.receipt.id for row in said if row.receipt]
        yield from _in_order(ids, list(map(str, posts)))
        if said[0].receipt is None:
            return
        for row in said[1:]:
            if row.receipt and posts[int(row.receipt.id)].reply_to != int(ids[0]):
                yield f"{row.id} is no answer to {ids[0]}"
        pinned = int(ids[0]) in self.world.telegram.chat.pinned
        yield from self._first_one(rows, posts[int(ids[0])].text, pinned)

    def _first_one(self, rows: Sequence[Delivery], text: str, pinned: bool) -> Iterator[str]:
        """The first post is pinned while the incident is open, and shows what was said last."""
        if pinned != self.incident.open:
            yield f"the first post is {'' if pinned else 'not '}pinned"
        edits = [row for row in rows if row.step is Step.EDIT]
        if edits and (edits[-1].state is not State.SENT or word_of(edits[-1]) not in text):
            yield f"the first post does not show {word_of(edits[-1])}"


def _in_order(wanted: Sequence[str], came: Sequence[str]) -> Iterator[str]:
    """Each one came, once, and none before an earlier one."""
    lacking = [one for one in wanted if one not in came]
    if lacking:
        yield f"{lacking} never came"
    elif [one for one in came if one in wanted] != list(wanted):
        yield f"came in the wrong order or twice: {[came.index(one) for one in wanted]}"


def word_of(row: Delivery) -> str:
    """The word by which what a delivery says can be told from all else."""
    return word(row.message.plain or row.message.text) if row.message else ""


def word(text: str) -> str:
    """As above, of a text; "" when there is none."""
    found = WORDS.search(text)
    return found[0] if found else ""
