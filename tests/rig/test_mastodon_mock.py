"""The Mastodon channel against mastodon-mock, an emulator that others wrote. Opt-in: set MASTODON_MOCK.

MASTODON_MOCK is the path of its program (``pip install mastodon-mock`` in an environment of its own).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from channels.mastodon import Config, Mastodon, connect
from notifier.channel import Message, Permanent, Secret, Temporary, Unsure
from notifier.testing import failure, refused

PROGRAM = os.environ.get("MASTODON_MOCK", "")
TOKEN = "mock_token"
pytestmark = [pytest.mark.rig, pytest.mark.skipif(not PROGRAM, reason="MASTODON_MOCK is not set")]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a fresh emulator."""
    url = refused()
    command = [PROGRAM, "serve", "--in-memory", "--host", "127.0.0.1", "--port", str(urlsplit(url).port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "running on" in line:
                break
        else:
            pytest.fail("the emulator did not start: " + "".join(said))
        yield url
        process.terminate()


@pytest.fixture
def mastodon(server: str) -> Iterator[Mastodon]:
    channel = connect(Config(server, Secret(TOKEN)))
    yield channel
    channel.close()


def asked(server: str, path: str) -> Any:
    """What the emulator knows."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return requests.get(f"{server}/api/v1/{path}", headers=headers, timeout=10).json()


def spoilt(server: str, effect: dict[str, Any]) -> None:
    """The next post meets this fault."""
    match = {"methods": ["POST"], "path": "/api/v1/statuses"}
    rule = {"match": match, "effect": effect, "count": 1}
    requests.post(f"{server}/api/v1/_mock/faults", json=rule, timeout=10).raise_for_status()


def test_a_story_is_understood_by_an_emulator_of_others(server: str, mastodon: Mastodon) -> None:
    """Post, pin, answer, edit, unpin and delete arrive as such, with language and visibility."""
    root = mastodon.pin(mastodon.post(Message("k1", "Voice is down.", lang="en")))
    assert asked(server, f"statuses/{root.id}")["pinned"]
    update = mastodon.reply(root, Message("k2", "Our provider has a falt.", lang="en", silent=True))
    mastodon.edit(update, Message("k3", "Our provider has a fault.", lang="en"))
    told = asked(server, f"statuses/{update.id}")
    assert (told["in_reply_to_id"], told["visibility"], told["language"]) == (root.id, "unlisted", "en")
    assert "Our provider has a fault." in told["content"]
    assert len(asked(server, f"statuses/{update.id}/history")) == 2
    mastodon.unpin(root)
    assert not asked(server, f"statuses/{root.id}")["pinned"]
    mastodon.delete(update)
    mastodon.delete(update)
    assert asked(server, f"statuses/{root.id}/context")["descendants"] == []


def test_a_repeat_gives_back_the_first_post(mastodon: Mastodon) -> None:
    """Same key and words: one post."""
    message = Message("k10", "Voice is down, once.")
    assert mastodon.post(message) == mastodon.post(message)


def test_an_answer_to_what_is_gone_is_posted(server: str, mastodon: Mastodon) -> None:
    """The words go out. (Mastodon would refuse the reference, and our fake does; the emulator lets it stand.)"""
    root = mastodon.delete(mastodon.post(Message("k20", "A false alarm.")))
    update = mastodon.reply(root, Message("k21", "It was none."))
    assert "It was none." in asked(server, f"statuses/{update.id}")["content"]


def test_an_edit_of_what_is_gone_is_permanent(mastodon: Mastodon) -> None:
    """So the outbox does not try it for hours."""
    root = mastodon.delete(mastodon.post(Message("k30", "Another false alarm.")))
    assert isinstance(failure(lambda: mastodon.edit(root, Message("k31", "It was none, either."))), Permanent)


def test_a_full_text_arrives_and_a_longer_one_is_refused(mastodon: Mastodon) -> None:
    """500 characters, and not one more."""
    assert mastodon.post(Message("k40", "a" * 500)).id
    assert isinstance(failure(lambda: mastodon.post(Message("k41", "a" * 501))), Permanent)


@pytest.mark.parametrize(
    ("effect", "wanted"),
    [
        ({"type": "ratelimit"}, Temporary),
        ({"type": "status", "status": 503}, Temporary),
        ({"type": "malformed"}, Unsure),
    ],
)
def test_faults_are_read_as_they_are_meant(
    server: str, mastodon: Mastodon, effect: dict[str, Any], wanted: type[Exception]
) -> None:
    """A limit and an overload mean later, a broken answer means unsure."""
    spoilt(server, effect)
    assert isinstance(failure(lambda: mastodon.post(Message("k50", f"Voice is down, {effect}."))), wanted)


def test_probe_names_the_account(mastodon: Mastodon) -> None:
    """Without a word on the limit, which is the usual one."""
    assert mastodon.probe().startswith("as @")
    assert "limit" not in mastodon.probe()
