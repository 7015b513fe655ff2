"""The one door: whoever speaks makes a command, and :meth:`Service.handle` is what takes it.

One transaction a command: the incident's new event and every delivery that follows from it are stored together or
not at all. What is committed is told, whatever dies.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from notifier import incident as life
from notifier.channel import Receipt
from notifier.events import Command, Event, Open, Opened, Reopen, Reschedule, Retracted, Schedule, Scheduled
from notifier.incident import Refused
from notifier.model import Delivery, Incident, Route, Site, Stamp, State
from notifier.outbox import Outcome
from notifier.plan import plan
from notifier.store import Store
from notifier.values import replace, value

TWICE = timedelta(minutes=1)
_LETTERS = "bcdfghjkmnpqrstvwxz"
_RECENT = 50


class Repeated(Refused):
    """The very same was said less than a minute ago. Nothing was stored."""


@value
class Said:
    """What a command led to: the incident after it, the event, and the deliveries (with ids once stored)."""

    incident: Incident
    event: Event
    deliveries: tuple[Delivery, ...]


def new_id() -> str:
    """Four letters that are easy to read out and to type on a phone; no vowels, so no words."""
    return "".join(secrets.choice(_LETTERS) for _ in range(4))


@value
class Service:
    """The door to one store."""

    store: Store
    site: Site
    routes: Sequence[Route]
    new_id: Callable[[], str] = new_id

    def handle(
        self,
        command: Command,
        *,
        which: str = "",
        by: str = "",
        source: str = "cli",
        only: Collection[str] = (),
        without: Collection[str] = (),
        again: bool = False,
        silent: bool = False,
    ) -> Said:
        """Carry out ``command`` on the incident that ``which`` names (see :meth:`find`).

        ``only`` and ``without`` name channels for this command; ``silent``: without a sound. Raises Refused,
        Repeated, StoreError; then nothing was stored.
        """
        with self.store.transaction():
            return self.carry_out(
                command, which=which, by=by, source=source, only=only, without=without, again=again, silent=silent
            )

    def carry_out(
        self,
        command: Command,
        *,
        which: str = "",
        by: str = "",
        source: str = "cli",
        only: Collection[str] = (),
        without: Collection[str] = (),
        again: bool = False,
        silent: bool = False,
    ) -> Said:
        """As :meth:`handle`, as a part of the caller's transaction."""
        routes = self.chosen(only, without)
        said = self._decide(command, which, Stamp(self.store.now(), by, source), routes, again)
        if silent:
            said = replace(said, deliveries=tuple(map(_silenced, said.deliveries)))
        self.store.add(said.incident, said.event)
        ids = self.store.enqueue(said.deliveries)
        rows = tuple(replace(d, id=id) for d, id in zip(said.deliveries, ids, strict=True))
        return replace(said, deliveries=rows)

    def preview(
        self, command: Command, *, which: str = "", only: Collection[str] = (), without: Collection[str] = ()
    ) -> Said:
        """What :meth:`handle` would do, storing nothing."""
        stamp = Stamp(self.store.now())
        return self._decide(command, which, stamp, self.chosen(only, without), again=True)

    def incident(self, which: str = "", *, closed: bool = True) -> Incident:
        """The incident that ``which`` names. Raises Refused."""
        return self._load(self.find(which, closed=closed))

    def find(self, which: str, *, closed: bool = True, reopen: bool = False, planned: bool = False) -> str:
        """Id of the incident that ``which`` names: an id, the beginning of one, or a component.

        "" is the only open one or, if ``closed`` will do and none is open, the last touched one; ``reopen`` looks
        for a resolved one. A maintenance is meant where its id is given, where no incident is open, or where only one
        will do: ``planned``. Raises Refused.
        """
        which = which.strip().lstrip("#").lower()
        if which and self.store.events(which):
            return which
        ids = self.store.newest_ids(_RECENT)
        if planned:
            ids = [i for i in self.store.open_ids() if self._load(i).maintenance]
        elif reopen:
            still = set(self.store.open_ids())
            ids = [i for i in ids if i not in still and not self._load(i).maintenance]
        if not which:
            return self._only_one(ids, closed or reopen, planned)
        begins = [i for i in ids if i.startswith(which)] if len(which) > 1 else []
        touched = [i for i in ids if which in map(str.lower, self._load(i).components)]
        still_open = self._unplanned([i for i in touched if self._load(i).open])
        found = begins or still_open or touched[: 1 if closed or reopen else 0]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(found)
            raise Refused(f'"{which}" names several incidents: {names}. Say which.', "several", incidents=names)
        what = "open maintenance" if planned else "incident"
        raise Refused(f'There is no {what} "{which}". `notifier list` shows those there are.', "none")

    def retry(self, which: str = "", channels: Collection[str] = ()) -> list[int]:
        """Say again what failed for good on one incident; its channels are given another chance.

        What others wait behind keeps its place, as the opening comes before its pin and before updates; anything else
        is said anew. The ids that count now.
        """
        incident = self.find(which)
        with self.store.transaction():
            rows = [d for d in self.store.deliveries(incident) if not channels or d.channel in channels]
            newest = {d.key: d.id for d in rows}
            failed = [d for d in rows if d.state is State.FAILED and newest[d.key] == d.id]
            ids = [d.id if self._in_its_place(d, rows) else self.store.say_again(d.id) for d in failed]
            for name in {d.channel for d in rows if d.state.waiting} | {d.channel for d in failed} | set(channels):
                self.store.mend(name)
                self.store.hasten(name)
        return ids

    def _in_its_place(self, row: Delivery, rows: Sequence[Delivery]) -> bool:
        """Make a failed row due again if others wait behind it and there is time; whether that was done."""
        now = self.store.now()
        waited_for = any(d.lane == row.lane and d.id > row.id and d.state is State.DUE for d in rows)
        if not waited_for or (row.deadline is not None and row.deadline <= now):
            return False
        return self.store.end(row, Outcome(State.DUE, due=now), now)

    def settle(self, id: int, arrived: bool, receipt: Receipt | None = None) -> int:
        """Decide an unsure delivery: it arrived, or it is sent again. The id of the delivery that counts now."""
        with self.store.transaction():
            row = self.store.delivery(id)
            if row is None or row.state is not State.UNSURE:
                state = "there is none" if row is None else f"it is {row.state}"
                raise Refused(f"Delivery {id} is not unsure: {state}. `notifier show` lists those that are.")
            now = self.store.now()
            if arrived:
                did = replace(Outcome(State.SENT, why="settled by hand"), did=row.step, receipt=receipt)
                self.store.end(row, did, now)
                return id
            self.store.end(row, Outcome(State.FAILED, why="settled by hand: it did not arrive"), now)
            return self.store.say_again(id)

    def _decide(self, command: Command, which: str, stamp: Stamp, routes: Sequence[Route], again: bool) -> Said:
        self._known_components(getattr(command, "components", None) or ())
        before: Incident | None = None
        if not isinstance(command, Open | Schedule):
            reopen = isinstance(command, Reopen)
            planned = isinstance(command, Reschedule)
            before = self._load(self.find(which, closed=True, reopen=reopen, planned=planned))
        event = life.decide(command, before, stamp)
        if not again:
            self._not_twice(event, before)
        id = before.id if before else self._free_id()
        after = life.evolve(before, event, id)
        earlier = self.store.deliveries(id) if before else []
        rows = plan(event, before, after, routes, self.site, earlier, stamp.at)
        return Said(after, event, tuple(rows))

    def _load(self, id: str) -> Incident:
        return life.fold(id, self.store.events(id))

    def _unplanned(self, ids: Sequence[str]) -> Sequence[str]:
        """The incidents among these; if there is none, the maintenances."""
        return ([i for i in ids if not self._load(i).maintenance] or ids) if len(ids) > 1 else ids

    def _only_one(self, ids: Sequence[str], closed: bool, planned: bool) -> str:
        still = self.store.open_ids()
        found = self._unplanned([i for i in ids if i in still])
        if len(found) == 1:
            return found[0]
        if found:
            lines = [f"  {i}  {next(iter(self._load(i).title.values()))}" for i in found]
            several = "maintenances" if self._load(found[0]).maintenance else "incidents"
            text = f"Several {several} are open. Say which:\n" + "\n".join(lines)
            raise Refused(text, "several", incidents=", ".join(found))
        if planned:
            raise Refused("No maintenance is planned. `notifier schedule` plans one.", "none")
        if closed and ids:
            return ids[0]
        raise Refused("No incident is open. `notifier open` opens one, `notifier list` shows the past ones.", "none")

    def _free_id(self) -> str:
        while True:
            id = self.new_id()
            if not self.store.events(id):
                return id

    def _not_twice(self, event: Event, before: Incident | None) -> None:
        for id, old in self.store.newest_events(event.stamp.at - TWICE):
            same_place = isinstance(event, Opened | Scheduled) or (before is not None and id == before.id)
            if same_place and _gist(old) == _gist(event):
                seconds = int((event.stamp.at - old.stamp.at).total_seconds())
                raise Repeated(f"The same was told {seconds} seconds ago, in incident {id}. To tell it twice: --again")

    def _known_components(self, named: Sequence[str]) -> None:
        known = [c.id for c in self.site.components]
        for name in named:
            if name not in known:
                text = f'There is no component "{name}". {_did_you_mean(name, known, "[components.{}]")}'
                raise Refused(text, "no_component", component=name)

    def chosen(self, only: Collection[str], without: Collection[str] = ()) -> list[Route]:
        """The routes that a command is for. Raises Refused for a channel that there is not."""
        known = [r.channel for r in self.routes]
        for name in (*only, *without):
            if name not in known:
                raise Refused(f'There is no channel "{name}". {_did_you_mean(name, known, "[channels.{}]")}')
        return [r for r in self.routes if (not only or r.channel in only) and r.channel not in without]


def _silenced(row: Delivery) -> Delivery:
    return row if row.message is None else replace(row, message=replace(row.message, silent=True))


def _gist(event: Event) -> tuple[object, ...]:
    """What makes two events the same words. Two updates taken back in a row are one command typed twice."""
    if isinstance(event, Retracted):
        return (Retracted, event.of == 0)
    names = ("title", "text", "components", "impact", "phase", "of", "window")
    return (type(event), *(getattr(event, name, None) for name in names))


def _did_you_mean(name: str, known: Sequence[str], table: str) -> str:
    from difflib import get_close_matches

    if not known:
        return f"The configuration names none; add {table.format(name)} to it."
    near = get_close_matches(name, known, 1)
    return f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(known)}."
