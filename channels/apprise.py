"""Apprise: posts to one of the services that the apprise library knows, named by its URL. Posts only.

Apprise tells success or failure and no more. What can be known beyond that is read from the logs of the attempt: the
HTTP status, which most of its plugins name as "error=429", and at DEBUG whether the connection ever came about. These
logs quote addresses and payloads, so they are read here and reach no other log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from notifier.channel import (
    DeliveryError,
    Limits,
    Message,
    Permanent,
    Receipt,
    Secret,
    Temporary,
    Unsure,
    key,
    need,
    value,
)

LONGEST = 60.0  # seconds that one post may take, whatever the service does inside
STATUS = re.compile(r"\berror=([1-5]\d\d)\b")
REASON = re.compile(r"\[Errno -?\d+\] ([\w ]+)|(CERTIFICATE_VERIFY_FAILED|timed out)")
NEVER_SENT = ("Max retries exceeded", "NewConnectionError", "NameResolutionError", "ConnectTimeout")  # of urllib3
LATER = frozenset({408, 425, 429, 503})
REFUSED = frozenset({400, 413, 422})
BROKEN = {
    401: "it does not accept the credentials in url",
    403: "it does not let us post with the credentials in url",
    404: "it does not know the address in url",
    410: "the address in url is gone for good",
}


@value
class Config:
    """An Apprise URL, and how much its service takes."""

    url: Secret = key("Apprise URL of one service and one recipient, as apprise's documentation shows it")
    limit: int = key("most characters of a text that the service takes", 1000)
    title: int = key("most characters of a title; 0: the title stands in the text", 250)

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key."""
        if self.limit < 1 or self.title < 0:
            raise ValueError(f"{'limit' if self.limit < 1 else 'title'}: must not be below {int(self.limit < 1)}")


def connect(config: Config) -> Apprise:
    """The channel; its URL is looked at on first use. Raises MissingExtra when apprise is not installed."""
    need("apprise", "apprise")
    return Apprise(config)


class Apprise:
    """One service of Apprise. ``timeout``: seconds to connect, and to wait for an answer."""

    def __init__(self, config: Config) -> None:
        self.limits = Limits(size=config.limit, title=config.title)
        self.timeout = (5.0, 20.0)
        self._url = config.url
        self._sender: Any = None

    def post(self, message: Message) -> Receipt:
        """Hand it to the service, once. The receipt is empty: apprise gives nothing back."""
        from logging import DEBUG

        sender = self._loaded()
        service = sender[0]
        service.socket_connect_timeout, service.socket_read_timeout = self.timeout
        title, body = fitted(message, service.title_maxlen, service.body_maxlen)
        result = sender.notify(body, title, body_format="text", log_level=DEBUG)
        if result:
            return Receipt()
        raise verdict(service.service_name, [(e.level, self._url.scrub(e.message)) for e in result.logs()])

    def probe(self) -> str:
        """Read the URL; more cannot be tried without posting."""
        return f"{self._loaded()[0].service_name}: url reads well; apprise cannot try credentials without posting"

    def close(self) -> None:
        """Forget the service."""
        self._sender = None

    def _loaded(self) -> Any:
        """The sender with its one service. Raises Permanent for a URL that cannot be used."""
        if self._sender is None:
            self._sender = _sender(self._url)
        return self._sender


def _sender(url: Secret) -> Any:
    import logging

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it writes addresses, tokens in them included
    log = logging.getLogger("apprise")
    log.propagate = False
    log.handlers = [logging.NullHandler()]
    log.setLevel(logging.DEBUG)
    import apprise

    asset = apprise.AppriseAsset(app_id="outage-notifier", service_timeout=LONGEST, storage_mode="memory")
    asset.http_redirects = False  # a POST that is led elsewhere arrives as an empty GET
    sender = apprise.Apprise(asset=asset)
    service = sender.instantiate(url.reveal().strip(), asset=asset)
    if service is None:
        raise Permanent(f"url: apprise cannot read it as an address of {_scheme(url)}", whole=True)
    service.retry = 0  # whatever ?retry= says: the outbox repeats, and knows when it must not
    if len(service) > 1:
        raise Permanent("url: names several recipients; make a channel for each, so that each is told once", whole=True)
    service.overflow_mode = apprise.OverflowMode.TRUNCATE  # never one text as several messages
    sender.add(service)
    return sender


def _scheme(url: Secret) -> str:
    scheme, mark, _ = url.reveal().strip().partition("://")
    return f'"{scheme}://"' if mark and re.fullmatch(r"[a-z][a-z0-9+.-]{0,19}", scheme) else "any service"


def fitted(message: Message, most_title: int, most_body: int) -> tuple[str, str]:
    """Title and body, shortened at a word where the service takes less than was configured; the link stays.

    most_title 0: the service has none, and apprise will set the title before the body on a line of its own.
    """
    title = message.title if not most_title else shortened(message.title, most_title)
    room = most_body - (len(title) + 2 if title and not most_title else 0)
    if len(message.text) <= room:
        return title, message.text
    link = f"\n{message.link}" if message.link and message.text.endswith(message.link) else ""
    if len(link) > room // 2:
        link = ""
    return title, shortened(message.text.removesuffix(link), room - len(link)) + link


def shortened(text: str, most: int) -> str:
    """``text`` in at most that many characters, cut after a word, with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: max(most - 1, 0)]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return (head[:cut] if cut > most // 2 else head).rstrip() + "…"


def verdict(service: str, logs: Iterable[tuple[str, str]]) -> DeliveryError:
    """What the logs (level, text) of a failed attempt say. Several answers that disagree leave it unsure."""
    logs = list(logs)
    codes = {int(code) for _, text in logs for code in STATUS.findall(text)}
    said = next((text for level, text in reversed(logs) if level in ("WARNING", "ERROR")), "no reason given")
    why = f"{service}: {' '.join(said.split())[:300]}"
    if len(codes) == 1:
        return _answered(codes.pop(), service, why)
    whole_log = "\n".join(text for _, text in logs)
    reason = next((found[1] or found[2] for found in REASON.finditer(whole_log)), "")
    if not codes and any(mark in whole_log for mark in NEVER_SENT):
        return Temporary(f"{service} cannot be reached: {reason.strip() or 'no connection'}")
    return Unsure(f"{why} {reason}".rstrip())


def _answered(code: int, service: str, why: str) -> DeliveryError:
    if code in LATER:
        return Temporary(why)
    if code in BROKEN:
        return Permanent(f"{service} answers {code}: {BROKEN[code]}", whole=True)
    if 300 <= code < 400:
        return Permanent(f"{service} answers {code}: it has moved; put the new address into url", whole=True)
    return Permanent(why) if code in REFUSED else Unsure(why)
