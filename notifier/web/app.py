"""The addresses of `notifier serve`, put together: to add some, add routes here.

What stands behind an address never touches the store itself: it asks the writer (something that came is stored before
the answer) or the desk (a question, a decision), and awaits the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from notifier.hooks import Duty
from notifier.store import utc_now
from notifier.values import value
from notifier.web import hooks, pages, pings, view
from notifier.web.api.door import Api
from notifier.web.frame import App, Frame
from notifier.web.health import Health
from notifier.web.log import Log
from notifier.web.metrics import Metrics
from notifier.web.parts import Part
from notifier.web.writer import Desk, Writer
from notifier.wiring import House


@value
class Web:
    """What the addresses work with. ``parts``: everything that has to be well for the process to be."""

    house: House
    duty: Duty
    writer: Writer
    desk: Desk
    log: Log
    metrics: Metrics
    parts: Sequence[Part] = ()
    confirm: Callable[[str], str] = hooks.confirm


def routes(web: Web) -> list[BaseRoute]:
    """All of them."""
    site, lang = web.house.site, web.house.settings.admin_lang

    def blank(what: str) -> view.Page:
        return view.blank(site, lang, what)

    return [
        *hooks.Hooks(web.duty.hooks, web.writer, utc_now, web.log, web.confirm).routes(),
        *pages.Drafts(web.desk, web.duty.serve.url, blank).routes(),
        *Api(web.desk, web.duty.serve.url).routes(),
        *pings.Pings(web.desk).routes(),
        *Health(web.parts, web.writer, web.desk, web.metrics, web.duty.serve.metrics).routes(),
    ]


def app(web: Web, more: Sequence[BaseRoute] = ()) -> App:
    """The ASGI application. ``more``: routes of others."""
    handlers: dict[Any, Any] = {HTTPException: _plain}
    inner = Starlette(routes=[*routes(web), *more], exception_handlers=handlers)
    inner.router.redirect_slashes = False
    return Frame(inner, web.log, web.metrics)


async def _plain(request: Request, error: Exception) -> Response:
    """What is not there, or not so: no word on what was asked for."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return Response("" if request.method == "HEAD" else f"{status}\n", status, headers, media_type="text/plain")
