"""Which incidents a file is made of that is made of a choice of them: the same that its renderer would take of all."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest, nsmallest

from notifier.history import Brief

NEWS, SERVICE = 50, 50


def news(briefs: Iterable[Brief]) -> list[Brief]:
    """The fifty that changed last (as :func:`notifier.render.site.feed.wanted` of all)."""
    return nlargest(NEWS, briefs, key=lambda b: (b.updated, b.id))


def service(briefs: Iterable[Brief], open: Iterable[Brief], maintenances: Iterable[Brief]) -> list[Brief]:
    """Those of Statuspage's interface (:func:`notifier.render.site.statuspage.wanted`). ``briefs``: all but those taken
    back; ``maintenances``: those of them that are."""
    newest = nsmallest(SERVICE, (b for b in briefs if b.window is None), key=_latest)
    kept = {b.id: b for b in (*newest, *nsmallest(SERVICE, maintenances, key=_latest), *open)}
    return sorted(kept.values(), key=_latest)


def _latest(brief: Brief) -> tuple[float, str]:
    return -brief.scheduled.timestamp(), brief.id
