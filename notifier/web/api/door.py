"""The door of the API: who may, what was sent, was it sent before; then the call, and what becomes of its outcome.

Errors are problem details (RFC 9457). A key in Idempotency-Key (draft-ietf-httpapi-idempotency-key-header) is kept in
the same transaction as what it asked for, so that a repeat after a crash is answered and does nothing.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from notifier import tokens, wire
from notifier.incident import Refused
from notifier.intake import Changed, Decided, Intake
from notifier.service import Repeated
from notifier.store import StoreError
from notifier.store.intake import Token
from notifier.values import replace, value
from notifier.web import limits, reading
from notifier.web.api import openapi
from notifier.web.api.calls import Call, Missing
from notifier.web.api.operations import BASE, OPERATIONS, Operation
from notifier.web.reading import TooMuch
from notifier.web.writer import Desk

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

KEPT = timedelta(days=1)
_READS = ("GET", "HEAD")


@value
class Outcome:
    """A status and JSON values; ``replayed``: it is the answer that was given before."""

    status: int
    body: Any
    replayed: bool = False


class Api:
    """The routes. ``url``: where we are reached from outside, for the document."""

    def __init__(self, desk: Desk, url: str) -> None:
        self._desk = desk
        self._url = url

    def routes(self) -> list[BaseRoute]:
        """The addresses: the document, which anybody may read, and the operations."""
        by_path: dict[str, dict[str, Operation]] = {}
        for one in OPERATIONS:
            by_path.setdefault(one.path, {})[one.method] = one
        found: list[BaseRoute] = [Route(f"{BASE}/openapi.json", self.document, methods=["GET"])]
        for path, ways in by_path.items():
            found.append(Route(BASE + path, self._handler(ways), methods=list(ways)))
        return found

    async def document(self, request: Request) -> Response:
        """OpenAPI."""
        request.state.place = "api"
        return JSONResponse(openapi.document(self._url))

    def _handler(self, ways: dict[str, Operation]) -> Any:
        async def handle(request: Request) -> Response:
            request.state.place = "api"
            method = "GET" if request.method == "HEAD" else request.method
            return _answer(await self._handle(request, ways[method]))

        return handle

    async def _handle(self, request: Request, one: Operation) -> Outcome:
        text = request.headers.get("authorization", "")
        scheme, _, given = text.partition(" ")
        if scheme.lower() != "bearer" or not given.strip():
            return problem(401, "No token", "Send Authorization: Bearer and a token of `notifier token create`.")
        try:
            body = await _body(request, one)
        except TooMuch as much:
            return problem(much.status, "The body cannot be taken", f"At most {limits.BODY >> 10} KiB of JSON.")
        except ValueError as error:
            return problem(400, "The body is not JSON", str(error))
        key = request.headers.get("idempotency-key", "") if one.takes is not None else ""
        if len(key) > 200 or not key.isascii():
            return problem(400, "The Idempotency-Key is too long", "At most 200 printable ASCII characters.")
        place, query = dict(request.path_params), dict(request.query_params)
        try:
            return await self._desk.ask(lambda intake: carry_out(intake, one, given.strip(), place, query, body, key))
        except StoreError as error:
            return problem(503, "The store cannot be used", str(error))


def carry_out(
    intake: Intake, one: Operation, text: str, place: dict[str, str], query: dict[str, str], body: Any, key: str
) -> Outcome:
    """Everything from the token to the answer, in the thread that has the store. Raises StoreError."""
    token = tokens.find(intake.store, text)
    if token is None:
        return problem(401, "The token is not valid", "It may have been revoked, or its time is over.")
    if one.scope not in token.scopes:
        return problem(403, "The token may not do this", f"It lacks the scope {one.scope}.")
    _note(intake, token)
    if errors := _errors(one, body):
        wrong = problem(400, "The body is not as it should be", errors[0]["detail"])
        return replace(wrong, body={**wrong.body, "errors": errors})
    call = Call(place, query, body if isinstance(body, dict) else {}, token)
    if one.method in _READS or call.body.get("dry_run"):
        return _tried(intake, one, call)
    return _once(intake, one, call, key)


def _once(intake: Intake, one: Operation, call: Call, key: str) -> Outcome:
    """With a key: the answer given before, or what it leads to, stored together with that."""
    if not key:
        return _tried(intake, one, call)
    spot = f"idempotency {call.token.id} {sha256(key.encode()).hexdigest()}"
    gist = json.dumps([one.method, one.path, call.place, call.body], sort_keys=True)
    print_ = sha256(gist.encode("utf-8", "surrogatepass")).hexdigest()
    with intake.store.transaction():
        kept = intake.store.intake.kept(spot)
        if kept is not None:
            before = json.loads(kept)
            if before["of"] != print_:
                return problem(422, "The Idempotency-Key was used before", "It came with another request.")
            return Outcome(before["status"], before["body"], replayed=True)
        outcome = _tried(intake, one, call)
        if outcome.status < 300:
            values = {"of": print_, "status": outcome.status, "body": outcome.body}
            intake.store.intake.keep(spot, json.dumps(values), intake.store.now() + KEPT)
    return outcome


def _tried(intake: Intake, one: Operation, call: Call) -> Outcome:
    """The call, and what its refusal means."""
    try:
        done = one.call(intake, call)
    except Missing:
        return problem(404, "There is no such thing", "")
    except Decided as late:
        return problem(409, "Already decided", str(late))
    except Changed as changed:
        return problem(409, "Changed meanwhile", str(changed))
    except Repeated as again:
        return problem(409, "Said a moment ago", str(again).replace("--again", '"again": true'))
    except Refused as refused:
        return problem(409, "Refused", str(refused))
    except ValueError as error:
        return problem(400, "A value is not as it should be", str(error))
    planned = isinstance(call.body, dict) and call.body.get("dry_run")
    return Outcome(200 if planned else one.gives, done)


def _note(intake: Intake, token: Token) -> None:
    """When a token was last used, to the minute."""
    now = intake.store.now()
    if token.used is None or now - token.used > tokens.NOTED:
        with intake.store.transaction():
            intake.store.intake.add_token(replace(token, used=now))


async def _body(request: Request, one: Operation) -> Any:
    """The body as JSON values. Raises TooMuch, ValueError."""
    if one.takes is None:
        return None
    raw = await reading.body(request, request.headers, limits.BODY, limits.BODY_SECONDS)
    if not raw.strip():
        return {}
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("it is not UTF-8 text, or nested too deeply") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _errors(one: Operation, body: Any) -> list[dict[str, str]]:
    """What is wrong with a body: where (a JSON Pointer, RFC 6901) and why."""
    if one.takes is None:
        return []
    found = list(_validator(one.name).iter_errors(body))[:20]
    errors = [
        {"pointer": "".join(f"/{part}" for part in e.absolute_path), "detail": str(e.cause or e.message)[:300]}
        for e in found
    ]
    if not errors and not _encodable(body):
        return [{"pointer": "", "detail": "A text holds half of a surrogate pair."}]
    return errors


def _encodable(body: Any) -> bool:
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _validator(name: str) -> Validator:
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(())
    formats.checks("date-time", ValueError)(lambda text: not isinstance(text, str) or bool(wire.moment(text)))
    shape = next(one.takes for one in OPERATIONS if one.name == name)
    return Draft202012Validator(shape or {}, format_checker=formats)


def problem(status: int, title: str, detail: str) -> Outcome:
    """A problem in the form of RFC 9457."""
    return Outcome(status, {"type": "about:blank", "title": title, "status": status, "detail": detail})


def _answer(outcome: Outcome) -> Response:
    kind = "application/json" if outcome.status < 400 else "application/problem+json"
    headers = {"idempotent-replayed": "true"} if outcome.replayed else {}
    if outcome.status == 401:
        headers["www-authenticate"] = "Bearer"
    if outcome.status == 503:
        headers["retry-after"] = "5"
    return JSONResponse(outcome.body, outcome.status, headers, media_type=kind)
