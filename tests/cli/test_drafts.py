"""Deciding on the command line what monitoring reported."""

from __future__ import annotations

from tests.cli.admin import CONSOLE, SITE, Admin

FEW = SITE.partition("[components.voice]")[0] + '[components.forum]\nname = "Forum"\n'


def test_approving_what_names_a_component_that_is_gone(admin: Admin) -> None:
    """It was taken out of the configuration while the draft waited: the draft is published without it, and that is
    told."""
    admin.configure(CONSOLE)
    assert admin("signal", "problem", "k1", "-c", "voice").out == "a new problem; a draft\n"
    admin.configure(CONSOLE, site=FEW)
    shown = admin("drafts", "1")
    done = admin("approve", "1")

    assert "Steht nicht mehr in der Konfiguration und wird weggelassen: voice." in shown.out
    assert (done.code, "Recorded: " in done.out + done.err) == (0, True)
    assert "Left out, as the configuration no longer names it: voice.\n" in done.out + done.err
    assert admin("drafts").out == "No draft waits.\n"
