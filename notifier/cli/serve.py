"""The command that listens: monitoring's requests, links in messages, and everything that `run` does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from notifier.channel import need
from notifier.cli import begin
from notifier.cli.shell import complain
from notifier.hooks import Duty
from notifier.wiring import House

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from notifier.web.log import Log
    from notifier.web.parts import Part


def serve_(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Instead of [serve] host.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Instead of [serve] port.")] = None,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log in JSON, a line each event.")] = False,
) -> int:
    """Listen, weigh, keep time and deliver, until stopped (Ctrl-C, or SIGTERM from systemd)."""
    for module in ("starlette", "uvicorn", "httptools", "uvloop", "prometheus_client"):
        need(module, "serve")
    from notifier.web.log import Log
    from notifier.web.serve import Serving, listen, opened, secrets

    house = begin.house(ctx)
    duty = house.settings.duty or Duty()
    opened(house).close()
    log = Log(as_json=log_json, secrets=secrets(house, duty))
    parts, routes = _bot(house, log)
    serving = Serving(house, log, parts, routes)
    sockets = listen(duty.serve.host if host is None else host, duty.serve.port if port is None else port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: serving.stop())
    _introduce(house, duty, [_place(s.getsockname()) for s in sockets])
    serving.run(sockets)
    complain("Stopped.")
    return 0


def _bot(house: House, log: Log) -> tuple[Sequence[Part], Callable[[object], Sequence[BaseRoute]]]:
    """The Telegram bot, if one is configured, and its address."""
    if house.settings.duty is None or house.settings.duty.bot is None:
        return (), lambda web: ()
    need("telegram", "telegram")
    from notifier.bot import handed, part

    plan = part.planned(house)
    if plan is None:
        return (), lambda web: ()
    listener = part.Listener(plan, log)
    return (listener,), lambda web: handed.routes(plan, listener)


def _introduce(house: House, duty: Duty, places: list[str]) -> None:
    """Where it listens, and what may speak to it. No secret is shown."""
    complain(f"Listening on {', '.join(places)}. Ctrl-C ends it after what is under way.")
    for hook in duty.hooks:
        complain(f"  /hooks/{hook.name}  {hook.source}, auth = {hook.auth}")
    if not duty.hooks:
        complain("  No hook is configured: docs/hooks.md shows how to set one up.")
    if not duty.serve.url:
        complain("  [serve] url is not set: messages to admins have no link to decide.")
    if duty.bot is not None:
        complain(f"The Telegram bot of [channels.{duty.bot.channel}] listens, by {duty.bot.mode}.")
    count = sum(w.route.enabled for w in house.channels)
    complain(f"Delivering to {'1 channel' if count == 1 else f'{count} channels'}.")


def _place(name: object) -> str:
    if isinstance(name, tuple):
        host, port = name[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    return f"unix:{name}"
