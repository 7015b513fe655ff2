"""The options of the posting commands, said once: for the quick reader below, and for Typer, which has the last word.

``read`` takes only what is plainly well-formed. Everything else (help, mistakes, abbreviations) it leaves to Typer,
whose import costs more than all the rest of ``notifier open`` (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from notifier.model import Impact, Phase
from notifier.values import value

WAIT = 30.0


@value
class Opt:
    """One option, or with no ``flags`` one word in its place.

    takes: "text", "texts" (may be given again), "flag", "number", "seconds", "impact" or "phase".
    """

    name: str
    flags: tuple[str, ...]
    help: str
    takes: str = "text"
    metavar: str = ""
    default: Any = None


MESSAGES = Opt(
    "messages", ("-m", "--message"), 'The text; de="..." for several languages; - reads it.', "texts", "TEXT"
)
TITLES = Opt("titles", ("-t", "--title"), 'The title; de="..." for several languages.', "texts", "TEXT")
COMPONENTS = Opt("components", ("-c", "--component"), "What is affected; may be given again.", "texts", "ID")
IMPACT = Opt("impact", ("-i", "--impact"), "How much users feel it.", "impact")
STATUS = Opt("status", ("-s", "--status"), "How far you are.", "phase")
AT = Opt("at", ("--at",), 'It was earlier: "15:00", "20m" ago, "2026-05-01 15:00".', metavar="TIME")
ONLY = Opt("only", ("--only",), "Only this channel.", "texts", "CHANNEL")
WITHOUT = Opt("without", ("--except",), "Not this channel.", "texts", "CHANNEL")
JSON = Opt("as_json", ("--json",), "The outcome as JSON.", "flag", default=False)
NO_WAIT = Opt("no_wait", ("--no-wait",), "Only store it; `run` or `tick` delivers it.", "flag", default=False)
PATIENCE = Opt("wait", ("--wait",), "How long to wait for the channels.", "seconds", "SECONDS", WAIT)
YES = Opt("yes", ("-y", "--yes"), "Ask nothing; a ready phrase stands in for a missing text.", "flag", default=False)
AGAIN = Opt("again", ("--again",), "Tell it although the same was told a moment ago.", "flag", default=False)
DRY_RUN = Opt("dry_run", ("--dry-run",), "Show what each channel would get; store nothing.", "flag", default=False)
TITLE = Opt("title", (), "What is wrong, in a few words.", metavar="[TITLE]")
WHICH = Opt("which", (), "Its id, or a component; not needed while one is open.", metavar="[INCIDENT]")
TEXT = Opt("text", (), "The text, if not given by -m.", metavar="[TEXT]")
OF = Opt("of", ("--update",), "Which update; the newest if not given.", "number", "N")
WHOLE = Opt("whole", ("--all",), "All of it: a false alarm; a maintenance is cancelled.", "flag", default=False)
PLAN = Opt("title", (), "What will be done, in a few words.", metavar="[TITLE]")
PLANNED = Opt("which", (), "Its id, or a component; not needed while one is planned.", metavar="[INCIDENT]")
FROM = Opt("begins", ("--from",), 'It begins: "2026-12-01 02:00", the next "02:00", in "+2h", "now".', metavar="TIME")
UNTIL = Opt("until", ("--until",), "It ends; written like --from.", metavar="TIME")
LASTS = Opt("lasts", ("--for",), 'How long it takes: "2h", "90m", "1h30m".', metavar="LENGTH")

MANNER = (ONLY, WITHOUT, JSON, NO_WAIT, PATIENCE, YES, AGAIN, DRY_RUN)
_LATER = (WHICH, TEXT, MESSAGES, STATUS, IMPACT, COMPONENTS, AT)
POSTING: dict[str, tuple[Opt, ...]] = {
    "open": (TITLE, TEXT, MESSAGES, TITLES, COMPONENTS, IMPACT, STATUS, AT, *MANNER),
    "update": (*_LATER, *MANNER),
    "resolve": (WHICH, TEXT, MESSAGES, AT, *MANNER),
    "reopen": (*_LATER, *MANNER),
    "correct": (WHICH, TEXT, MESSAGES, TITLES, OF, *MANNER),
    "retract": (WHICH, OF, WHOLE, *MANNER),
    "schedule": (PLAN, TEXT, MESSAGES, TITLES, COMPONENTS, FROM, UNTIL, LASTS, *MANNER),
    "reschedule": (PLANNED, TEXT, MESSAGES, FROM, UNTIL, LASTS, *MANNER),
}


def read(words: Sequence[str], options: Sequence[Opt]) -> dict[str, Any] | None:
    """The values of a well-formed command line by option name; None when Typer has to look at it."""
    values: dict[str, Any] = {o.name: o.default for o in options}
    flags = {flag: o for o in options for flag in o.flags}
    places = [o for o in options if not o.flags]
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, glued = word.partition("=") if word.startswith("--") else (word, "", "")
        option = flags.get(name)
        if option is None:
            if word.startswith("-") or not places or word == "":
                return None
            values[places.pop(0).name] = word
            continue
        if option.takes == "flag":
            if equals:
                return None
            values[option.name] = True
            continue
        if not equals and (not rest or rest[0].startswith("-")):
            return None
        try:
            taken = _value(glued if equals else rest.pop(0), option)
        except ValueError:
            return None
        values[option.name] = [*(values[option.name] or ()), taken] if option.takes == "texts" else taken
    return values


def _value(word: str, option: Opt) -> Any:
    """Raises ValueError."""
    if option.takes == "impact":
        return Impact(word)
    if option.takes == "phase":
        return Phase(word)
    if option.takes == "number":
        return int(word)
    if option.takes == "seconds":
        seconds = float(word)
        if not 0 <= seconds < float("inf"):
            raise ValueError(word)
        return seconds
    return word
