"""Heartbeats of jobs: /ping/KEY, with /start, /fail or an exit status behind it, as Healthchecks has them.

Answered when it is stored. A body is read and forgotten.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from notifier import heartbeat
from notifier.beats import Beats
from notifier.intake import Intake
from notifier.store import StoreError
from notifier.web import limits, reading
from notifier.web.reading import TooMuch
from notifier.web.writer import Writer


class Ping:
    """The routes."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def routes(self) -> list[BaseRoute]:
        """The addresses."""
        ways = ["GET", "POST"]  # and HEAD, which is a sign of life for Healthchecks, too
        return [Route("/ping/{key}", self.ping, methods=ways), Route("/ping/{key}/{what}", self.ping, methods=ways)]

    async def ping(self, request: Request) -> Response:
        """A job reports."""
        request.state.place = "ping"
        try:
            await reading.body(request, request.headers, limits.BODY, limits.BODY_SECONDS)
        except TooMuch as much:
            return PlainTextResponse("not taken\n", much.status)
        key, what = request.path_params["key"], request.path_params.get("what", "")
        try:
            found = await self._writer.write(lambda intake: report(intake, key, what))
        except StoreError:
            return PlainTextResponse("try again\n", 503, {"retry-after": "5"})
        return PlainTextResponse("OK\n") if found else PlainTextResponse("not found\n", 404)


def report(intake: Intake, key: str, what: str) -> bool:
    """Note it; False for a key that no job has, or an end of the address that means nothing."""
    beats = Beats(intake)
    job, meaning = beats.job(key), heartbeat.meaning(what)
    if job is None or meaning is None:
        return False
    beats.ping(
        job, meaning, f"exit status {what}" if what.isdigit() and meaning == heartbeat.FAIL else _failed(meaning)
    )
    return True


def _failed(meaning: str) -> str:
    return "it said so" if meaning == heartbeat.FAIL else ""
