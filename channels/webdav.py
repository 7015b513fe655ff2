"""WebDAV: a folder of a server or a cloud drive that a web server shows (RFC 4918).

Each file is PUT beside its place and then MOVEd over the old one, which is one step. A server that refuses MOVE gets a
plain PUT; whether a visitor can see half a file then is up to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from channels import _checks, _http
from channels._board import BUSY, LATER, Board
from channels._files import LOCK, folders, half, headers
from notifier.channel import Permanent, Secret, Temporary, Unsure, key, value

if TYPE_CHECKING:
    from requests import Response

GONE = (404, 410)
NO_FOLDER = (404, 409, 500)  # RFC 4918, 9.7.1: 409; some say 404, and nginx says 500
PASSING = 502  # RFC 4918, 9.9.4: it cannot move to there; but a proxy says so when it does not reach the server
NO_MOVE = (400, 403, 405, 501, PASSING)
RIGHTS = "the login may not write there, or the address is no WebDAV folder"
FULL = "no space is left there; make room"


@value
class Config:
    """A folder, and a login there."""

    address: str = key("address of the folder, such as https://dav.example.org/status/; made if it alone is missing")
    user: str = key("login name; none: no login", "")
    password: Secret = key("password", Secret)
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError for what is no address, or would show a password."""
        _checks.address("address", self.address, "https://dav.example.org/status/", "the keys user and password")


def connect(config: Config) -> WebDav:
    """The board, not yet connected."""
    return WebDav(config)


class WebDav(Board):
    """One folder there."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self.timeout = (5.0, 20.0)
        self._config = config
        parts = urlsplit(config.address)
        self._root = f"{parts.scheme}://{parts.netloc}{quote(unquote(parts.path))}".rstrip("/")
        self._http = _http.Http([config.password])
        self._moves = True

    def probe(self) -> str:
        """Whether files can be made there; leaves none."""
        self._write(half("probe"), b"x")
        self.drop("probe")
        return f"may write to {_http.host(self._root)}{urlsplit(self._root).path}"

    @contextmanager
    def session(self) -> Iterator[None]:
        """Each request has a connection of its own."""
        yield

    def fetch(self, path: str) -> bytes | None:
        """What is in one file. Too few servers obey If-Match for notes to have a tag."""
        answer = self._ask("GET", path, {"Cache-Control": "no-cache"})
        return None if answer.status_code in GONE else self._sure(answer).content

    def put(self, path: str, content: bytes) -> None:
        """Replace one file, as a whole where the server can move."""
        if not self._moves:
            self._write(path, content)
            return
        self._write(half(path), content)
        to = {"Destination": self._at(path), "Overwrite": "T"}
        answer = self._ask("MOVE", half(path), to)
        if answer.status_code in NO_MOVE:
            self._moves = answer.status_code == PASSING
            self._write(path, content)
            self._ask("DELETE", half(path))
            return
        if answer.status_code in GONE:  # what we have just written: another, who took us for dead, has moved it
            raise Temporary(BUSY, LATER)
        self._sure(answer)

    def drop(self, path: str) -> None:
        """Remove one file; folders stay, as nobody can say whether they are empty."""
        for name in (half(path), path):
            answer = self._ask("DELETE", name)
            if answer.status_code not in GONE:
                self._sure(answer)

    def reserve(self) -> bool:
        """Make a folder, which only one can: 405 says that it is there (RFC 4918, 9.3.1)."""
        return self._ask("MKCOL", f"{LOCK}/").status_code != 405

    def release(self) -> None:
        """Remove that folder."""
        self._ask("DELETE", f"{LOCK}/")

    def _write(self, path: str, content: bytes) -> None:
        """PUT, and make the folders that are missing."""
        answer = self._ask("PUT", path, {"Content-Type": headers(path)[0]}, content)
        if answer.status_code in NO_FOLDER:
            for folder in ("", *folders(path)):
                self._ask("MKCOL", f"{folder}/" if folder else "")
            answer = self._ask("PUT", path, {"Content-Type": headers(path)[0]}, content)
        self._sure(answer)

    def _ask(
        self, method: str, path: str, more: dict[str, str] | None = None, content: bytes | None = None
    ) -> Response:
        """The answer, whatever its status. Nothing is lost by a repeat, so what is unsure is for later."""
        config = self._config
        login = (config.user.encode(), config.password.reveal().encode()) if config.user else None
        try:
            return self._http.send(
                method, self._at(path), timeout=self.timeout, headers=more, data=content, auth=login
            )  # fmt: skip
        except Unsure as error:
            raise Temporary(error.why) from None

    def _sure(self, answer: Response) -> Response:
        """``answer`` if it is a success. 207 tells of members that failed, which one file has not."""
        if 200 <= answer.status_code < 300 and answer.status_code != 207:
            return answer
        refusal = self._http.refusal(answer, idempotent=True)
        if answer.status_code in (403, 404, 405, 409):
            raise Permanent(f"{refusal}. {RIGHTS}", whole=True)
        if answer.status_code == 507:
            raise Temporary(f"{refusal}. {FULL}", whole=True)
        raise refusal

    def _at(self, path: str) -> str:
        return f"{self._root}/{quote(path)}"
