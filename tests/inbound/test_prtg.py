"""PRTG: what its requests mean."""

from __future__ import annotations

import pytest

from notifier.inbound import prtg
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
