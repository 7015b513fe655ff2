"""A desk with a movable clock, for stories about monitoring: signals come in, the clock goes on, admins decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notifier import config, registry
from notifier.intake import Intake
from notifier.model import Incident, State
from notifier.problem import Draft, DraftState
from notifier.source import Kind, Signal
from notifier.values import replace
from notifier.wiring import build

AFTERNOON = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
SITE = """
[site]
name = "Stimmfunk"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "{folder}/n.db"
[components.voice]
name = {{ de = "Sprachserver", en = "Voice server" }}
[components.forum]
name = "Forum"
[components.network]
name = "Netz"
[channels.news]
kind = "console"
[channels.team]
kind = "console"
[admins]
channels = ["team"]
[hooks.prometheus]
source = "alertmanager"
secret = "a-secret-in-the-path"
"""


class Desk:
    """One installation; ``now`` is moved by :meth:`later`."""

    def __init__(self, folder: Path, rules: str = "") -> None:
        self.now = AFTERNOON
        settings = config.parse(SITE.format(folder=folder) + rules, registry.kind)
        parts = tuple(replace(c, needs=("network",)) if c.id == "voice" else c for c in settings.site.components)
        self._settings = replace(settings, site=replace(settings.site, components=parts))
        self._open()

    def _open(self) -> None:
        self.house = build(self._settings, lambda: self.now)
        self.store: Any = self.house.store()
        self.intake: Intake = self.house.intake(self.store)

    def forget(self, component: str) -> None:
        """Somebody takes it out of the configuration and starts again."""
        site = self._settings.site
        left = tuple(c for c in site.components if c.id != component)
        self._settings = replace(self._settings, site=replace(site, components=left))
        self._open()

    def later(self, **span: float) -> int:
        """Time passes; how much was due then."""
        self.now += timedelta(**span)
        return self.tick()

    def tick(self) -> int:
        """Everything that is due."""
        done = 0
        while some := self.intake.weigh() + self.intake.tick():
            done += some
        return done

    def hear(self, kind: Kind, component: str = "voice", key: str = "", **more: Any) -> str:
        """One signal; the verdict."""
        values = {"severity": "critical", "title": f"{component} down", **more}
        signal = Signal("alertmanager", key or component, kind, self.now, component=component, **values)
        return self.intake.hear("prometheus", [signal])[0]

    def down(self, component: str = "voice", **more: Any) -> str:
        """It is reported to be down."""
        return self.hear(Kind.PROBLEM, component, **more)

    def up(self, component: str = "voice", **more: Any) -> str:
        """It is reported to be up again."""
        return self.hear(Kind.RECOVERY, component, **more)

    @property
    def drafts(self) -> list[Draft]:
        """Those that wait, oldest first."""
        return list(reversed(self.store.intake.drafts()))

    @property
    def draft(self) -> Draft:
        """The only one that waits."""
        (only,) = self.drafts
        return only

    def states(self) -> list[DraftState]:
        """Of all drafts, oldest first."""
        return [d.state for d in reversed(self.store.intake.drafts(waiting=False))]

    def incidents(self) -> list[Incident]:
        """All that users ever heard of."""
        return [self.intake.service.incident(id) for id in self.store.newest_ids(100)]

    @property
    def incident(self) -> Incident:
        """The only one."""
        (only,) = self.incidents()
        return only

    def stands(self) -> bool:
        """Whether the only incident is open."""
        return self.incident.open

    def told(self) -> list[str]:
        """Titles and first words that the admins got, oldest first."""
        rows = self.store.deliveries("")
        return [d.message.text for d in rows if d.channel == "team" and d.state is not State.SUPERSEDED]
