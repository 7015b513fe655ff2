"""Webhook mode: the address under `notifier serve` where Telegram hands over what comes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from notifier.bot import line
from notifier.bot.part import Listener, Plan
from notifier.channel import SecretMissing
from notifier.store import StoreError

PROOF = "x-telegram-bot-api-secret-token"
MOST = 1 << 20
PATIENCE = 20.0


def routes(plan: Plan, listener: Listener) -> Sequence[BaseRoute]:
    """The address; none unless the bot is in webhook mode, nor without a token, of which the listener complains."""
    try:
        place = line.path(plan.config.token) if plan.bot.mode == "webhook" else ""
    except SecretMissing:
        place = ""
    if not place:
        return []

    async def handed(request: Request) -> Response:
        """200 once it is stored; anything else makes Telegram hand it over again."""
        request.state.place = "bot"
        if not listener.proves(request.headers.get(PROOF, "")):
            return Response("403\n", 403, media_type="text/plain")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST:
                return Response("413\n", 413, media_type="text/plain")
        try:
            await asyncio.wait_for(asyncio.wrap_future(listener.hand(json.loads(body))), PATIENCE)
        except ValueError:
            return Response("400\n", 400, media_type="text/plain")
        except (StoreError, TimeoutError):
            return Response("503\n", 503, media_type="text/plain")
        return Response("")

    return [Route(place, handed, methods=["POST"])]
