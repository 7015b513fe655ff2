"""Words by language, as people write them on a telephone."""

from __future__ import annotations

import pytest

from notifier.bot import steps
from notifier.bot.say import Say, answer, in_rows, lines, pack, unpack
from notifier.bot.steps import Talk


@pytest.mark.parametrize(
    ("text", "said", "named"),
    [
        ("Alles weg.", {"de": "Alles weg."}, False),
        ("de: Weg.\nen: Gone.", {"de": "Weg.", "en": "Gone."}, True),
        ("DE: Weg.\n EN = Gone.", {"de": "Weg.", "en": "Gone."}, True),
        ("de: Weg. / en: Gone.", {"de": "Weg.", "en": "Gone."}, True),
        ("en: Gone.", {"en": "Gone."}, True),
        ("de: Zwei\nZeilen.\nen: Two\nlines.", {"de": "Zwei\nZeilen.", "en": "Two\nlines."}, True),
        ("Heute: Ausfall. de: so", {"de": "Heute: Ausfall. de: so"}, False),
        ("https://x.org/en:8080 / und", {"de": "https://x.org/en:8080 / und"}, False),
        ("de:\nen: Gone.", {"en": "Gone."}, True),
    ],
)
def test_languages_are_named_or_not(text: str, said: dict[str, str], named: bool) -> None:
    """Without a language it is the one asked for; a colon within a sentence names none."""
    assert steps.tagged(text, ("de", "en"), "de") == (said, named)


def test_a_talk_survives_being_kept() -> None:
    """What was not asked yet is still to be asked."""
    talk = Talk("open", 5, ("de", "en"), title={"de": "Weg"}, chosen=("voice",), texts={"de": "x"}, passed=("en",))

    assert steps.unpack(steps.pack(talk)) == talk
    assert steps.unpack(steps.pack(talk)).step() == "components"


def test_answers_survive_being_kept() -> None:
    """What is still to be said is said as it was meant."""
    says = [Say("send", 1, "ä <b>", (("a", "b"),)), answer("7", "x" * 300, alert=True)]

    assert unpack(pack(says)) == says
    assert says[1].text.endswith("…")
    assert unpack(None) == []


def test_long_labels_have_a_row_of_their_own() -> None:
    """A telephone is narrow, and all buttons of a row are as wide."""
    buttons = tuple(
        (label, "x") for label in ("Veröffentlichen", "Lautlos veröffentlichen", "Ja", "Nein", "Weiß nicht")
    )

    assert [[label for label, _ in row] for row in in_rows(buttons)] == [
        ["Veröffentlichen"],
        ["Lautlos veröffentlichen"],
        ["Ja", "Nein", "Weiß nicht"],
    ]


def test_a_message_never_grows_too_long() -> None:
    """What does not fit is left out, line by line, so that no tag is cut."""
    shown = lines(["<b>x</b>" + "y" * 500] * 30)

    assert len(shown) < 4096
    assert shown.endswith("\n…")
    assert shown.count("<b>") == shown.count("</b>")
