"""The commands for setting up: init, check, test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from notifier.channel import DeliveryError, Receipt, SecretMissing
from notifier.cli import begin
from notifier.cli.shell import complain
from notifier.incident import Refused
from notifier.model import Delivery, Step
from notifier.perform import Caller
from notifier.render import compose
from notifier.store import Claim, Target
from notifier.values import replace
from notifier.wiring import Absent, House, Wired

_TEMPLATE = Path(__file__).with_name("template.toml")


def init_(
    ctx: typer.Context,
    path: Path = typer.Argument(Path("notifier.toml"), metavar="[FILE]", help="Where to write it."),
    force: bool = typer.Option(False, "--force", help="Write over a file that is there."),
) -> int:
    """Write a commented notifier.toml that works at once."""
    if path.exists() and not force:
        raise Refused(f"{path} is there already. --force writes over it.")
    path.write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
    path.chmod(0o600)
    typer.echo(f'Wrote {path}. Try: notifier open "A first try" --dry-run')
    return 0


def check_(
    ctx: typer.Context,
    live: bool = typer.Option(False, "--live", help="Try credentials and reachability too; posts nothing."),
) -> int:
    """Check the configuration, and with --live the channels themselves."""
    path = begin.where(ctx)
    house = begin.house(ctx)
    store = house.store()
    store.close()
    faults = 0
    typer.echo(f"{path}: {len(house.channels)} channels, languages {', '.join(house.site.languages)}")
    for wired in house.channels:
        ok, text = _checked(wired, house, live)
        faults += not ok
        typer.echo(f"{'ok ' if ok else 'BAD'} {wired.settings.name:<16} {wired.settings.kind.name:<10} {text}".rstrip())
    return 2 if faults else 0


def test_(ctx: typer.Context, channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name.")]) -> int:
    """Send a clearly marked test message to one channel, and delete it again where that is possible."""
    house = begin.house(ctx)
    house.service(house.store()).chosen([channel])
    wired = house.wired(channel)
    if wired is None:
        raise Refused(f'There is no channel "{channel}".')
    caller = Caller(wired.channel, wired.settings.kind.connect, wired.settings.config, wired.secrets, house.files)
    try:
        code = _try_out(wired, caller, house)
    finally:
        caller.close()
    if code == 0:
        store = house.store()
        with store.transaction():
            store.mend(channel)
            store.hasten(channel)
        store.close()
    return code


def _checked(wired: Wired, house: House, live: bool) -> tuple[bool, str]:
    """Whether a channel is fine, and a line about it."""
    note = "" if wired.route.enabled else "(not enabled)"
    if isinstance(wired.channel, Absent):
        return False, wired.missing
    for secret in wired.secrets:
        try:
            if secret:
                secret.reveal()
        except SecretMissing as error:
            return False, str(error)
    if wired.route.admin:
        note = "for admins only"
    if not live:
        return True, note
    if "Probes" not in wired.route.can:
        return True, f"{note} cannot be tried without posting: notifier test {wired.settings.name}".strip()
    return _probed(wired)


def _probed(wired: Wired) -> tuple[bool, str]:
    try:
        return True, str(wired.channel.probe())
    except DeliveryError as error:
        return False, _scrubbed(wired, error.why)
    except Exception as error:
        return False, _scrubbed(wired, f"{type(error).__name__}: {error}")
    finally:
        wired.channel.close()


def _scrubbed(wired: Wired, text: str) -> str:
    for secret in wired.secrets:
        text = secret.scrub(text)
    return text


def _try_out(wired: Wired, caller: Caller, house: House) -> int:
    """Post a trial message, or publish a board's present state; then take it back."""
    from secrets import token_hex

    name = wired.settings.name
    if wired.route.board:
        return _say(caller.perform(_claim(wired, Step.PUBLISH), Step.PUBLISH, {}), f"{name}: published")
    for to in wired.route.recipients or ("",):
        message = compose.trial(wired.route, house.site, key=f"test-{token_hex(8)}")
        claim = _claim(wired, Step.POST, message, to)
        answer = caller.perform(claim, Step.POST, {})
        if code := _say(answer, f"{name}: sent {to}".rstrip()):
            return code
        if "Deletes" in wired.route.can and isinstance(answer, Receipt):
            gone = caller.perform(_claim(wired, Step.DELETE, target=answer), Step.DELETE, {})
            if isinstance(gone, DeliveryError):
                complain(f"{name}: the test message could not be deleted: {gone.why}")
            else:
                typer.echo(f"{name}: and deleted again")
    return 0


def _claim(wired: Wired, step: Step, message: Any = None, to: str = "", target: Receipt | None = None) -> Claim:
    if message is not None:
        message = replace(message, to=to)
    row = Delivery(wired.settings.name, wired.settings.name, step, "test", message=message, to=to)
    return Claim(row, Target(0, target) if target is not None else None)


def _say(answer: Receipt | DeliveryError, done: str) -> int:
    if isinstance(answer, DeliveryError):
        complain(f"{done.partition(':')[0]}: {answer.why}")
        return 4
    typer.echo(f"{done} {answer.url}".rstrip())
    return 0
