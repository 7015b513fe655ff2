"""Which kinds of channel there are, and how each is made. Nothing is imported until a configured channel needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from notifier.channel import Secret
from notifier.values import defaults, described, fields, value

GROUP = "notifier.channels"


@value
class Key:
    """One key of a kind's table: its name in TOML, its field, what it takes, and what it means.

    ``takes`` is "text", "path", "address or path", "number", "yes or no", "secret", "list" or the words it may be,
    joined by "|".
    """

    name: str
    field: str
    takes: str
    required: bool
    default: Any
    help: str


@value
class Kind:
    """A kind of channel: its configuration type and how it is connected."""

    name: str
    config: type[Any]
    connect: Callable[[Any], Any]

    def keys(self) -> list[Key]:
        """The kind's own keys, required ones first."""
        hints = get_type_hints(self.config)
        found = [_key(name, hints[name], self.config) for name in fields(self.config)]
        return sorted(found, key=lambda k: not k.required)


class UnknownKind(Exception):
    """No such kind; ``known`` are those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.name = name
        self.known = known


class BrokenKind(Exception):
    """A plugin that cannot be used; the text says which and why."""


def kind(name: str) -> Kind:
    """The kind of that name, ours or a plugin's. Raises UnknownKind or BrokenKind."""
    path = _own().get(name)
    module = import_module(path) if path else _plugin(name)
    return Kind(name, module.Config, module.connect)


def kinds() -> list[str]:
    """Names of all kinds, ours and plugins'."""
    return sorted({*_own(), *(point.name for point in _plugins())})


def _own() -> dict[str, str]:
    found: dict[str, str] = import_module("channels").KINDS
    return found


def _plugins() -> Iterator[Any]:
    from importlib.metadata import entry_points

    yield from entry_points(group=GROUP)


def _plugin(name: str) -> ModuleType:
    for point in _plugins():
        if point.name == name:
            return _loaded(point)
    raise UnknownKind(name, kinds())


def _loaded(point: Any) -> ModuleType:
    try:
        module: ModuleType = point.load()
    except Exception as error:
        whose = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        raise BrokenKind(f"the plugin {whose} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (hasattr(module, "Config") and hasattr(module, "connect")):
        raise BrokenKind(f"the plugin {point.value} has no Config and connect; see notifier/channel.py")
    return module


def _key(field: str, hint: Any, config: type[Any]) -> Key:
    said, given = described(config).get(field, {}), defaults(config)
    how = {True: "path", "address": "address or path"}.get(said.get("path", False)) or takes(hint)
    return Key(said.get("name", field), field, how, field not in given, given.get(field), said.get("help", ""))


def takes(hint: Any) -> str:
    """What a field of that type takes, in words."""
    if get_origin(hint) is Literal:
        return "|".join(get_args(hint))
    if get_origin(hint) in (tuple, list):
        return "list"
    return {str: "text", int: "number", bool: "yes or no", Secret: "secret"}.get(hint, "text")
