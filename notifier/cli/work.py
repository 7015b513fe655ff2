"""The commands that deliver: retry, settle, tick, run."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import nullcontext, redirect_stdout
from datetime import timedelta

import typer

from notifier import wire
from notifier.channel import Receipt
from notifier.cli import begin, halted, options, report
from notifier.cli.deliver import deliver, finish, view
from notifier.cli.draft import Desk, desk
from notifier.cli.shell import complain, say
from notifier.incident import Refused
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
    for row in ended:
        say(report.line(row, store.now()))
    _tell_waiting(Desk(house, store, house.service(store)), waiting, bool(ended))
    return code


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
    dispatcher.run(stop.is_set, complaints)
    complain("Stopped.")
    return 2 if complaints.gone else 0


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
