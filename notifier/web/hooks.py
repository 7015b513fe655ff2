"""Intake: /hooks/NAME. Who may speak, how much, what is stored, what is answered.

A request is stored before its answer, in the form in which it can be read again later, without anything that proves
who sent it. An unknown hook, a missing secret and a wrong one look the same from outside.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request as Incoming
from starlette.responses import Response
from starlette.routing import Route

from notifier import auth, inbound
from notifier.auth import Accepted, Guard
from notifier.channel import Secret
from notifier.hooks import Hook
from notifier.inbound import answers, aws_sns, pagerduty_events_v2
from notifier.intake import Intake
from notifier.pieces import parsed, remember
from notifier.problem import Note
from notifier.source import Malformed, Request, Signal
from notifier.store import StoreError
from notifier.store.intake import BAD, NEW, Inbound
from notifier.values import replace
from notifier.web import limits, reading
from notifier.web.limits import Bucket
from notifier.web.log import Log
from notifier.web.reading import TooMuch
from notifier.web.writer import Writer

METHODS = ("GET", "POST", "PUT")
KEPT = ("content-type", "user-agent", "sentry-hook-resource", "webhook-id", "webhook-timestamp")
KEPT_BEGIN = ("ce-", "x-amz-sns-")
BARE = ("path", "query", "bearer", "basic", "header")  # what can be checked before the body was read
REPLAY_SECONDS = 600
LARGE = 64 << 10  # a body that takes its time to be read is read in another thread
NOBODY = Guard("path", (Secret(secrets.token_urlsafe()),))
"""Stands for the hook that does not exist: it is asked, too, so that it takes as long."""

Confirm = Callable[[str], str]
"""Fetches the address that confirms a subscription; what went wrong, or ""."""


class Hooks:
    """All hooks of the configuration."""

    def __init__(
        self, hooks: tuple[Hook, ...], writer: Writer, now: Callable[[], Any], log: Log, confirm: Confirm
    ) -> None:
        self._hooks = {hook.name: hook for hook in hooks}
        self._guards = {hook.name: guard(hook) for hook in hooks}
        self._buckets = {hook.name: Bucket(hook.per_minute) for hook in hooks}
        self._writer = writer
        self._now = now
        self._log = log
        self._confirm = confirm
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """The addresses, with whatever follows a hook's own."""
        return [Route(path, self) for path in ("/hooks/{name}", "/hooks/{name}/{rest:path}")]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, as ASGI has it."""
        incoming = Incoming(scope, receive, send)
        response = await self._answer(incoming)
        await response(scope, receive, send)

    async def _answer(self, incoming: Incoming) -> Response:
        name, path = _split(incoming.scope["raw_path"])
        hook = self._hooks.get(name)
        state = incoming.scope["state"]
        state.update(place="hook", hook=hook.name if hook else "")
        if incoming.method == "HEAD":
            return Response()
        if incoming.method not in (*METHODS, "OPTIONS"):
            return Response(status_code=405, headers={"allow": ", ".join(METHODS)})
        if self._under_way >= limits.AT_ONCE:
            return _later(answers.busy(dialect(path)), 1)
        self._under_way += 1
        try:
            return await self._take(incoming, hook, path)
        except TooMuch as much:
            return _too_much(much.status)
        finally:
            self._under_way -= 1

    async def _take(self, incoming: Incoming, hook: Hook | None, path: str) -> Response:
        request = reading.head(incoming, path, self._now())
        if request.method == "OPTIONS":
            return _handshake(request)
        door = self._guards[hook.name] if hook else NOBODY
        early = door.scheme in BARE
        verdict = auth.verify(request, door, request.received) if early else None
        if not isinstance(verdict, auth.Refused):
            most = limits.TRUSTED_BODY if early else limits.BODY
            found = await reading.body(incoming, request.headers, most, limits.BODY_SECONDS)
            request = replace(request, body=found)
        if not early:
            verdict = Accepted() if door.scheme == "none" else auth.verify(request, door, request.received)
        if hook is None or not isinstance(verdict, Accepted):
            if isinstance(verdict, auth.Refused):
                incoming.scope["state"]["noted"] = {"why": "no such hook" if hook is None else verdict.text}
            return _json(answers.refused(dialect(path)))
        if after := self._buckets[hook.name].take(monotonic()):
            return _later((429, {"status": "error", "message": "Too many requests to this hook."}), after)
        return await self._accept(hook, door, request, verdict)

    async def _accept(self, hook: Hook, door: Guard, request: Request, accepted: Accepted) -> Response:
        """It comes from whom it should: read it, store it, answer."""
        source = inbound.detect(request) if hook.source == inbound.AUTO else hook.source
        source = inbound.ALIASES.get(source, source)
        same = auth.replayed_as(request, accepted)
        if same.startswith("sha256:"):
            same += f" {int(request.received.timestamp()) // REPLAY_SECONDS}"
        kept = _kept(auth.without_secrets(request, door))
        if source == answers.PAGERDUTY and pagerduty_events_v2.needs_key(kept):
            kept = replace(kept, headers={**kept.headers, pagerduty_events_v2.HEADER: secrets.token_hex(16)})
        one = Inbound(hook.name, source, kept, same)
        signals, why, status = await _read(hook, one)
        one = replace(one, state=BAD if why else NEW, why=why)
        try:
            id = await self._writer.write(_storing(one))
        except StoreError as error:
            self._log.warn("not stored", hook=hook.name, why=str(error))
            return _later(answers.busy(source), 5)
        if not why:
            remember(hook, replace(one, id=id), signals)
        if source == "aws_sns" and (url := aws_sns.confirmation(kept)):
            self._begin(self._subscribe(hook, url))
        if status == 400:
            return _json(answers.malformed(source, why))
        return _json(answers.taken(source, kept, signals))

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _subscribe(self, hook: Hook, url: str) -> None:
        """Amazon waits for its address to be fetched; the admins hear that somebody subscribed."""
        wrong = await asyncio.to_thread(self._confirm, url)
        text = "unsubscribed" if wrong else "subscribed.text"
        note = Note("subscribed", (text,), {"hook": hook.name, "fault": wrong})
        self._log.info("subscription", hook=hook.name, confirmed=not wrong)
        try:
            await self._writer.write(lambda intake: intake.note(f"hook {hook.name}", note))
        except StoreError as error:
            self._log.warn("not stored", hook=hook.name, why=str(error))


def guard(hook: Hook) -> Guard:
    """What a hook's senders have to show."""
    scheme = hook.auth
    if inbound.ALIASES.get(hook.source, hook.source) == "aws_sns" and scheme in ("path", "query"):
        name = "" if scheme == "path" else hook.header or "token"
        return Guard("sns", hook.secrets, name)
    return Guard(scheme, hook.secrets, hook.header, hook.stamp)


