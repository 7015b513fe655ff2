"""notifier.toml: ``parse(text)`` gives the settings, or all mistakes together, each with its place and its remedy."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from notifier.model import Component, Impact, Site
from notifier.registry import Key, Kind, UnknownKind
from notifier.secrets import secret
from notifier.values import value as frozen

ROUTE_KEYS = ("lang", "least", "components", "style", "pin", "long", "catch_up", "tell_within", "unsure", "enabled")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.I)
_LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SPAN = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@frozen
class Problem:
    """One mistake: where it stands (file, line, key), what is wrong, and what to do."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


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
    """A whole configuration. ``store`` is "" for the default place."""

    site: Site = Site()
    store: str = ""
    channels: tuple[ChannelSettings, ...] = ()
    admins: tuple[str, ...] = ()
    path: Path | None = None
    warnings: tuple[str, ...] = ()


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
    reader = _Reader(text, name, folder)
    root = reader.table(data, "")
    site = _site(root)
    store = _store(root.table("store").take("url", "text", ""), folder)
    channels = tuple(_channels(root, kind, [c.id for c in site.components]))
    admins = tuple(root.table("admins").take("channels", "list", ()))
    for admin in admins:
        if admin not in [c.name for c in channels]:
            reader.add(
                "admins", "channels", f'there is no channel "{admin}"' + _near(admin, [c.name for c in channels])
            )
    root.finish()
    if reader.problems:
        raise ConfigError(reader.problems)
    warnings = list(reader.warnings)
    if open_to_all and reader.plain_secrets:
        warnings.insert(0, f"{name} holds secrets and everybody on this machine can read it: chmod 600 {name}")
    return Settings(site, store, channels, admins, Path(name), tuple(warnings))


def _store(url: str, folder: Path) -> str:
    """A relative path starts from where the configuration lies, so that cron and a shell mean the same file."""
    path = url.removeprefix("sqlite:///")
    if not path or "://" in path:
        return url
    return str(folder.absolute() / Path(path).expanduser())


def _site(root: _Table) -> Site:
    table = root.table("site")
    languages = tuple(table.take("languages", "list", ("en",)))
    if not languages or not all(_LANG.fullmatch(lang) for lang in languages):
        table.wrong("languages", 'takes language tags such as ["de", "en"]')
        languages = ("en",)
    zone = table.take("timezone", "text", "UTC")
    if not _is_zone(zone):
        table.wrong("timezone", f'"{zone}" is no time zone; write it as Europe/Berlin')
    return Site(
        name=table.take("name", "text", "Status"),
        url=table.take("url", "text", ""),
        status_url=table.take("status_url", "text", ""),
        languages=languages,
        timezone=zone,
        components=tuple(_components(root, languages[0])),
        phrases=_phrases(root),
    )


def _is_zone(name: str) -> bool:
    if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", name) and Path("/usr/share/zoneinfo", name).is_file():
        return True  # as zoneinfo would find, without its import
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def _components(root: _Table, lang: str) -> list[Component]:
    found = []
    for id, table in root.tables("components"):
        name = table.take("name", "texts", id)
        found.append(Component(id, {lang: name} if isinstance(name, str) else name))
    return found


def _phrases(root: _Table) -> dict[str, dict[str, str]]:
    given: dict[str, dict[str, str]] = root.take("phrases", "tables", {})
    if not given:
        return {}
    from notifier.render import phrases

    for problem in phrases.check(given):
        root.wrong("phrases", problem)
    return given


def _channels(root: _Table, kind: Callable[[str], Kind], components: Sequence[str]) -> list[ChannelSettings]:
    found = []
    for name, table in root.tables("channels"):
        wanted = table.take("kind", "text", None)
        if wanted is None:
            continue
        try:
            known = kind(wanted)
        except UnknownKind as error:
            table.wrong("kind", f'there is no kind "{wanted}"' + _near(wanted, error.known))
            table.ignore()
            continue
        route = _route(table, components)
        config = _config(table, known)
        if config is not None:
            found.append(ChannelSettings(name, known, config, route))
    return found


def _route(table: _Table, components: Sequence[str]) -> dict[str, Any]:
    choices = {
        "style": "reply|edit|both",
        "long": "cut|chain",
        "catch_up": "latest|all",
        "unsure": "auto|repeat|leave",
        "least": "|".join(Impact),
    }
    route: dict[str, Any] = {}
    for key in ROUTE_KEYS:
        how = choices.get(key) or {"components": "list", "pin": "yes or no", "enabled": "yes or no"}.get(key, "text")
        if (value := table.take(key, how, MISSING)) is not MISSING:
            route[key] = value
    for id in route.get("components", ()):
        if id not in components:
            table.wrong("components", f'there is no component "{id}"' + _near(id, components))
    if "lang" in route and not _LANG.fullmatch(route["lang"]):
        table.wrong("lang", f'"{route["lang"]}" is no language tag such as "de"')
    if "tell_within" in route:
        route["tell_within"] = _span(table, route["tell_within"])
    if "least" in route:
        route["least"] = Impact(route["least"]) if route["least"] in set(Impact) else Impact.NONE
    return route


