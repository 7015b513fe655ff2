"""The Telegram channel against telemelya, an emulator of the Bot API that others wrote. Opt-in: set TELEMELYA_URL.

telemelya needs Redis and an S3 server, which is why nothing starts it from here; its own readme says how. It knows
neither pins nor getChat, so these stay with our fake. TELEMELYA_KEY is one of its AUTH_KEYS.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
import requests

from channels.telegram import Config, connect
from notifier.channel import Message, Secret

URL = os.environ.get("TELEMELYA_URL", "")
KEY = {"Authorization": f"Bearer {os.environ.get('TELEMELYA_KEY', 'testkey')}"}
pytestmark = [pytest.mark.rig, pytest.mark.skipif(not URL, reason="TELEMELYA_URL is not set")]


def seen() -> list[dict[str, Any]]:
    """What the emulator was sent, oldest first."""
    answer = requests.get(f"{URL}/api/v1/test/responses", {"session_id": "default"}, headers=KEY, timeout=10)
    return list(answer.json()["responses"])


def test_a_story_is_understood_by_an_emulator_of_others() -> None:
    """Post, answer, edit and delete arrive as such, with the references they were meant to have."""
    before = len(seen())
    channel = connect(Config(Secret("123456789:" + "A" * 35), "77", api_url=URL))
    root = channel.post(Message("k1", "<b>Voice is down</b>"))
    answer = channel.reply(root, Message("k2", "Our provider has a fault."))
    channel.edit(root, Message("k3", "<b>Voice works again</b>"))
    channel.delete(answer)
    channel.close()
    told = seen()[before:]

    assert [one["method"] for one in told] == ["sendMessage", "sendMessage", "editMessageText", "deleteMessage"]
    assert told[1]["raw"]["reply_parameters"]["message_id"] == int(root.id)
    assert (told[2]["message_id"], told[2]["text"]) == (int(root.id), "<b>Voice works again</b>")
    assert told[3]["message_id"] == int(answer.id)