def dialect(path: str) -> str:
    """The source whose form of answer is expected at such an address: known before anything else is."""
    if path.endswith("/v2/enqueue"):
        return answers.PAGERDUTY
    return answers.OPSGENIE if "/v2/alerts" in path else ""


async def _read(hook: Hook, one: Inbound) -> tuple[list[Signal], str, int]:
    """The signals, or why it cannot be read; and whose fault that is: 400 for the sender's, 200 for ours."""
    try:
        if len(one.request.body) > LARGE:
            return await asyncio.to_thread(parsed, hook, one), "", 200
        return parsed(hook, one), "", 200
    except Malformed as error:
        return [], str(error), 400
    except Exception as error:
        return [], f"the source {one.source} failed on it ({type(error).__name__}); this is a fault of the source", 200


def _storing(one: Inbound) -> Callable[[Intake], int]:
    """Take it in; of one that cannot be read the admins hear."""

    def store(intake: Intake) -> int:
        id = intake.store.intake.take_in(one)
        if one.state == BAD:
            values = {"hook": one.hook, "id": id, "why": one.why}
            intake.note(f"unreadable {one.hook}", Note("unreadable", ("unreadable.text", "kept"), values))
        return id

    return store


def _split(raw: bytes) -> tuple[str, str]:
    """Name of the hook, and the path after it, as it was sent."""
    name, slash, rest = raw.decode("latin-1").removeprefix("/hooks/").partition("/")
    return unquote(name), slash + rest


def _kept(request: Request) -> Request:
    """Only such headers are kept as a source may want to look at."""
    names = [n for n in request.headers if n in KEPT or n.startswith(KEPT_BEGIN)]
    return replace(request, headers={n: request.headers[n] for n in names})


def _json(answer: tuple[int, Mapping[str, Any]], headers: Mapping[str, str] | None = None) -> Response:
    status, said = answer
    return Response(json.dumps(said), status, headers=headers, media_type="application/json")


def _later(answer: tuple[int, Mapping[str, Any]], seconds: int) -> Response:
    return _json(answer, {"retry-after": str(seconds)})


def _handshake(request: Request) -> Response:
    """For any hook's name alike: it tells nothing but the rules."""
    headers = answers.handshake(request)
    return Response(headers=headers) if headers is not None else Response(status_code=204, headers={"allow": "POST"})


def _too_much(status: int) -> Response:
    said = {
        400: "The body ended before its time.",
        408: f"The body did not come within {limits.BODY_SECONDS:g} seconds.",
        413: f"The body is larger than {limits.BODY} bytes ({limits.TRUSTED_BODY} with a secret in address or header).",
        415: "Send the body as it is, without Content-Encoding.",
        431: f"More than {limits.HEADERS} headers.",
    }[status]
    return _json((status, {"status": "error", "message": said}), {"connection": "close"})


def confirm(url: str) -> str:
    """Fetch the address of a subscription; what went wrong, or "". No redirect is followed."""
    import requests

    try:
        answer = requests.get(url, timeout=(5, 10), allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__
    return "" if answer.status_code == 200 else f"Amazon answered {answer.status_code}"
