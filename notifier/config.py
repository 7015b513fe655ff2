"""notifier.toml: ``parse(text)`` gives the settings, or all mistakes together, each with its place and its remedy."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notifier import paths, site_settings
from notifier.model import Impact, Site
from notifier.registry import BrokenKind, Kind, UnknownKind
from notifier.tables import MISSING, Problem, Reader, Table, near
from notifier.values import value as frozen

if TYPE_CHECKING:
    from notifier.hooks import Duty
    from notifier.render.site.theme import Theme

ROUTE_KEYS = ("lang", "least", "components", "style", "pin", "long", "catch_up", "tell_within", "unsure", "enabled")
_TAKES = {"components": "list", "pin": "yes or no", "enabled": "yes or no", "tell_within": "span"}


class ConfigError(Exception):
    """The configuration cannot be used; ``problems`` holds every mistake found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@frozen
class ChannelSettings:
    """One ``[channels.NAME]`` table: the kind's own configuration, and the route's keys that were given."""

    name: str
    kind: Kind
    config: Any
    route: Mapping[str, Any]


@frozen
class Settings:
    """A whole configuration. ``store`` is "" for the default place; ``duty`` is what it says about monitoring."""

    site: Site = Site()
    store: str = ""
    channels: tuple[ChannelSettings, ...] = ()
    admins: tuple[str, ...] = ()
    path: Path | None = None
    warnings: tuple[str, ...] = ()
    admin_lang: str = "en"
    duty: Duty | None = None
    theme: Theme | None = None


def find(given: str | None, env: Mapping[str, str]) -> Path | None:
    """The configuration file: --config, $NOTIFIER_CONFIG, ./notifier.toml, the user's, the system's."""
    if given:
        return Path(given)
    if named := env.get("NOTIFIER_CONFIG"):
        return Path(named)
    return next((p for p in places(env) if p.is_file()), None)


def places(env: Mapping[str, str]) -> list[Path]:
    """Where a configuration is looked for when none is named, in order."""
    home = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "~")).expanduser() / ".config")
    return [Path("notifier.toml"), home / "notifier" / "notifier.toml", Path("/etc/notifier/notifier.toml")]


def load(path: Path, kind: Callable[[str], Kind]) -> Settings:
    """The settings in that file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
        open_to_all = bool(path.stat().st_mode & stat.S_IROTH)
    except OSError as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), "is not UTF-8 text; save it as UTF-8")]) from error
    return parse(text, kind, str(path), path.parent, open_to_all)


def parse(
    text: str,
    kind: Callable[[str], Kind],
    name: str = "notifier.toml",
    folder: Path = Path(),
    open_to_all: bool = False,
) -> Settings:
    """Settings from TOML. ``folder`` is what relative paths of secret files start from. Raises ConfigError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(name, f"is not valid TOML: {error}")]) from error
    reader = Reader(text, name, folder)
    root = reader.table(data, "")
    site, theme = site_settings.read(root, folder)
    store = _store(root.table("store"), folder)
    channels = tuple(_channels(root, kind, [c.id for c in site.components]))
    admin_table = root.table("admins")
    admins = tuple(admin_table.take("channels", "list", ()))
    admin_lang = admin_table.take("lang", "text", site.languages[0])
    duty = _duty(root, site, channels)
    for admin in admins:
        if admin not in [c.name for c in channels]:
            reader.add("admins", "channels", f'there is no channel "{admin}"' + near(admin, [c.name for c in channels]))
    root.finish()
    if reader.problems:
        raise ConfigError(reader.problems)
    warnings = list(reader.warnings)
    if open_to_all and reader.plain_secrets:
        warnings.insert(0, f"{name} holds secrets and everybody on this machine can read it: chmod 600 {name}")
    return Settings(site, store, channels, admins, Path(name), tuple(warnings), admin_lang, duty, theme)


def _duty(root: Table, site: Site, channels: Sequence[ChannelSettings]) -> Duty | None:
    """What the configuration says about monitoring; None where it says nothing, and nothing is imported for it."""
    tables = ("hooks", "rules", "triage", "heartbeats", "serve", "bot")
    if not any(map(root.has, tables)):
        root.know(*tables)
        return None
    from notifier import hooks

    return hooks.read(root, site, {c.name: c.kind.name for c in channels}, _source_fault)


def _source_fault(name: str) -> str:
    """What is wrong with the name of a source, or ""."""
    from notifier.inbound import BrokenSource, UnknownSource, source

    try:
        source(name)
    except (UnknownSource, BrokenSource) as error:
        return str(error)
    return ""


def _store(table: Table, folder: Path) -> str:
    url: str = table.take("url", "text", "")
    path = url.removeprefix("sqlite:///")
    if not path or "://" in path:
        return url
    try:
        return str(paths.whole(path, folder))
    except ValueError as error:
        table.wrong("url", str(error))
        return ""


def _channels(root: Table, kind: Callable[[str], Kind], components: Sequence[str]) -> list[ChannelSettings]:
    found = []
    for name, table in root.tables("channels"):
        wanted = table.take("kind", "text", None)
        if wanted is None:
            continue
        try:
            known = kind(wanted)
        except UnknownKind as error:
            table.wrong("kind", f'there is no kind "{wanted}"' + near(wanted, error.known))
            table.ignore()
            continue
        except BrokenKind as error:
            table.wrong("kind", str(error))
            table.ignore()
            continue
        route = _route(table, components)
        config = _config(table, known)
        if config is not None:
            found.append(ChannelSettings(name, known, config, route))
    return found


def _route(table: Table, components: Sequence[str]) -> dict[str, Any]:
    choices = {
        "style": "reply|edit|both",
        "long": "cut|chain",
        "catch_up": "latest|all",
        "unsure": "auto|repeat|leave",
        "least": "|".join(Impact),
    }
    route: dict[str, Any] = {}
    for key in ROUTE_KEYS:
        how = choices.get(key) or _TAKES.get(key, "text")
        if (value := table.take(key, how, MISSING)) is not MISSING:
            route[key] = value
    for id in route.get("components", ()):
        if id not in components:
            table.wrong("components", f'there is no component "{id}"' + near(id, components))
    if "lang" in route and not site_settings.LANG.fullmatch(route["lang"]):
        table.wrong("lang", f'"{route["lang"]}" is no language tag such as "de"')
    if "least" in route:
        route["least"] = Impact(route["least"]) if route["least"] in set(Impact) else Impact.NONE
    return route


def _config(table: Table, kind: Kind) -> Any | None:
    keys = kind.keys()
    before = len(table.reader.problems)
    values = {}
    for key in keys:
        value = table.take(key.name, key.takes, None if key.required else MISSING)
        if value is not MISSING and value is not None:
            values[key.field] = value
    table.finish([k.name for k in keys] + ["kind", *ROUTE_KEYS])
    if len(table.reader.problems) > before:
        return None
    try:
        return kind.config(**values)
    except ValueError as error:
        table.wrong(*_blamed(str(error), [k.name for k in keys]))
        return None


def _blamed(text: str, names: Sequence[str]) -> tuple[str, str]:
    """The key that a text begins with, and what it says of it."""
    begun = re.match(r"([\w-]+)[: ]\s*", text)
    return (begun[1], text[begun.end() :]) if begun and begun[1] in names else ("kind", text)
