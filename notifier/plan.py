"""What an event means for each channel: events, routes and what was told before -> deliveries.

open     -> post, pin                       correct -> edit where the remote can, else nothing
update   -> reply, edit the first, or both, as the route's style says; a post where neither exists
resolve  -> as an update, then unpin        retract -> delete; where the remote cannot, say that it is taken back
reopen   -> as an update, then pin          any     -> boards publish the state as it then is

A maintenance is told like an incident; it is pinned once it has begun, and to take it back is to tell that it is
cancelled: whoever read of it may have made plans.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from hashlib import sha256

from notifier.channel import Message
from notifier.events import Corrected, Event, Retracted
from notifier.model import Delivery, Impact, Incident, Route, Site, State, Step, Update
from notifier.render import compose
from notifier.values import replace, value

NOTICE_LANE = "!"
PLANNED_AS = Impact.MINOR  # a maintenance is news for all who hear of small trouble


@value
class Act:
    """One thing to do on one channel, before it has words: which step, about which earlier message, saying what.

    ``first`` marks the root, which shows the incident's present state when edited.
    """

    step: Step
    refers: str = ""
    update: Update | None = None
    part: int = 0
    news: bool = False
    first: bool = False
    takes_back: bool = False


def plan(
    event: Event,
    before: Incident | None,
    after: Incident,
    routes: Iterable[Route],
    site: Site,
    earlier: Sequence[Delivery],
    now: datetime,
) -> list[Delivery]:
    """The deliveries that follow from ``event``, in the order in which each lane makes them.

    ``earlier`` are the incident's deliveries so far, oldest first.
    """
    planned: list[Delivery] = []
    for route in routes:
        if not route.enabled or route.admin:
            continue
        if route.board:
            planned.append(_publish(route, event, after))
            continue
        mine = [d for d in earlier if d.channel == route.channel]
        if hears(route, after, bool(mine)):
            for act in steps(event, before, after, route, mine):
                planned += _deliveries(act, event, after, route, site, now)
    return planned


def hears(route: Route, incident: Incident, heard_before: bool) -> bool:
    """Whether the channel is told: its impact and components match, or it heard of this incident before."""
    if heard_before:
        return True
    felt = PLANNED_AS if incident.maintenance else incident.worst
    if felt.rank < route.least.rank:
        return False
    return not route.components or bool(set(route.components) & set(incident.components))


def steps(
    event: Event, before: Incident | None, after: Incident, route: Route, earlier: Sequence[Delivery]
) -> list[Act]:
    """What the channel does about ``event``: pure policy, no words yet."""
    if isinstance(event, Corrected):
        return _correct(event, after, route, earlier)
    if isinstance(event, Retracted) and before is not None:
        return _retract(event, before, after, route, earlier)
    update = after.updates[-1]
    if not any(d.news for d in earlier):
        acts = [Act(Step.POST, update=update, news=True, first=True)]
        return acts + _pinning(None, after, route)
    return _tell(update, route) + _pinning(before, after, route)


def style(route: Route) -> str:
    """How later words reach the channel: "reply", "edit", "both", or "post" where it can do neither."""
    wanted = route.style or route.limits.style
    replies, edits = "Replies" in route.can, "Edits" in route.can
    if wanted == "both" and replies and edits:
        return "both"
    if edits and (wanted == "edit" or (wanted == "both" and not replies)):
        return "edit"
    return "reply" if replies else "post"


def _tell(update: Update, route: Route) -> list[Act]:
    how = style(route)
    if how == "post":
        return [Act(Step.POST, update=update, news=True)]
    root = Act(Step.EDIT, "root", update=update, first=True, news=how == "edit")
    if how == "edit":
        return [root]
    answer = Act(Step.REPLY, route.limits.reply_to, update=update, news=True)
    return [answer, root] if how == "both" else [answer]


def _pinning(before: Incident | None, after: Incident, route: Route) -> list[Act]:
    """Pinned while it goes on."""
    was_pinned = before is not None and before.current
    if not route.pin or "Pins" not in route.can or was_pinned == after.current:
        return []
    return [Act(Step.PIN if after.current else Step.UNPIN, "root")]


def _correct(event: Corrected, after: Incident, route: Route, earlier: Sequence[Delivery]) -> list[Act]:
    if "Edits" not in route.can or not any(d.news for d in earlier):
        return []
    acts: list[Act] = []
    update = next(u for u in after.updates if u.seq == event.of)
    living = style(route) in ("both", "edit")
    root_seq = next(d.seq for d in earlier if d.news)
    own = any(d.news and d.seq == event.of and d.step is not Step.EDIT for d in earlier)
    if own and event.of != root_seq:
        acts.append(Act(Step.EDIT, f"update {event.of}", update=update))
        acts += _without_more(event.of, route, earlier)
    if event.of == root_seq or event.title is not None or living:
        shown = after.updates[-1] if living else next((u for u in after.updates if u.seq == root_seq), update)
        acts.append(Act(Step.EDIT, "root", update=shown, first=living))
        if event.of == root_seq or not living:
            acts += _without_more(root_seq, route, earlier)
    return acts


def _without_more(seq: int, route: Route, earlier: Sequence[Delivery]) -> list[Act]:
    """An edit says it in one message: the other parts of what was a chain go, where the remote can."""
    if "Deletes" not in route.can:
        return []
    parts = sorted({d.part for d in earlier if d.news and d.seq == seq and d.part > 0})
    return [Act(Step.DELETE, f"update {seq}", part=part) for part in parts]


def _retract(
    event: Retracted, before: Incident, after: Incident, route: Route, earlier: Sequence[Delivery]
) -> list[Act]:
    if not any(d.news for d in earlier):
        return []
    if event.of == 0 and before.maintenance:
        told = [replace(act, takes_back=True) for act in _tell(before.updates[-1], route)]
        return told + _pinning(before, after, route)
    gone = [u for u in before.updates if event.of in (0, u.seq)]
    said = [d for d in earlier if d.news and d.step is not Step.EDIT and any(d.seq == u.seq for u in gone)]
    acts: list[Act] = []
    if "Deletes" in route.can:
        spots = sorted({(d.seq, d.part) for d in said})
        acts = [Act(Step.DELETE, f"update {seq}", part=part) for seq, part in spots]
    elif said:
        step, refers = (Step.REPLY, route.limits.reply_to) if "Replies" in route.can else (Step.POST, "")
        acts = [Act(step, refers, update=gone[-1], news=True, takes_back=True)]
    if event.of and style(route) in ("both", "edit"):
        acts.append(Act(Step.EDIT, "root", update=after.updates[-1], first=True))
    return acts + ([] if event.of == 0 and "Deletes" in route.can else _pinning(before, after, route))


def _publish(route: Route, event: Event, after: Incident) -> Delivery:
    act = Act(Step.PUBLISH, news=True)
    return _row(act, event, after, route, "", f"{route.channel}/")


def _deliveries(act: Act, event: Event, after: Incident, route: Route, site: Site, now: datetime) -> list[Delivery]:
    """The rows of one act: one a recipient, and one a part where the text became a chain."""
    messages = _messages(act, event, after, route, site)
    rows = []
    on, after_part = (Step.REPLY, "part") if "Replies" in route.can else (Step.POST, "")
    for to in route.recipients or ("",):
        lane = f"{route.channel}/{after.id}" + (f"/{to}" if to else "")
        row = replace(_row(act, event, after, route, to, lane), deadline=now + route.tell_within)
        if not messages:
            rows.append(row)
        for part, message in enumerate(messages):
            follows = replace(row, step=on, refers=after_part, part=part, first=False) if part else row
            key = digest(after, event, route.channel, to, follows)
            rows.append(replace(follows, key=key, message=replace(message, key=key, to=to)))
    return rows


def _messages(act: Act, event: Event, after: Incident, route: Route, site: Site) -> Sequence[Message]:
    if act.update is None:
        return ()
    if act.takes_back and isinstance(event, Retracted):
        update = act.update if event.of else None
        return (compose.retraction(route, site, after, update, key=""),)
    return compose.compose(act.step, route, site, after, act.update, key="", first=act.first)


def _row(act: Act, event: Event, after: Incident, route: Route, to: str, lane: str) -> Delivery:
    row = Delivery(
        channel=route.channel,
        lane=lane,
        step=act.step,
        key="",
        incident=after.id,
        seq=event.seq,
        part=act.part,
        to=to,
        refers=act.refers,
        news=act.news,
        latest=act.news and route.catch_up == "latest" and not route.board,
        first=act.first and act.step is Step.POST,
    )
    return replace(row, key=digest(after, event, route.channel, to, row))


def new_day(day: date, routes: Iterable[Route]) -> list[Delivery]:
    """All boards are written anew on that day of the site's: what is planned comes nearer, what was moves away."""
    keys = ((route, f"day\n{day}\n{route.channel}") for route in routes if route.board and route.enabled)
    return [
        Delivery(channel=r.channel, lane=f"{r.channel}/", step=Step.PUBLISH, key=_hash(spot), news=True)
        for r, spot in keys
    ]


