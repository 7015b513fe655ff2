"""The commands for setting up: init, check, test."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from notifier.channel import DeliveryError, Receipt, Repairs, SecretMissing
from notifier.cli import begin, halted
from notifier.cli.report import Entry, page
from notifier.cli.shell import Asked, complain
from notifier.incident import Refused
from notifier.model import Delivery, Step
from notifier.perform import Caller
from notifier.render import compose
from notifier.store import Claim, Store, StoreError, Target
from notifier.values import replace
from notifier.wiring import Absent, House, Wired

_TEMPLATE = Path(__file__).with_name("template.toml")
_Name = Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name.")]
_To = Annotated[str, typer.Option("--to", metavar="RECIPIENT", help="Whom; the first recipient if not given.")]
_All = Annotated[bool, typer.Option("--all", help="All recipients of the channel.")]


def init_(
    ctx: typer.Context,
    path: Path | None = typer.Argument(None, metavar="[FILE]", help="Where to write it; ./notifier.toml if not given."),
    force: bool = typer.Option(False, "--force", help="Write over a file that is there."),
) -> int:
    """Write a commented notifier.toml that works at once."""
    asked = ctx.find_object(Asked) or Asked()
    path = path or Path(asked.config or "notifier.toml")
    if path.exists() and not force:
        raise Refused(f"{path} is there already. --force writes over it.")
    path.write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    path.chmod(0o600)
    named = "" if path == Path("notifier.toml") else f" --config {quote(str(path))}"
    typer.echo(f'Wrote {path}. Try: notifier{named} open "A first try" --dry-run')
    return 0


def check_(
    ctx: typer.Context,
    live: bool = typer.Option(False, "--live", help="Try credentials and reachability too; posts nothing."),
) -> int:
    """Check the configuration, and with --live the channels themselves."""
    path = begin.where(ctx)
    house = begin.house(ctx)
    store = house.store()
    stopped = halted.reasons(store)
    version = store.version()
    unwritten = _unwritten(store)
    store.close()
    page([Entry(f"{path}: ", f"{_count(len(house.channels))}, languages {', '.join(house.site.languages)}", "bold")])
    if unwritten:
        page([Entry("BAD  record  ", unwritten, "bold red")])
    names = max((len(w.settings.name) for w in house.channels), default=0)
    kinds = max((len(w.settings.kind.name) for w in house.channels), default=0)
    faults = 0
    for wired in house.channels:
        name = wired.settings.name
        fault, note = _checked(wired, live)
        if not fault and stopped.get(name):
            fault, note = True, f"stopped: {stopped[name]}. Once it is mended: notifier test {name}"
        head = f"{'BAD' if fault else 'ok ':<3}  {name:<{names}}  {wired.settings.kind.name:<{kinds}}  "
        page([Entry(head, note, "bold red" if fault else "green")])
        faults += fault
    faults += _templates(house)
    _languages(house)
    places = _surroundings(house, version) if live else 0
    page([Entry(_verdict(bool(unwritten), faults, places, live))])
    return 2 if unwritten or faults or places else 0


def test_(
    ctx: typer.Context,
    channel: _Name,
    to: _To = "",  # noqa: PT028 - a command, not a test
    everybody: _All = False,  # noqa: PT028
) -> int:
    """Send a clearly marked test message to one channel, and delete it again where that is possible."""
    house = begin.house(ctx)
    house.service(house.store()).chosen([channel])
    wired = house.wired(channel)
    if wired is None:
        raise Refused(f'There is no channel "{channel}".')
    recipients = _recipients(wired, to, everybody)
    files = house.publisher.files
    caller = Caller(wired.channel, wired.settings.kind.connect, wired.settings.config, wired.secrets, files)
    try:
        code = _publish(wired, caller) if wired.route.board else _post(wired, caller, house, recipients)
    finally:
        caller.close()
        house.publisher.close()
    if code == 0:
        store = house.store()
        with store.transaction():
            store.mend(channel)
            store.hasten(channel)
        store.close()
    return code


# check


def _count(channels: int) -> str:
    return "1 channel" if channels == 1 else f"{channels} channels"


def _surroundings(house: House, version: int) -> int:
    """Look at forum and status hosts, where a page is published; how many of them need mending."""
    from notifier.cli.live import look
    from notifier.render.worker import hosts

    if not hosts(house.site) or not any(w.route.board for w in house.channels):
        return 0
    findings = look(house.site, version)
    for found in findings:
        head = f"{'BAD' if found.fault else 'ok ':<3}  {found.place}  "
        page([Entry(head, found.text, "bold red" if found.fault else "green")])
    return len({found.place for found in findings if found.fault})


def _unwritten(store: Store) -> str:
    """Why nothing can be written into the record just now; "" when it can."""
    try:
        with store.transaction():
            store.intake.keep("checked", store.now().isoformat())
    except StoreError as error:
        return str(error)
    return ""


def _verdict(record: bool, channels: int, places: int, live: bool) -> str:
    if record or channels or places:
        addresses = "1 address" if places == 1 else f"{places} addresses"
        told = ["The record"] * record + [_count(channels)] * bool(channels) + [addresses] * bool(places)
        verb = "needs" if record + channels + places == 1 else "need"
        return f"{' and '.join(told)} {verb} mending. Nothing was posted."
    return "All is well. " + ("Nothing was posted." if live else "`notifier check --live` tries the channels too.")


def _languages(house: House) -> None:
    """Say of which languages nobody gave us words."""
    from notifier.render import phrases

    known = {*phrases.languages(), *house.site.phrases}
    for lang in house.site.languages:
        if known.isdisjoint(phrases.lineage(lang)):
            text = f"{lang}: our own words stand in English until [phrases.{lang}] has them"
            page([Entry("note languages  ", text, "yellow")])


def _templates(house: House) -> int:
    """Render every page with templates of one's own; says what is wrong with them. How many faults."""
    theme = house.settings.theme
    if theme is None or not theme.templates:
        return 0
    from notifier.render.site import trial

    faults = [fault] if (fault := trial.fault(house.site, theme)) else []
    faults += [f"{path}: no page is made with a file of this name" for path in trial.unused(theme)]
    for found in faults or [""]:
        page([Entry("BAD  templates  " if found else "ok   templates  ", found, "bold red" if found else "green")])
    return int(bool(faults))


