"""What the configuration says of the public side: [site], [components.ID], [phrases]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier.channel import address_fault
from notifier.model import Component, Site, Worker
from notifier.tables import Table, near

if TYPE_CHECKING:
    from notifier.render.site.theme import Link, Theme

LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read(root: Table, folder: Path) -> tuple[Site, Theme | None]:
    """The site, and how its page looks where that is not as we do it. ``folder``: where relative paths start."""
    table = root.table("site")
    languages = tuple(table.take("languages", "list", ("en",)))
    if not languages or not all(LANG.fullmatch(lang) for lang in languages):
        table.wrong("languages", 'takes language tags such as ["de", "en"]')
        languages = ("en",)
    if len({lang.lower() for lang in languages}) < len(languages):
        table.wrong("languages", "names a language twice; leave one of the two out")
    zone = table.take("timezone", "text", "UTC")
    if not _is_zone(zone):
        table.wrong("timezone", f'"{zone}" is no time zone; write it as Europe/Berlin')
    site = Site(
        name=table.take("name", "text", "Status"),
        url=_address(table, "url"),
        status_url=_address(table, "status_url"),
        languages=languages,
        timezone=zone,
        components=tuple(_components(root, languages[0])),
        phrases=_phrases(root),
        worker=_worker(root),
    )
    return site, _theme(table, languages[0])


def _address(table: Table, key: str) -> str:
    given: str = table.take(key, "text", "")
    like = "https://status.example.org" if key == "status_url" else "https://forum.example.org"
    if given and (fault := address_fault(given, like)):
        table.wrong(key, fault)
    return given


def _worker(root: Table) -> Worker:
    table = root.table("worker")
    usual = Worker()
    path = table.take("path", "text", usual.path)
    if not re.fullmatch(r"/[^?#\s]*\.js", path):
        table.wrong("path", f'"{path}" must be its path on the forum, such as /notifier-sw.js')
    hosts = tuple(table.take("hosts", "list", ()))
    for host in hosts:
        if fault := address_fault(host, "https://status.example.org/"):
            table.wrong("hosts", fault)
        elif host.endswith("/status.json"):
            table.wrong("hosts", f'"{host}" must be the folder of status.json: {host.removesuffix("status.json")}')
    spans = {key: table.take(key, "span", getattr(usual, key)) for key in ("hang", "give_up", "reload_spread")}
    if not spans["hang"]:
        table.wrong("hang", "must be more than nothing: it would replace every page, however quickly that comes")
    if spans["give_up"] < spans["hang"]:
        table.wrong("give_up", "must not be shorter than hang")
    return Worker(enabled=table.take("enabled", "yes or no", True), path=path, hosts=hosts, **spans)


def _is_zone(name: str) -> bool:
    if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name) and Path("/usr/share/zoneinfo", name).is_file():
        return True  # as zoneinfo would find, without its import
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _components(root: Table, lang: str) -> list[Component]:
    found, tables = [], root.tables("components")
    ids = [id for id, _ in tables]
    for id, table in tables:
        needs = table.take("needs", "list", ())
        for other in needs:
            if other == id:
                table.wrong("needs", "names the component itself")
            elif other not in ids:
                table.wrong("needs", f'there is no component "{other}"' + near(other, [i for i in ids if i != id]))
        name, group = (
            _texts(table.take(key, "texts", default), lang) for key, default in (("name", id), ("group", ""))
        )
        found.append(Component(id, name, group, tuple(needs)))
    return found


def _texts(given: str | Mapping[str, str], lang: str) -> Mapping[str, str]:
    """A text for each language that it was given in; a plain one is in the first language, "" is none."""
    return ({lang: given} if given else {}) if isinstance(given, str) else given


def _phrases(root: Table) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = root.take("phrases", "tables", {})
    if not given:
        return {}
    from notifier.render import phrases

    for problem in phrases.check(given):
        root.wrong("phrases", problem)
    return given


def _theme(table: Table, lang: str) -> Theme | None:
    """The theme; None where nothing is said about it, so that nothing need be loaded for it."""
    logo = table.take("logo", "path", "")
    templates = table.take("templates", "path", "")
    links = table.take("links", "links", ())
    inner = table.table("colors")
    named = ("accent", "background", "accent_dark", "background_dark")
    colors = {name: color for name in named if (color := inner.take(name, "text", ""))}
    if not (logo or templates or links or colors):
        return None
    from notifier.render.site.theme import LOGOS, Theme, faults

    for name, fault in faults(colors):
        inner.wrong(name, fault)
    if logo and Path(logo).suffix[1:].lower() not in LOGOS:
        table.wrong("logo", f"{logo} must be a file on this machine that ends in .{', .'.join(LOGOS)}")
    elif logo and not Path(logo).is_file():
        logo = table.missed("logo", f"{logo} is not there, so pages go without; put it back, or leave the key out")
    if templates and not Path(templates).is_dir():
        templates = table.missed("templates", f"{templates} is no folder, so pages are made with our own templates")
    return Theme(logo, tuple(_link(table, given, lang) for given in links), colors, templates)


def _link(table: Table, given: Mapping[str, Any], lang: str) -> Link:
    from notifier.render.site.theme import Link

    label, url = given.get("label", ""), str(given.get("url", ""))
    if not label or not re.match(r"(https?://|mailto:)\S+$", url) or given.keys() - {"label", "url"}:
        table.wrong("links", 'takes a list of { label = "...", url = "https://..." }')
    return Link(_texts(label, lang), url)
