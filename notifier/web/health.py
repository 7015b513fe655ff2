"""/healthz: every part of the process lives. /readyz: it could take something in and deliver it. /metrics: numbers.

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
from notifier.web.parts import Part
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
        """200 while every part gives signs of life, else 503 and which does not. A part that ``limps`` is at work but
        cannot do all of it, for a reason outside: that is said, and starting anew would not help."""
        request.state.place = "health"
        return self._say({})

    async def readyz(self, request: Request) -> Response:
        """200 when, in addition, something could be written just now."""
        request.state.place = "health"
        try:
            await asyncio.wait_for(self._writer.write(_touch), PATIENCE)
        except StoreError as error:
            return self._say({"store": str(error)})
        except TimeoutError:
            return self._say({"store": f"nothing could be written within {PATIENCE:g} seconds"})
        return self._say({})

    async def metrics(self, request: Request) -> Response:
        """The numbers; 503 when the store cannot be read."""
        request.state.place = "metrics"
        try:
            counts = await asyncio.wait_for(self._desk.ask(metrics.counted), PATIENCE)
        except (StoreError, TimeoutError):
            return Response("# the store cannot be read\n", 503, media_type="text/plain")
        return Response(self._metrics.text(counts), headers={"content-type": metrics.TYPE})

    def _say(self, more: dict[str, str]) -> Response:
        ill = {part.name: why for part in self._parts if (why := part.ill())} | more
        limping = {part.name: why for part in self._parts if (why := getattr(part, "limps", str)())}
        said: dict[str, object] = {"status": "error", "ill": ill} if ill else {"status": "ok"}
        said |= {"limping": limping} if limping else {}
        return Response(json.dumps(said), 503 if ill else 200, media_type="application/json")


def _touch(intake: Intake) -> None:
    intake.store.intake.keep("ready", "yes")
