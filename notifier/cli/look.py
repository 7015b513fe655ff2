"""The commands that show: list, show, preview."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from shutil import get_terminal_size
from typing import Any
from zoneinfo import ZoneInfo

import typer

from notifier import wire
from notifier.cli import halted, options, report
from notifier.cli.draft import Desk, addressed, both, desk, later, opening
from notifier.cli.manner import Manner
from notifier.cli.report import Entry
from notifier.model import Delivery, Impact, Incident, State, Step, Texts, Update
from notifier.store import Attempt

WIDE = 80
FEW = 3
_LOOKS = {Impact.NONE: "bold", Impact.MINOR: "bold yellow", Impact.MAJOR: "bold red", Impact.CRITICAL: "bold red"}
_COUNTED_AS = {
    "chars": "characters",
    "utf16": "characters (UTF-16 units)",
    "bytes": "bytes",
    "graphemes": "characters",
    "x": "characters as X counts them",
    "mastodon": "characters as Mastodon counts them",
}


def list_(
    ctx: typer.Context,
    all_: bool = typer.Option(False, "--all", help="Past ones too."),
    as_json: options.Json = False,
) -> int:
    """List the open incidents and what is planned, or with --all the past ones too."""
    at_desk = desk(ctx)
    found = sorted(at_desk.incidents(all_), key=lambda i: (not i.open, not i.current))
    if as_json:
        report.say_json([wire.incident(i) for i in found])
        return 0
    zone = ZoneInfo(at_desk.house.site.timezone)
    entries = [_listed(one, zone, narrow=get_terminal_size().columns < WIDE) for one in found]
    if not found:
        entries.append(Entry("There has been no incident." if all_ else "No incident is open."))
    report.page([*entries, *_pending(at_desk)])
    return 0


def show_(ctx: typer.Context, which: options.Which = None, as_json: options.Json = False) -> int:
    """Show an incident's ledger: what was said when, and what became of it on each channel."""
    at_desk = desk(ctx)
    store, found = at_desk.store, at_desk.service.incident(which or "")
    rows = store.deliveries(found.id)
    if as_json:
        report.say_json({"incident": wire.incident(found), "deliveries": [wire.delivery(r) for r in rows]})
        return 0
    ledger = Ledger(store.now(), ZoneInfo(at_desk.house.site.timezone), store.attempts(found.id), halted.reasons(store))
    report.page([*story(found, ledger.zone), *ledger.entries(rows)])
    return 0


def preview_(
    ctx: typer.Context,
    title: str | None = typer.Argument(None, metavar="[TITLE]", help="A title: as `open` would. None: as `update`."),
    messages: options.Messages = None,
    titles: options.Titles = None,
    components: options.Components = None,
    impact: options.ImpactOption = None,
    status: options.Status = None,
    at: options.At = None,
    which: str | None = typer.Option(None, "--incident", metavar="ID", help="A later word on this incident."),
    only: options.Only = None,
    without: options.Without = None,
    as_json: options.Json = False,
) -> int:
    """Show what each channel would get, with its length as the channel counts it; nothing is stored."""
    manner = Manner(only or (), without or (), as_json, yes=True, dry_run=True)
    at_desk = desk(ctx)
    given = list(messages or ())
    chosen: dict[str, Any] = {"only": manner.only, "without": manner.without}
    if title or titles or not (which or at_desk.store.open_ids()):
        new = opening(at_desk, both(titles, title), given, components, impact, status, at, manner)
        return show_preview(at_desk.previews(new, **chosen), as_json)
    id, given = addressed(at_desk, which, None, given)
    word = later(at_desk, id, given, status, impact, components, at, manner)
    return show_preview(at_desk.previews(word, which=id, **chosen), as_json)


# Previews


def show_preview(found: dict[str, Any], as_json: bool) -> int:
    """What each channel would get, as :func:`notifier.wire.previews` has it."""
    if as_json:
        report.say_json(found)
        return 0
    entries = [entry for same in _same_words(found["previews"]) for entry in preview(same)]
    if found["not_told"]:
        entries.append(Entry("Not told: ", ", ".join(found["not_told"])))
    report.page([*entries, Entry("Nothing was stored.")])
    return 0


