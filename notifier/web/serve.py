"""The process: its parts are started, the server runs until it is told to stop, then all is brought to its end.

The order of the end: no new connections, requests under way are answered, what waits is written, deliveries under way
are recorded. So nothing that was answered with success is lost.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from notifier.channel import Secret
from notifier.clock import go_round
from notifier.hooks import Duty
from notifier.intake import BATCH, Intake
from notifier.store import Store, StoreError, StoreGone
from notifier.web import systemd
from notifier.web.app import Web, app
from notifier.web.log import Log
from notifier.web.metrics import Metrics
from notifier.web.parts import Opened, Part, Rounds, failing
from notifier.web.writer import Desk, Writer
from notifier.wiring import House

if TYPE_CHECKING:
    from uvicorn import Server

PATIENCE = 5.0  # seconds that the writer waits for another process; then who asked is told to come again
GRACE = 10  # seconds for requests under way
IDLE = 75  # seconds that a connection may be idle; longer than what nginx and Prometheus keep theirs for
TICK = 1.0
SMALL = 5  # signals weighed at a time during a burst
YIELD = 1.0  # seconds that weighing waits at most, piece by piece, for a burst to be taken in
SWITCH = 0.0003  # seconds till another thread has its turn: who asks for health must not wait for who weighs


class Clock(Rounds):
    """The part that weighs and keeps time: at once when something was stored, and each second. ``done`` is called when
    something came of it."""

    def __init__(self, open: Callable[[], Intake], log: Log, done: Callable[[], None]) -> None:
        self._done = done
        self.woken = threading.Event()
        self.writer: Writer | None = None
        self._opened = Opened(open)
        super().__init__("clock", self._turn, self._opened.drop, log)

    def _turn(self) -> None:
        self.woken.wait(TICK)
        self.woken.clear()
        try:
            go_round(self._opened.get(), self._between, self._size)
        except StoreError:
            self._opened.drop()
            raise
        self.trouble("")

    def _size(self) -> int:
        return SMALL if self.writer is not None and self.writer.busy else BATCH

    def _between(self) -> bool:
        """What comes in goes ahead of what is weighed."""
        self.beat()
        self._done()
        if self.writer is not None:
            self.writer.let_through(YIELD)
        return not self.stopping.is_set()


class Lanes(Rounds):
    """The part that delivers: a node as `notifier run` is one."""

    def __init__(self, house: House, log: Log) -> None:
        self._house = house
        self._rounds = 0
        self._gone = False
        self.wake: Callable[[], None] = lambda: None
        super().__init__("dispatcher", self._deliver, lambda: None, log)

    def _deliver(self) -> None:
        self._gone = False
        store = self._house.store()
        dispatcher = self._house.dispatcher(store, "run")
        self.wake = dispatcher.wake

        def done() -> bool:
            if dispatcher.rounds != self._rounds:
                self._rounds = dispatcher.rounds
                self.trouble("")
            self.beat()
            return self.stopping.is_set() or self._gone

        try:
            dispatcher.run(done, self._wait)
        finally:
            store.close()

    def _wait(self, error: StoreError) -> None:
        self.trouble(str(error))
        self._gone = isinstance(error, StoreGone)
        self.stopping.wait(TICK)


class Serving:
    """One `notifier serve`. ``parts`` and ``routes``: what others add, such as the bot and the API."""

    def __init__(
        self,
        house: House,
        log: Log,
        parts: Sequence[Part] = (),
        routes: Callable[[Web], Sequence[BaseRoute]] = lambda web: (),
        **more: Any,
    ) -> None:
        duty = house.settings.duty or Duty()
        self.metrics = Metrics()
        self.log = log
        self._duty = duty
        lanes = Lanes(house, log)
        clock = Clock(lambda: house.intake(house.store()), log, lambda: lanes.wake())
        self._desk = Desk(lambda: house.intake(house.store()), log)
        heard = self.metrics.committed
        self._writer = Writer(lambda: house.intake(house.store(PATIENCE)), log, clock.woken.set, heard)
        clock.writer = self._writer
        self.parts = (*parts, self._writer, self._desk, clock, lanes)
        web = Web(house, duty, self._writer, self._desk, log, self.metrics, self.parts, **more)
        self._app = app(web, routes(web))
        self._server: Server | None = None
        self._told = ""
        self.ready = threading.Event()

    def run(self, listening: Sequence[socket.socket]) -> None:
        """Serve on these sockets until :meth:`stop` is called, from a signal or another thread."""
        self._server = self._make()
        sys.setswitchinterval(SWITCH)
        started: list[Part] = []
        try:
            for part in self.parts:
                started.append(part)
                part.start()
            self._server.run(sockets=list(listening))
        finally:
            systemd.notify("STOPPING=1")
            for part in started:
                part.stop()

    def stop(self) -> None:
        """Ask it to end."""
        if self._server is not None:
            self._server.should_exit = True

    def _make(self) -> Server:
        from uvicorn import Config, Server

        from notifier.web.protocol import Careful

        served = self

        class Quiet(Server):
            """Leaves signals to us, and says when it listens."""

            @contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                systemd.notify("READY=1")
                served.ready.set()

        self.log.adopt("uvicorn.error", "uvicorn.access", "asyncio")
        every = systemd.watchdog()
        config = Config(
            self._app, http=Careful, loop="uvloop", ws="none", lifespan="off", interface="asgi3", log_config=None,
            access_log=False, server_header=False, proxy_headers=True, timeout_keep_alive=IDLE,
            forwarded_allow_ips=list(self._duty.serve.proxies), timeout_graceful_shutdown=GRACE,
            callback_notify=self._sign if every else None, timeout_notify=int(every),
        )  # fmt: skip
        return Quiet(config)

    async def _sign(self) -> None:
        """systemd hears from us while every part lives, else it starts us anew; and of what a new start would not mend,
        for `systemctl status`."""
        told = "; ".join(f"{name}: {why}" for name, why in failing(self.parts).items())
        if told != self._told:
            self._told = told
            systemd.notify(f"STATUS={told or 'well again'}")
        if not any(part.ill() for part in self.parts):
            systemd.notify("WATCHDOG=1")


def listen(host: str, port: int) -> list[socket.socket]:
    """The sockets that systemd hands over, else a new one. Raises OSError."""
    return systemd.sockets() or [_bound(host, port)]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on port {port}: {error.strerror}", host) from error


def secrets(house: House, duty: Duty) -> tuple[Secret, ...]:
    """Every secret of the configuration, to be kept out of the logs."""
    jobs = (job.key for job in duty.jobs)
    hooks = (secret for hook in duty.hooks for secret in hook.secrets)
    return (*hooks, *jobs, *(secret for wired in house.channels for secret in wired.secrets))


def opened(house: House) -> Store:
    """The store, to see that it can be used at all. Raises StoreError."""
    return house.store(PATIENCE)
