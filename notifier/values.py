"""Frozen values that cost nothing to define.

``@value`` gives a class what ``@dataclass(frozen=True)`` gives it: an initialiser from its annotations, equality,
hash, repr, no assignment, a call of ``__post_init__`` if there is one. It writes no code at run time, which for our
fifty classes would be a third of all that ``notifier open`` does (docs/decisions/0003-values.md). Type checkers see a
dataclass.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """Make a class a frozen value: its annotated names are its fields, those with a default come last."""
    names = tuple(cls.__annotations__)
    cls.__fields__ = names  # type: ignore[attr-defined]
    cls.__known__ = frozenset(names)  # type: ignore[attr-defined]
    cls.__described__ = _described(cls, names)  # type: ignore[attr-defined]
    cls.__defaults__ = {n: cls.__dict__[n] for n in names if n in cls.__dict__}  # type: ignore[attr-defined]
    cls.__dataclass_fields__ = _Fields()  # type: ignore[attr-defined]
    cls.__checks__ = hasattr(cls, "__post_init__")  # type: ignore[attr-defined]
    cls.__match_args__ = names  # type: ignore[misc, attr-defined]
    for method in (_init, _eq, _hash, _repr, _frozen, _still):
        name = _NAMES[method]
        if name not in cls.__dict__ or name == "__hash__":
            setattr(cls, name, method)
    return cls


def replace(old: T, **changes: Any) -> T:
    """A value like ``old``, with these fields changed. Raises TypeError for a name that is no field."""
    known = old.__dict__
    if not changes.keys() <= known.keys():
        raise TypeError(f"{type(old).__name__} has no field {', '.join(changes.keys() - known.keys())}")
    new = object.__new__(type(old))
    new.__dict__.update(known)
    new.__dict__.update(changes)
    if type(old).__checks__:  # type: ignore[attr-defined]
        new.__post_init__()  # type: ignore[attr-defined]
    return new


def fields(cls: type[Any]) -> tuple[str, ...]:
    """Names of the fields of a value class, in order."""
    names: tuple[str, ...] = cls.__fields__
    return names


class Described:
    """Stands in place of a field's default: the default, if any, and what there is to say about the field."""

    def __init__(self, default: Any, said: dict[str, Any]) -> None:
        self.default = default
        self.said = said


MISSING: Any = object()


def described(cls: type[Any]) -> dict[str, dict[str, Any]]:
    """What was said about the fields of a value class, by name."""
    found: dict[str, dict[str, Any]] = cls.__described__
    return found


def defaults(cls: type[Any]) -> dict[str, Any]:
    """The defaults of a value class, by name of the field; a field without one is required."""
    found: dict[str, Any] = cls.__defaults__
    return found


def _described(cls: type[Any], names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Put the defaults in their places, keep what else was said."""
    said = {}
    for name in names:
        found = cls.__dict__.get(name)
        if isinstance(found, Described):
            said[name] = found.said
            if found.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, found.default)
    return said


class _Fields:
    """What dataclasses.replace, fields and asdict look for, made when one of them asks."""

    def __get__(self, _: object, cls: Any) -> dict[str, Any]:
        import dataclasses

        made = dataclasses.make_dataclass(cls.__name__, [(n, cls.__annotations__[n]) for n in cls.__fields__])
        return {field.name: field for field in dataclasses.fields(made)}


def _init(self: Any, *args: Any, **given: Any) -> None:
    cls = type(self)
    names, mine = cls.__fields__, self.__dict__
    count = len(args) + len(given)
    if count < len(names):
        mine.update(cls.__defaults__)
    if args:
        mine.update(zip(names, args, strict=False))
    if given:
        mine.update(given)
    wrong = count > len(names) or len(mine) != len(names) or not given.keys() <= cls.__known__
    if wrong or (args and given and not given.keys().isdisjoint(names[: len(args)])):
        _complain(cls, args, given)
    if cls.__checks__:
        self.__post_init__()


def _complain(cls: Any, args: tuple[Any, ...], given: dict[str, Any]) -> NoReturn:
    names = cls.__fields__
    unknown = [n for n in given if n not in names]
    twice = [n for n in names[: len(args)] if n in given]
    missing = [n for n in names[len(args) :] if n not in given and n not in cls.__defaults__]
    faults = {"no field": unknown, "given twice": twice, "missing": missing, "too many": args[len(names) :]}
    said = "; ".join(f"{what}: {', '.join(map(str, which))}" for what, which in faults.items() if which)
    raise TypeError(f"{cls.__name__}: {said}")


def _eq(self: Any, other: object) -> Any:
    return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(tuple(self.__dict__[name] for name in type(self).__fields__))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={self.__dict__[name]!r}" for name in type(self).__fields__)
    return f"{type(self).__name__}({inside})"


def _frozen(self: Any, name: str, _: object) -> NoReturn:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed; make another value with replace()")


def _still(self: Any, name: str) -> NoReturn:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")


_NAMES = {
    _init: "__init__",
    _eq: "__eq__",
    _hash: "__hash__",
    _repr: "__repr__",
    _frozen: "__setattr__",
    _still: "__delattr__",
}
