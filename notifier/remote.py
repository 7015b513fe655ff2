"""A server's desk, driven from elsewhere: what the commands ask of a service and a store, over its HTTP API.

Only what the commands need is here. Whatever the server refuses is raised as Refused; a server that cannot be reached,
or has trouble with its store, as StoreError: then nobody knows whether it was carried out, and a repeat with the same
key is safe, which is what happens here three times.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import quote

from notifier import wire
from notifier.channel import Receipt, Secret
from notifier.events import Command, Correct, Open, Reopen, Reschedule, Retract, Schedule, Tell
from notifier.incident import Refused
from notifier.model import Delivery, Incident, Site, State, Texts
from notifier.problem import Draft
from notifier.service import Said
from notifier.source import Signal
from notifier.store import Attempt, ChannelState, Node, Seen, StoreError, utc_now
from notifier.store.intake import Heard, Heartbeat, Inbound
from notifier.store.packed import command_out

TIMEOUT = (5.0, 30.0)
TRIES = 3
THERE: Any = None  # the event stays where it was stored


class Server:
    """One server's API. ``url`` is its address without /api/v1."""

    def __init__(self, url: str, token: Secret) -> None:
        import requests

        self._base = f"{url.rstrip('/')}/api/v1"
        self._token = token
        self._session = requests.Session()

    def get(self, path: str, **query: str) -> Any:
        """What stands there. Raises Refused, StoreError."""
        return self._ask("GET", path, query, None)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Ask for something to be done, once. Raises Refused, StoreError."""
        return self._ask(method, path, {}, {k: v for k, v in body.items() if v is not None})

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token.reveal()}"}
        if body is not None:
            headers["Idempotency-Key"] = token_hex(16)
        for last in (False,) * (TRIES - 1) + (True,):
            answer = self._try(method, path, query, body, headers, last)
            if answer is not None:
                return _read(answer, self._base)
        raise AssertionError("the last try answers or raises")

    def _try(self, method: str, path: str, query: Any, body: Any, headers: Any, last: bool) -> Any:
        """The answer; None for one that is worth another try, unless it is the last."""
        import requests

        url, more = self._base + path, {"params": query, "json": body, "headers": headers}
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **more)
        except requests.RequestException as error:
            if not last:
                return None
            why = self._token.scrub(str(error))
            raise StoreError(f"{self._base} cannot be reached ({type(error).__name__}). Is it running? {why}") from None
        return None if answer.status_code in (502, 503, 504) and not last else answer


def _read(answer: Any, base: str) -> Any:
    """The values of a good answer. Raises Refused, StoreError."""
    try:
        values = answer.json()
    except ValueError:
        raise StoreError(
            f"{base} answered {answer.status_code}, and not as a notifier does. Is --remote right?"
        ) from None
    if answer.status_code < 300:
        return values
    said = str(values.get("detail") or values.get("title") or answer.status_code) if isinstance(values, dict) else ""
    if answer.status_code >= 500:
        raise StoreError(f"{base}: {said}")
    raise Refused(said)


class RemoteService:
    """As :class:`notifier.service.Service`, as far as the commands ask."""

    def __init__(self, server: Server, site: Site, routes: Sequence[Any] = ()) -> None:
        self.server = server
        self.site = site
        self.routes = routes

    def handle(self, command: Command, *, which: str = "", by: str = "", source: str = "", **how: Any) -> Said:
        """Carry out a command there."""
        answer = self.server.send(*_place(command, which), _body(command) | _manner(how) | {"by": by or None})
        found = wire.incident_in(answer["incident"])
        rows = tuple(map(wire.delivery_in, answer["deliveries"]))
        return Said(found, THERE, rows)

    def previews(self, command: Command, *, which: str = "", **how: Any) -> dict[str, Any]:
        """What it would bring."""
        said: dict[str, Any] = self.server.send(
            *_place(command, which), _body(command) | _manner(how) | {"dry_run": True}
        )
        return said

    def incident(self, which: str = "", *, closed: bool = True) -> Incident:
        """The incident that is meant."""
        return wire.incident_in(self._whole(self.find(which, closed=closed))["incident"])

    def find(self, which: str, *, closed: bool = True, reopen: bool = False, planned: bool = False) -> str:
        """Its id."""
        flags = {"closed": closed, "reopen": reopen, "planned": planned}
        query = {name: str(flag).lower() for name, flag in flags.items()}
        return str(self.server.get("/find", which=which, **query)["id"])

    def retry(self, which: str = "", channels: Collection[str] = ()) -> list[int]:
        """Say again what failed."""
        answer = self.server.send("POST", f"/incidents/{quote(which, safe='')}/retry", {"channels": list(channels)})
        return [row["id"] for row in answer["deliveries"]]

    def settle(self, id: int, arrived: bool, receipt: Receipt | None = None) -> int:
        """Decide an unsure delivery."""
        more = {"id": receipt.id, "url": receipt.url} if receipt else {}
        rows = self.server.send("POST", f"/deliveries/{id}/settle", {"arrived": arrived, **more})["deliveries"]
        return int(rows[0]["id"]) if rows else id

    def chosen(self, only: Collection[str], without: Collection[str] = ()) -> list[Any]:
        """Whether there are channels of these names is for the server to say."""
        return []

    def _whole(self, id: str) -> Any:
        return self.server.get(f"/incidents/{quote(id, safe='')}")


def _place(command: Command, which: str) -> tuple[str, str]:
    """Method and path of a command."""
    at = f"/incidents/{quote(which, safe='')}"
    if isinstance(command, Correct | Retract) and not getattr(command, "whole", False):
        seq = "newest" if command.of is None else command.of
        return ("PATCH" if isinstance(command, Correct) else "DELETE"), f"{at}/updates/{seq}"
    places = {
        Open: ("POST", "/incidents"),
        Schedule: ("POST", "/maintenances"),
        Tell: ("POST", f"{at}/updates"),
        Reopen: ("POST", f"{at}/reopen"),
        Reschedule: ("POST", f"{at}/reschedule"),
        Retract: ("DELETE", at),
    }
    return places[type(command)]


def _body(command: Command) -> dict[str, Any]:
    """What a command says, as the API takes it."""
    values = command_out(command)
    values = {k: v for k, v in values.items() if k not in ("do", "of", "whole")}
    if isinstance(command, Schedule | Reschedule):
        values["window"] = wire.window(command.window)
    return values


def _manner(how: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name: list(how[name]) for name in ("only", "without") if how.get(name)}
    return lists | {name: True for name in ("again", "silent") if how.get(name)}


class RemoteStore:
    """As :class:`notifier.store.Store`, as far as the commands that look ask. The server is at work all the time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.intake = RemoteDrafts(server)

    def now(self) -> datetime:
        """This machine's clock."""
        return utc_now()

    def open_ids(self) -> list[str]:
        """Ids of open incidents."""
        return [one["id"] for one in self._pages(state="open")]

    def incidents(self, closed: bool) -> list[Incident]:
        """The open ones, or all."""
        return [wire.incident_in(one) for one in self._pages(state="all" if closed else "open")]

    def deliveries(self, incident: str) -> list[Delivery]:
        """All of an incident."""
        found = self.server.get(f"/incidents/{quote(incident, safe='')}")["deliveries"]
        return list(map(wire.delivery_in, found))

    def delivery(self, id: int) -> Delivery | None:
        """One."""
        return wire.delivery_in(self.server.get(f"/deliveries/{id}"))

    def attempts(self, incident: str) -> list[Attempt]:
        """Every try."""
        found = self.server.get(f"/incidents/{quote(incident, safe='')}/attempts")["items"]
        return list(map(wire.attempt_in, found))

    def troubled(self, since: datetime) -> list[Delivery]:
        """What failed lately."""
        days = max(1, round((self.now() - since) / timedelta(days=1)))
        return list(map(wire.delivery_in, self.server.get("/deliveries", days=str(days))["items"]))

    def waiting(self) -> int:
        """How many wait."""
        return int(self.server.get("/deliveries")["waiting"])

    def tally(self) -> list[tuple[str, str, int]]:
        """What waits on the channels of which something is known."""
        return [(c["name"], str(State.DUE), int(c["waiting"])) for c in self.server.get("/channels")["items"]]

    def channel_states(self) -> Mapping[str, ChannelState]:
        """What is known of the channels."""
        found = self.server.get("/channels")["items"]
        return {c["name"]: ChannelState(wire.moment(c["rests_until"]), self.now(), c["stopped"]) for c in found}

    def nodes(self) -> Sequence[Seen]:
        """The server."""
        return [Seen(Node("server", "run"), self.now())]

    def close(self) -> None:
        """Nothing is kept open."""

    def _pages(self, **query: str) -> list[Any]:
        found: list[Any] = []
        after = ""
        while True:
            page = self.server.get("/incidents", limit="200", **query, **({"after": after} if after else {}))
            found += page["items"]
            if page["next"] is None:
                return found
            after = page["next"]


