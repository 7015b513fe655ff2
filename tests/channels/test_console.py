"""Console: the shipped suite against a captured standard output."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest

from channels.console import Config, Console, connect
from notifier.channel import Message, Receipt
from notifier.testing import ChannelContract


class Screen(io.StringIO):
    """What a reader of the terminal has seen; counts the times it was brought up to date."""

    shown = ""

    def flush(self) -> None:
        if not self.closed:
            self.shown = self.getvalue()

    def fault(self, name: str) -> None:
        """It has none."""

    def blocks(self) -> set[str]:
        return {block for block in self.shown.split("── ") if block}


class TestContract(ChannelContract):
    faults = ()

    @pytest.fixture
    def remote(self) -> Screen:
        return Screen()

    def connect(self, remote: Any) -> Console:
        self.patch.setattr(sys, "stdout", remote)
        return connect(Config())

    def dead(self) -> Console:
        closed = Screen()
        closed.close()
        self.patch.setattr(sys, "stdout", closed)
        return connect(Config())

    @pytest.fixture(autouse=True)
    def restored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Standard output is itself again after each test."""
        self.patch = monkeypatch

    def changes(self, remote: Screen) -> int:
        return len(remote.blocks())


MESSAGE = Message(key="in1-u1", text="We look into it.\n\nMore soon.", title="Voice is down", link="https://e.org/1")


def test_post_reads_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    """What happens and the title in one line; beneath it text and link, with the paragraphs as they were written."""
    assert connect(Config()).post(MESSAGE) == Receipt(id="in1-u1")

    assert capsys.readouterr().out == (
        "── post · Voice is down\n   We look into it.\n\n   More soon.\n\n   https://e.org/1\n\n"
    )


def test_reply_and_edit_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """The reader sees what is new and what replaces earlier words; ids are for the program and not shown."""
    channel, word = connect(Config()), Message(key="in1-u2", text="It works again.")

    assert channel.reply(Receipt(id="in1-u1"), word) == Receipt(id="in1-u2")
    assert channel.edit(Receipt(id="in1-u1"), word) == Receipt(id="in1-u1")

    assert capsys.readouterr().out == "── reply\n   It works again.\n\n── edit\n   It works again.\n\n"


def test_link_is_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """A link that stands in the text is not repeated below it."""
    connect(Config()).post(Message(key="k", text="See https://e.org/1", link="https://e.org/1"))

    assert capsys.readouterr().out.count("https://e.org/1") == 1


def test_terminal_is_not_steered_by_a_message(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences in a text from outside are not obeyed."""
    connect(Config()).post(Message(key="k", text="red \x1b[31malert\r\x07"))

    assert not set(capsys.readouterr().out) & set("\x1b\r\x07")


def test_full_disk_behind_the_output_is_told() -> None:
    """When standard output takes nothing, the message is surely not out, and the error says why."""
    script = """if True:
        from channels.console import Config, connect
        from notifier.channel import Message, Temporary
        try:
            connect(Config()).post(Message(key="k", text="Voice is down"))
        except Temporary as error:
            raise SystemExit(error.why)
    """
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, text=True)

    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr
