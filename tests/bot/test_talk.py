"""Talks in private and in the group, in German and in English: from a command to what users read."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from notifier.events import Open
from notifier.problem import DraftState
from tests.bot.evening import Serves, Town, evening, until
from tests.fakes.telegram_people import Person

WORDS = {
    "de": ("Was ist betroffen?", "Sprachserver", "Weiter", "Wie schlimm ist es?", "Kritisch", "lesen? (Deutsch)",
           "Nur Deutsch", "Veröffentlichen", "Veröffentlicht."),
    "en": ("What is affected?", "Voice server", "Next", "How bad is it?", "Critical", "read? (English)",
           "Only English", "Publish", "Published."),
}  # fmt: skip


def ticks(town: Town, who: Person, label: str, then: str) -> None:
    """Tick a component and go on."""
    town.answered(who.presses(label))
    until(lambda: f"☑ {label}" in who.reads()[-1].labels())
    town.answered(who.presses(then))


@pytest.mark.parametrize("lang", ["de", "en"])
def test_from_open_to_the_public(tmp_path: Path, lang: str) -> None:
    """Title, component, impact, words; then a preview; then one press and everybody reads it."""
    affected, part, on, bad, worst, read, only, publish, done = WORDS[lang]
    with evening(tmp_path) as town:
        who = town.anna if lang == "de" else town.ben
        who.writes("/open Störung 1 & 2")
        town.hears(affected, chat=who.chat)
        ticks(town, who, part, on)
        town.hears(bad, chat=who.chat)
        town.answered(who.presses(worst))
        town.hears(read, chat=who.chat)
        assert town.public() == []
        who.writes("Alles weg <für alle>.")
        town.asks(who.chat, only)
        town.answered(who.presses(only))
        preview = town.asks(who.chat, publish)
        assert "Alles weg <für alle>." in preview.text
        assert town.public() == []
        press = town.answered(who.presses(publish))

        assert press.text == done
        assert "Störung 1 & 2" in town.hears("Alles weg <für alle>.", chat=town.news).text
        until(lambda: preview.labels() == [])
        assert town.drafts()[0].command.components == ("voice",)  # type: ignore[union-attr]
        assert len(who.reads()) == 3  # a question that changed, one more after the words, and the preview


def test_every_step_can_be_skipped(tmp_path: Path) -> None:
    """A tired admin presses ready-made words only."""
    with evening(tmp_path) as town:
        town.anna.writes("/open")
        town.hears("Titel?", chat=town.anna.chat)
        town.answered(town.anna.presses("Fertiger Text"))
        town.hears("betroffen", chat=town.anna.chat)
        ticks(town, town.anna, "Forum", "Weiter")
        town.hears("schlimm", chat=town.anna.chat)
        town.answered(town.anna.presses("Gering"))
        town.hears("lesen", chat=town.anna.chat)
        town.answered(town.anna.presses("Fertiger Text"))
        town.asks(town.anna.chat)
        town.answered(town.anna.presses("Lautlos veröffentlichen"))

        assert town.hears("Forum", chat=town.news).silent


def opened(town: Town, title: str = "Voice is down") -> str:
    """An incident that users know of; its id."""
    from notifier.events import Open

    with town.store() as store:
        from notifier import config, registry
        from notifier.wiring import build

        house = build(config.load(town.at, registry.kind))
        said = house.service(store).handle(Open({"en": title}, {"en": "We look."}, ("voice",)), by="carl")
    town.hears(title, chat=town.news)
    return said.incident.id


def test_update_and_resolve(tmp_path: Path) -> None:
    """With one open incident nobody has to name it; to resolve takes one line and one press."""
    with evening(tmp_path) as town:
        opened(town)
        town.ben.writes("/update en: A fault at our provider. / de: Ein Fehler beim Provider.")
        town.hears("How does it stand?", chat=town.ben.chat)
        town.answered(town.ben.presses("Cause found"))
        town.asks(town.ben.chat, "Publish")
        town.answered(town.ben.presses("Publish"))
        town.hears("Ein Fehler beim Provider.", "Ursache gefunden", chat=town.news)
        town.ben.writes("/resolve")
        town.asks(town.ben.chat, "Publish")
        assert town.states() == [DraftState.PUBLISHED, DraftState.WAITING]
        town.answered(town.ben.presses("Publish"))
        town.hears("✅", chat=town.news)
        town.ben.writes("/resolve")

        assert town.hears("No incident is open.", chat=town.ben.chat)


def test_which_one_is_asked_or_named(tmp_path: Path) -> None:
    """With two open incidents the bot asks, unless the command names one."""
    with evening(tmp_path) as town:
        first, second = opened(town, "Voice is down"), opened(town, "Forum is slow")
        town.ben.writes(f"/resolve {first.upper()} Over.")
        town.asks(town.ben.chat, "Only English")
        town.answered(town.ben.presses("Only English"))
        town.asks(town.ben.chat, "Publish")
        assert town.drafts()[0].incident == first
        town.ben.writes("/resolve")
        question = town.hears("Which one?", chat=town.ben.chat)
        assert question.labels() == [f"{second} Forum is slow", f"{first} Voice is down", "Cancel"]
        town.answered(town.ben.presses(f"{second} Forum is slow"))
        until(lambda: len(town.drafts()) == 2)

        assert town.drafts()[1].incident == second


def test_a_talk_can_be_dropped(tmp_path: Path) -> None:
    """By the button or by /cancel; the old question is over, and nothing came of it."""
    with evening(tmp_path) as town:
        town.anna.writes("/open x")
        question = town.hears("betroffen", chat=town.anna.chat)
        code = question.buttons[0][0]["callback_data"]
        town.answered(town.anna.presses("Abbrechen"))
        town.hears("Abgebrochen.", chat=town.anna.chat)
        press = town.answered(town.anna.presses("x", post=question, data=code))
        assert press.text == "Diese Frage ist erledigt."
        town.anna.writes("/open y")
        town.hears("betroffen", chat=town.anna.chat)
        town.anna.writes("/cancel")
        until(lambda: town.anna.reads()[-1].text == "Abgebrochen.")
        town.anna.writes("/cancel")
        town.hears("Ich habe nichts gefragt.", chat=town.anna.chat)

        assert town.drafts() == []


def test_a_question_is_for_who_was_asked(tmp_path: Path) -> None:
    """In the group Ben cannot press what Anna is asked."""
    with evening(tmp_path) as town:
        opened(town)
        town.anna.writes("/update", town.team)
        town.hears("Wie steht es?", chat=town.team)
        press = town.answered(town.ben.presses("Ursache gefunden", town.team))
        assert press.text == "This question is over."
        town.answered(town.anna.presses("Ursache gefunden", town.team))
        ask = town.hears("anna: Was sollen alle lesen?", chat=town.team)
        town.anna.writes("/skip", town.team)
        town.hears("wartet auf dich", chat=town.team)

        assert ask.force
        assert len([p for p in town.anna.reads(town.team) if "Entwurf" in p.text]) == 1  # the channel's own is enough


def edits(town: Town, said: str) -> None:
    """Ben presses Edit beneath a draft in his own chat, and is asked for its text in English."""
    town.alarm("v1")
    town.asks()
    town.ben.writes("/drafts")
    town.asks(town.ben.chat, "Edit")
    town.answered(town.ben.presses("Edit"))
    question = town.hears("New text (English)? So far:", said, chat=town.ben.chat)
    assert question.labels() == ["Leave as it is", "Title", "Cancel"]


def test_other_words_for_a_draft(tmp_path: Path) -> None:
    """Edit asks per language and shows the words so far; what is left is left; the preview has buttons that work."""
    with evening(tmp_path) as town:
        edits(town, "Our monitoring reports")
        town.answered(town.ben.presses("Leave as it is"))
        town.hears("New text (German)?", chat=town.ben.chat)
        town.ben.writes("Wir sind dran.")
        until(lambda: "Wir sind dran." in town.ben.reads()[-1].text and town.ben.reads()[-1].buttons)
        assert town.states() == [DraftState.WAITING]
        town.answered(town.ben.presses("Publish"))

        town.hears("Wir sind dran.", chat=town.news)
        assert "reports" in town.drafts()[0].command.text["en"]  # type: ignore[union-attr, index]


def test_another_title_by_a_button(tmp_path: Path) -> None:
    """On a phone: Edit, Title, the new one; the text and the other language are left; all read the new title."""
    with evening(tmp_path) as town:
        edits(town, "A first line “Title: …”")
        town.answered(town.ben.presses("Title"))
        asked = town.hears("New title (English)? So far:", "Voice server: outage", chat=town.ben.chat)
        assert asked.labels() == ["Leave as it is", "Cancel"]
        town.ben.writes("Nobody can talk")
        town.hears("New text (English)? So far:", "Our monitoring reports", chat=town.ben.chat)
        town.answered(town.ben.presses("Leave as it is"))
        town.hears("New text (German)?", chat=town.ben.chat)
        town.answered(town.ben.presses("Leave as it is"))
        until(lambda: "Nobody can talk" in town.ben.reads()[-1].text and "Publish" in town.ben.reads()[-1].labels())

        command = town.drafts()[0].command
        assert isinstance(command, Open)
        assert command.title == {"de": "Sprachserver: Ausfall", "en": "Nobody can talk"}
        assert "reports" in command.text["en"]
        assert town.states() == [DraftState.WAITING]


@pytest.mark.parametrize("text", ["", "\nWir sind dran."])
def test_another_title_in_a_first_line(tmp_path: Path, text: str) -> None:
    """In the group, where questions have no buttons: "Titel: ..." alone leaves the text; with more both change."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        post = town.asks()
        before = town.drafts()[0].command
        assert isinstance(before, Open)
        town.answered(town.anna.presses("Bearbeiten", town.team, post))
        question = town.hears("Neuer Text (Deutsch)? Bisher:", "Eine erste Zeile", chat=town.team)
        town.anna.writes(f"Titel: Keiner kann reden{text}", town.team, to=question)
        question = town.hears("Neuer Text (Englisch)", chat=town.team)
        town.anna.writes("/skip", town.team, to=question)
        town.hears("Keiner kann reden", chat=town.team)

        command = town.drafts()[0].command
        assert isinstance(command, Open)
        assert command.title == {**before.title, "de": "Keiner kann reden"}
        assert command.text == {**before.text, "de": text.strip() or before.text["de"]}


