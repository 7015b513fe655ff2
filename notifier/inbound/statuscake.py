"""StatusCake, web hook of an uptime test: a form, or placeholders in the query of a GET.

https://www.statuscake.com/kb/knowledge-base/how-to-use-the-web-hook-url/
"""

from __future__ import annotations

from notifier.inbound import _hosted, _read
from notifier.source import Kind, Options, Request, Signal

NAME = "statuscake"
KINDS = {"down": Kind.PROBLEM, "up": Kind.RECOVERY}


def parse(request: Request, options: Options) -> list[Signal]:
    """One signal. There is no id: name and address together are the key. There are no times."""
    body = _read.record(request)
    name, url = body.text("Name"), body.text("URL")
    kind = _hosted.kind(KINDS, body.word("Status"))
    if not (name or url) or kind is None:
        return []
    code = body.text("StatusCode")
    answer = "timed out" if code == "0" else f"HTTP status {code}" if code else ""
    return [
        _read.signal(
            request,
            NAME,
            _read.key(name, url),
            kind,
            component=_hosted.component(options, [body], name, url),
            title=f"{name or url} {body.text('Status')}",
            text=_read.paragraphs(url, answer),
            links=_read.links(url),
        )
    ]
