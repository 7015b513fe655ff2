"""Which files the site consists of: one line each. Add a line, and the file is published, stamped and kept up to date.

``path``: ``{lang}`` makes one a language of the site, and ``{id}``, ``{month}``, ``{component}``, ``{logo}`` one each.

``after`` says what the content may depend on beside the settings, the theme and the program, so that it is rendered
anew only when that changed:

    nothing     no incident at all
    state       anything that happened, and the date in the site's zone
    incident    the incident of this path
    month       the incidents of this month, and which months there are
    months      how many incidents each month has

or on incidents that ``chosen.py`` chooses, of which the renderer gets no others (``edition.chosen``):

    news        the 25 that were told last, with {component} of those that ever named it
    open        what is open, with {component} of that which names it; only how bad that is, in one word
    planned     maintenance
    service     what Statuspage's interface shows
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
    Row("banner.js",                      "nothing",   assets.banner),
    Row("banner/banner.css",              "nothing",   assets.strip_style),
    Row("{logo}",                         "nothing",   assets.logo),
    Row("incidents/{id}.html",            "incident",  pages.incident),
    Row("{lang}/incidents/{id}.html",     "incident",  pages.incident),
    Row("{lang}/history/{month}.html",    "month",     pages.month),
    Row("{lang}/history/index.html",      "months",    pages.months),
    Row("feed.atom",                      "news",      assets.atom),
    Row("feed.rss",                       "news",      assets.rss),
    Row("feed.json",                      "news",      assets.jsonfeed),
    Row("{lang}/feed.atom",               "news",      assets.atom),
    Row("{lang}/feed.rss",                "news",      assets.rss),
    Row("{lang}/feed.json",               "news",      assets.jsonfeed),
    Row("{lang}/feeds/{component}.atom",  "news",      assets.atom),
    Row("{lang}/feeds/{component}.rss",   "news",      assets.rss),
    Row("{lang}/feeds/{component}.json",  "news",      assets.jsonfeed),
    Row("maintenance.ics",                "planned",   assets.calendar),
    Row("{lang}/maintenance.ics",         "planned",   assets.calendar),
    Row("badges/status.svg",              "open",      assets.badge),
    Row("{lang}/badges/status.svg",       "open",      assets.badge),
    Row("{lang}/badges/{component}.svg",  "open",      assets.badge),
    Row("api/v2/components.json",         "service",   assets.service),
    Row("api/v2/incidents.json",          "service",   assets.service),
    Row("api/v2/incidents/unresolved.json", "service", assets.service),
    Row("api/v2/scheduled-maintenances.json", "service", assets.service),
    Row("api/v2/scheduled-maintenances/upcoming.json", "service", assets.service),
    Row("api/v2/scheduled-maintenances/active.json", "service", assets.service),
    Row("api/v2/status.json",             "service",   assets.service),
    Row("api/v2/summary.json",            "service",   assets.service),
    Row("banner/{lang}.html",             "state",     assets.strip_frame),
    Row("banner/{lang}.inc.html",         "state",     assets.strip_include),
    Row("{lang}/index.html",              "state",     front.page),
    Row("index.html",                     "state",     front.page),
    Row("status.json",                    "state",     assets.status),
)
# fmt: on
