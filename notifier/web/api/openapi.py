"""The OpenAPI 3.1 document, made from the table of operations: what is described is what there is."""

from __future__ import annotations

import re
from typing import Any

from notifier import __version__
from notifier.tokens import SCOPES
from notifier.web.api import shapes
from notifier.web.api.operations import BASE, OPERATIONS, Operation

ERRORS = {
    "400": "The body or the query is not as it should be.",
    "401": "No token, or one that is not valid.",
    "403": "The token lacks the scope.",
    "404": "There is no such thing.",
    "409": "It makes no sense as things stand; nothing was stored.",
    "422": "The Idempotency-Key was used for another request.",
    "503": "The store cannot be used; try again.",
}


def document(url: str) -> dict[str, Any]:
    """The document. ``url``: the public address of the server, or ""."""
    paths: dict[str, Any] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Outage notifier",
            "version": __version__,
            "description": "Incidents, updates, drafts, signals and deliveries. Tokens: `notifier token create`.",
        },
        "servers": [{"url": f"{url}{BASE}"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _scopes()}},
            "schemas": {"Problem": shapes.PROBLEM},
        },
    }


def _scopes() -> str:
    return "Scopes: " + "; ".join(f"{scope}: {what}" for scope, what in SCOPES.items())


def _operation(one: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.says,
        "description": f"Needs the scope {one.scope}.",
        "tags": [one.path.split("/")[1]],
        "parameters": _parameters(one),
        "responses": _responses(one),
    }
    if one.takes is not None:
        body: dict[str, Any] = {"schema": one.takes}
        if one.example is not None:
            body["example"] = one.example
        said["requestBody"] = {"required": bool(one.takes["required"]), "content": {"application/json": body}}
    return said


def _parameters(one: Operation) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"{(\w+)}", one.path)
    ]
    found += [{"name": name, "in": "query", "schema": text} for name in one.query]
    if one.takes is not None:
        key = {"type": "string", "maxLength": 200, "pattern": "^[!-~]+$"}
        why = "The same key with the same request within a day is carried out once."
        found.append({"name": "Idempotency-Key", "in": "header", "schema": key, "description": why})
    return found


def _responses(one: Operation) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    failed = {status: {"description": what, "content": problem} for status, what in ERRORS.items()}
    good = {"description": "Done.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {str(one.gives): good, **failed}