def test_it_was_decided_while_one_wrote(tmp_path: Path) -> None:
    """Anna writes other words, Ben publishes meanwhile: she is told, and her words go nowhere."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        post = town.asks()
        town.anna.writes("/drafts")
        town.asks(town.anna.chat)
        town.answered(town.anna.presses("Bearbeiten"))
        town.hears("Neuer Text", chat=town.anna.chat)
        town.answered(town.ben.presses("Veröffentlichen", town.team, post))
        town.anna.writes("de: Anderes")
        town.hears("Zu spät: schon veröffentlicht von ben.", chat=town.anna.chat)

        assert "Anderes" not in str(town.public())


def test_a_talk_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The process ends in the middle of the questions; the answer is taken when it is there again."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        with Serves(town):
            town.anna.writes("/open Weg")
            town.hears("betroffen", chat=town.anna.chat)
            ticks(town, town.anna, "Forum", "Weiter")
            town.hears("schlimm", chat=town.anna.chat)
            town.quiet()
        press = town.anna.presses("Kritisch")
        with Serves(town):
            town.answered(press)
            town.hears("lesen", chat=town.anna.chat)
            town.quiet()
        town.anna.writes("de: Das Forum ist weg.")
        with Serves(town):
            town.asks(town.anna.chat)
            town.answered(town.anna.presses("Veröffentlichen"))
            town.hears("Das Forum ist weg.", chat=town.news)

        assert town.states() == [DraftState.PUBLISHED]


def test_how_things_stand(tmp_path: Path) -> None:
    """One message: what is open, what waits, which channel is in trouble."""
    with evening(tmp_path) as town:
        id = opened(town)
        with town.store() as store, store.transaction():
            store.stop("news", "the bot was removed")
        town.anna.writes("/status")
        said = town.hears("Voice is down", chat=town.anna.chat).text

        assert f"({id})\nWird untersucht, seit " in said
        assert "Wartende Entwürfe: 0" in said
        assert "⚠️ news steht: the bot was removed" in said


def test_lists_are_short(tmp_path: Path) -> None:
    """/signals shows the newest ten, /drafts five with buttons and how many more there are."""
    with evening(tmp_path) as town:
        town.alarm(*(f"v{n}" for n in range(12)))
        town.asks()
        town.ben.writes("/signals")
        assert town.hears("🔴", chat=town.ben.chat).text.count("🔴") == 10
        town.ben.writes("Hello?")
        town.hears("/help shows what I can do.", chat=town.ben.chat)
        town.ben.writes("/nonsense")
        town.ben.writes("/help")

        assert "Nothing is public before you press Publish." in town.hears("/resolve", chat=town.ben.chat).text


@pytest.mark.parametrize("rest", ["edit-" + "9" * 30, "edit-²", "edit-", "edit-1 2"])
def test_a_link_to_the_bot_that_was_tampered_with(tmp_path: Path, rest: str) -> None:
    """It is answered as any other beginning: with what the bot can do."""
    with evening(tmp_path) as town:
        town.anna.writes(f"/start {rest}")

        assert "/drafts" in town.hears("/resolve", chat=town.anna.chat).text
