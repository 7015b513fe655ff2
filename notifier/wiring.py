"""Settings become a running whole: store, channels, routes, service and dispatcher."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier import node as nodes
from notifier import plan
from notifier.channel import Addressed, Limits, MissingExtra, Receipt, Secret, Temporary, abilities
from notifier.config import ChannelSettings, Settings
from notifier.dispatcher import Dispatcher, Line
from notifier.model import Delivery, Route, Site, State
from notifier.perform import Caller
from notifier.publishing import Publisher
from notifier.service import Service
from notifier.store import Store, StoreError, utc_now
from notifier.store.sqlite import Sqlite
from notifier.values import fields, replace, value

if TYPE_CHECKING:
    from notifier.intake import Intake
    from notifier.problem import Draft

Clock = Callable[[], datetime]


@value
class Wired:
    """One configured channel: its settings, the object that speaks to it, and its route."""

    settings: ChannelSettings
    channel: Any
    route: Route
    missing: str = ""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of its configuration, for scrubbing."""
        config = self.settings.config
        return tuple(v for name in fields(type(config)) if isinstance(v := getattr(config, name), Secret))


@value
class House:
    """Everything that follows from one configuration. Opens nothing until asked.

    ``publisher`` gives the public site as it now stands.
    """

    settings: Settings
    publisher: Publisher
    clock: Clock = utc_now
    channels: tuple[Wired, ...] = ()

    @property
    def site(self) -> Site:
        """What it speaks for."""
        return self.settings.site

    @property
    def routes(self) -> tuple[Route, ...]:
        """Who hears what."""
        return tuple(w.route for w in self.channels)

    def store(self, patience: float = 30.0) -> Store:
        """The store, opened for the calling thread. Raises StoreError."""
        return _open(self.settings, self.clock, patience)

    def service(self, store: Store) -> Service:
        """The one door to that store."""
        return Service(store, self.site, self.routes)

    def intake(self, store: Store) -> Intake:
        """The desk where drafts lie, on that store."""
        from notifier.hooks import Duty
        from notifier.intake import Intake

        duty = self.settings.duty or Duty()
        bot = duty.bot.channel if duty.bot else ""
        link = links_on(store, duty.serve.url)
        return Intake(store, self.service(store), duty, self.settings.admin_lang, link, bot)

    def dispatcher(self, store: Store, kind: str) -> Dispatcher:
        """A node that delivers. ``kind`` as in :func:`notifier.node.this`."""
        lines = [self._line(w) for w in self.channels]
        return Dispatcher(store, nodes.this(kind), lines, self._alarm, nodes.surely_dead)

    def wired(self, name: str) -> Wired | None:
        """The channel of that name."""
        return next((w for w in self.channels if w.settings.name == name), None)

    def _line(self, wired: Wired) -> Line:
        caller = Caller(
            wired.channel, wired.settings.kind.connect, wired.settings.config, wired.secrets, self.publisher.files
        )
        return Line(wired.route, caller.perform, self._ended(caller) if wired.route.board else caller.close)

    def _ended(self, caller: Caller) -> Callable[[], None]:
        def close() -> None:
            caller.close()
            self.publisher.close()

        return close

    def _alarm(self, row: Delivery, state: State, why: str, now: datetime) -> list[Delivery]:
        return plan.alarm(row, state, why, self.routes, self.site, now, self.settings.admin_lang)


def build(settings: Settings, clock: Clock = utc_now) -> House:
    """The house of these settings. Light: no connection, no heavy import."""
    admins = set(settings.admins)
    channels = tuple(_wire(c, c.name in admins) for c in settings.channels)
    publisher = Publisher(settings.site, settings.theme, lambda: _open(settings, clock, shared=True))
    return House(settings, publisher, clock, channels)


def _open(settings: Settings, clock: Clock, patience: float = 30.0, shared: bool = False) -> Store:
    return Sqlite(store_path(settings.store, os.environ), clock, patience, shared)


def links_on(store: Store, url: str) -> Callable[[Draft, Route, str], str]:
    """Makes the address where a draft can be decided, for a route and a recipient; "" without ``url``."""
    from notifier import links

    def link(draft: Draft, route: Route, to: str) -> str:
        if not url:
            return ""
        key = store.intake.kept(links.KEY)
        if key is None:
            key = secrets.token_hex(32)
            store.intake.keep(links.KEY, key)
        granted = links.Pass(draft.id, route.channel, to, store.now() + links.VALID)
        return f"{url}/drafts/{links.sign(key, granted)}"

    return link


def store_path(url: str, env: Mapping[str, str]) -> Path:
    """The SQLite file of ``Settings.store``: a path, or "" for the user's data directory. Raises StoreError."""
    if "://" in url:
        scheme = url.partition("://")[0]
        raise StoreError(f"[store] url: {scheme} is not a kind of store here; use a path or sqlite:///path")
    if url:
        return Path(url)
    from platformdirs import user_data_path

    return user_data_path("notifier", appauthor=False) / "notifier.db"


def _wire(settings: ChannelSettings, admin: bool) -> Wired:
    missing = ""
    try:
        channel = settings.kind.connect(settings.config)
    except MissingExtra as error:
        missing = str(error)
        channel = AbsentBoard(missing) if _makes_board(settings) else Absent(missing)
    return Wired(settings, channel, _route(settings, channel, admin), missing)


def _makes_board(settings: ChannelSettings) -> bool:
    """Whether that kind is a board, as far as its ``connect`` is annotated."""
    from typing import get_type_hints

    try:
        made = get_type_hints(settings.kind.connect).get("return")
    except NameError:
        return False
    return hasattr(made, "publish")


def _route(settings: ChannelSettings, channel: Any, admin: bool) -> Route:
    board = hasattr(channel, "publish")
    route = Route(
        channel=settings.name,
        kind=settings.kind.name,
        limits=Limits() if board else channel.limits,
        can=abilities(channel),
        board=board,
        recipients=tuple(channel.recipients) if isinstance(channel, Addressed) else (),
        admin=admin,
    )
    return replace(route, **settings.route)


class Absent:
    """Stands in for a channel whose library is not installed: what it should say waits till it is."""

    limits = Limits(size=280, measure="x")

    def __init__(self, why: str) -> None:
        self._why = why

    def post(self, message: object) -> Receipt:
        """Never delivers."""
        raise Temporary(self._why, whole=True)

    def close(self) -> None:
        """Nothing to let go of."""


class AbsentBoard(Absent):
    """Stands in for a board whose library is not installed."""

    def publish(self, files: object) -> Receipt:
        """Never publishes."""
        raise Temporary(self._why, whole=True)
