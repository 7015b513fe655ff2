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
        return _show("post", message)

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """Print it as an answer."""
        return _show("reply", message)

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Print the new words."""
        _show("edit", message)
        return receipt

    def close(self) -> None:
        """There is nothing to let go of."""


def _show(what: str, message: Message) -> Receipt:
    """Print one block in one piece: what happens and the title, then text and link, indented. Raises Temporary."""
    lines = message.text.strip().split("\n")
    if message.link not in message.text:
        lines += ["", message.link]
    head = " · ".join(part for part in (what, _plain(message.title)) if part)
    try:
        rows = [*_wrapped(f"── {head}"), *(row for line in lines for row in _wrapped(f"   {_plain(line)}"))]
        block = "\n".join(rows)
        sys.stdout.write(f"{block}\n\n")
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        raise Temporary(f"standard output takes nothing: {error}") from None
    return Receipt(id=message.key)


def _wrapped(line: str) -> list[str]:
    """As many rows as a terminal needs, cut between words and beneath each other; one where nobody looks at it.
    A word too long for that stands at the margin, so that an address stays whole."""
    if not sys.stdout.isatty():
        return [line.rstrip()]
    from shutil import get_terminal_size
    from textwrap import wrap

    width = max(get_terminal_size().columns, 20)
    return wrap(line, width, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False) or [""]


def _plain(line: str) -> str:
    """Without what would move the cursor or change colours."""
    return "".join(c if c.isprintable() else " " for c in line)
