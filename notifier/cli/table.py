"""The live table: a row a channel, for people who watch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.live import Live
from rich.table import Table as Grid
from rich.text import Text

from notifier.cli.report import MARKS, remark
from notifier.model import Delivery, State

_LOOKS = {
    State.DUE: ("…", "yellow"),
    State.SENDING: ("→", "cyan"),
    State.SENT: ("✓", "green"),
    State.FAILED: ("✗", "bold red"),
    State.UNSURE: ("?", "bold magenta"),
    State.SUPERSEDED: ("–", "dim"),
}


class Table:
    """Shows deliveries as a table that is drawn again whenever one moves on."""

    def __init__(self, console: Console | None = None) -> None:
        self._live = Live(console=console or Console(), refresh_per_second=8, transient=False)
        self._live.start()

    def show(self, rows: Sequence[Delivery], now: datetime) -> None:
        """These rows stand so now."""
        self._live.update(grid(rows, now))

    def close(self) -> None:
        """Leave the last picture standing."""
        self._live.stop()


def grid(rows: Sequence[Delivery], now: datetime) -> Grid:
    """The table of these rows."""
    table = Grid(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        mark, look = _LOOKS[row.state]
        where = row.channel + (f" ({row.to})" if row.to else "")
        word = "will retry" if row.state is State.DUE and row.attempts else MARKS[row.state]
        table.add_row(Text(where), Text(str(row.step), "dim"), Text(f"{mark} {word}", look), Text(remark(row, now)))
    return table