def _span(table: _Table, text: str) -> timedelta:
    match = _SPAN.fullmatch(text.strip())
    if not match:
        table.wrong("tell_within", f'"{text}" is no length of time; write it as 30m, 24h or 7d')
        return timedelta(hours=24)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _config(table: _Table, kind: Kind) -> Any | None:
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
        table.wrong(_blamed(str(error), keys), str(error))
        return None


def _blamed(text: str, keys: Sequence[Key]) -> str:
    return next((k.name for k in keys if text.startswith(k.name)), "kind")


MISSING: Any = object()


class _Reader:
    """Collects the mistakes of one file."""

    def __init__(self, text: str, name: str, folder: Path) -> None:
        self.lines = text.splitlines()
        self.name = name
        self.folder = folder
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.plain_secrets = False

    def table(self, data: Mapping[str, Any], path: str) -> _Table:
        return _Table(self, dict(data), path)

    def add(self, path: str, key: str, what: str) -> None:
        line = self._line(path, key)
        place = f"{self.name}:{line}" if line else self.name
        spot = " ".join(s for s in (f"[{path}]" if path else "", key) if s)
        self.problems.append(Problem(f"{place}: {spot}" if spot else place, what))

    def _line(self, path: str, key: str) -> int:
        """Line of the key in its table, or of the table; 0 when it stands in another form."""
        header, found = "", 0
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if match := re.match(r"\[\s*([^\[\]]+?)\s*\]", stripped):
                header = match[1].replace('"', "").replace(" ", "")
                found = number if header == path else found
            elif header == path and re.match(rf'"?{re.escape(key)}"?\s*[=.]', stripped):
                return number
        return found


class _Table:
    """One table of the file: keys are taken one by one; what is left over is unknown."""

    def __init__(self, reader: _Reader, data: dict[str, Any], path: str) -> None:
        self.reader = reader
        self.path = path
        self._data = data
        self._known: list[str] = []
        self._parts: list[_Table] = []

    def take(self, key: str, how: str, default: Any) -> Any:
        """The value of ``key`` as ``how`` says (see registry.Key.takes). A default of None makes it required."""
        self._known.append(key)
        if key not in self._data:
            if default is None:
                self.reader.add(self.path, key, "is missing")
            return default
        value = self._data.pop(key)
        try:
            return _value(value, how, self.reader)
        except ValueError as error:
            self.wrong(key, str(error))
            return default if default is not MISSING else None

    def table(self, key: str) -> _Table:
        """A table in this one; an empty one when it is not there."""
        self._known.append(key)
        value = self._data.pop(key, {})
        path = f"{self.path}.{key}" if self.path else key
        if not isinstance(value, dict):
            self.wrong(key, f"must be a table: [{path}]")
            value = {}
        self._parts.append(self.reader.table(value, path))
        return self._parts[-1]

    def tables(self, key: str) -> list[tuple[str, _Table]]:
        """The named tables in a table, such as those of ``[channels.NAME]``."""
        outer = self.table(key)
        self._parts.remove(outer)
        found = []
        for name, inner in outer._data.items():
            if not isinstance(inner, dict):
                self.reader.add(outer.path, name, f"must be a table: [{outer.path}.NAME]")
            elif not _NAME.fullmatch(name):
                self.reader.add(f"{outer.path}.{name}", "", "a name takes letters, digits, - and _")
            else:
                found.append((name, self.reader.table(inner, f"{outer.path}.{name}")))
                self._parts.append(found[-1][1])
        return found

    def wrong(self, key: str, what: str) -> None:
        self.reader.add(self.path, key, what)

    def ignore(self) -> None:
        self._data = {}

    def finish(self, known: Sequence[str] | None = None) -> None:
        """Refuse what nobody took, here and below."""
        for key in self._data:
            names = [k for k in dict.fromkeys(known or self._known) if k != key]
            self.wrong(key, "is not a key of this table" + _near(key, names))
        self._data = {}
        for part in self._parts:
            part.finish()


def _value(value: Any, how: str, reader: _Reader) -> Any:
    """``value`` as its key takes it. Raises ValueError that says what it takes."""
    if how == "secret":
        reader.plain_secrets |= isinstance(value, str) and value != ""
        return secret(value, reader.folder, reader.warnings.append)
    if how == "list":
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(i, str) for i in items):
            return tuple(items)
        raise ValueError("takes a list of texts")
    if how == "text" and isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    if how == "path" and isinstance(value, str) and value:
        return str(reader.folder.absolute() / Path(value).expanduser())
    if how == "number" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if how == "yes or no" and isinstance(value, bool):
        return value
    if how in ("texts", "tables") and _is_texts(value, how):
        return value
    if "|" in how and value in how.split("|"):
        return value
    words = {
        "path": "the path of a file or folder",
        "number": "a whole number",
        "yes or no": "true or false",
        "texts": "a text, or one text a language",
    }
    raise ValueError(f"takes {words.get(how) or how.replace('|', ', ')}")


def _is_texts(value: Any, how: str) -> bool:
    if isinstance(value, str):
        return how == "texts"
    if not isinstance(value, dict) or not value:
        return False
    if how == "texts":
        return all(isinstance(v, str) for v in value.values())
    return all(isinstance(v, dict) and all(isinstance(w, str) for w in v.values()) for v in value.values())


def _near(name: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; there are: {', '.join(known)}" if known else ""
