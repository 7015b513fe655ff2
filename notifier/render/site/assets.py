"""The files of the site that are no pages: scripts, the logo, feeds, calendar, badges, data for programs."""

from __future__ import annotations

from notifier.render.site import atom as atoms
from notifier.render.site import badge as badges
from notifier.render.site import calendar as calendars
from notifier.render.site import data, statuspage
from notifier.render.site import jsonfeed as jsonfeeds
from notifier.render.site import rss as rsses
from notifier.render.site.edition import Edition, Place


def script(edition: Edition, place: Place) -> str:
    """A script, as it is."""
    return edition.paper.asset(place.path)


def logo(edition: Edition, place: Place) -> bytes:
    """The owner's picture."""
    return edition.paper.logo


def atom(edition: Edition, place: Place) -> bytes:
    """The Atom feed, of all or of a component."""
    news = edition.chosen("news", place.component)
    return atoms.atom(edition.site, news, _lang(edition, place), place.path, place.component)


def rss(edition: Edition, place: Place) -> bytes:
    """The RSS feed, of all or of a component."""
    news = edition.chosen("news", place.component)
    return rsses.rss(edition.site, news, _lang(edition, place), place.path, place.component)


def jsonfeed(edition: Edition, place: Place) -> bytes:
    """The JSON feed, of all or of a component."""
    news = edition.chosen("news", place.component)
    return jsonfeeds.jsonfeed(edition.site, news, _lang(edition, place), place.path, place.component)


def calendar(edition: Edition, place: Place) -> bytes:
    """The calendar of maintenance."""
    return calendars.calendar(edition.site, edition.chosen("planned"), _lang(edition, place))


def badge(edition: Edition, place: Place) -> bytes:
    """The badge of all or of a component."""
    seen = edition.chosen("open", place.component)
    return badges.badge(edition.site, seen, _lang(edition, place), place.component)


def service(edition: Edition, place: Place) -> bytes:
    """A file of Statuspage's interface."""
    make = statuspage.FILES[place.path.removeprefix("api/v2/")]
    return make(edition.site, edition.chosen("service"), _lang(edition, place))


def status(edition: Edition, place: Place) -> bytes:
    """status.json."""
    state = edition.state
    current = list(edition.read(state.current).values())
    return data.status(edition.site, current, state.as_of, state.revision)


def _lang(edition: Edition, place: Place) -> str:
    return place.lang or edition.site.languages[0]