def digest(incident: Incident, event: Event, channel: str, to: str, row: Delivery) -> str:
    """The key of one remote change: the same for ever for the same change, another for every other one."""
    spot = (incident.id, incident.opened.isoformat(), event.seq, channel, to, row.step, row.refers, row.part)
    return _hash("\n".join(map(str, spot)))


def _hash(spot: str) -> str:
    return sha256(spot.encode()).hexdigest()[:32]


def alarm(
    row: Delivery, state: State, why: str, routes: Iterable[Route], site: Site, now: datetime, lang: str = "en"
) -> list[Delivery]:
    """Notices to the admins, over other channels than the one in trouble. None about a notice that failed."""
    if f"/{NOTICE_LANE}" in row.lane:
        return []
    from notifier.render.note import trouble, words

    subject, text = words(trouble(row, state, site, lang), site, lang, now)
    spot = f"{row.id}\n{row.attempts}\n{state}\n{why}\n{row.key}"
    others = (r for r in routes if r.channel != row.channel)
    return notices(subject, f"{why}\n\n{text}", spot, others, site, now, lang)


def notices(
    subject: str, text: str, spot: str, routes: Iterable[Route], site: Site, now: datetime, lang: str = "en"
) -> list[Delivery]:
    """The same words to all admins. ``spot`` tells this notice from every other one, for ever."""
    rows = []
    for route, to in for_admins(routes):
        key = _hash(f"{spot}\n{route.channel}\n{to}")
        message = replace(compose.notice(route, site, subject, text, key, lang), key=key, to=to)
        rows.append(_notice(route, NOTICE_LANE, Step.POST, message, now))
    return rows


