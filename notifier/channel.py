"""What a channel is: the one file to read before you write one.

A channel module has two public names: ``Config``, a frozen value whose fields are the kind's keys in
``[channels.NAME]``, and ``connect(config)``, which returns a ``Channel`` or a ``Board``. ``connect`` is light:
it opens no connection and imports no heavy library; the first call does.

Four promises an adapter makes:

* one call is one remote change, and blocks until its outcome is known; every network call has a time-out;
* it keeps no state: what it needs later (message id, thread) is in the receipt it returned;
* it returns only when the remote has accepted, and otherwise raises the one error below that says what is known;
* it obeys what it declared in ``limits``; text arrives final, in its markup and within its size.

``notifier.testing`` holds the suites that check these promises; run them against your channel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Protocol, runtime_checkable
from urllib.parse import quote, quote_plus, unquote, urlsplit

from notifier.values import MISSING, Described
from notifier.values import value as value

DOTS = "•••"


class Secret:
    """A value that never shows. Its text and repr are dots; only :meth:`reveal` gives it.

    ``read`` fetches the value on first use (environment, file, command) and raises :class:`SecretMissing`.
    """

    __slots__ = ("_read", "_value")

    def __init__(self, value: str | None = None, read: Callable[[], str] | None = None) -> None:
        self._value = value
        self._read = read

    def reveal(self) -> str:
        """The value itself. Raises SecretMissing with a reason that names the place, never the value."""
        if self._value is None:
            if self._read is None:
                raise SecretMissing("the secret is not set")
            self._value = self._read()
        return self._value

    @property
    def plain(self) -> str:
        """The value if it stands in the configuration itself, for a check of its form; "" where it must be read."""
        return self._value or "" if self._read is None else ""

    def scrub(self, text: str) -> str:
        """``text`` with this secret, its URL-quoted forms and the telling parts of a secret URL as dots."""
        for shown in _disguises(self._value or ""):
            text = text.replace(shown, DOTS)
        return text

    def __bool__(self) -> bool:
        return bool(self._value) or self._read is not None

    def __str__(self) -> str:
        return DOTS

    __repr__ = __str__


def _disguises(secret: str) -> list[str]:
    """The forms in which a secret can turn up in an error text, longest first. A web address may show its host."""
    if len(secret) < 4:
        return []
    plain = {secret}
    scheme, mark, rest = secret.partition("://")
    if mark:
        host, slash, path = rest.partition("/")
        if scheme in ("http", "https"):
            rest = host.rpartition("@")[0] + slash + path
        for mark in "/?&=:@#,":
            rest = rest.replace(mark, "\n")
        plain |= {part for part in rest.split("\n") if len(part) >= 8}
    forms = {f for p in plain for f in (p, quote(p, safe=""), quote(p), quote_plus(p), unquote(p))}
    return sorted(forms, key=len, reverse=True)


class SecretMissing(Exception):
    """A secret could not be read; the text says where it was looked for and what to do."""


def key(help: str, default: Any = MISSING, **more: Any) -> Any:
    """A field of a ``Config``: its help text stands in docs and error messages; without default it is required.

    A default that is a type is called for one. ``more`` may hold name="from" (the key in TOML where that is no name in
    Python) and path=True (a file or folder: a relative one starts from where the configuration lies, so that cron
    finds the same) or path="address" (a path as well as an address such as https://host/x or user@host:x).
    """
    return Described(default() if isinstance(default, type) else default, {"help": help, **more})


def address_fault(given: str, like: str) -> str:
    """Why ``given`` cannot be a web address of a configuration, or "". What may hold a password is not quoted."""
    try:
        parts = urlsplit(given)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        login = "@" in (parts.netloc if whole else given)
    except ValueError:  # a port or an IPv6 address that is none
        whole, login = False, "@" in given
    if login:
        return f"must be a whole address without user and password, such as {like}"
    if not whole or not given.isprintable() or set(given) & set(' "<>\\'):
        return (f'"{given}" ' if given.isprintable() else "") + f"must be a whole address, such as {like}"
    return f"must be an address without ? and #, such as {like}" if "?" in given or "#" in given else ""


@value
class Limits:
    """What the remote can take. Rendering obeys it before the first attempt.

    size: most units a text may have; None: no limit. measure: how the remote counts, one of
    "chars" (code points), "utf16", "bytes" (UTF-8), "graphemes", "x" (weighted), "mastodon" (graphemes, URL = 23).
    markup: "plain", "telegram" or "html". title: most characters of a title kept apart from the text; 0: it has none
    and the title stands in the text. style: what a later update does when the route does not say: reply, edit or both.
    reply_to: what a reply answers: the "root" or the "last" message. link: "always", "first" (only in the first post)
    or "never". slots: how many calls may run at once. pace: (calls, seconds) at most, kept by all nodes together.
    same_key: for how many seconds the remote takes a repeat with the same ``Message.key`` for the same message
    (0: it does not). facts: wants ``Message.data``. emoji: a coloured mark before the title is welcome.
    """

    size: int | None = None
    measure: str = "chars"
    markup: str = "plain"
    title: int = 0
    style: str = "reply"
    reply_to: str = "root"
    link: str = "always"
    slots: int = 1
    pace: tuple[int, float] | None = None
    same_key: float = 0
    facts: bool = False
    emoji: bool = False
    buttons: bool = False


FOREVER = inf


@value
class Message:
    """Final words for one remote change.

    key: the same on every attempt, safe in headers and URLs (letters, digits, hyphens; at most 64).
    text: in the channel's markup and within its size. plain: the same without markup. title: the incident's title,
    within ``limits.title``. lang: language tag of the text. link: page of the incident, or "". silent: no sound.
    thread: the same for all messages of one incident. to: recipient, for a channel that has recipients.
    data: the facts as JSON values, for channels that asked for ``facts``. actions: buttons beneath it (label, code),
    for channels that declared ``buttons``; an edit without them takes them away.
    """

    key: str
    text: str
    plain: str = ""
    title: str = ""
    lang: str = ""
    link: str = ""
    silent: bool = False
    thread: str = ""
    to: str = ""
    data: Mapping[str, Any] | None = None
    actions: tuple[tuple[str, str], ...] = ()


@value
class Receipt:
    """What the remote gave back: its id of the message, the link to it, and whatever a later call will need.

    Survives JSON: ``more`` holds only JSON values.
    """

    id: str = ""
    url: str = ""
    more: Mapping[str, Any] = {}


class DeliveryError(Exception):
    """Root of what an adapter may raise.

    DeliveryError
     |- Temporary   surely not delivered; again later
     |- Permanent   surely not delivered, never will be
     |- Moved       surely not delivered; the destination has a new address
     '- Unsure      may have been delivered
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Temporary(DeliveryError):
    """Surely not delivered; again after ``after`` seconds (None: as the outbox likes). whole: rest the channel too."""

    def __init__(self, why: str, after: float | None = None, whole: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.whole = whole


class Permanent(DeliveryError):
    """Surely not delivered, and no repeat will change that.

    whole: it is the channel that is broken (credentials, rights, gone), not this message. Only on answers known to
    mean it.
    """

    def __init__(self, why: str, whole: bool = False) -> None:
        super().__init__(why)
        self.whole = whole


class Moved(DeliveryError):
    """Surely not delivered: ``to`` holds the keys of Config that have a new value, such as ``{"chat": "-100..."}``."""

    def __init__(self, why: str, to: Mapping[str, str]) -> None:
        super().__init__(why)
        self.to = to


class Unsure(DeliveryError):
    """May have been delivered: the request left, and no answer came that says."""


class Channel(Protocol):
    """A stream of news: the least it can do is to post."""

    limits: Limits

    def post(self, message: Message) -> Receipt:
        """Say something new. Raises DeliveryError."""
        ...

    def close(self) -> None:
        """Let go of connections. Never raises."""
        ...


# Abilities: one small protocol each, found by isinstance, so a claim cannot differ from the code.


@runtime_checkable
class Replies(Protocol):
    """Can answer an earlier message."""

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """Say something in answer to ``to``. A message that is gone is no obstacle: post without reference."""
        ...


@runtime_checkable
class Edits(Protocol):
    """Can replace the words of an earlier message."""

    def edit(self, receipt: Receipt, message: Message) -> Receipt:
        """Replace it; "already so" is success. Permanent when it is gone."""
        ...


@runtime_checkable
class Pins(Protocol):
    """Can keep a message on top."""

    def pin(self, receipt: Receipt) -> Receipt:
        """Pin it; "already so" is success."""
        ...

    def unpin(self, receipt: Receipt) -> Receipt:
        """Unpin it; "already so" is success."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """Can take a message back."""

    def delete(self, receipt: Receipt) -> Receipt:
        """Delete it; "already gone" is success."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Can look whether a message arrived, which settles an unsure attempt."""

    def find(self, message: Message) -> Receipt | None:
        """The receipt of ``message`` if the remote has it, else None. Raises DeliveryError when it cannot look."""
        ...


@runtime_checkable
class Probes(Protocol):
    """Can try credentials and reachability."""

    def probe(self) -> str:
        """Try them, posting nothing; returns one line such as "as @status, may pin". Raises DeliveryError."""
        ...


@runtime_checkable
class Addressed(Protocol):
    """Has recipients: each gets a delivery of its own, with ``Message.to`` set."""

    recipients: tuple[str, ...]


class Board(Protocol):
    """A view of the present state: publishing is repeatable by nature."""

    def publish(self, files: Mapping[str, bytes]) -> Receipt:
        """Put these files (path -> content) there: each whole, and nothing that refers to what is not there yet; only
        what changed, which :func:`stamp` tells without asking for the content. ``files`` may have ``at``, the (aware)
        moment of its state: where a newer one is shown already, that stays. Raises DeliveryError."""
        ...

    def close(self) -> None:
        """Let go of connections. Never raises."""
        ...


@runtime_checkable
class Repairs(Protocol):
    """A board that remembers what it wrote, and can put right what others changed there."""

    def repair(self) -> None:
        """At the next publish, trust nothing that is remembered. Never raises."""
        ...


def stamp(files: Mapping[str, bytes], path: str) -> str:
    """A short text that is another one whenever the content of ``path`` may be.

    A mapping that renders on demand has ``stamps`` (path -> text), so that what did not change is never rendered; of
    any other it is the hash of the content. It may have ``before``, the stamps of another one, and ``news``, the paths
    in which they differ from that. Nobody changes stamps that were given out.
    """
    known: Mapping[str, str] | None = getattr(files, "stamps", None)
    if known is not None:
        return known[path]
    from hashlib import sha256

    return sha256(files[path]).hexdigest()[:32]


def stamps(files: Mapping[str, bytes]) -> dict[str, str]:
    """:func:`stamp` of every path; not to be changed."""
    known: Mapping[str, str] | None = getattr(files, "stamps", None)
    if known is None or len(known) != len(files):
        return {p: stamp(files, p) for p in files}
    return known if isinstance(known, dict) else dict(known)


ABILITIES: tuple[type[Any], ...] = (Replies, Edits, Pins, Deletes, Finds, Probes)


def abilities(channel: object) -> frozenset[str]:
    """Names of the abilities that ``channel`` has."""
    return frozenset(a.__name__ for a in ABILITIES if isinstance(channel, a))


def need(module: str, extra: str) -> None:
    """Check, without importing it, that a library is installed. Raises MissingExtra with the command to install it."""
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise MissingExtra(module, extra)


class MissingExtra(Exception):
    """A library that a configured channel needs is not installed; the text is the remedy."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f'needs {module}: pip install "outage-notifier[{extra}]"')
