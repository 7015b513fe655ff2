"""Reading tables of TOML strictly: keys are taken one by one, every mistake is noted with its place and its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from notifier import paths
from notifier.secrets import secret
from notifier.values import value as frozen

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*", re.I)
MISSING: Any = object()
_SPAN = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@frozen
class Problem:
    """One mistake: where it stands (file, line, key), what is wrong, and what to do."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Reader:
    """Collects the mistakes of one file."""

    def __init__(self, text: str, name: str, folder: Path) -> None:
        self.lines = text.splitlines()
        self.name = name
        self.folder = folder
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.plain_secrets = False

    def table(self, data: Mapping[str, Any], path: str) -> Table:
        return Table(self, dict(data), path)

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


class Table:
    """One table of the file: keys are taken one by one; what is left over is unknown."""

    def __init__(self, reader: Reader, data: dict[str, Any], path: str) -> None:
        self.reader = reader
        self.path = path
        self._data = data
        self._known: list[str] = []
        self._parts: list[Table] = []

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

    def table(self, key: str) -> Table:
        """A table in this one; an empty one when it is not there."""
        self._known.append(key)
        value = self._data.pop(key, {})
        path = f"{self.path}.{key}" if self.path else key
        if not isinstance(value, dict):
            self.wrong(key, f"must be a table: [{path}]")
            value = {}
        self._parts.append(self.reader.table(value, path))
        return self._parts[-1]

    def tables(self, key: str) -> list[tuple[str, Table]]:
        """The named tables in a table, such as those of ``[channels.NAME]``."""
        outer = self.table(key)
        self._parts.remove(outer)
        found = []
        for name, inner in outer._data.items():
            if not isinstance(inner, dict):
                self.reader.add(outer.path, name, f"must be a table: [{outer.path}.NAME]")
            elif not NAME.fullmatch(name):
                self.reader.add(f"{outer.path}.{name}", "", "a name takes letters, digits, - and _")
            else:
                found.append((name, self.reader.table(inner, f"{outer.path}.{name}")))
                self._parts.append(found[-1][1])
        return found

    def know(self, *keys: str) -> None:
        """These are keys of this table, too, though nobody takes them."""
        self._known += keys

    def has(self, key: str) -> bool:
        """Whether it is there and not yet taken."""
        return key in self._data

    def missed(self, key: str, what: str) -> str:
        """Warn of something that an outage must not wait for; it counts as left out: ""."""
        self.reader.warnings.append(f"[{self.path}] {key}: {what}")
        return ""

    def wrong(self, key: str, what: str) -> None:
        self.reader.add(self.path, key, what)

    def ignore(self) -> None:
        self._data = {}

    def finish(self, known: Sequence[str] | None = None) -> None:
        """Refuse what nobody took, here and below."""
        for key in self._data:
            names = [k for k in dict.fromkeys(known or self._known) if k != key]
            self.wrong(key, "is not a key of this table" + near(key, names))
        self._data = {}
        for part in self._parts:
            part.finish()


def _value(value: Any, how: str, reader: Reader) -> Any:
    """``value`` as its key takes it. Raises ValueError that says what it takes."""
    if how == "secret":
        reader.plain_secrets |= isinstance(value, str) and value != ""
        return secret(value, reader.folder, reader.warnings.append)
    if how == "secrets":
        reader.plain_secrets |= isinstance(value, str | list) and bool(value)
        given = value if isinstance(value, list) else [value]
        return tuple(secret(v, reader.folder, reader.warnings.append) for v in given)
    if how == "span":
        return span(value)
    if how == "list":
        return _list(value)
    if how == "text" and isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    if how in ("path", "address or path") and isinstance(value, str) and value:
        plain = how == "path" or not re.match(r"-|[^/]*:", value)  # as git tells user@host:x.git from a path
        return str(paths.whole(value, reader.folder)) if plain else value
    if how == "number" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if how == "yes or no" and isinstance(value, bool):
        return value
    if how in ("texts", "words", "tables") and _is_texts(value, how):
        return value
    if how == "links" and isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return tuple(value)
    if "|" in how and value in how.split("|"):
        return value
    words = {
        "path": "the path of a file or folder",
        "address or path": "an address, or the path of a folder",
        "number": "a whole number",
        "yes or no": "true or false",
        "links": 'a list of { label = "...", url = "https://..." }',
        "texts": "a text, or one text a language",
        "words": 'pairs of texts, such as { a = "b" }',
    }
    raise ValueError(f"takes {words.get(how) or how.replace('|', ', ')}")


def _list(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and all(isinstance(i, str) for i in items):
        return tuple(items)
    raise ValueError("takes a list of texts")


def _is_texts(value: Any, how: str) -> bool:
    if isinstance(value, str):
        return how == "texts"
    if not isinstance(value, dict) or not value:
        return False
    if how in ("texts", "words"):
        return all(isinstance(v, str) for v in value.values())
    return all(isinstance(v, dict) and all(isinstance(w, str) for w in v.values()) for v in value.values())


def span(value: Any) -> timedelta:
    """A length of time such as "90s", "30m", "24h" or "7d". Raises ValueError."""
    match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match and int(match[1]) < 100_000:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    raise ValueError(f'"{value}" is no length of time; write it as 30m, 24h or 7d')


def near(name: str, known: Sequence[str]) -> str:
    """What may have been meant, as the end of a sentence."""
    from difflib import get_close_matches

    found = get_close_matches(name, known, 1)
    if found:
        return f'; did you mean "{found[0]}"?'
    return f"; there are: {', '.join(known)}" if known else ""