def for_admins(routes: Iterable[Route]) -> Iterator[tuple[Route, str]]:
    """The channels that speak to admins only, with each of their recipients."""
    for route in routes:
        if route.admin and route.enabled and not route.board:
            yield from ((route, to) for to in route.recipients or ("",))


Ask = Callable[[Route, str], Message]


def asked(draft: int, version: int, words: Ask, routes: Iterable[Route], site: Site, now: datetime) -> list[Delivery]:
    """The admins see a draft, how it has changed, or what became of it: one message a draft where the channel can edit,
    else an answer to the first. ``words`` makes the message for a route and a recipient."""
    rows = []
    for route, to in for_admins(routes):
        key = _hash(f"draft {draft}\n{version}\n{route.channel}\n{to}")
        message = replace(words(route, to), key=key, to=to, thread=f"draft-{draft}")
        step = Step.POST if version == 1 else Step.EDIT if "Edits" in route.can else Step.REPLY
        if step is Step.REPLY and "Replies" not in route.can:
            step = Step.POST
        rows.append(_notice(route, f"{NOTICE_LANE}draft {draft}", step, message, now))
    return rows


def _notice(route: Route, spot: str, step: Step, message: Message, now: datetime) -> Delivery:
    lane = f"{route.channel}/{spot}" + (f"/{message.to}" if message.to and spot != NOTICE_LANE else "")
    return Delivery(
        channel=route.channel,
        lane=lane,
        step=step,
        key=message.key,
        to=message.to,
        refers="" if step is Step.POST else "root",
        message=message,
        news=True,
        first=spot != NOTICE_LANE and step is Step.POST,
        deadline=now + route.tell_within,
    )
