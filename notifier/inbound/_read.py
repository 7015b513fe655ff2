"""Reading what monitoring tools send: JSON, forms and environments; texts, keys, links and times in any spelling.

Nothing here raises anything but ``Malformed``. What cannot be understood is absent, as
senders leave out what they like.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from notifier.inbound._when import moment as moment
from notifier.source import Kind, Malformed, Request, Signal

TITLE, TEXT, KEY, WORD, LINK = 300, 10_000, 255, 200, 2_000  # characters at most
MOST_FIELDS = 1_000  # of a form
MOST_LINKS = 8
ENVIRONMENT = "# env"  # the line above the environment, where a recording holds arguments, too
ENVELOPES = ("data", "payload", "json")  # form fields that hold the JSON of the whole
ENDING = (Kind.RECOVERY, Kind.MAINTENANCE, Kind.UPSTREAM)  # only these may name an end
_SETTING = re.compile(r"(?:export |declare -x )?([A-Za-z_]\w*)=(.*)")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNFILLED = re.compile(
    r"\{[$#]?[A-Z][A-Z0-9_.]*\}"  # {EVENT.RECOVERY.ID}: Zabbix
    r"|\*[A-Za-z]+\*"  # *alertFriendlyDuration*: UptimeRobot; *UNKNOWN*: Zabbix
    r"|\$[A-Z][A-Z0-9_]*\$?"  # $TAG3: Healthchecks; $ALERT_SCOPE: Datadog; $SERVICESTATE$: Nagios
    r"|\$[a-z_]+\.[a-z_.]+\$"  # $service.state$: Icinga 2
    r"|\[[A-Z]+_[A-Z_]+\]"  # [RESULT_CONDITIONS]: Gatus
    r"|%[a-z]+"  # %sensor: PRTG
)
_BEGINS = "{*$[%"
_NO_LINK = re.compile(r'[\s<>"]')


class Record:
    """An object that somebody sent. Names are looked up exactly, then without regard to case and separators.

    What is null, blank or an unfilled placeholder such as ``{EVENT.RECOVERY.ID}`` counts as absent. Of several names
    the first wins that is there.
    """

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        self.data: Mapping[str, Any] = {} if data is None else data
        self._folded: dict[str, str] | None = None
        self._opened: dict[tuple[str, ...], Record] = {}

    def __bool__(self) -> bool:
        return bool(self.data)

    def __contains__(self, name: str) -> bool:
        return self._named(name) is not None

    def get(self, *names: str) -> Any:
        """The value as it came, or None."""
        for name in names:
            found = self._named(name)
            if found is not None and not absent(self.data[found]):
                return self.data[found]
        return None

    def text(self, *names: str) -> str:
        """The first of these that is a text or number, as text; else ""."""
        return next((said for name in names if (said := words(self.get(name)))), "")

    def word(self, *names: str) -> str:
        """The same in lower case on one line, to be compared."""
        return line(self.text(*names)).casefold()

    def record(self, *names: str) -> Record:
        """An object within this one; also one that came as JSON in a text. Empty when there is none."""
        if names not in self._opened:
            found = opened(self.get(*names))
            self._opened[names] = Record(found if isinstance(found, dict) else None)
        return self._opened[names]

    def records(self, *names: str) -> list[Record]:
        """The objects of a list within this one; also one that came as JSON in a text."""
        found = opened(self.get(*names))
        return [Record(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def texts(self, *names: str) -> list[str]:
        """The texts of a list within this one, or of the one text there."""
        found = self.get(*names)
        many = found if isinstance(found, list) else [found]
        return [said for one in many if (said := words(one))]

    def time(self, *names: str, zone: str) -> datetime | None:
        """The first of these that is a time, in UTC; one without a zone is in ``zone``."""
        return next((at for name in names if (at := moment(self.get(name), zone))), None)

    def _named(self, name: str) -> str | None:
        if name in self.data:
            return name
        if self._folded is None:
            self._folded = {}
            for each in self.data:
                self._folded.setdefault(fold(each), each)
        return self._folded.get(fold(name))


def fold(name: str) -> str:
    """A name without case and separators: "EVENT.ID", "event_id" and "eventId" are one."""
    return _folded(name) if len(name) <= WORD else _folded.__wrapped__(name)


@lru_cache(4096)
def _folded(name: str) -> str:
    return "".join([c for c in name.lower() if c.isalnum()])


def absent(value: Any) -> bool:
    """Whether a value says nothing: null, blank, or a placeholder that the sender had nothing for."""
    if isinstance(value, str):
        bare = value.strip()
        return not bare or (bare[0] in _BEGINS and bool(_UNFILLED.fullmatch(bare)))
    return value is None


# Bodies


def payload(request: Request, hint: str = "") -> Any:
    """What came: the environment (as such, or the output of ``env`` as the body), the JSON, the fields of a form, or
    those of the query.

    The body decides, not its content type: "{" or "[" first is JSON. Raises Malformed, which ends with ``hint``.
    """
    if request.env:
        return dict(request.env)
    text = decoded(request.body).strip()
    if not text:
        return _unwrapped(dict(request.query), hint)
    if text[0] in "{[":
        return loads(text, hint)
    kind = request.headers.get("content-type", "")
    if "multipart/" in kind.lower() or text.startswith("--"):
        return _unwrapped(_multipart(text), hint)
    if "\n" in text and (env := environment(text)):
        return env
    return _unwrapped({**request.query, **_form(text, request, hint)}, hint)


def record(request: Request, hint: str = "") -> Record:
    """What came, if it is one object. Raises Malformed."""
    found = payload(request, hint)
    if not isinstance(found, dict):
        malformed("The body is a JSON list where one object was expected.", hint)
    return Record(found)


def loads(text: str, hint: str = "") -> Any:
    """The value of a JSON text; NaN and numbers beyond all measure are null. Raises Malformed with the position."""
    try:
        return json.loads(text, strict=False, parse_constant=_nothing, parse_int=_integer)
    except json.JSONDecodeError as error:
        near = line(text[max(0, error.pos - 6) : error.pos + 6])
        where = f"line {error.lineno}, column {error.colno}"
        malformed(f"The body is not valid JSON: {where}: {error.msg}, near {near!r}.", hint)
    except RecursionError:
        malformed("The body is not usable: its JSON is nested too deeply.", hint)


def opened(value: Any) -> Any:
    """The value of a text that holds JSON, or the value itself. A broken one is None."""
    if not (isinstance(value, str) and value.lstrip()[:1] in ("{", "[")):
        return value
    try:
        return loads(value)
    except Malformed:
        return None


def malformed(what: str, hint: str = "") -> NoReturn:
    """Say what cannot be read, and the remedy. Raises Malformed."""
    raise Malformed(f"{what} {hint}".strip())


def decoded(body: bytes) -> str:
    """The text of a body: UTF-8, or else Latin-1, as old tools send it."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _nothing(_: str) -> None:
    return None


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) <= 40 else None


