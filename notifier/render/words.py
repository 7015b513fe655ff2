"""What is said when the admin gives no words: titles and texts for every phase, and names in lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from notifier.model import Impact, Incident, Phase, Site, Texts, Window
from notifier.render import phrases
from notifier.render.when import window as said_window

TITLE_SIZE = 200
_LISTED = 4


def pick(texts: Texts, lang: str) -> tuple[str, str]:
    """The text nearest to ``lang`` and the language it is in; the first one where none is near."""
    if lang in texts:
        return texts[lang], lang
    base = lang.split("-")[0]
    near = (*phrases.lineage(lang), *(tag for tag in texts if tag.split("-")[0] == base), *texts)
    return next(((texts[tag], tag) for tag in near if tag in texts), ("", lang))


def names(site: Site, components: Iterable[str], lang: str) -> list[str]:
    """What the components of these ids are called in ``lang``."""
    return [pick(site.component(id).name, lang)[0] for id in components]


def listed(items: Sequence[str], lang: str, site: Site) -> str:
    """ "A", "A and B", "A, B and C"; of more than four the first three and how many more; "" for none."""
    if len(items) > _LISTED:
        shown = items[: _LISTED - 1]
        return phrases.say(lang, "list.more", site, first=", ".join(shown), n=len(items) - len(shown))
    if len(items) > 1:
        return phrases.say(lang, "list.and", site, first=", ".join(items[:-1]), last=items[-1])
    return "".join(items)


def ready(
    site: Site,
    phase: Phase,
    impact: Impact,
    components: Iterable[str],
    lang: str,
    reopened: bool = False,
    later: bool = False,
) -> str:
    """The phrase for this stage in ``lang``. ``later``: it is not the first word on the incident."""
    return _ready(site, phase, impact, components, lang, reopened, later)[0]


def ready_texts(
    site: Site,
    phase: Phase,
    impact: Impact,
    components: Iterable[str],
    reopened: bool = False,
    later: bool = False,
) -> Texts:
    """The phrase for this stage in every language of the site that has one; in English where none has."""
    ids = tuple(components)
    said = (_ready(site, phase, impact, ids, lang, reopened, later) for lang in site.languages)
    return _own(site, ((text, lang) for text, lang in said))


def reported(site: Site, what: str, components: Iterable[str]) -> Texts:
    """What monitoring reports, said honestly, in every language of the site that has the words. ``what`` is the end of
    a key ``monitoring.*``."""
    ids = tuple(components)
    said = []
    for lang in site.languages:
        about = listed(names(site, ids, lang), lang, site) or phrases.say(lang, "components.none", site)
        said.append(phrases.best(lang, ((f"monitoring.{what}",),), site, components=about))
    return _own(site, said)


def default_title(site: Site, components: Iterable[str], impact: Impact) -> Texts:
    """A title such as "Forum: disruption", in every language of the site that has the words; without components it
    names the site."""
    return _titled(site, f"title.{impact}", tuple(components), impact)


def planned_title(site: Site, components: Iterable[str]) -> Texts:
    """As :func:`default_title`, for a maintenance: "Maintenance: Forum"."""
    return _titled(site, "title.maintenance", tuple(components), Impact.NONE)


def planned_texts(site: Site, phase: Phase, components: Iterable[str], window: Window, later: bool = False) -> Texts:
    """The phrase for this stage of a maintenance, in every language of the site that has one."""
    keys = ((f"later.{phase}",),) if later else ()
    return _planned(site, (*keys, (str(phase),)), phase, components, {"window": window})


def moved_texts(site: Site, phase: Phase, found: Incident, window: Window) -> Texts:
    """The phrase that says that a maintenance is moved to ``window``, after which it is in ``phase``."""
    keys = ((f"rescheduled.{phase}", "rescheduled"),)
    return _planned(site, keys, phase, found.components, {"window": window, "before": found.window or window})


def _planned(
    site: Site, keys: Sequence[Sequence[str]], phase: Phase, components: Iterable[str], windows: dict[str, Window]
) -> Texts:
    ids, said = tuple(components), []
    for lang in site.languages:
        values = {name: said_window(w.start, w.end, site.timezone, lang) for name, w in windows.items()}
        about = listed(names(site, ids, lang), lang, site) or phrases.say(lang, "components.none", site)
        stage, impact = phrases.say(lang, f"phase.{phase}", site), _impact(site, Impact.NONE, lang)
        said.append(phrases.best(lang, keys, site, components=about, phase=stage, impact=impact, **values))
    return _own(site, said)


def _titled(site: Site, key: str, ids: Sequence[str], impact: Impact) -> Texts:
    said = []
    for lang in site.languages:
        about = listed(names(site, ids, lang), lang, site) or site.name
        title, tag = phrases.best(lang, ((key,),), site, components=about, impact=_impact(site, impact, lang))
        said.append((title if len(title) <= TITLE_SIZE else title[: TITLE_SIZE - 1] + "…", tag))
    return _own(site, said)


def _ready(
    site: Site, phase: Phase, impact: Impact, components: Iterable[str], lang: str, reopened: bool, later: bool
) -> tuple[str, str]:
    groups: list[tuple[str, ...]] = [_keys(phase, impact)]
    if reopened:
        groups = [(*_keys(f"reopened.{phase}", impact), *_keys("reopened", impact))]
    elif later:
        groups.insert(0, _keys(f"later.{phase}", impact))
    about = listed(names(site, components, lang), lang, site) or phrases.say(lang, "components.none", site)
    stage = phrases.say(lang, f"phase.{phase}", site)
    return phrases.best(lang, groups, site, components=about, phase=stage, impact=_impact(site, impact, lang))


def _keys(stage: str, impact: Impact) -> tuple[str, str]:
    return f"{stage}.{impact}", stage


def _impact(site: Site, impact: Impact, lang: str) -> str:
    return phrases.say(lang, f"impact.{impact}", site)


def _own(site: Site, said: Iterable[tuple[str, str]]) -> Texts:
    """By language, those first that are in a language of the site."""
    texts: dict[str, str] = {}
    for text, tag in said:
        texts.setdefault(tag, text)
    kept = {tag: text for tag, text in texts.items() if tag in site.languages}
    return kept or texts
