"""A link proves who may decide what, until when; nothing else passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.links import VALID, Pass, read, sign

NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
KEY, OTHER = "0b" * 32, "c4" * 32
GRANTED = Pass(7, "mail", "anna@example.org", NOW + VALID)


def test_what_was_signed_is_read() -> None:
    """For a week; then no longer."""
    token = sign(KEY, GRANTED)

    assert read(KEY, token, NOW) == GRANTED
    assert read(KEY, token, NOW + VALID - timedelta(seconds=1)) == GRANTED
    assert read(KEY, token, NOW + VALID) is None


def test_another_key_is_another_house() -> None:
    """A link of another installation is worth nothing here."""
    assert read(OTHER, sign(KEY, GRANTED), NOW) is None


@given(st.integers(0, 10_000), st.characters(codec="ascii", categories=["L", "N", "P"]))
def test_no_character_can_be_changed(place: int, other: str) -> None:
    """Whatever is changed in a link, it leads nowhere."""
    token = sign(KEY, GRANTED)
    place %= len(token)
    changed = token[:place] + other + token[place + 1 :]

    assert changed == token or read(KEY, changed, NOW) in (None, GRANTED)
    assert read(KEY, changed[:-1], NOW) is None


@given(st.text())
def test_nonsense_leads_nowhere(token: str) -> None:
    """And raises nothing."""
    assert read(KEY, token, NOW) is None


@given(st.integers(1, 1 << 40), st.text(), st.text())
def test_any_recipient_fits_into_an_address(draft: int, channel: str, to: str) -> None:
    """A link has only letters, digits, - _ and one dot."""
    granted = Pass(draft, channel, to, NOW + VALID)
    token = sign(KEY, granted)

    assert token.replace(".", "", 1).replace("-", "").replace("_", "").isalnum()
    assert read(KEY, token, NOW) == granted
