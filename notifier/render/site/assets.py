"""The files of the site that are no pages: scripts, the logo, data for programs."""

from __future__ import annotations

from notifier.render.site import data, feed
from notifier.render.site.edition import Edition, Place


def script(edition: Edition, place: Place) -> str:
    """A script, as it is."""
    return edition.paper.asset(place.path)


def logo(edition: Edition, place: Place) -> bytes:
    """The owner's picture."""
    return edition.paper.logo


def atom(edition: Edition, place: Place) -> str:
    """The feed."""
    return feed.atom(edition.site, edition.front(), edition.state.as_of)


def status(edition: Edition, place: Place) -> bytes:
    """status.json."""
    state = edition.state
    current = list(edition.read(state.current).values())
    return data.status(edition.site, current, state.as_of, state.revision)
