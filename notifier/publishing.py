"""From the store to the files of the public site: reads what changed since the last time, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence
from functools import partial
from threading import Event, Lock
from typing import TYPE_CHECKING

from notifier import incident as life
from notifier.channel import Temporary
from notifier.history import Brief
from notifier.model import Incident, Site
from notifier.store import Store, StoreError, StoreGone
from notifier.values import replace

if TYPE_CHECKING:
    from notifier.render.site.press import Files, Press
    from notifier.render.site.theme import Theme

AT_ONCE = 0.0  # seconds


class Own(Mapping[str, bytes]):
    """An edition that is made with the owner's templates. Once one of them has failed it is ``withdrawn``: it gives
    nothing more, and the next edition is made with ours and has other stamps."""

    def __init__(self, made: Files, aside: Event, leave: Callable[[Exception], None]) -> None:
        self.stamps, self.before, self.news, self.at = made.stamps, made.before, made.news, made.at
        self._made, self._aside, self._leave = made, aside, leave

    @property
    def withdrawn(self) -> bool:
        """Whether what was made of it is to be made anew."""
        return self._aside.is_set()

    def __getitem__(self, path: str) -> bytes:
        if path not in self._made:
            raise KeyError(path)
        if not self.withdrawn:
            try:
                return self._made[path]
            except Temporary:  # the store's
                raise
            except Exception as error:
                self._leave(error)
        raise Temporary("a template of the site's own failed; pages are made anew, with ours", AT_ONCE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def keys(self) -> KeysView[str]:
        """The paths."""
        return self._made.keys()

    def __contains__(self, path: object) -> bool:
        return path in self._made


class Publisher:
    """Gives out the site as it stands. May be asked by several threads, and closed by any of them. ``open`` opens the
    store for whichever thread it is whose turn it is.

    Templates of the owner's with which something cannot be made are left aside, for as long as the process lives: an
    outage must not go untold for a slip in a template. `notifier check` names the fault.
    """

    def __init__(self, site: Site, theme: Theme | None, open: Callable[[], Store]) -> None:
        self._site, self._theme, self._open = site, theme, open
        self._lock = Lock()
        self._store: Store | None = None
        self._press: Press | None = None
        self._aside = Event()

    def files(self) -> Mapping[str, bytes]:
        """The site as it now stands, path -> content, rendered when it is asked for; it has ``stamps``. Raises
        Temporary, also when a content is asked for; one that is ``withdrawn`` then is to be asked for anew."""
        with self._lock:
            try:
                self._store = self._store or self._open()
                return self._edition(self._store)
            except StoreError as error:
                self._let_go()
                self._press = None if isinstance(error, StoreGone) else self._press  # what it knows is of another store
                raise Temporary(str(error)) from error

    def close(self) -> None:
        """Let go of the store, till the site is asked for again."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _edition(self, store: Store) -> Mapping[str, bytes]:
        if self._press is None:
            self._press = self._first()
        now = store.now()  # before it is read: who read what is newer has a later one
        news = store.briefs(self._press.revision)
        made = self._press.edition(news, now, partial(_read, store), self._later)
        return Own(made, self._aside, self._leave) if self._theme and self._theme.templates else made

    def _first(self) -> Press:
        import os

        from notifier.render.site import trial
        from notifier.render.site.press import Press

        if self._theme and self._theme.logo and not os.access(self._theme.logo, os.R_OK):
            _warn("Pages go without the logo. %s cannot be read.", self._theme.logo)
            self._theme = replace(self._theme, logo="")
        if self._theme and self._theme.templates and (why := trial.fault(self._site, self._theme)):
            return self._ours(self._theme, why)
        return Press(self._site, self._theme)

    def _leave(self, error: Exception) -> None:
        """From now on with our templates. Called by threads that ask for contents; the first of them is heard."""
        from notifier.render.site import trial

        with self._lock:
            if self._theme and self._theme.templates:
                self._press = self._ours(self._theme, trial.named(error, self._theme))
                self._aside.set()

    def _ours(self, theme: Theme, why: str) -> Press:
        """A press without the owner's templates."""
        from notifier.render.site.press import Press

        plain = replace(theme, templates="")
        press = Press(self._site, plain)
        self._theme = plain
        _warn("Templates are left aside, pages are made with ours. %s", why)
        return press

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


def _warn(text: str, what: str) -> None:
    import logging

    logging.getLogger("notifier").warning(text, what)


def _read(store: Store, wanted: Sequence[Brief], before: Mapping[str, Incident]) -> list[Incident]:
    """The incidents as those briefs saw them, whatever happened since."""
    return [_folded(store, brief, before.get(brief.id)) for brief in wanted]


def _folded(store: Store, brief: Brief, before: Incident | None) -> Incident:
    """From what it was before, if that is known, so that what did not change is the very same object."""
    known = before.version if before else 0
    events = [e for e in store.events(brief.id, known) if e.seq <= brief.version]
    return life.fold(brief.id, events, before)
