"""One HTTP request and what its end says: a thin layer over requests for the channels that speak HTTP.

No retries and no redirects: the outbox repeats, and an address that moved is for the admin to change. Each request has
a connection of its own: a kept one that the remote closes looks like a lost answer, and urllib3 keeps it, whatever is
asked for, unless the answer says "Connection: close" too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notifier.channel import DeliveryError, Permanent, Secret, Temporary, Unsure

if TYPE_CHECKING:
    from datetime import datetime

    from requests import PreparedRequest, Response, Session

TIMEOUT = (5.0, 20.0)  # seconds: connect, read
EXCERPT = 200  # characters of a foreign answer that an error quotes
READ = 65536  # bytes of it that are looked at for that
LONGEST_WAIT = 7 * 86400.0  # seconds; a remote that asks for more is not taken at its word
EPOCH = 1e8  # a number above it is a time, one below it a span of seconds
BAD_ADDRESS = "the configured address cannot be used: it must look like https://host/path"
BAD_HEADER = "a configured value cannot stand in a header: is there a line break in a token?"


class Http:
    """Requests to one service. secrets: what must not show in an error, although the service may echo it."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._secrets = tuple(secrets)

    def send(self, method: str, url: str, timeout: tuple[float, float] = TIMEOUT, **more: Any) -> Response:
        """The answer, whatever its status. ``more``: headers, json, data, params, auth, as requests takes them.

        Raises DeliveryError when no answer came.
        """
        import requests
        import urllib3

        try:
            with _session() as session:
                return session.request(method, url, timeout=timeout, allow_redirects=False, **more)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise lost(error, self._secrets) from None

    def request(self, method: str, url: str, idempotent: bool = False, **more: Any) -> Response:
        """The answer, whose status is 2xx. ``idempotent``: a repeat is harmless. Raises DeliveryError otherwise."""
        answer = self.send(method, url, **more)
        if not 200 <= answer.status_code < 300:
            raise self.refusal(answer, idempotent)
        return answer

    def refusal(self, answer: Response, idempotent: bool = False) -> DeliveryError:
        """What an answer says that is not 2xx, with the host and the beginning of its text."""
        said = excerpt(self.scrub(answer.content[:READ].decode("utf-8", "replace")))
        why = f"{host(answer.url)} answers {answer.status_code}" + (f" ({said})" if said else "")
        return verdict(answer.status_code, answer.headers, why, idempotent)

    def scrub(self, text: str) -> str:
        """``text`` without the secrets."""
        return scrub(text, self._secrets)

    def close(self) -> None:
        """Nothing is open between two requests; for channels that close what they use."""


def verdict(status: int, headers: Mapping[str, str], why: str, idempotent: bool = False) -> DeliveryError:
    """What a status other than 2xx says (RFC 9110 section 15, RFC 6585), unless the service says otherwise.

    408, 425, 429, 503: surely not done, later. 3xx, 401, 407: the channel is broken. Other 4xx: this request, for
    good. Other 5xx: it may have been done; where a repeat is harmless (``idempotent``), later.
    """
    after = retry_after(headers)
    if status == 429:
        return Temporary(why, after if after is not None else reset_after(headers), whole=True)
    if status in (408, 425, 503):
        return Temporary(why, after, whole=after is not None)
    if status in (401, 407):
        return Permanent(f"{why}. The credentials are refused: put in valid ones", whole=True)
    if 300 <= status < 400:
        return Permanent(f"{why}{_elsewhere(headers)}. Redirects are not followed: put in the new address", whole=True)
    if 400 <= status < 500:
        return Permanent(why)
    return Temporary(why, after) if idempotent and status >= 500 else Unsure(why)


def lost(error: Exception, secrets: Iterable[Secret] = ()) -> DeliveryError:
    """What an exception of requests says: surely not sent, or sent and unanswered. Its text names the host alone."""
    from requests import exceptions as failed
    from urllib3.exceptions import MaxRetryError, ReadTimeoutError

    where = host(getattr(getattr(error, "request", None), "url", None) or "") or "the service"
    reason = scrub(_reason(error), secrets)
    within = error.args[0] if error.args else None
    never_sent = isinstance(error, failed.ConnectTimeout) or isinstance(within, MaxRetryError)
    if isinstance(error, failed.InvalidHeader):
        return Permanent(BAD_HEADER, whole=True)
    if isinstance(error, (failed.InvalidURL, failed.InvalidSchema, failed.MissingSchema)):
        return Permanent(BAD_ADDRESS, whole=True)
    if never_sent and isinstance(error, failed.SSLError):
        return Temporary(f"no secure connection to {where}{reason}; look at its certificate and at the clock here")
    if never_sent:
        return Temporary(f"{where} cannot be reached{reason}")
    if isinstance(error, failed.ReadTimeout) or isinstance(within, ReadTimeoutError):
        return Unsure(f"{where} took the request and did not answer in time")
    return Unsure(f"the connection to {where} broke before an answer came{reason}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that Retry-After asks to wait, given as a number or as an HTTP date (RFC 9110, 10.2.3); else None."""
    from email.utils import parsedate_to_datetime

    return _wait(headers.get("Retry-After", ""), parsedate_to_datetime)


def reset_after(headers: Mapping[str, str], name: str = "X-RateLimit-Reset") -> float | None:
    """Seconds until the time in a header: an ISO 8601 time, seconds since 1970, or seconds from now; else None."""
    from datetime import datetime

    return _wait(headers.get(name, ""), datetime.fromisoformat)


def scrub(text: str, secrets: Iterable[Secret]) -> str:
    """``text`` with dots in place of each secret."""
    for secret in secrets:
        text = secret.scrub(text)
    return text


def excerpt(text: str) -> str:
    """The words of an answer on one line of at most 200 characters, without HTML tags and control characters."""
    words = re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]{0,500}>", " ", text[:4000])
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def host(url: str) -> str:
    """Host and port of an address, without user and password; "" when it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _session() -> Session:
    import logging
    from http.cookiejar import DefaultCookiePolicy

    import requests

    logging.getLogger("urllib3").setLevel(logging.ERROR)  # below that it writes addresses, tokens in them included
    session = requests.Session()
    session.auth = _login  # and none of ~/.netrc, which requests would put in place of our own Authorization
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Connection": "close", "User-Agent": "outage-notifier"})
    return session


def _login(request: PreparedRequest) -> PreparedRequest:
    """The request with user and password of its address, if there are."""
    from requests.auth import HTTPBasicAuth
    from requests.utils import get_auth_from_url

    user, password = get_auth_from_url(request.url or "")
    return HTTPBasicAuth(user, password)(request) if user or password else request


def _elsewhere(headers: Mapping[str, str]) -> str:
    to = host(headers.get("Location", ""))
    return f", it points to {to}" if to else ""


def _reason(error: BaseException) -> str:
    """What the system said at the bottom of it, such as ": Connection refused"; "" when it did not speak."""
    beneath = [getattr(error, "reason", None), error.__cause__, *error.args]
    deeper = next((cause for cause in beneath if isinstance(cause, BaseException)), None)
    if deeper is not None:
        return _reason(deeper)
    said = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return f": {excerpt(str(said))}" if said else ""


def _wait(value: str, read: Callable[[str], datetime]) -> float | None:
    from datetime import UTC, datetime

    try:
        if re.fullmatch(r"[\d.]+", value.strip()):
            seconds = float(value)
        else:
            moment = read(value)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds - datetime.now(UTC).timestamp() if seconds > EPOCH else seconds, 0.0), LONGEST_WAIT)
