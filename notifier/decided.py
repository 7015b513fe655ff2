"""Why a draft cannot be decided (any more): somebody was quicker, it has changed, or users know already."""

from __future__ import annotations

from notifier.incident import Refused
from notifier.problem import Draft, DraftState


class Decided(Refused):
    """Somebody was quicker, or the draft had lost its purpose; ``draft`` says who and how."""

    def __init__(self, draft: Draft) -> None:
        who = f" by {draft.by}" if draft.by else ""
        via = f" ({draft.via})" if draft.via and draft.via != draft.by else ""
        why = f": {draft.why}" if draft.state is DraftState.WITHDRAWN else ""
        super().__init__(f"Draft {draft.id} is already {draft.state}{who}{via}{why}. Nothing was done.")
        self.draft = draft


class Changed(Refused):
    """The draft is no longer what was seen; ``draft`` is how it stands now."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(f"Draft {draft.id} has changed meanwhile. Look at it again, then decide.", "changed")
        self.draft = draft


class AlreadyTold(Refused):
    """An incident tells of it already: ``incident``."""

    def __init__(self, incident: str, how: str = "") -> None:
        super().__init__(f"incident {incident} tells of it already{how}", "told_already", incident=incident)
        self.incident = incident
