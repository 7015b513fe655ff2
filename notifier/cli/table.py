"""What a terminal shows: pages in colour, and the live table with a row a channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.live import Live
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from notifier.cli.report import MARKS, Entry, gist, worst
from notifier.cli.shell import plain
from notifier.model import Delivery


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
    """The table of these rows: a mark, the channel, and how things stand there."""
    table = _grid(2)
    for channel in dict.fromkeys(row.channel for row in rows):
        own = [row for row in rows if row.channel == channel]
        mark, look = MARKS[worst(own)]
        table.add_row(Text(f"{mark} {channel}  ", look), Text(plain(gist(own, now))))
    return table


def lay(entries: Iterable[Entry], console: Console | None = None) -> None:
    """Print entries, each text wrapped beside its head, or beneath one that takes more than half of the width."""
    console = console or Console()
    for entry in (Entry(plain(e.head), plain(e.text), e.look) for e in entries):
        if entry.text and 2 * len(entry.head) > console.width:
            if entry.head.strip():
                console.print(Text(entry.head.rstrip(), entry.look))
            console.print(Padding(Text(entry.text), (0, 0, 0, 2)))
            continue
        table = _grid(2 if entry.text else 1)
        table.add_row(*(Text(cell, look) for cell, look in ((entry.head, entry.look), (entry.text, "")) if cell))
        console.print(table if entry.head or entry.text else "")


def _grid(columns: int) -> Grid:
    table = Grid(box=None, pad_edge=False, show_header=False, padding=0)
    table.add_column(no_wrap=columns > 1)
    if columns > 1:
        table.add_column(overflow="fold")
    return table
