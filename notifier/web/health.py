"""/healthz: every part of the process lives. /readyz: each can do its work, too. /metrics: numbers.

All three are for the machine itself and its monitoring: they answer only to who reaches the port directly, and hold no
secret; a proxy need not pass them on (docs/serve.md).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from notifier.intake import Intake
from notifier.store import StoreError
from notifier.web import metrics
from notifier.web.metrics import Metrics
from notifier.web.parts import Part, failing
from notifier.web.writer import Desk, Writer

PATIENCE = 5.0


class Health:
    """How the process is."""

    def __init__(self, parts: Sequence[Part], writer: Writer, desk: Desk, numbers: Metrics, shown: bool) -> None:
        self._parts = parts
        self._writer = writer
        self._desk = desk
        self._metrics = numbers
        self._shown = shown

    def routes(self) -> list[Route]:
        """The addresses."""
        routes = [Route("/healthz", self.healthz), Route("/readyz", self.readyz)]
        return [*routes, Route("/metrics", self.metrics)] if self._shown else routes

    async def healthz(self, request: Request) -> Response:
        """200 while every part gives signs of life, else 503 and which does not. What is ``limping`` is at work but
        cannot do all of it, for a reason outside: that is said, and starting anew would not help."""
        request.state.place = "health"
        return self._say({}, failing(self._parts))

    async def readyz(self, request: Request) -> Response:
        """200 when, in addition, the store can be read and written just now, and no part fails at its work."""
        request.state.place = "health"
        found = await self._tried(self._writer.write(_touch), "written") or await self._tried(
            self._desk.ask(_look), "read"
        )
        return self._say(failing(self._parts) | ({"store": found} if found else {}), {})

    async def _tried(self, wait: asyncio.Future[None], done: str) -> str:
        """What is wrong with the store; "" for nothing."""
        try:
            await asyncio.wait_for(wait, PATIENCE)
        except StoreError as error:
            return str(error)
        except TimeoutError:
            return f"nothing could be {done} within {PATIENCE:g} seconds"
        return ""

    async def metrics(self, request: Request) -> Response:
        """The numbers; those of the store are missing when it cannot be read, and ``notifier_trouble`` says so."""
        request.state.place = "metrics"
        counts, unread = metrics.Counts(), False
        try:
            counts = await asyncio.wait_for(self._desk.ask(metrics.counted), PATIENCE)
        except (StoreError, TimeoutError):
            unread = True
        ill = failing(self._parts)
        trouble = {part.name: part.name in ill or bool(part.ill()) for part in self._parts} | {"store": unread}
        return Response(self._metrics.text(counts, trouble), headers={"content-type": metrics.TYPE})

    def _say(self, more: dict[str, str], limping: dict[str, str]) -> Response:
        ill = more | {part.name: why for part in self._parts if (why := part.ill())}
        limping = limping | {part.name: why for part in self._parts if (why := getattr(part, "limps", str)())}
        said: dict[str, object] = {"status": "error", "ill": ill} if ill else {"status": "ok"}
        said |= {"limping": limping} if limping else {}
        return Response(json.dumps(said), 503 if ill else 200, media_type="application/json")


def _touch(intake: Intake) -> None:
    intake.store.intake.keep("ready", intake.store.now().isoformat())


def _look(intake: Intake) -> None:
    intake.store.version()