def preview(same: Sequence[dict[str, Any]]) -> list[Entry]:
    """The entries of one message, which all of these rows would bring."""
    row = same[0]
    told = [f"{row['kind']}, {row['step']}"]
    if row["to"]:
        more = f" and {len(same) - FEW} more" if len(same) > FEW else ""
        told.append("to " + ", ".join(r["to"] for r in same[:FEW]) + more)
    if row["text"]:
        limit = f" of {row['size']}" if row["size"] else ""
        told.append(f"{row['length']}{limit} {_COUNTED_AS.get(row['measure'], row['measure'])}")
    entries = [Entry(f"── {row['channel']}  ", ", ".join(told), "bold")]
    if row["title"]:
        entries.append(Entry("   Subject: ", row["title"]))
    if row["text"]:
        entries.append(Entry("   ", row["plain"] or row["text"]))
    return [*entries, Entry("")]


def _same_words(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows that differ in their recipient alone, together."""
    for _, same in groupby(rows, key=lambda r: {name: value for name, value in r.items() if name != "to"}):
        yield list(same)


# Incidents


def _listed(one: Incident, zone: ZoneInfo, narrow: bool) -> Entry:
    look = _look(one)
    planned, title = report.planned(one, zone.key), next(iter(one.title.values()))
    began = planned or _minute(one.began, zone)
    if narrow:
        when = f"planned {planned}" if planned else f"{one.impact}, since {began}"
        return Entry(f"{one.id}  ", f"{title}\n{_state(one)}, {when}", look)
    return Entry(f"{one.id}  {_state(one):<13}  {'planned' if planned else one.impact:<8}  {began}  ", title, look)


def _state(one: Incident) -> str:
    if one.retracted:
        return "cancelled" if one.maintenance else "retracted"
    return str(one.phase)


def _look(one: Incident) -> str:
    return _LOOKS[one.impact] if one.open else "dim"


def _pending(at_desk: Desk) -> list[Entry]:
    """What of the last day needs somebody, which channels do, and what is still on its way."""
    store, entries = at_desk.store, []
    troubled = store.troubled(store.now() - timedelta(days=1))
    for id in dict.fromkeys(row.incident for row in troubled):
        rows = store.deliveries(id) if id else [r for r in troubled if not r.incident and r.step is not Step.PUBLISH]
        bad = [r for r in rows if r.state in (State.FAILED, State.UNSURE) and not _told_again(r, rows)]
        if bad:
            names = ", ".join(dict.fromkeys(r.channel for r in bad))
            where = f"{id}: " if id else "Notices to admins: "
            show = f"; see: notifier show {id}" if id else ""
            entries.append(Entry("! ", f"{where}failed or unsure on {names}{show}", "bold red"))
    stopped = at_desk.stopped(count=True)
    entries += [Entry("! ", text, "bold red") for text in stopped.values()]
    if (waiting := store.waiting() - sum(halted.queued(store, stopped).values())) > 0:
        entries.append(Entry("… ", f"{waiting} waiting; `notifier run` or `notifier tick` goes on", "yellow"))
    return entries


def _told_again(row: Delivery, rows: Sequence[Delivery]) -> bool:
    """Whether a later row says the same once more."""
    return any(r.key == row.key and r.id > row.id for r in rows)


def story(found: Incident, zone: ZoneInfo) -> list[Entry]:
    """An incident as a page: how it stands, then what was said, oldest first. Times in ``zone``."""
    planned, since = report.planned(found, zone.key), f"since {_minute(found.began, zone)}"
    when = [f"planned {planned}", *([since] if found.current else [])] if planned else [f"impact {found.impact}", since]
    state = [_state(found), *when[:-1], f"{when[-1]} ({zone.key})"]
    indent = " " * (len(found.id) + 2)
    entries = [Entry(f"{found.id}  ", _texts(found.title), _look(found)), Entry(indent, ", ".join(state))]
    if found.components:
        entries.append(Entry(indent, f"affects {', '.join(found.components)}"))
    for update in found.updates:
        entries += [Entry(""), _said(update, zone), Entry("   ", _texts(update.text))]
    return entries


def _said(update: Update, zone: ZoneInfo) -> Entry:
    words = [str(update.phase), *(["reopened"] if update.reopened else [])]
    words += [f"corrected {_minute(update.corrected, zone)}"] if update.corrected else []
    words += [f"by {update.by}"] if update.by else []
    return Entry(f"{update.seq}. {_minute(update.at, zone)}  ", f"{', '.join(words)} ({update.source})", "bold")


def _texts(texts: Texts) -> str:
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n".join(f"{lang}: {text}" for lang, text in texts.items())


# Deliveries


class Ledger:
    """What became of an incident's deliveries, as pages. ``stopped``: why a channel is, by its name."""

    def __init__(self, now: datetime, zone: ZoneInfo, tries: Sequence[Attempt], stopped: dict[str, str]) -> None:
        self.now = now
        self.zone = zone
        self._tries = tries
        self._stopped = stopped

    def entries(self, rows: Sequence[Delivery]) -> list[Entry]:
        """The rows grouped by channel."""
        entries = []
        for channel in dict.fromkeys(row.channel for row in rows):
            own = [row for row in rows if row.channel == channel]
            entries += [Entry(""), Entry(channel, look="bold")]
            if channel in self._stopped:
                again = f"When that is mended: notifier retry {own[0].incident} --only {channel}"
                entries.append(Entry("  ! ", f"stopped: {self._stopped[channel]}\n{again}", "bold red"))
            entries += [self._entry(same, own) for same in _alike(own)]
        return entries

    def _entry(self, same: Sequence[Delivery], own: Sequence[Delivery]) -> Entry:
        row = same[0]
        mark, look = report.MARKS[row.state]
        head = f"  {mark} {row.seq}. {row.step:<7}  "
        if len(same) > 1:
            return Entry(head, f"{len(same)} {report.words(row, self.now)}{self._spanned(same)}", look)
        text = (f"{row.to}: " if row.to else "") + report.words(row, self.now, self._when(row))
        again = ["told again, see below"] if _told_again(row, own) and row.state is State.FAILED else []
        return Entry(head, "\n".join([text, *self._tried(row), *again]), look)

    def _when(self, row: Delivery) -> str:
        return f" {self._clock(row.done)}" if row.done else ""

    def _spanned(self, rows: Sequence[Delivery]) -> str:
        ends = sorted(r.done for r in rows if r.done)
        return f" {self._clock(ends[0])} to {self._clock(ends[-1])}" if ends else ""

    def _tried(self, row: Delivery) -> list[str]:
        """A line for each run of attempts that ended alike; a single one that the row itself tells is left out."""
        own = [t for t in self._tries if t.delivery == row.id]
        if len(own) < 2:
            return []
        return [self._run(list(alike), row) for _, alike in groupby(own, key=lambda t: (t.state, t.why))]

    def _run(self, alike: Sequence[Attempt], row: Delivery) -> str:
        first, last = alike[0], alike[-1]
        numbers = f"try {first.n}" if first is last else f"tries {first.n}-{last.n}"
        times = self._clock(first.ended) + ("" if first is last else f" to {self._clock(last.ended)}")
        if first.state == State.SENT or first.why == row.why:
            return f"{numbers}: {times}"
        return f"{numbers}: {times}: {first.why}"

    def _clock(self, at: datetime) -> str:
        """A time to the second; with its date unless that is today."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        return local.strftime("%H:%M:%S" if local.date() == today else "%Y-%m-%d %H:%M:%S")


def _alike(rows: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """Rows one by one; many recipients of one message with nothing to say about any of them, together."""

    def key(row: Delivery) -> tuple[object, ...]:
        calm = row.state in (State.SENT, State.DUE) and not row.why and not row.url and row.attempts < 2
        return (row.seq, row.step, row.part, row.state, "" if calm and row.to else row.id)

    for _, group in groupby(rows, key=key):
        same = list(group)
        yield from [same] if len(same) > FEW else [[row] for row in same]


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
