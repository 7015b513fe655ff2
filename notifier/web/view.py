"""What the page of a draft says: words and times in the admins' language, ready for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from notifier.events import Correct, Open, Retract
from notifier.intake import Intake
from notifier.model import Site
from notifier.problem import Draft, DraftState
from notifier.render import ask, markup, phrases, when, words
from notifier.render.note import reason
from notifier.render.site import text as texts
from notifier.values import value

MOST = 12
SNOOZE = (15, 30, 60, 240)  # minutes
_ASK = ("publish", "silent", "discard", "snooze")
_HEADINGS = {
    DraftState.WAITING: "desk.words",
    DraftState.PUBLISHED: "desk.words.published",
    DraftState.DISCARDED: "desk.words.dropped",
    DraftState.WITHDRAWN: "desk.words.dropped",
}
_DESK = ("words", "told", "problems", "decide", "later", "edit", "save", "again")


@value
class Words:
    """What would be told in one language. ``html`` as it will look, ``source`` as it was written."""

    lang: str
    name: str
    direction: str
    title: str
    html: Any
    source: str
    title_label: str
    text_label: str


@value
class Page:
    """Everything on it. ``there``: there is a draft; ``can``: it can be decided; ``look``: the impact, as the
    style knows it."""

    site: str
    lang: str
    direction: str
    title: str
    labels: Mapping[str, str]
    heading: str = ""
    deed: str = ""
    stage: str = ""
    timer: str = ""
    without: str = ""
    look: str = ""
    notice: str = ""
    mood: str = ""
    there: bool = False
    can: bool = False
    again: bool = False
    version: int = 0
    texts: Sequence[Words] = ()
    told: Sequence[str] = ()
    problems: Sequence[str] = ()
    why: str = ""
    whose: str = ""
    delays: Sequence[tuple[int, str]] = ()


def blank(site: Site, lang: str, what: str) -> Page:
    """A page without a draft: "gone" for a link that leads nowhere, "busy" when the store cannot be read."""
    title = phrases.say(lang, f"desk.{what}", site)
    text = phrases.say(lang, f"desk.{what}.text", site)
    return Page(site.name, lang, texts.direction(lang), title, _labels(site, lang), stage=text)


def page(intake: Intake, draft: Draft, who: str) -> Page:
    """The draft as it stands. ``who`` holds the link."""
    site, lang, now = intake.service.site, intake.lang, intake.store.now()
    incident = intake.service.incident(draft.incident) if draft.incident else None
    waits = draft.state is DraftState.WAITING
    store = intake.store.intake
    problems = store.members(draft=draft.id) or store.members(incident=draft.incident)
    listed = [ask.problem(p, site, lang, now) for p in problems[:MOST]]
    if len(problems) > MOST:
        listed.append(phrases.say(lang, "ask.more", site, n=len(problems) - MOST))
    return Page(
        site=site.name,
        lang=lang,
        direction=texts.direction(lang),
        title=words.pick(ask.title(draft.command, incident), lang)[0] or ask.deed(draft.command, site, lang),
        labels=_labels(site, lang) | {"words": phrases.say(lang, _HEADINGS.get(draft.state, "desk.words"), site)},
        heading=phrases.say(lang, "desk.heading", site, n=draft.id),
        deed=_deed(draft, site, lang),
        stage=ask.ending(draft, site, lang),
        timer=_timer(intake, draft) if waits else "",
        without=ask.without(draft.command, site, lang) if waits else "",
        look=str(getattr(draft.command, "impact", None) or ""),
        there=True,
        can=waits,
        version=draft.version,
        texts=_texts(draft, site, lang),
        told=intake.told(draft) if waits else (),
        problems=listed,
        why=phrases.say(lang, "desk.why", site, why=reason(draft.why, site, lang)) if draft.why and waits else "",
        whose=phrases.say(lang, "desk.for", site, who=who),
        delays=[(minutes, span(timedelta(minutes=minutes), lang)) for minutes in SNOOZE],
    )


def _deed(draft: Draft, site: Site, lang: str) -> str:
    """What it would do; of one that is decided, which incident it is part of."""
    if draft.state is not DraftState.WAITING:
        return phrases.say(lang, "desk.incident", site, incident=draft.incident) if draft.incident else ""
    return ask.deed(draft.command, site, lang) + (f" ({draft.incident})" if draft.incident else "")


def say(intake: Intake, what: str, **values: object) -> str:
    """A phrase of the page."""
    return phrases.say(intake.lang, f"desk.{what}", intake.service.site, **values)


def span(delay: timedelta, lang: str) -> str:
    """A length of time."""
    return when.duration(delay, lang)


def _timer(intake: Intake, draft: Draft) -> str:
    site, lang = intake.service.site, intake.lang
    if draft.due is None:
        return phrases.say(lang, "desk.waits", site)
    time = when.date_time(draft.due, site.timezone, lang, intake.store.now())
    return phrases.say(lang, "ask.due", site, time=time)


def _texts(draft: Draft, site: Site, lang: str) -> list[Words]:
    """What would be told, language by language."""
    from markupsafe import Markup

    command = draft.command
    if isinstance(command, Retract):
        return []
    titles = command.title if isinstance(command, Open | Correct) and command.title else {}
    return [
        Words(
            lang=tag,
            name=_language(tag, lang),
            direction=texts.direction(tag),
            title=titles.get(tag, ""),
            html=Markup(markup.html(markup.parse(said))),
            source=said,
            title_label=phrases.say(lang, "desk.field.title", site, language=_language(tag, lang)),
            text_label=phrases.say(lang, "desk.field.text", site, language=_language(tag, lang)),
        )
        for tag, said in (command.text or {}).items()
    ]


def _language(tag: str, lang: str) -> str:
    """What a language is called in another one; its tag where nobody knows."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(tag, sep="-").get_display_name(Locale.parse(lang, sep="-")) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def _labels(site: Site, lang: str) -> dict[str, str]:
    found = {name: phrases.say(lang, f"ask.{name}", site) for name in _ASK}
    found |= {name: phrases.say(lang, f"desk.{name}", site) for name in _DESK}
    found |= {"none": phrases.say(lang, "desk.words.none", site)}
    return found | {"nobody": phrases.say(lang, "desk.told.none", site)}
