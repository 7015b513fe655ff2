"""Permanent addresses on the status page."""

from __future__ import annotations

from urllib.parse import quote

from notifier.model import Site
from notifier.render.phrases import lineage


def home(site: Site) -> str:
    """Where the status page stands, with a slash at the end; "" where the configuration does not say."""
    page = site.status_url.split("#")[0]
    return page if not page or page.endswith("/") else page + "/"


def incident_path(id: str, lang: str = "") -> str:
    """Path of an incident's page below the site's root; ``lang`` "": the page that suits every language."""
    return f"{lang}/incidents/{quote(id, safe='')}.html" if lang else f"incidents/{quote(id, safe='')}.html"


def incident_url(site: Site, id: str, lang: str = "") -> str:
    """The whole address of an incident's page in that language, if the site has it ("de" for "de-AT"), else of the
    page that suits every language; "" where there is no status page."""
    known = next((tag for tag in lineage(lang) if tag in site.languages), "")
    return home(site) and home(site) + incident_path(id, known)
