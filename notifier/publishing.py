"""From the store to the files of the public site: reads what changed since the last time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from notifier import incident as life
from notifier.channel import Temporary
from notifier.history import Brief
from notifier.model import Incident, Site
from notifier.store import Store, StoreError
from notifier.values import replace

if TYPE_CHECKING:
    from notifier.render.site.press import Press
    from notifier.render.site.theme import Theme


class Publisher:
    """Gives out the site as it stands. May be asked by several threads; ``open`` opens the store for the asking one."""

    def __init__(self, site: Site, theme: Theme | None, open: Callable[[], Store]) -> None:
        self._site, self._theme, self._open = site, theme, open
        self._lock = Lock()
        self._press: Press | None = None

    def files(self) -> Mapping[str, bytes]:
        """The site as it now stands, path -> content, rendered when it is asked for; it has ``stamps``. Raises
        Temporary, also when a content is asked for."""
        with self._lock:
            try:
                store = self._open()
                try:
                    return self._edition(store)
                finally:
                    store.close()
            except StoreError as error:
                raise Temporary(str(error)) from error

    def _edition(self, store: Store) -> Mapping[str, bytes]:
        from notifier.render.site.press import Press

        if self._press is None:
            self._press = Press(self._site, self._usable())
        news = store.briefs(self._press.revision)
        return self._press.edition(news, store.now(), partial(_read, store), self._later)

    def _usable(self) -> Theme | None:
        """The theme; without its templates if they are broken: an outage must not go untold for a slip in a template.
        `notifier check` names the fault."""
        if self._theme is None or not self._theme.templates:
            return self._theme
        from notifier.render.site import trial

        return replace(self._theme, templates="") if trial.fault(self._site, self._theme) else self._theme

    def _later(self, wanted: Sequence[Brief], before: Mapping[str, Incident]) -> Sequence[Incident]:
        """Incidents that are asked for while a board writes."""
        try:
            store = self._open()
            try:
                return _read(store, wanted, before)
            finally:
                store.close()
        except StoreError as error:
            raise Temporary(str(error)) from error


def _read(store: Store, wanted: Sequence[Brief], before: Mapping[str, Incident]) -> list[Incident]:
    """The incidents as those briefs saw them, whatever happened since."""
    return [_folded(store, brief, before.get(brief.id)) for brief in wanted]


def _folded(store: Store, brief: Brief, before: Incident | None) -> Incident:
    """From what it was before, if that is known, so that what did not change is the very same object."""
    known = before.version if before else 0
    events = [e for e in store.events(brief.id, known) if e.seq <= brief.version]
    return life.fold(brief.id, events, before)
