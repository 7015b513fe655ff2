"""The commands that deliver: retry, settle, tick, run."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from datetime import timedelta
from time import monotonic

import typer

from notifier import wire
from notifier.channel import Receipt
from notifier.cli import begin, halted, options, report
from notifier.cli.deliver import deliver, finish, view
from notifier.cli.draft import Desk, desk
from notifier.cli.shell import complain, say
from notifier.incident import Refused
from notifier.model import Delivery, State, Step
from notifier.service import Service
from notifier.store import StoreError, StoreGone

REMIND = timedelta(hours=1)
SAID = "stopped channels that tick spoke of"


def retry_(
    ctx: typer.Context,
    which: options.Which = None,
    only: options.Only = None,
    as_json: options.Json = False,
    no_wait: options.NoWait = False,
    wait: options.Wait = options.WAIT,
) -> int:
    """Try again what failed on an incident, and let stopped channels go on."""
    at_desk = desk(ctx)
    at_desk.service.chosen(only or ())
    id = at_desk.service.find(which or "")
    at_desk.service.retry(id, only or ())
    rows = at_desk.store.deliveries(id)
    ids = [row.id for row in rows if row.state.waiting and (not only or row.channel in only)]
    if not ids and not as_json:
        typer.echo(f"Nothing of incident {id} waits or has failed.")
        return 0
    done = deliver(at_desk.house, at_desk.store, ids, 0 if no_wait else wait, view(as_json))
    return finish(
        done, (lambda: {"deliveries": [wire.delivery(r) for r in done]}) if as_json else None, at_desk.stopped
    )


def settle_(
    ctx: typer.Context,
    delivery: int = options.number("DELIVERY", "Its number in `notifier show`."),
    outcome: str = typer.Argument(..., metavar="sent|lost", help="It arrived, or it did not."),
    message_id: str = typer.Option("", "--id", metavar="ID", help="The message's id there, so that it can be edited."),
    url: str = typer.Option("", "--url", help="The message's link."),
    wait: options.Wait = options.WAIT,
    as_json: options.Json = False,
) -> int:
    """Decide an unsure delivery: it was sent, or it was lost and is sent again."""
    if outcome not in ("sent", "lost"):
        raise Refused(f'"{outcome}": say sent (it arrived) or lost (send it again).')
    at_desk = desk(ctx)
    receipt = Receipt(message_id, url) if message_id or url else None
    id = at_desk.service.settle(delivery, outcome == "sent", receipt)
    rows = deliver(at_desk.house, at_desk.store, [id], wait, view(as_json))
    return finish(
        rows, (lambda: {"deliveries": [wire.delivery(r) for r in rows]}) if as_json else None, at_desk.stopped
    )


def tick_(ctx: typer.Context, as_json: options.Json = False) -> int:
    """Deliver everything that is due, once, and end: for cron, every minute."""
    house = begin.house(ctx)
    store = house.store()
    begun = store.now()
    from notifier.clock import go_round

    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        go_round(house.intake(store))
        house.dispatcher(store, "tick").run_dry()
    ended = store.touched(begun)
    waiting = store.waiting()
    code = report.exit_code(ended) or (3 if waiting else 0)
    if as_json:
        report.say_json({"deliveries": [wire.delivery(r) for r in ended], "waiting": waiting})
        return code
    told = [row for row in ended if _news(row)]
    for row in told:
        say(report.line(row, store.now()))
    _tell_waiting(Desk(house, store, house.service(store)), waiting, bool(told))
    return code


def _news(row: Delivery) -> bool:
    """Whether it is worth a mail of cron's: not that a page was written anew for a new day."""
    return bool(row.incident) or row.step is not Step.PUBLISH or row.state is not State.SENT


def _tell_waiting(at_desk: Desk, waiting: int, ended: bool) -> None:
    """What still waits, after what has ``ended`` was told. Cron mails whatever is printed, so nothing is when nothing
    happened; that a channel is stopped is said when it is news, and then once in a while."""
    store = at_desk.store
    stopped = at_desk.stopped(count=True)
    queued = halted.queued(store, stopped)
    if ended and (free := waiting - sum(queued.values())) > 0:
        say(f"{free} more waiting.")
    text = "\n".join(stopped[name] for name in queued)
    if text and (ended or sys.stdout.isatty() or store.intake.kept(SAID) != text):
        say(text)
        with store.transaction():
            store.intake.keep(SAID, text, store.now() + REMIND)


def run_(ctx: typer.Context) -> int:
    """Deliver continuously until stopped (Ctrl-C, or SIGTERM from systemd)."""
    house = begin.house(ctx)
    store = house.store()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    count = sum(w.route.enabled for w in house.channels)
    channels = "1 channel" if count == 1 else f"{count} channels"
    complain(f"Delivering to {channels}. Ctrl-C ends it after the calls under way.")
    dispatcher = house.dispatcher(store, "run")
    complaints = _Complaints(stop)
    days = _Days(house.service(store), complaints)
    dispatcher.run(lambda: days.look() or stop.is_set(), complaints)
    complain("Stopped.")
    return 2 if complaints.gone else 0


class _Days:
    """Looks whether a day has begun, once a second."""

    def __init__(self, service: Service, complain: Callable[[StoreError], None]) -> None:
        self._service, self._complain = service, complain
        self._next = 0.0

    def look(self) -> bool:
        """A part of what is asked after each round: never a reason to end."""
        from notifier.clock import new_day

        if monotonic() >= self._next:
            self._next = monotonic() + 1
            try:
                new_day(self._service)
            except StoreError as error:
                self._complain(error)
        return False


class _Complaints:
    """Says once what is wrong with the store, and waits a moment before it is tried again."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._last = ""
        self.gone = False

    def __call__(self, error: StoreError) -> None:
        if str(error) != self._last:
            self._last = str(error)
            complain(str(error))
        if isinstance(error, StoreGone):
            self.gone = True
            self._stop.set()
        self._stop.wait(1.0)
