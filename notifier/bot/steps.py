"""A talk as a value: what was said so far, what is to be asked next, and the command that it comes to. Nothing is
public by a talk: it ends in a draft."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from notifier.events import Command, Open, Tell
from notifier.incident import stage
from notifier.model import Impact, Incident, Phase, Site, Texts
from notifier.render import compose
from notifier.values import replace, value

TITLE = 200
NOTHING: Texts = {}


@value
class Talk:
    """One talk with one admin in one chat. ``serial``: number of the update that began it, so that no button of an
    earlier talk counts. None of a field: not asked yet. ``chosen``: components ticked so far; ``phase`` and ``impact``
    "" leave it to us; ``passed``: languages that get no words; ``order``: languages in the order they are asked for.
    ``titled``: other words for a draft with a title of its own; ``retitle``: it is asked for now.
    """

    verb: str
    serial: int
    order: tuple[str, ...]
    draft: int = 0
    incident: str | None = None
    title: Texts | None = None
    chosen: tuple[str, ...] = ()
    components: tuple[str, ...] | None = None
    impact: str | None = None
    phase: str | None = None
    texts: Texts = NOTHING
    passed: tuple[str, ...] = ()
    titled: bool = False
    retitle: bool = False

    def step(self) -> str:
        """What is to be asked next: a field, "text", or "" when all is known."""
        if self.retitle:
            return "title"
        asks = {"open": ("title", "components", "impact"), "update": ("incident", "phase"), "resolve": ("incident",)}
        for field in asks.get(self.verb, ()):
            if getattr(self, field) is None:
                return field
        return "text" if self.tongue() else ""

    def tongue(self) -> str:
        """The language in which words are to be asked for; "" for none."""
        return next((lang for lang in self.order if lang not in self.texts and lang not in self.passed), "")

    def hears(self, said: Texts) -> Talk:
        """With these words. Whoever names languages has said all that he wants to say."""
        texts = {**self.texts, **said}
        return replace(self, texts={lang: texts[lang] for lang in self.order if lang in texts})

    def called(self, said: Texts) -> Talk:
        """With this title, in the languages said."""
        return replace(self, title={**(self.title or {}), **short(said)}, retitle=False)

    def passes(self) -> Talk:
        """Without words in the language asked for; who gives none at all gets the ready ones."""
        first = self.verb != "edit" and not self.texts
        return replace(self, passed=self.order if first else (*self.passed, self.tongue()))


def pack(talk: Talk) -> str:
    """As a text to be kept."""
    return json.dumps(vars(talk), ensure_ascii=False)


def unpack(text: str) -> Talk:
    """What :func:`pack` made."""
    values: dict[str, Any] = json.loads(text)
    listed = ("order", "chosen", "components", "passed")
    values |= {name: tuple(values[name]) for name in listed if values[name] is not None}
    return Talk(**values)


def order(site: Site, lang: str) -> tuple[str, ...]:
    """The languages of the site, that of the admin first."""
    mine = next((tag for tag in site.languages if tag.split("-")[0] == lang.split("-")[0]), site.languages[0])
    return (mine, *(tag for tag in site.languages if tag != mine))


def tagged(text: str, langs: Sequence[str], usual: str) -> tuple[dict[str, str], bool]:
    """Words by language, and whether languages were named: "de: Weg", each on a line of its own or after " / ". Else
    all is in the ``usual`` language."""
    names = "|".join(map(re.escape, sorted(langs, key=len, reverse=True)))
    found = re.split(rf"(?:^|\n|\s/)\s*({names})[ \t]*[:=][ \t]*", text.strip(), flags=re.I)
    if len(found) < 3 or found[0].strip():
        return {usual: text.strip()}, False
    known = {lang.lower(): lang for lang in langs}
    pairs = zip(found[1::2], found[2::2], strict=True)
    return {known[lang.lower()]: said.strip() for lang, said in pairs if said.strip()}, True


def headed(text: str) -> tuple[str, str]:
    """The title in a first line "Title: ...", in English or German, and what follows; "" and all of it without one."""
    found = re.match(r"(?:title|titel)[ \t]*[:=][ \t]*(\S[^\n]*)(?:\n|$)", text.strip(), flags=re.I)
    return (found[1].strip(), text.strip()[found.end() :].strip()) if found else ("", text)


def command(talk: Talk, site: Site, incident: Incident | None) -> Command:
    """What it comes to, with ready words where none were given."""
    if incident is None:
        felt, hit = Impact(talk.impact or Impact.MAJOR), talk.components or ()
        ready = compose.ready_texts(site, Phase.INVESTIGATING, felt, hit)
        title = short(talk.title) or compose.default_title(site, hit, felt)
        return Open(title, talk.texts or ready, hit, felt)
    phase = Phase.RESOLVED if talk.verb == "resolve" else Phase(talk.phase) if talk.phase else None
    return Tell(talk.texts or _ready(site, incident, phase), phase)


def _ready(site: Site, incident: Incident, phase: Phase | None) -> Texts:
    then = stage(phase, incident)
    if incident.window:
        return compose.planned_texts(site, then, incident.components, incident.window, later=then is incident.phase)
    return compose.ready_texts(site, then, incident.impact, incident.components, later=True)


def short(title: Texts | None) -> Mapping[str, str]:
    """A title as one line that fits, in each language that has one."""
    return {lang: " ".join(text.split())[:TITLE] for lang, text in (title or {}).items() if text}


def phases(incident: Incident) -> Sequence[Phase]:
    """Where a further word can say that it stands."""
    if incident.maintenance:
        return [p for p in (Phase.IN_PROGRESS, Phase.VERIFYING) if p is not incident.phase]
    return [p for p in (Phase.IDENTIFIED, Phase.MONITORING, Phase.INVESTIGATING) if p is not incident.phase]