class RemoteDrafts:
    """As :class:`notifier.store.intake.Intake` and :class:`notifier.intake.Intake`, as far as the commands ask.
    ``lang``: the admins' language."""

    def __init__(self, server: Server, lang: str = "en") -> None:
        self._server = server
        self.lang = lang

    def drafts(self, waiting: bool = True, most: int = 100) -> list[Draft]:
        """Those that wait, or all."""
        state = "waiting" if waiting else "all"
        return list(map(wire.draft_in, self._server.get("/drafts", state=state, limit=str(most))["items"]))

    def draft(self, id: int) -> Draft | None:
        """One."""
        return wire.draft_in(self._server.get(f"/drafts/{id}"))

    def approve(self, id: int, *, by: str, silent: bool = False, again: bool = False) -> Said:
        """Publish it."""
        answer = self._server.send("POST", f"/drafts/{id}/approve", {"by": by, "silent": silent, "again": again})
        rows = tuple(map(wire.delivery_in, answer["deliveries"]))
        return Said(wire.incident_in(answer["incident"]), THERE, rows)

    def discard(self, id: int, *, by: str) -> Draft:
        """Throw it away."""
        return wire.draft_in(self._server.send("POST", f"/drafts/{id}/discard", {"by": by}))

    def snooze(self, id: int, delay: timedelta, *, by: str) -> Draft:
        """Decide later."""
        minutes = max(1, round(delay / timedelta(minutes=1)))
        return wire.draft_in(self._server.send("POST", f"/drafts/{id}/snooze", {"by": by, "minutes": minutes}))

    def edit(self, id: int, *, by: str, title: Texts | None = None, text: Texts | None = None) -> Draft:
        """Other words."""
        return wire.draft_in(self._server.send("PATCH", f"/drafts/{id}", {"by": by, "title": title, "text": text}))

    def heard(self, most: int, hook: str = "") -> list[Heard]:
        """What monitoring said."""
        return list(map(wire.heard_in, self._server.get("/signals", limit=str(most), hook=hook)["items"]))

    def requests(self, most: int, state: str = "", hook: str = "") -> list[Inbound]:
        """Requests as they came; of their words the beginning."""
        found = self._server.get("/requests", limit=str(most), state=state, hook=hook)["items"]
        return [wire.inbound_in(one) for one in found]

    def hear(self, hook: str, signals: Sequence[Signal]) -> list[str]:
        """Say what monitoring says; the verdicts."""
        verdicts: list[str] = []
        for one in signals:
            said = {name: getattr(one, name) for name in ("key", "component", "severity", "title", "text")}
            body = {"hook": hook, "state": str(one.kind), **{k: v for k, v in said.items() if v}}
            verdicts += self._server.send("POST", "/signals", body)["verdicts"]
        return verdicts

    def replay(self, id: int) -> list[str]:
        """Weigh a stored request again."""
        return list(self._server.send("POST", f"/requests/{id}/replay", {})["verdicts"])

    def close(self, hook: str, key: str) -> str:
        """A problem is over."""
        return str(self._server.send("POST", "/problems/close", {"hook": hook, "key": key})["verdicts"][0])

    def heartbeats(self) -> list[Heartbeat]:
        """Jobs that report."""
        return list(map(wire.heartbeat_in, self._server.get("/heartbeats")["items"]))
