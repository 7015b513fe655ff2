"""PRTG: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import prtg
from notifier.source import Kind, Malformed, Options
from notifier.testing import SourceContract
from tests.inbound.recordings import BERLIN, brief, samples, signals

RECORDED = {
    "down.form.txt": ["problem | 2041 | voice1 | Down | 12:01:13 | -"],
    "up_de.form.txt": ["recovery | 2041 | voice1 | Fehler beendet (jetzt: OK) | - | 12:05:10"],
}


class TestPrtg(SourceContract):
    """The suite that every source passes."""

    source = "prtg"
    parse = staticmethod(prtg.parse)
    samples = samples("prtg")
    pairs = (("down.form.txt", "up_de.form.txt"),)
    options = BERLIN


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_recorded(name):
    """Each recorded request gives the signals that an admin would read in it."""
    assert brief(signals(f"prtg/{name}")) == RECORDED[name]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Down", Kind.PROBLEM),
        ("Fehler", Kind.PROBLEM),
        ("Warning", Kind.PROBLEM),
        ("Warnung", Kind.PROBLEM),
        ("Unusual", Kind.PROBLEM),
        ("Ungewöhnlich", Kind.PROBLEM),
        ("Down (Partial)", Kind.PROBLEM),
        ("Fehler (Teilweise)", Kind.PROBLEM),
        ("Down ESCALATION", Kind.PROBLEM),
        ("Up", Kind.RECOVERY),
        ("OK", Kind.RECOVERY),
        ("Down ended (now: Up)", Kind.RECOVERY),
        ("Fehler beendet (jetzt: OK)", Kind.RECOVERY),
        ("Down ended (now: Warning)", Kind.PROBLEM),
        ("Down (Acknowledged)", Kind.ACKNOWLEDGED),
        ("Fehler (Bestätigt)", Kind.ACKNOWLEDGED),
        ("Paused", Kind.MAINTENANCE),
        ("Pausiert", Kind.MAINTENANCE),
        ("Pausiert durch Abhängigkeit", Kind.MAINTENANCE),
        ("Paused by dependency", Kind.MAINTENANCE),
        ("Unknown", None),
        ("Unbekannt", None),
    ],
)
def test_words(status, kind):
    """English and German installations."""
    assert prtg.told(status, BERLIN) is kind


def test_another_language():
    """Whoever has PRTG in another language adds its words to the mapping."""
    words = {"problem": "En panne", "recovery": "Disponible"}

    assert prtg.told("En panne", Options(mapping=words)) is Kind.PROBLEM
    with pytest.raises(Malformed, match="Add it to problem or recovery"):
        prtg.told("En panne", BERLIN)
