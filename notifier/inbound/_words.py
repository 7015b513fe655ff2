"""The words by which tools, and admins' templates, say how a thing is."""

from __future__ import annotations

from notifier.inbound._read import fold, line, malformed
from notifier.source import Kind, Options

WORDS = {
    Kind.PROBLEM: """problem down critical crit firing alerting alert triggered trigger failed failure fail failing
        error err fault open opened active started warning warn offline unreachable outage degraded partial_outage
        major_outage degraded_performance unhealthy disaster fehler störung gestört ausfall warnung""",
    Kind.RECOVERY: """ok up recovery recovered resolved resolve clear cleared normal closed close success succeeded
        healthy operational online inactive fixed behoben wiederhergestellt""",
    Kind.ACKNOWLEDGED: "acknowledged acknowledge acknowledgement ack bestätigt",
    Kind.MAINTENANCE: "maintenance under_maintenance downtime paused pausiert wartung",
    Kind.TEST: "test testing",
}
_KINDS = {fold(word): kind for kind, words in WORDS.items() for word in words.split()}


def kind(word: str, options: Options) -> Kind | None:
    """What a word says of a state: by the hook's own lists (``problem = "down,kaputt"``), else as one would guess.

    Case, separators and pictures do not count. None for a word that says nothing known.
    """
    said = fold(word)
    own = {fold(w): k for k in WORDS for w in options.mapping.get(k.value, "").split(",") if fold(w)}
    return own.get(said) or _KINDS.get(said)


def told(word: str, options: Options, hint: str) -> Kind:
    """The same for a source where the word must be known. Raises Malformed."""
    found = kind(word, options)
    if found is None:
        what = f'The state "{line(word, 40)}" is not known.' if word else "The state is missing."
        malformed(what, hint)
    return found
