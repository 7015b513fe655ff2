"""The program's own words: looked up by key and language, with the configuration's words before the built-in ones.

A phrase is a text with placeholders in braces, such as ``"since {time}"``; a brace itself is written twice. Only plain
names are placeholders: attributes, indexes and formats are refused, so that no phrase can reach into the program.
docs/reference/phrases.md lists the keys; the built-in catalogues are the files ``locale/LANG.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from notifier.model import Impact, Phase, Site
from notifier.render.memo import Memo

LAST_RESORT = "en"
_LOCALE = f"{__file__.removesuffix('phrases.py')}locale"
_TAG = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_BRACE = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}|[{}]")
_ABOUT = frozenset({"components", "site", "impact", "phase"})
_PLANNED = _ABOUT | {"window"}
_SAID, _FOUND = Memo(), Memo()


def say(lang: str, key: str, site: Site, **values: object) -> str:
    """The phrase ``key`` in ``lang`` with its placeholders filled; ``{site}`` is always there.

    Looked for in ``site.phrases``, then in the built-in catalogue, each in ``lang`` and in its base language ("de-AT",
    "de"), then in English. With a value ``n`` the keys ``key.one`` (n is 1) and ``key.other`` are tried too. A phrase
    of the configuration that cannot be filled is passed over. Raises LookupError for a key that nobody knows.
    """
    if not values:
        return _SAID.get((site,), (lang, key), lambda: best(lang, ((key,),), site)[0])
    keys = (key, f"{key}.one" if values["n"] == 1 else f"{key}.other") if "n" in values else (key,)
    return best(lang, (keys,), site, **values)[0]


def best(lang: str, groups: Sequence[Sequence[str]], site: Site, **values: object) -> tuple[str, str]:
    """The first phrase found and the language it is in, which is ``lang`` or English.

    The order: language by language, group of keys by group, configured before built-in, key by key.
    """
    values = {"site": site.name, **values}
    order = tuple(map(tuple, groups))
    for tag, template in _FOUND.get((site,), (lang, order), lambda: tuple(_templates(lang, order, site))):
        try:
            return fill(template, values), tag
        except ValueError:
            continue
    raise LookupError(f"no phrase {groups[0][0]!r} in {lang} or English")


def _templates(lang: str, groups: Sequence[Sequence[str]], site: Site) -> Iterator[tuple[str, str]]:
    for tags in (lineage(lang), (LAST_RESORT,)):
        for keys in groups:
            for source in (*(site.phrases.get(t, {}) for t in tags), *map(catalogue, tags)):
                yield from ((tags[0], source[key]) for key in keys if key in source)


@lru_cache(256)
def lineage(lang: str) -> tuple[str, ...]:
    """A language tag and what it is a kind of: "zh-Hant-TW" -> ("zh-Hant-TW", "zh-Hant", "zh")."""
    parts = lang.split("-")
    return tuple("-".join(parts[:n]) for n in range(len(parts), 0, -1))


@cache
def languages() -> tuple[str, ...]:
    """Tags of the languages that have a built-in catalogue, in alphabetical order."""
    from pathlib import Path

    return tuple(sorted(path.stem for path in Path(_LOCALE).glob("*.toml")))


@cache
def catalogue(lang: str) -> Mapping[str, str]:
    """The built-in phrases of exactly that language, by key; empty where there are none."""
    import tomllib

    if not _TAG.fullmatch(lang):
        return {}
    try:
        with open(f"{_LOCALE}/{lang}.toml", "rb") as file:
            return flat(tomllib.load(file))
    except FileNotFoundError:
        return {}


def flat(table: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """A table of phrases with tables inside as one with dotted keys: ``{"page": {"skip": x}}`` -> ``{"page.skip": x}``.

    Raises ValueError, naming the key, for a value that is no text.
    """
    phrases: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            phrases |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            phrases[prefix + name] = value
        else:
            raise ValueError(f"phrase {prefix}{name}: must be a text, not {value!r}")
    return phrases


def fill(template: str, values: Mapping[str, object]) -> str:
    """``template`` with its placeholders replaced. Raises ValueError saying what is wrong with it."""
    parts = list(_parts(template))
    for n in range(1, len(parts), 2):
        if parts[n] not in values:
            raise ValueError(f"there is no {{{parts[n]}}} here{_among(values)}")
        parts[n] = str(values[parts[n]])
    return "".join(parts)


@lru_cache(1_024)
def _parts(template: str) -> tuple[str, ...]:
    """A text, a placeholder's name, a text, and so on. Raises ValueError for a brace that stands alone."""
    parts, pos = [""], 0
    for found in _BRACE.finditer(template):
        mark, name = found.group(), found.group(1)
        if name is None and len(mark) == 1:
            raise ValueError(f'a brace stands alone near "{template[found.start() :][:20]}"; {{{{ and }}}} write one')
        parts[-1] += template[pos : found.start()]
        pos = found.end()
        if name is None:
            parts[-1] += mark[0]
        else:
            parts += [name, ""]
    parts[-1] += template[pos:]
    return tuple(parts)


def _among(names: Mapping[str, object]) -> str:
    return f"; there is {', '.join(f'{{{n}}}' for n in sorted(names))}" if names else ""


def verify(key: str, template: str) -> None:
    """Check one phrase of a configuration. Raises ValueError that names the key and says what is wrong."""
    if key not in known():
        raise ValueError(f"phrase {key}: there is no such phrase{_nearest(key)}")
    try:
        fill(template, dict.fromkeys(known()[key], ""))
    except ValueError as problem:
        raise ValueError(f"phrase {key}: {problem}") from None


def check(overrides: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is wrong with the phrases of a configuration (language -> key -> text), one sentence each."""
    problems = []
    for lang, phrases in overrides.items():
        for key, template in phrases.items():
            try:
                verify(key, template)
            except ValueError as problem:
                problems.append(f"{lang}: {problem}")
    return problems


@cache
def known() -> Mapping[str, frozenset[str]]:
    """Every key that a configuration may set, and the placeholders it may use."""
    own = {key: names(text) | {"site"} for key, text in catalogue(LAST_RESORT).items() if not key.startswith("time.")}
    stages = [f"{way}{phase}" for way in ("", "later.", "reopened.") for phase in Phase if not phase.planned]
    stages = [s for s in [*stages, "reopened"] if s != "reopened.resolved"]
    about = {key: _ABOUT for stage in stages for key in (stage, *(f"{stage}.{impact}" for impact in Impact))}
    planned = {f"{way}{phase}": _PLANNED for way in ("", "later.") for phase in Phase if phase.planned}
    moved = {key: _PLANNED | {"before"} for key in ("rescheduled", "rescheduled.scheduled", "rescheduled.in_progress")}
    return own | about | planned | moved | {key: _ABOUT for key in own if key.startswith("title.")}


def names(template: str) -> frozenset[str]:
    """The placeholders in a phrase."""
    return frozenset(found.group(1) for found in _BRACE.finditer(template) if found.group(1))


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known(), 1)
    return f"; did you mean {near[0]}?" if near else ""
