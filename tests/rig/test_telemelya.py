"""The Telegram channel and the bot against telemelya, an emulator of the Bot API that others wrote.

It knows neither pins nor getChat nor getUpdates, so these stay with our fake. What stands between it and the bot, and
why, is told in tests/rig/telemelya.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from channels.telegram import Config, connect
from notifier.channel import Message, Secret
from tests.rig import hosts
from tests.rig.telemelya import TOKEN, Between, Telemelya, telemelya
from tests.web.running import alert, until

pytestmark = pytest.mark.rig
ANNA = 77
PUBLIC = "https://notify.example"
SETTINGS = """
[site]
name = "Stimmfunk"
languages = ["en"]
timezone = "Europe/Berlin"
[store]
url = "n.db"
[components.voice]
name = "Voice server"
[channels.page]
kind = "folder"
path = "page"
[channels.team]
kind = "telegram"
token = "{token}"
chat = "77"
api_url = "{api}"
[admins]
channels = ["team"]
lang = "en"
[hooks.open]
source = "alertmanager"
auth = "none"
[serve]
url = "{public}"
[bot]
channel = "team"
users = {{ "77" = "anna" }}
mode = "webhook"
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Telemelya]:
    with telemelya() as found:
        yield found


def test_a_story_is_understood_by_an_emulator_of_others(emulator: Telemelya) -> None:
    """Post, answer, edit and delete arrive as such, with the references they were meant to have."""
    before = len(emulator.seen())
    channel = connect(Config(Secret(TOKEN), "88", api_url=emulator.url))
    root = channel.post(Message("k1", "<b>Voice is down</b>"))
    answer = channel.reply(root, Message("k2", "Our provider has a fault."))
    channel.edit(root, Message("k3", "<b>Voice works again</b>"))
    channel.delete(answer)
    channel.close()
    told = emulator.seen()[before:]

    assert [one["method"] for one in told] == ["sendMessage", "sendMessage", "editMessageText", "deleteMessage"]
    assert told[1]["raw"]["reply_parameters"]["message_id"] == int(root.id)
    assert (told[2]["message_id"], told[2]["text"]) == (int(root.id), "<b>Voice works again</b>")
    assert told[3]["message_id"] == int(answer.id)


def labels(told: dict[str, Any]) -> dict[str, str]:
    """The buttons of a message: label -> code."""
    rows = (told.get("reply_markup") or {}).get("inline_keyboard", [])
    return {button["text"]: button["callback_data"] for row in rows for button in row}


def public(folder: Path) -> bool:
    """Whether the page tells users of the outage."""
    page = folder / "page" / "index.html"
    return page.exists() and "Voice server: outage" in page.read_text(encoding="utf-8")


def test_an_incident_is_published_from_telegram_through_a_webhook(emulator: Telemelya, tmp_path: Path) -> None:
    """Monitoring reports, the admin's telephone shows a draft, a press on Publish makes it public, and the draft then
    says so and has no Publish any more. A press that does not prove to be Telegram's does nothing."""
    before, port = len(emulator.seen()), hosts.free()
    ours, at = f"http://127.0.0.1:{port}", tmp_path / "notifier.toml"
    with Between(emulator, ours) as between:
        at.write_text(SETTINGS.format(token=TOKEN, api=between.url, public=PUBLIC), encoding="utf-8")
        at.chmod(0o600)
        command = [sys.executable, "-m", "notifier", "--config", str(at), "serve", "--port", str(port)]

        def told(method: str) -> list[dict[str, Any]]:
            return [one for one in emulator.seen()[before:] if one["method"] == method]

        with hosts.running(command, port, tmp_path):
            until(lambda: between.hook, "the notifier says where it is to be told")
            assert between.hook["url"].startswith(f"{PUBLIC}/telegram/")
            requests.post(f"{ours}/hooks/open", json=alert("v1"), timeout=30).raise_for_status()
            [draft] = until(lambda: told("sendMessage"), "a draft is shown")
            assert (draft["chat_id"], "Publish" in labels(draft)) == (ANNA, True), draft
            code = labels(draft)["Publish"]

            between.proved = False
            assert emulator.presses(ANNA, draft["message_id"], code)["status_code"] == 403
            assert not public(tmp_path)
            between.proved = True
            assert emulator.presses(ANNA, draft["message_id"], code)["status_code"] == 200

            [answer] = until(lambda: told("answerCallbackQuery"), "the press is answered")
            edit = until(lambda: told("editMessageText"), "the draft is edited")[-1]
            until(lambda: public(tmp_path), "the page tells of it")
    assert (edit["message_id"], edit["chat_id"]) == (draft["message_id"], ANNA)
    assert "published by anna" in edit["text"]
    # Telegram takes the buttons away where an edit brings none; the emulator's own copy keeps them, so look at the edit
    assert labels(edit["raw"]) == {}
    assert answer["show_alert"] is False
