"""The desk of a server elsewhere: the same commands, carried out there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from notifier import wire
from notifier.channel import Secret
from notifier.cli.draft import Desk
from notifier.events import Command
from notifier.incident import Refused
from notifier.model import Incident, Route, Site
from notifier.problem import Draft
from notifier.remote import RemoteDrafts, RemoteService, RemoteStore, Server
from notifier.store.intake import Heartbeat
from notifier.values import value


@value
class FarHouse:
    """Of a house elsewhere, what the commands look at."""

    site: Site

    def dispatcher(self, *_: Any) -> Any:
        """Delivering is done there. Raises Refused."""
        raise Refused("The server has stored it, and does not deliver. See its log, and `notifier list` there.")


@value
class FarDesk(Desk):
    """House, store and service of a server elsewhere."""

    house: Any
    store: Any
    service: Any
    languages: tuple[str, ...] = ()
    lang: str = "en"

    @property
    def intake(self) -> Any:
        """Where its drafts lie."""
        return FarDrafts(self.store.server, self)

    def has(self, channel: str) -> bool:
        """The server names its own channels only."""
        return True

    @property
    def place(self) -> str:
        """There."""
        return "on the server"

    def incidents(self, closed: bool) -> list[Incident]:
        """The open ones, or all."""
        found: list[Incident] = self.store.incidents(closed)
        return found

    def heartbeats(self) -> list[Heartbeat]:
        """Jobs that report to it."""
        return self.intake.heartbeats()  # type: ignore[no-any-return]

    def previews(self, command: Command, **chosen: Any) -> dict[str, Any]:
        """What a command would bring there."""
        found: dict[str, Any] = self.service.previews(command, **chosen)
        return found


class FarDrafts(RemoteDrafts):
    """The drafts, and how one is shown here."""

    def __init__(self, server: Server, desk: FarDesk) -> None:
        super().__init__(server, desk.lang)
        self._desk = desk

    def words(self, draft: Draft) -> Any:
        """As :meth:`notifier.intake.Intake.words`, without what only the server knows."""
        from notifier.render import ask

        incident = self._desk.service.incident(draft.incident) if draft.incident else None
        site, now = self._desk.house.site, self._desk.store.now()

        def words(route: Route, _: str) -> Any:
            return ask.question(draft, incident, (), (), route, site, self.lang, now)

        return words


def far_desk(url: str) -> FarDesk:
    """The desk of the server at that address. Raises Refused, StoreError."""
    if not url.startswith(("https://", "http://")):
        raise Refused(f"--remote {url}: begin it with https://")
    server = Server(url, Secret(read=lambda: _token(os.environ)))
    values = server.get("/site")
    site = wire.site_in(values)
    store, service = RemoteStore(server), RemoteService(server, site)
    return FarDesk(FarHouse(site), store, service, site.languages, values["admin_lang"])


def _token(env: Mapping[str, str]) -> str:
    """From $NOTIFIER_TOKEN, or the file that $NOTIFIER_TOKEN_FILE names, or ~/.config/notifier/token."""
    if given := env.get("NOTIFIER_TOKEN", "").strip():
        return given
    home = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "~")).expanduser() / ".config")
    path = Path(env.get("NOTIFIER_TOKEN_FILE") or home / "notifier" / "token")
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        text = ""
    if not text:
        raise Refused(
            f"There is no token in $NOTIFIER_TOKEN or {path}. `notifier token create` on the server makes one."
        )
    return text
