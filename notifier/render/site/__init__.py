"""State -> files: the public status page, the data and script for the forum's banner, and the feeds.

Pure and deterministic: the same state gives the same bytes. ``table.py`` says which files there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.model import Incident, Site

if TYPE_CHECKING:
    from notifier.history import Brief
    from notifier.render.site.press import Files
    from notifier.render.site.theme import Theme


def files(site: Site, incidents: Sequence[Incident], now: datetime, version: int, theme: Theme | None = None) -> Files:
    """Every file of the site, path below its root, with slashes -> content, rendered when it is asked for.

    ``incidents`` in any order; retracted ones are left out. ``now`` (aware) tells the date, ``version`` is a number
    that grows with every change of the state.
    """
    from notifier.history import brief
    from notifier.render.site.data import changed
    from notifier.render.site.press import Press

    known = {i.id: i for i in incidents}
    order = sorted(incidents, key=lambda i: (changed(i), i.id))
    briefs = [brief(i, changed(i), n) for n, i in enumerate(order, 1)]

    def read(wanted: Sequence[Brief], before: Mapping[str, Incident]) -> list[Incident]:
        return [known[b.id] for b in wanted]

    return Press(site, theme).edition(briefs, now, read, read, version)
