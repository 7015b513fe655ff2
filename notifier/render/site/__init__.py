"""State -> files: the public status page, the data and script for the forum's banner, and the feed.

Pure and deterministic: the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from notifier.model import Incident, Site

RECENT = timedelta(days=14)
FEW, MANY = 10, 50


def files(site: Site, incidents: Sequence[Incident], now: datetime, version: int) -> dict[str, bytes]:
    """Every file of the site: path below its root, with slashes -> content.

    ``incidents`` in any order; retracted ones are left out. ``now`` (aware) is the moment of this state, ``version``
    a number that grows with every change of it.
    """
    from notifier.render import markup, worker
    from notifier.render.site import atom, data, page, strip, text

    current = open_now(incidents)
    past = over(incidents, now)
    made = {
        "banner.js": worker.banner(),
        "page.js": text.asset("page.js"),
        "feed.atom": atom.atom(site, incidents, site.languages[0]).decode(),
        **strip.files(site, current, now),
        "index.html": page.page(site, current, past, now, version, site.languages[0], ""),
    }
    for lang in site.languages:
        made[f"{lang}/index.html"] = page.page(site, current, past, now, version, lang, "../")
    return {
        **{path: markup.clean(content).encode() for path, content in made.items()},
        "status.json": data.status(site, current, now, version),
    }


def open_now(incidents: Sequence[Incident]) -> list[Incident]:
    """The open ones: worst first, among equals the newest first."""
    return sorted((i for i in incidents if i.open), key=lambda i: (-i.impact.rank, -i.opened.timestamp(), i.id))


def over(incidents: Sequence[Incident], now: datetime) -> list[Incident]:
    """The resolved ones that the page still shows: those of the last 14 days, and the last 10 in any case; at most 50,
    newest first."""
    done = [(i.resolved, i) for i in incidents if i.resolved and not i.retracted]
    done.sort(key=lambda pair: (-pair[0].timestamp(), pair[1].id))
    recent = sum(at >= now - RECENT for at, _ in done)
    return [i for _, i in done[: min(max(recent, FEW), MANY)]]
