"""/ping/KEY: a job says that it ran, has begun, or failed, in the manner of Healthchecks.

https://healthchecks.io/docs/http_api/
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from notifier import heartbeat
from notifier.beats import Beats
from notifier.intake import Intake
from notifier.store import StoreError
from notifier.web.writer import Desk

METHODS = ["GET", "HEAD", "POST"]


class Pings:
    """The addresses of all jobs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """The addresses. HEAD counts, as it does there."""
        return [Route(path, self.ping, methods=METHODS) for path in ("/ping/{key}", "/ping/{key}/{word}")]

    async def ping(self, request: Request) -> Response:
        """200 once it is on the disk; 404 for a key that nobody has and for a word that means nothing."""
        request.state.place = "ping"
        key, word = request.path_params["key"], request.path_params.get("word", "")
        try:
            name = await self._desk.ask(lambda intake: _heard(intake, key, word))
        except StoreError:
            return _say("Not stored. Try again.\n", 503)
        if name is None:
            return _say("Not found.\n", 404)
        request.state.noted = {"job": name}
        return _say("OK\n", 200)


def _heard(intake: Intake, key: str, word: str) -> str | None:
    """Name of the job; None when there is none of that key."""
    beats = Beats(intake)
    job, what = beats.job(key), heartbeat.meaning(word)
    if job is None or what is None:
        return None
    why = f"exit status {word}" if word.isdigit() else "it says so"
    beats.ping(job, what, why if what == heartbeat.FAIL else "")
    return job.name


def _say(text: str, status: int) -> Response:
    return Response(text, status, media_type="text/plain")
