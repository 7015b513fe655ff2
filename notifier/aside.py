"""What fails by a fault of ours holds up nothing else: it is put off, the admins hear of it, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from notifier import notes
from notifier.problem import Draft, Note, Problem
from notifier.render import phrases
from notifier.service import Service
from notifier.store import Store, StoreError
from notifier.store.intake import Heartbeat
from notifier.values import replace, value

FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
REMEMBERED = timedelta(days=1)


def told(error: Exception) -> str:
    """What went wrong, for a text to admins."""
    return f"this is a fault of the notifier: {type(error).__name__}: {error}"


@value
class Aside:
    """``undone`` is called after something was undone, as the scene may have changed with it."""

    store: Store
    service: Service
    lang: str
    undone: Callable[[], None] = lambda: None

    @contextmanager
    def problem(self, problem: Problem) -> Iterator[None]:
        """Something is done about a problem whose time has come, as a part of the caller's transaction."""

        def put_off(later: datetime) -> None:
            self.store.intake.save_problem(replace(problem, due=later))

        values = {"what": problem.title, "hook": problem.hook, "title": problem.title, "alert": problem.key}
        with self._alone(f"problem {problem.hook} {problem.key}", Note("later", ("later.problem",), values), put_off):
            yield

    @contextmanager
    def draft(self, draft: Draft) -> Iterator[None]:
        """Something is done about a draft whose time has come, as a part of the caller's transaction."""

        def put_off(later: datetime) -> None:
            due = None if draft.due is None else max(draft.due, later)
            remind = None if draft.remind is None else max(draft.remind, later)
            self.store.intake.save_draft(replace(draft, due=due, remind=remind))

        values = {"what": phrases.say(self.lang, "desk.heading", self.service.site, n=draft.id), "id": draft.id}
        with self._alone(f"draft {draft.id}", Note("later", ("later.draft",), values), put_off):
            yield

    @contextmanager
    def heartbeat(self, beat: Heartbeat) -> Iterator[None]:
        """Something is done about a heartbeat that is missing, as a part of the caller's transaction."""

        def put_off(later: datetime) -> None:
            self.store.intake.save_heartbeat(replace(beat, due=later))

        values = {"what": beat.name, "name": beat.name}
        with self._alone(f"heartbeat {beat.name}", Note("later", ("later.heartbeat",), values), put_off):
            yield

    def note(self, about: str, note: Note) -> None:
        """Tell the admins; a fault in the telling itself is no reason to stop, either."""
        try:
            with self.store.transaction():
                notes.tell(self.store, self.service, self.lang, about, note)
        except StoreError:
            raise
        except Exception:
            return

    @contextmanager
    def _alone(self, spot: str, note: Note, put_off: Callable[[datetime], None]) -> Iterator[None]:
        try:
            with self.store.transaction():
                yield
        except StoreError:
            raise
        except Exception as error:
            self.undone()
            times = int(self.store.intake.kept(f"put off {spot}") or 0)
            later = self.store.now() + min(FIRST * 2 ** min(times, 10), LONGEST)
            self.store.intake.keep(f"put off {spot}", str(times + 1), later + REMEMBERED)
            put_off(later)
            if not times:
                said = replace(note, texts=(*note.texts, "later.again"), values={**note.values, "why": told(error)})
                self.note(f"put off {spot}", said)
