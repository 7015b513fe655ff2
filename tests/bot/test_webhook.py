"""Webhook mode: Telegram hands over to an address of `notifier serve`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from notifier import config, registry
from notifier.problem import DraftState
from tests.bot.evening import SETTINGS, Serves, Town, until
from tests.fakes.telegram_api import TOKEN

MODE = 'mode = "webhook"\n'


@pytest.fixture
def town(tmp_path: Path) -> Any:
    with ExitStack() as stack:
        town = stack.enter_context(Town(tmp_path, MODE))
        stack.enter_context(Serves(town))
        until(lambda: town.api.inbox.webhook)
        yield town


def hand_over(town: Town, **more: Any) -> requests.Response:
    """The oldest update, as Telegram would."""
    hook, update = town.api.inbox.webhook, town.api.inbox.waiting[0]
    proof = {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]}
    url = hook["url"].replace("https://notify.example", town.url)
    return requests.post(url, **{"json": update, "headers": proof, **more}, timeout=60)


def test_a_press_is_acted_upon_when_it_was_answered(town: Town) -> None:
    """200 says that it is stored; handed over again it changes nothing."""
    town.alarm("v1")
    town.asks()
    press = town.anna.presses("Nicht unseres", town.team)

    assert [hand_over(town).status_code for _ in range(3)] == [200, 200, 200]
    assert town.states() == [DraftState.DISCARDED]
    town.answered(press)
    assert press.answers == 1


@pytest.mark.parametrize("headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}])
def test_who_cannot_prove_that_he_is_telegram_is_refused(town: Town, headers: dict[str, str]) -> None:
    """Whoever found the address still does nothing."""
    town.anna.writes("/drafts")

    assert hand_over(town, headers=headers).status_code == 403
    assert town.seen() == set()


def test_what_is_no_update_is_refused(town: Town) -> None:
    """Neither does it harm."""
    town.anna.writes("/drafts")

    assert hand_over(town, json=None, data=b"{").status_code == 400
    assert hand_over(town, json=None, data=b"x" * (2 << 20)).status_code == 413
    assert hand_over(town).status_code == 200
    town.hears("Kein Entwurf wartet", chat=town.anna.chat)


def test_the_address_is_secret_and_holds_no_token(town: Town) -> None:
    """It follows from the token, and does not tell it."""
    hook = town.api.inbox.webhook

    assert TOKEN.partition(":")[2] not in hook["url"] + hook["secret_token"]
    assert requests.post(f"{town.url}/telegram/x", json={}, timeout=30).status_code == 404


def test_without_a_public_address_the_mode_is_refused() -> None:
    """The configuration says what is missing."""
    text = SETTINGS.format(token=TOKEN, api="http://127.0.0.1:9").replace("https://notify.example", "") + MODE
    with pytest.raises(config.ConfigError, match=r"\[serve\] url must say where Telegram reaches us"):
        config.parse(text, registry.kind)
