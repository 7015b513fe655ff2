"""The options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from notifier.model import Impact, Phase

Messages = Annotated[
    list[str] | None,
    typer.Option(
        "-m", "--message", metavar="TEXT", help='The text; de="..." and en="..." for several languages; - reads it.'
    ),
]
Titles = Annotated[
    list[str] | None, typer.Option("-t", "--title", metavar="TEXT", help='The title; de="..." for several languages.')
]
Components = Annotated[
    list[str] | None,
    typer.Option("-c", "--component", metavar="ID", help="What is affected; may be given again."),
]
ImpactOption = Annotated[Impact | None, typer.Option("-i", "--impact", help="How much users feel it.")]
Status = Annotated[Phase | None, typer.Option("-s", "--status", help="How far you are.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help='It was earlier: "15:00", "20m" ago, "2026-05-01 15:00".')
]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="CHANNEL", help="Only this channel.")]
Without = Annotated[list[str] | None, typer.Option("--except", metavar="CHANNEL", help="Not this channel.")]
Json = Annotated[bool, typer.Option("--json", help="The outcome as JSON.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Only store it; `run` or `tick` delivers it.")]
Wait = Annotated[float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for the channels.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Ask nothing; a ready phrase stands in for a missing text.")]
Again = Annotated[bool, typer.Option("--again", help="Tell it although the same was told a moment ago.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what each channel would get; store nothing.")]
Which = Annotated[
    str | None, typer.Argument(metavar="[INCIDENT]", help="Its id, or a component; not needed while one is open.")
]
Text = Annotated[str | None, typer.Argument(metavar="[TEXT]", help="The text, if not given by -m.")]

WAIT = 30.0