def _checked(wired: Wired, live: bool) -> tuple[bool, str]:
    """Whether something is wrong with a channel, and a line about it."""
    if isinstance(wired.channel, Absent):
        return True, wired.missing
    notes = [n for n, on in (("not enabled", not wired.route.enabled), ("for admins only", wired.route.admin)) if on]
    for secret in wired.secrets:
        try:
            if secret:
                secret.reveal()
        except SecretMissing as error:
            return True, str(error)
    if not live:
        return False, ", ".join(notes)
    if "Probes" not in wired.route.can:
        tried = f"cannot be tried without posting: notifier test {wired.settings.name}"
        return False, ", ".join([*notes, tried])
    fault, note = _probed(wired)
    return fault, ", ".join([*notes, note])


def _probed(wired: Wired) -> tuple[bool, str]:
    try:
        return False, str(wired.channel.probe())
    except DeliveryError as error:
        return True, _scrubbed(wired, error.why)
    except Exception as error:
        return True, _scrubbed(wired, f"{type(error).__name__}: {error}")
    finally:
        wired.channel.close()


def _scrubbed(wired: Wired, text: str) -> str:
    for secret in wired.secrets:
        text = secret.scrub(text)
    return text


# test


def _recipients(wired: Wired, to: str, everybody: bool) -> tuple[str, ...]:
    """Whom a test goes to: a reader is not to get one by accident. ("",) for a channel that is one place."""
    known, name = wired.route.recipients, wired.settings.name
    if not known and (to or everybody):
        raise Refused(f"{name} has no recipients to choose from; leave out --to and --all.")
    if to:
        return (to,)
    if len(known) > 1 and not everybody:
        complain(f"{name} has {len(known)} recipients; this goes to the first. --to names another, --all means all.")
    return known if everybody else known[:1] or ("",)


def _publish(wired: Wired, caller: Caller) -> int:
    """Publish a board's present state, and put right what others changed there: there is nothing to take back."""
    if isinstance(wired.channel, Repairs):
        wired.channel.repair()
    answer = caller.perform(_claim(wired, Step.PUBLISH), Step.PUBLISH, {})
    return _told(answer, wired.settings.name, "published the present state")


def _post(wired: Wired, caller: Caller, house: House, recipients: tuple[str, ...]) -> int:
    """Post a trial message to each recipient; then take it back. The first failure ends it."""
    from secrets import token_hex

    name = wired.settings.name
    for to in recipients:
        message = compose.trial(wired.route, house.site, key=f"test-{token_hex(8)}")
        answer = caller.perform(_claim(wired, Step.POST, message, to), Step.POST, {})
        if code := _told(answer, name, f"sent to {to}" if to else "sent"):
            return code
        if "Deletes" in wired.route.can and isinstance(answer, Receipt):
            _delete(wired, caller, answer)
    return 0


def _delete(wired: Wired, caller: Caller, receipt: Receipt) -> None:
    gone = caller.perform(_claim(wired, Step.DELETE, target=receipt), Step.DELETE, {})
    name = wired.settings.name
    if isinstance(gone, DeliveryError):
        complain(f"{name}: the test message could not be deleted: {gone.why}")
    else:
        typer.echo(f"{name}: and deleted again")


def _claim(wired: Wired, step: Step, message: Any = None, to: str = "", target: Receipt | None = None) -> Claim:
    if message is not None:
        message = replace(message, to=to)
    row = Delivery(wired.settings.name, wired.settings.name, step, "test", message=message, to=to)
    return Claim(row, Target(0, target) if target is not None else None)


def _told(answer: Receipt | DeliveryError, name: str, done: str) -> int:
    if isinstance(answer, DeliveryError):
        complain(f"{name}: {answer.why}")
        return 4
    typer.echo(f"{name}: {done} {answer.url}".rstrip())
    return 0