def _form(text: str, request: Request, hint: str) -> dict[str, str]:
    try:
        found = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        malformed(f"The form has more than {MOST_FIELDS} fields.", hint)
    if "=" not in text and not request.query:
        malformed("The body is neither JSON nor a form.", hint)
    return found


def _multipart(text: str) -> dict[str, str]:
    """The fields of a multipart form (RFC 7578). The boundary is the first line."""
    text = text.replace("\r\n", "\n")
    boundary = text.partition("\n")[0].rstrip()
    found = {}
    for part in text.split(boundary)[1 : MOST_FIELDS + 1]:
        head, gap, content = part.partition("\n\n")
        named = re.search(r'(?i)content-disposition:[^\n]*?[ ;]name="?([^";\n]*)', head[:LINK])
        if gap and named:
            found[named[1]] = content.removesuffix("\n")
    return found


def environment(text: str) -> dict[str, str]:
    """The environment in ``NAME=value`` lines; a value may go on for lines, and be in quotes. Empty if it is none."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    marked = ENVIRONMENT in lines
    lines = lines[lines.index(ENVIRONMENT) + 1 :] if marked else [one for one in lines if not one.startswith("# ")]
    first = _SETTING.fullmatch(lines[0]) if lines else None
    form = any(one.startswith("&") for one in lines) or (lines and "&" in lines[0])
    if not first or not (marked or (len(lines) > 1 and not form) or first[1].isupper()):
        return {}
    found: dict[str, list[str]] = {}
    name = ""
    for one in lines:
        if setting := _SETTING.fullmatch(one):
            name = setting[1]
            found[name] = [setting[2]]
        else:
            found[name].append(one)
    return {name: _unquoted("\n".join(value)) for name, value in found.items()}


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _unwrapped(fields: dict[str, str], hint: str) -> Any:
    """The JSON in the one field that holds it all, or the fields themselves."""
    for name in ENVELOPES:
        if fields.get(name, "").lstrip()[:1] in ("{", "["):
            return loads(fields[name], hint)
    return fields


# Texts


def words(value: Any) -> str:
    """A value as text: texts as they are, numbers and truths as one would write them, all else ""."""
    if isinstance(value, str):
        return "" if absent(value) else _seen(value).strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return ""


def line(text: str, size: int = WORD) -> str:
    """A text on one line, without control characters, at most ``size`` long."""
    return _cut(" ".join(_seen(text[: 8 * size]).split()), size)


def prose(text: str, size: int = TEXT) -> str:
    """A text of several lines, without control characters, at most ``size`` long."""
    return _cut(_seen(text[: 8 * size]).strip(), size)


def key(*parts: str) -> str:
    """The identity made of these parts, those that are empty left out. A long one becomes its hash."""
    whole = "/".join(said for part in parts if (said := " ".join(_seen(part).split())))
    return whole if len(whole) <= KEY else "sha256:" + sha256(whole.encode()).hexdigest()


def digest(*parts: str) -> str:
    """A key for what has no name of its own."""
    return "sha256:" + sha256("\0".join(_seen(part) for part in parts).encode()).hexdigest()


def links(*values: Any) -> tuple[str, ...]:
    """Those that are addresses of the web, each once."""
    return tuple(dict.fromkeys(value.strip() for value in values if _link(value)))[:MOST_LINKS]


def _link(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > LINK or _NO_LINK.search(value.strip()) or _UNSEEN.search(value):
        return False
    try:
        parts = urlsplit(value.strip())
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _seen(text: str) -> str:
    if text.isprintable():  # so are none of those
        return text
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"


# Signals


def signal(
    request: Request,
    source: str,
    key: str,
    kind: Kind,
    *,
    component: str = "",
    severity: str = "",
    started: datetime | None = None,
    ended: datetime | None = None,
    title: str = "",
    text: str = "",
    links: tuple[str, ...] = (),
    episode: str = "",
) -> Signal:
    """A signal with its texts made clean and short. Of a problem the end is left out, as it is a guess at best, and so
    is an end before the start."""
    if kind not in ENDING or (started and ended and ended < started):
        ended = None
    return Signal(
        source, key, kind, request.received, line(component), line(severity), started, ended,
        line(title, TITLE), prose(text), links, line(episode),
    )  # fmt: skip


def paragraphs(*texts: str) -> str:
    """Texts one below the other, each once, those that are empty left out."""
    return "\n".join(dict.fromkeys(text.strip() for text in texts if text.strip()))


def first(values: Iterator[str]) -> str:
    """The first that says something."""
    return next((value for value in values if value), "")
