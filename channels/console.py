"""Console: prints what would be told; for trying out."""

from __future__ import annotations

import sys

from notifier.channel import Limits, Message, Receipt, Temporary, value


@value
class Config:
    """Needs nothing."""


def connect(config: Config) -> Console:
    """The channel."""
    return Console()


class Console:
    """Whatever standard output is at the time of the call."""

    limits = Limits(title=200)

    def post(self, message: Message) -> Receipt:
        """Print it."""
        return _show(f"post {message.key}", message)

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """Print it, and what it answers."""
        return _show(f"reply {message.key} to {to.id}", message)

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Print the new words, and what they replace."""
        _show(f"edit of {receipt.id}", message)
        return receipt

    def close(self) -> None:
        """There is nothing to let go of."""


def _show(what: str, message: Message) -> Receipt:
    """Print one block in one piece: what happens, then title, text and link, indented. Raises Temporary."""
    words = [message.title, *message.text.split("\n")]
    if message.link not in message.text:
        words.append(message.link)
    block = "".join(f"{line}\n" for line in (f"[{what}]", *(f"  {_plain(word)}" for word in words if word.strip())))
    try:
        sys.stdout.write(block)
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise Temporary(f"standard output takes nothing: {error}") from None
    return Receipt(id=message.key)


def _plain(line: str) -> str:
    """Without what would move the cursor or change colours."""
    return "".join(c if c.isprintable() else " " for c in line)
