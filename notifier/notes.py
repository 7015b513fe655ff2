"""Words to the admins that are about no delivery: a storm of them stops after a few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notifier import plan
from notifier.problem import Note
from notifier.render.note import words
from notifier.service import Service
from notifier.store import Store
from notifier.values import replace

MOST = 5
WITHIN = timedelta(minutes=10)


def tell(store: Store, service: Service, lang: str, about: str, note: Note) -> None:
    """Tell the admins in their language, as part of the caller's transaction: of what is ``about`` the same at most
    five in ten minutes. The fifth says where the rest is."""
    now, spot = store.now(), f"notes {about}"
    since, _, many = (store.intake.kept(spot) or f"{now.timestamp()} 0").partition(" ")
    if float(since) > now.timestamp():  # the clock was ahead
        since, many = f"{now.timestamp()}", "0"
    told, until = int(many), datetime.fromtimestamp(float(since), UTC) + WITHIN
    store.intake.keep(spot, f"{since} {told + 1}", until)
    if told >= MOST:
        return
    if told == MOST - 1:
        note = replace(note, texts=(*note.texts, "storm"))
    subject, text = words(note, service.site, lang, now)
    this = f"note\n{about}\n{subject}\n{now.isoformat()}"
    store.enqueue(plan.notices(subject, text, this, service.routes, service.site, now, lang))
