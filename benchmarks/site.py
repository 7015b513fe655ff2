"""The status page: what one update costs, with few and with many incidents before it, and what all of it costs."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.measure import PYTHON, Cost, command, interleaved, new_disk, ratio, typical
from channels.folder import Config, connect
from notifier.channel import Board
from notifier.cli import calm
from notifier.events import Open, Tell
from notifier.incident import decide, evolve
from notifier.model import Component, Impact, Incident, Phase, Site, Stamp
from notifier.publishing import Publisher
from notifier.store.sqlite import Sqlite
from notifier.values import replace

START = datetime(2025, 11, 22, 21, tzinfo=UTC)
COUNTS = 10, 100, 1_000  # as many a month in each; from the second on the pages tell as much
MANY, ROUNDS = COUNTS[-1], 11
BARE = "python -c pass"  # the speed of the machine in the same minute
PACE = timedelta(days=1_095) / 1_000
SITE = Site(
    name="Bench",
    status_url="https://status.example.org",
    languages=("de", "en"),
    timezone="Europe/Berlin",
    components=(Component("voice", {"en": "Voice"}), Component("forum", {"en": "Forum"})),
)


class Town:
    """A store with that many resolved incidents, and an open one, published to a folder."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.now = folder, START
        folder.mkdir()
        self.store = Sqlite(folder / "n.db", lambda: self.now)
        self.site = named(count)
        self.publisher = Publisher(self.site, None, lambda: Sqlite(folder / "n.db", lambda: self.now))
        self.board: Board = connect(Config(path=str(folder / "page")))
        self.incident: Incident | None = None
        with self.store.transaction():
            for n in range(count):
                self._story(n, START - PACE * (count - n) - timedelta(hours=2))
        self.tell()
        self.board.publish(self.publisher.files())

    def _story(self, n: int, began: datetime) -> None:
        incident: Incident | None = None
        text = {"de": f"Wir **suchen** ({n}).", "en": f"We are **looking** ({n})."}
        part = ("voice",) if n % 2 else ("forum",)
        for minute, order in ((0, Open(text, text, part, Impact.MAJOR)), (40, Tell(text, Phase.RESOLVED))):
            event = decide(order, incident, Stamp(began + timedelta(minutes=minute)))
            incident = evolve(incident, event, f"i{n:05}")
            self.store.add(incident, event)

    def tell(self) -> None:
        """One more word on the open incident."""
        self.now += timedelta(minutes=1)
        text = {"de": f"{self.site.name}: {self.now:%H:%M}", "en": f"{self.site.name}: {self.now:%I:%M %p}"}
        command = Tell(text) if self.incident else Open(text, text, ("voice",), Impact.CRITICAL)
        event = decide(command, self.incident, Stamp(self.now))
        self.incident = evolve(self.incident, event, "now")
        with self.store.transaction():
            self.store.add(self.incident, event)

    def update(self) -> Cost:
        """What it costs to tell one more word: decided, committed, rendered and published."""

        def work() -> None:
            self.tell()
            self.board.publish(self.publisher.files())

        return timed(work)

    def close(self) -> None:
        """No more is told."""
        self.store.close()
        self.publisher.close()

    def again(self) -> Cost:
        """What it costs to render every file, nothing of which is kept but words and times; nothing is written."""
        return timed(lambda: everything(self.folder, self.site, self.now))

    def anew(self) -> tuple[str, ...]:
        """The words of a command that renders every file; nothing is written."""
        return "-m", "benchmarks.site", str(self.folder), self.site.name, self.now.isoformat()


def named(name: object) -> Site:
    """A site with a name of its own, so that nothing that others keep of their words and times serves it."""
    return replace(SITE, name=f"Bench {name}")


def everything(folder: Path, site: Site, now: datetime) -> None:
    """Render every file; none is kept."""
    fresh = Publisher(site, None, lambda: Sqlite(folder / "n.db", lambda: now))
    for _ in fresh.files().values():
        pass
    fresh.close()


def timed(work: Callable[[], object]) -> Cost:
    """Seconds of wall and processor of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def report() -> Iterator[str]:
    """Lines of the report."""
    calm()
    yield f"| one update into a folder | wall ms | CPU ms | CPU, x `{BARE}` | CPU, x with 10 | CPU, x with 100 |"
    yield "|---|---:|---:|---:|---:|---:|"
    with new_disk() as disk, ExitStack() as kept:  # removing thousands of files makes a disk busy: at the end
        for name, parent in (
            ("on this disk", tempfile.gettempdir()),
            ("on a new ext4", disk),
            ("in memory", "/dev/shm"),
        ):
            if parent and os.path.isdir(parent):
                place = kept.enter_context(tempfile.TemporaryDirectory(dir=parent))
                yield from _updates(Path(place), name)
    with tempfile.TemporaryDirectory() as place, closing(Town(Path(place) / "many", MANY)) as many:
        with closing(Town(Path(place) / "one", 1)) as one:
            yield from _whole(many, one)
        yield from _sizes(many)


def _updates(place: Path, where: str) -> Iterator[str]:
    towns = {count: Town(place / str(count), count) for count in COUNTS}
    between = Town(place / "between", 1)

    def bare() -> Cost:
        cost = command(PYTHON, "-c", "pass")
        between.update()  # or the first town alone would find the processor's caches filled by another program
        return cost

    found = interleaved({BARE: bare, **{str(count): town.update for count, town in towns.items()}}, ROUNDS)
    for count in COUNTS:
        costs = found[str(count)]
        middle, times = typical(costs), (ratio(costs, found[str(base)]).cpu for base in (BARE, *COUNTS[:2]))
        cells = " | ".join(f"{n:.2f}" for n in times)
        yield f"| {where}, after {count} incidents | {middle.wall * 1000:.0f} | {middle.cpu * 1000:.1f} | {cells} |"
    for town in (between, *towns.values()):
        town.close()


def _whole(many: Town, one: Town) -> Iterator[str]:
    runs = {
        BARE: lambda: command(PYTHON, "-c", "pass"),
        "by a new process": lambda: command(PYTHON, *many.anew()),
        "of that its start: the same after one incident": lambda: command(PYTHON, *one.anew()),
        "by a process that did it before": many.again,
    }
    found = interleaved(runs, 5)
    yield ""
    yield f"| all {len(many.publisher.files())} files, after {MANY} incidents | CPU s | CPU, x `{BARE}` |"
    yield "|---|---:|---:|"
    for name in (name for name in runs if name != BARE):
        yield f"| {name} | {typical(found[name]).cpu:.2f} | {ratio(found[name], found[BARE]).cpu:.0f} |"
    yield ""


def _sizes(many: Town) -> Iterator[str]:
    before = many.publisher.files()
    many.tell()
    after = many.publisher.files()
    changed = [path for path in after if _stamps(after)[path] != _stamps(before).get(path)]
    sent = sum(len(after[path]) for path in changed)
    view = sum(len(gzip.compress(after[path], 9)) for path in ("index.html", "page.js"))
    yield f"One update changes {len(changed)} files with {sent / 1000:.0f} kB."
    yield f"The first view is {view / 1000:.1f} kB, gzipped."


def _stamps(files: Mapping[str, bytes]) -> Mapping[str, str]:
    stamps: Mapping[str, str] = getattr(files, "stamps", {})
    return stamps


if __name__ == "__main__":
    calm()
    everything(Path(sys.argv[1]), replace(SITE, name=sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
