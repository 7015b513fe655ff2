"""Trouble with Telegram: the bot goes on, says so, and never takes the rest with it."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from notifier.problem import DraftState
from tests.bot.evening import Serves, Town, evening, until
from tests.fakes.telegram_api import TOKEN


@pytest.mark.parametrize("fault", ["throttle", "busy", "unavailable", "drop_before", "drop_unprocessed", "drop_after"])
def test_it_goes_on_after(tmp_path: Path, fault: str) -> None:
    """Whatever the Bot API does for a while: the next press is acted upon once, and answered."""
    with evening(tmp_path) as town:
        town.alarm("v1")
        town.asks()
        town.remote._shapes["throttle"] = _soon()
        town.remote.fault(fault, times=2)
        press = town.anna.presses("Nicht unseres", town.team)
        town.answered(press)

        assert press.text == "Verworfen. Niemand erfährt davon."
        assert town.states() == [DraftState.DISCARDED]


def _soon() -> Any:
    from notifier.testing import Answer

    told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
    return Answer(429, told | {"parameters": {"retry_after": 1}})


def test_two_programs_with_one_token_are_told_apart(tmp_path: Path) -> None:
    """Somebody else fetches the same bot's messages: the log and the health say what to do, and serve stays up."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        serves = stack.enter_context(Serves(town))
        until(lambda: town.api.inbox._polls)
        other = threading.Thread(target=_poll, args=(town,))
        other.start()
        until(lambda: "another program fetches this bot's messages" in serves.log.getvalue())
        health = requests.get(f"{town.url}/healthz", timeout=30)
        other.join()

        assert health.status_code == 200
        assert health.json()["limping"]["bot"].startswith("another program fetches this bot's messages: stop it")
        town.anna.writes("/drafts")
        town.hears("Kein Entwurf wartet", chat=town.anna.chat)
        until(lambda: serves.listener.limps() == "")


def _poll(town: Town) -> None:
    for _ in range(2):
        requests.post(f"{town.remote.url}/bot{TOKEN}/getUpdates", data={"timeout": 2, "offset": 1}, timeout=30)


def test_a_wrong_token_stops_nobody_else(tmp_path: Path) -> None:
    """The bot says where to look; monitoring is still taken in."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        town.api.token = TOKEN[:-4] + "zzzz"
        serves = stack.enter_context(Serves(town))
        until(lambda: "Telegram does not know this token" in serves.log.getvalue())
        town.alarm("v1")

        until(lambda: town.states() == [DraftState.WAITING])
        assert requests.get(f"{town.url}/healthz", timeout=30).json()["status"] == "ok"


def test_the_token_shows_nowhere(tmp_path: Path, caplog: Any) -> None:
    """With everything logged that any library has to say, through good and bad answers."""
    caplog.set_level(logging.DEBUG)
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        serves = stack.enter_context(Serves(town))
        town.anna.writes("/status")
        town.hears("Keine Störung", chat=town.anna.chat)
        town.remote.fault("drop_after", 2)
        town.remote.fault("denied", 1)
        town.anna.writes("/drafts")
        town.hears("Kein Entwurf wartet", chat=town.anna.chat)
        town.quiet()

    assert "trouble" in serves.log.getvalue()
    assert TOKEN.partition(":")[2] not in caplog.text + serves.log.getvalue()


def test_a_message_nobody_can_get_is_given_up(tmp_path: Path) -> None:
    """An admin blocked the bot: his answer is dropped, all others get theirs."""
    with evening(tmp_path) as town:
        town.anna.chat.status = "kicked"
        town.anna.writes("/status")
        town.ben.writes("/status")

        town.hears("No incident is open.", chat=town.ben.chat)


def test_the_menu_is_in_both_languages(tmp_path: Path) -> None:
    """The client offers the commands in its user's language, in others in that of the admins; told once."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        for _ in range(2):
            with Serves(town):
                until(lambda: town.api.inbox._polls)
        menu = {lang: {c["command"]: c["description"] for c in found} for lang, found in town.api.menu.items()}

        assert menu["de"]["resolve"] == menu[""]["resolve"] == "es ist vorbei"
        assert menu["en"]["resolve"] == "it is over"
        assert sum(method == "setMyCommands" for method, _ in town.api.calls) == 3


def test_numbers_of_updates_may_begin_anew(tmp_path: Path) -> None:
    """After a quiet week Telegram counts from somewhere else, perhaps from lower down."""
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path))
        with Serves(town):
            town.anna.writes("/drafts")
            town.hears("Kein Entwurf wartet", chat=town.anna.chat)
            town.quiet()
        with town.store() as store, store.transaction():
            store.intake.keep("bot/offset", "700000001", store.now())  # its time is over
        town.api.inbox._next, town.api.inbox.waiting = 5, []
        with Serves(town):
            town.anna.writes("/status")
            town.hears("Keine Störung ist offen", chat=town.anna.chat)
