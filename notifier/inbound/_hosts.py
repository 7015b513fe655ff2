"""Nagios and its relatives: hosts and services with a state, a type of notification, and macros as names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from notifier.inbound import _read
from notifier.inbound._read import Record
from notifier.source import Kind, Options, Request, Signal

WELL = ("ok", "up")
ILL = "down critical crit warning warn unknown unreachable unreach problem".split()
TYPES = {  # by the beginning of the type; the others are told by the state
    "acknowledgement": Kind.ACKNOWLEDGED,
    "downtime": Kind.MAINTENANCE,
}
Episode = Callable[[Record, str], str]


def bare(request: Request, prefix: str, hint: str) -> Record:
    """What came, each name without its prefix, such as "NAGIOS_". Raises Malformed."""
    body = _read.record(request, hint)
    if not any(name.startswith(prefix) for name in body.data):
        return body
    return Record({name.removeprefix(prefix): value for name, value in body.data.items() if name.startswith(prefix)})


def kind(type_: str, state: str) -> Kind | None:
    """What a notification says. The state counts for more than the type: Nagios sends FLAPPINGSTART with the state OK
    when a flapping service recovers, and no RECOVERY follows. None for what says nothing.
    """
    type_, state = type_.casefold(), state.casefold()
    found = next((known for start, known in TYPES.items() if type_.startswith(start)), None)
    if found:
        return found
    if state:
        return Kind.RECOVERY if state in WELL else Kind.PROBLEM if state in ILL else None
    return {"problem": Kind.PROBLEM, "recovery": Kind.RECOVERY}.get(type_)


def episode(body: Record, what: str) -> str:
    """The id of the problem. A host's is 0 on recovery, and then found as the last one."""
    ids = (body.text(f"{what}PROBLEMID"), body.text(f"LAST{what}PROBLEMID"))
    return _read.first(id for id in ids if id != "0")


def signal(
    request: Request,
    options: Options,
    source: str,
    body: Record,
    *,
    hint: str,
    join: str = "/",
    state: str = "",
    shown: Mapping[str, tuple[str, ...]],
) -> list[Signal]:
    """The signal of a notification; none for one that says nothing, such as the start of flapping without a state.

    join: between host and service in the key. state: if it is not that of the macros. shown: the names under which
    "host" and "service" are called by people. Raises Malformed without a host.
    """
    host, service = body.text("HOSTNAME", "host"), body.text("SERVICEDESC", "SERVICENAME", "service")
    if not host or host == service:
        _read.malformed("There is no HOSTNAME.", hint)
    what = "SERVICE" if service else "HOST"
    state = state or body.text(f"{what}STATE", "state", "status")
    type_ = body.text("NOTIFICATIONTYPE", "type")
    if not state and not type_:
        _read.malformed(f"There is neither {what}STATE nor NOTIFICATIONTYPE.", hint)
    said = kind(type_, state)
    if said is None:
        return []
    called = body.text(*shown["service"]) or service
    on = body.text(*shown["host"]) or host
    changed = body.time(f"LAST{what}STATECHANGE", f"{what}LASTSTATECHANGE", zone=options.zone)
    at = body.time("long_date_time", "TIMET", "MICROTIME", "short_date_time", zone=options.zone)
    return [
        _read.signal(
            request,
            source,
            _read.key(f"{host}{join}{service}" if service else host),
            said,
            component=body.text(*options.labels) or called or on,
            severity=state,
            started=None if said in (Kind.RECOVERY, Kind.MAINTENANCE) else changed or at,
            ended=changed or at if said is Kind.RECOVERY else None,
            title=_title(called, on, type_, state, said),
            text=_text(body, what),
            links=_read.links(*(body.get(f"{w}{u}") for w in (what, "HOST") for u in ("ACTIONURL", "NOTESURL", "URL"))),
            episode=episode(body, what),
        )
    ]


def _title(service: str, host: str, type_: str, state: str, said: Kind) -> str:
    where = f"{service} on {host}" if service else host
    return f"{where} is {state}" if state and said in (Kind.PROBLEM, Kind.RECOVERY) else f"{where}: {type_ or state}"


def _text(body: Record, what: str) -> str:
    """What the check said, and who commented on it."""
    comment = body.text("NOTIFICATIONCOMMENT")
    author = body.text("NOTIFICATIONAUTHORNAME", "NOTIFICATIONAUTHOR")
    long = body.text(f"LONG{what}OUTPUT", "long_output").replace("\\n", "\n")  # Nagios writes line breaks as \n
    noted = f"{author}: {comment}" if author and comment else comment
    return _read.paragraphs(body.text(f"{what}OUTPUT", "output"), long, noted)
