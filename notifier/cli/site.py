"""The command for the forum's own files: the offline worker, what takes it away, and the banner."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

import typer

from notifier.cli import begin
from notifier.cli.shell import complain
from notifier.incident import Refused
from notifier.model import Site
from notifier.tables import near


class What(StrEnum):
    """A file to put onto the forum."""

    WORKER = "worker"
    UNINSTALL = "uninstall-worker"
    BANNER = "banner"


_What = Annotated[str, typer.Argument(metavar="WHAT", help="worker, uninstall-worker or banner.")]
_Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it there.")]


def site_(ctx: typer.Context, what: _What, output: _Output = None) -> int:
    """Print a file for the forum's own web server: its offline worker, what removes that again, or the banner."""
    from notifier.render import worker

    if what not in set(What):
        raise Refused(f'There is no "{what}" to make{near(what, list(What))}')
    site = begin.settings(ctx).site
    if what != What.UNINSTALL and not worker.hosts(site):
        raise Refused("There is no status host yet: put [site] status_url, or [worker] hosts, into the configuration.")
    made = _made(What(what), site)
    if output is None:
        typer.echo(made, nl=False)
        return 0
    output.write_text(made, encoding="utf-8")
    complain(f"Wrote {output}. {_next(What(what), site)}")
    return 0


def _made(what: What, site: Site) -> str:
    from notifier.render import worker

    if what is What.WORKER:
        return worker.script(worker.settings(site))
    return worker.banner(worker.for_banner(site)) if what is What.BANNER else worker.uninstaller()


def _next(what: What, site: Site) -> str:
    """What to do with the file."""
    if what is What.BANNER:
        return 'Put it onto the forum, and into its pages: <script async src="/banner.js"></script>'
    place = urljoin(site.url, site.worker.path)
    if what is What.WORKER:
        return f"The forum must serve it at {place}. Then: notifier check --live"
    return f"Put it in the place of the worker at {place}, and leave it there for some weeks."
