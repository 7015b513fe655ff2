"""status.json: the present state for programs, above all for the banner on the forum's own pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notifier.model import STATUS_OF, Impact, Incident, Phase, Site
from notifier.render import markup, phrases
from notifier.render.links import incident_url
from notifier.render.memo import Memo
from notifier.render.site import text
from notifier.render.when import iso

_CHANGED, _TEXTS = Memo(), Memo(64)

as_json = json.JSONEncoder(separators=(",", ":")).encode  # pure ASCII


def status(site: Site, current: Sequence[Incident], now: datetime, version: int) -> bytes:
    """The state as JSON, pure ASCII. ``current``: open incidents, worst first, then maintenance; ``version`` is the
    ``seq`` by which a reader knows a newer state from an older one. Lists are never null; times are RFC 3339 in UTC.
    """
    impact = text.worst(current)
    begun = any(i.phase is not Phase.SCHEDULED for i in current)
    texts = _TEXTS.get(
        (site,), (impact, begun), lambda: {lang: _texts(site, lang, impact, begun) for lang in site.languages}
    )
    facts = {
        "seq": version,
        "generated_at": iso(now),
        "site": {"name": markup.clean(site.name), "url": site.url, "status_url": site.status_url},
        "state": str(impact),
        "texts": texts,
        "incidents": [_incident(site, i) for i in current],
        "languages": list(site.languages),
        "sw": {"enabled": site.worker.enabled, "reload_spread_s": round(site.worker.reload_spread.total_seconds())},
    }
    return as_json(facts).encode("ascii") + b"\n"


def headline(site: Site, lang: str, impact: Impact, open: bool) -> str:
    """The whole state in a few words, such as "Major outage"."""
    stage = "none" if open and impact is Impact.NONE else STATUS_OF[impact]
    return markup.clean(phrases.say(lang, f"page.headline.{stage}", site))


def _texts(site: Site, lang: str, impact: Impact, open: bool) -> dict[str, str]:
    """The words a reader of this file needs beside those of the incidents."""
    return {
        "dir": text.direction(lang),
        "state": headline(site, lang, impact, open),
        "known": markup.clean(phrases.say(lang, "page.known", site, age="{age}")),
        "more": markup.clean(phrases.say(lang, "page.more", site)),
        "planned": markup.clean(phrases.say(lang, "page.window", site)),
        "hide": markup.clean(phrases.say(lang, "page.hide", site)),
        "label": markup.clean(phrases.say(lang, "page.current", site)),
        **{f"impact.{i}": markup.clean(phrases.say(lang, f"impact.{i}", site)) for i in Impact},
    }


def _incident(site: Site, incident: Incident) -> dict[str, Any]:
    update = incident.updates[-1]
    return {
        "id": incident.id,
        "phase": str(incident.phase),
        "impact": str(incident.impact),
        "components": [
            {"id": id, "name": text.everywhere(site.component(id).name, site)} for id in incident.components
        ],
        "title": text.everywhere(incident.title, site),
        "began_at": iso(incident.began),
        "updated_at": iso(changed(incident)),
        "update": {"seq": update.seq, "text": text.plain(update.text, site), "at": iso(update.at)},
        "window": {"start": iso(window.start), "end": iso(window.end)} if (window := incident.window) else None,
        "link": incident_url(site, incident.id),
    }


def changed(incident: Incident) -> datetime:
    """When users last got another word on it, as far as its updates tell."""
    return _CHANGED.get((incident,), "", lambda: _changed(incident))


def _changed(incident: Incident) -> datetime:
    return max(incident.opened, *(u.at for u in incident.updates), *(u.corrected or u.at for u in incident.updates))
