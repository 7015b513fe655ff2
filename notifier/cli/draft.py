"""From what was typed to a command: which incident is meant, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from notifier import incident as life
from notifier.cli import begin, halted, words
from notifier.cli.manner import Manner
from notifier.events import Command, Open, Schedule, Tell
from notifier.model import Impact, Phase, Window
from notifier.render import compose
from notifier.service import Service
from notifier.store import Store
from notifier.values import value
from notifier.wiring import House

if TYPE_CHECKING:
    from notifier.intake import Intake
    from notifier.model import Incident
    from notifier.store.intake import Heartbeat

MOST_LISTED = 1000


@value
class Desk:
    """House, store and service of one call."""

    house: House
    store: Store
    service: Service
    languages: Sequence[str] = ()

    @property
    def intake(self) -> Intake:
        """Where drafts lie."""
        return self.house.intake(self.store)

    def heartbeats(self) -> list[Heartbeat]:
        """The jobs of the configuration, and how they are."""
        from notifier.store.intake import Heartbeat

        known = {beat.name: beat for beat in self.store.intake.heartbeats()}
        return [known.get(job.name, Heartbeat(job.name)) for job in self.intake.duty.jobs]

    def stopped(self, count: bool = False) -> dict[str, str]:
        """The stopped channels of the configuration: what is wrong and what to do; with ``count``, how much waits."""
        whys = {name: why for name, why in halted.reasons(self.store).items() if self.has(name)}
        queued = halted.queued(self.store, whys) if count else {}
        return {name: halted.sentence(name, why, queued.get(name, 0), self.place) for name, why in whys.items()}

    def has(self, channel: str) -> bool:
        """Whether there is a channel of that name."""
        return self.house.wired(channel) is not None

    @property
    def place(self) -> str:
        """Where a channel is mended, if not on this machine."""
        return ""

    def incidents(self, closed: bool) -> list[Incident]:
        """The open ones, or the newest of all, last touched first."""
        ids = self.store.newest_ids(MOST_LISTED) if closed else self.store.open_ids()
        return [life.fold(id, self.store.events(id)) for id in ids]

    def previews(self, command: Command, **chosen: Any) -> dict[str, Any]:
        """What a command would bring, as JSON values; nothing is stored. Raises Refused."""
        from notifier import wire

        said = self.service.preview(command, **chosen)
        return wire.previews(said.incident, said.deliveries, self.service.routes)


def desk(asked: Any) -> Desk:
    """Open the store that the configuration names, or the server's desk that --remote names. ``asked`` is an Asked or
    a Typer context."""
    if url := begin.remote(asked):
        from notifier.cli.afar import far_desk

        return far_desk(url)
    house = begin.house(asked)
    store = house.store(patience=10.0)
    return Desk(house, store, house.service(store), house.site.languages)


def opening(
    at_desk: Desk,
    titles: Sequence[str],
    messages: Sequence[str],
    components: Sequence[str] | None,
    impact: Impact | None,
    status: Phase | None,
    at: str | None,
    manner: Manner,
) -> Open:
    """The command that opens an incident, with ready words where none were given."""
    site = at_desk.house.site
    hit, felt, phase = tuple(components or ()), impact or Impact.MAJOR, status or Phase.INVESTIGATING
    title = words.texts(titles, at_desk.languages, "-t") if titles else compose.default_title(site, hit, felt)
    ready = compose.ready_texts(site, phase, felt, hit)
    said = words.message(messages, at_desk.languages, ready, manner.asks)
    return Open(title, said, hit, felt, phase, words.moment(at, at_desk.store.now(), site.timezone))


def later(
    at_desk: Desk,
    id: str,
    messages: Sequence[str],
    status: Phase | None,
    impact: Impact | None,
    components: Sequence[str] | None,
    at: str | None,
    manner: Manner,
) -> Tell:
    """The command that tells more, with ready words where none were given."""
    site, found = at_desk.house.site, at_desk.service.incident(id)
    hit = tuple(components) if components else None
    phase, about = life.stage(status, found), hit or found.components
    if found.window:
        ready = compose.planned_texts(site, phase, about, found.window, later=phase is found.phase)
    else:
        ready = compose.ready_texts(site, phase, impact or found.impact, about, later=True)
    said = words.message(messages, at_desk.languages, ready, manner.asks and found.open)
    return Tell(said, status, impact, hit, words.moment(at, at_desk.store.now(), site.timezone))


def planning(
    at_desk: Desk,
    titles: Sequence[str],
    messages: Sequence[str],
    components: Sequence[str] | None,
    window: Window,
    manner: Manner,
) -> Schedule:
    """The command that plans a maintenance, with ready words where none were given."""
    site, hit = at_desk.house.site, tuple(components or ())
    title = words.texts(titles, at_desk.languages, "-t") if titles else compose.planned_title(site, hit)
    ready = compose.planned_texts(site, Phase.SCHEDULED, hit, window)
    return Schedule(title, words.message(messages, at_desk.languages, ready, manner.asks), hit, window)


def addressed(
    at_desk: Desk,
    which: str | None,
    text: str | None,
    messages: Sequence[str] | None,
    reopen: bool = False,
    planned: bool = False,
) -> tuple[str, list[str]]:
    """Which incident is meant, and the texts given. A single word in a place may be either."""
    given = list(messages or ()) + ([text] if text else [])
    if which and text is None and not messages and " " in which.strip():
        return at_desk.service.find("", reopen=reopen, planned=planned), [which]
    return at_desk.service.find(which or "", reopen=reopen, planned=planned), given


def both(many: Sequence[str] | None, one: str | None) -> list[str]:
    """What was given by options, and the word in its place."""
    return list(many or ()) + ([one] if one else [])
