"""Names and addresses for programs: of entries in feeds, of events in calendars, of what other formats number."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

from notifier.model import Incident, Site
from notifier.render import markup
from notifier.render.links import incident_url

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_LENGTH = 12


def domain(site: Site) -> str:
    """The host name of the status page; "localhost" where the configuration does not say."""
    try:
        return markup.clean(urlsplit(site.status_url).hostname or "localhost")
    except ValueError:
        return "localhost"


def tag(site: Site, at: datetime, what: str) -> str:
    """A tag URI (RFC 4151): it never changes, whatever becomes of titles and texts."""
    return f"tag:{domain(site)},{at:%Y}:{quote(markup.clean(what))}"


def link(site: Site, incident: Incident, lang: str) -> str:
    """Where people read about an incident in ``lang``; "" where there is no status page."""
    return incident_url(site, incident.id, lang)


def update(site: Site, incident: Incident, seq: int) -> str:
    """The name of one update; the same in every feed and language."""
    return tag(site, incident.opened, f"incident/{incident.id}/update/{seq}")


@lru_cache(4096)
def short(kind: str, id: str) -> str:
    """Twelve lower-case letters and digits, as Statuspage has them, always the same for the same ``kind`` and id."""
    number = int.from_bytes(sha256(f"{kind}/{id}".encode("utf-8", "surrogatepass")).digest())
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
