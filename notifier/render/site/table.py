"""Which files the site consists of: one line each. Add a line, and the file is published, stamped and kept up to date.

``path``: ``{lang}`` makes one a language of the site, and ``{id}``, ``{month}``, ``{component}``, ``{logo}`` one each.

``after`` says what the content may depend on beside the settings, the theme and the program, so that it is rendered
anew only when that changed:

    nothing     no incident at all
    state       anything that happened, and the date in the site's zone
    incident    the incident of this path
    month       the incidents of this month, and which months there are
    months      how many incidents each month has
    component   the fifty incidents of this component that changed last
"""

from __future__ import annotations

from collections.abc import Callable

from notifier.render.site import assets, front, pages
from notifier.render.site.edition import Edition, Place
from notifier.values import value

Render = Callable[[Edition, Place], str | bytes]


@value
class Row:
    """A line of the table."""

    path: str
    after: str
    render: Render


# fmt: off
ROWS = (
    #   path                              after        rendered by
    Row("page.js",                        "nothing",   assets.script),
    Row("banner.js",                      "nothing",   assets.script),
    Row("{logo}",                         "nothing",   assets.logo),
    Row("incidents/{id}.html",            "incident",  pages.incident),
    Row("{lang}/incidents/{id}.html",     "incident",  pages.incident),
    Row("{lang}/history/{month}.html",    "month",     pages.month),
    Row("{lang}/history/index.html",      "months",    pages.months),
    Row("feed.atom",                      "state",     assets.atom),
    Row("{lang}/index.html",              "state",     front.page),
    Row("index.html",                     "state",     front.page),
    Row("status.json",                    "state",     assets.status),
)
# fmt: on

MOST_OF_COMPONENT = 50
