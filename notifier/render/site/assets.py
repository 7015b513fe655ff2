"""The files of the site that are no pages: scripts, the logo, feeds, calendar, badges, data for programs."""

from __future__ import annotations

from datetime import datetime

from notifier.model import Incident
from notifier.render import markup, worker
from notifier.render.site import atom as atoms
from notifier.render.site import badge as badges
from notifier.render.site import calendar as calendars
from notifier.render.site import data, statuspage, strip
from notifier.render.site import jsonfeed as jsonfeeds
from notifier.render.site import rss as rsses
from notifier.render.site.edition import Edition, Place
from notifier.render.site.state import midnight


def script(edition: Edition, place: Place) -> str:
    """A script, as it is."""
    return markup.clean(edition.paper.asset(place.path))


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
    return data.status(edition.site, _open(edition), state.as_of, state.revision)


def banner(edition: Edition, place: Place) -> str:
    """The banner's script, for settings in attributes."""
    return worker.banner()


def strip_style(edition: Edition, place: Place) -> str:
    """The style of the banner without JavaScript, where it is part of another page."""
    return strip.style()


def strip_frame(edition: Edition, place: Place) -> str:
    """The banner without JavaScript, as a page."""
    return strip.frame(edition.site, _open(edition), _today(edition), _lang(edition, place))


def strip_include(edition: Edition, place: Place) -> str:
    """The banner without JavaScript, as a piece of another page."""
    return strip.include(edition.site, _open(edition), _today(edition), _lang(edition, place))


def _open(edition: Edition) -> list[Incident]:
    """What is open, worst first, then maintenance."""
    state = edition.state
    return list(edition.read((*state.current, *state.running, *state.upcoming)).values())


def _today(edition: Edition) -> datetime:
    return midnight(edition.state.day, edition.zone)


def _lang(edition: Edition, place: Place) -> str:
    return place.lang or edition.site.languages[0]
