"""FTP and FTPS: a folder of a web host that offers nothing better (RFC 959, RFC 4217).

Each file is written beside its place and renamed over the old one (RNFR, RNTO). A server that renames over nothing is
asked to delete first; there a file is missing for a moment.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal

from channels import _checks, _ftps
from channels._board import Board
from channels._files import LOCK, folders, half
from notifier.channel import DeliveryError, Permanent, Secret, Temporary, key, value

PORTS = {"explicit": 21, "none": 21, "implicit": 990}
NO_TLS = 'it does not encrypt so: try tls = "implicit"; tls = "none" sends your password in the clear'
LASTING = {  # by the reply code (RFC 959, 4.2; RFC 2228, 3)
    **dict.fromkeys(("331", "332", "530", "532"), "it refuses the login: correct user and password"),
    **dict.fromkeys(("522", "534"), 'it wants an encrypted connection: tls = "explicit"'),
    **dict.fromkeys(("550", "553"), "the folder must exist, and this user must be allowed to write there"),
}


@value
class Config:
    """A folder on a server, and a login there."""

    host: str = key("name of the server")
    path: str = key("the folder there, such as /htdocs/status; made if only it itself is missing")
    user: str = key("login name")
    password: Secret = key("password")
    tls: Literal["explicit", "implicit", "none"] = key(
        "how it is encrypted; none: password and all in the clear", "explicit"
    )
    port: int = key("port of the server; 0: 21, with implicit 990", 0)
    ca: str = key("file with the certificate of your own CA", "", path=True)
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key."""
        _checks.machine(self.host, self.port, "ftp.example.org")


def connect(config: Config) -> Ftp:
    """The board, not yet connected."""
    return Ftp(config)


class Ftp(Board):
    """One folder there."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self.timeout = (5.0, 20.0)
        self._config = config
        self._port = config.port or PORTS[config.tls]
        self._root = config.path.rstrip("/")
        self._ftp: Any = None

    def probe(self) -> str:
        """Whether files can be made there; leaves none."""
        with self.session():
            self.put("probe", b"x", probe=True)
        return f"may write to {self._root or '/'} at {self._config.host}"

    @contextmanager
    def session(self) -> Iterator[None]:
        """A connection for the length of one publish."""
        try:
            with self._told():
                self._ftp = _ftps.made(self._config.tls, self._config.ca)
                self._login(self._ftp)
            yield
            with suppress(Exception):
                self._ftp.quit()
        finally:
            if self._ftp is not None:
                self._ftp.close()
            self._ftp = None

    def fetch(self, path: str) -> bytes | None:
        """What is in one file."""
        got: list[bytes] = []
        with self._told():
            try:
                self._ftp.retrbinary(f"RETR {self._at(path)}", got.append)
            except Exception as error:
                if not _missing(error):
                    raise
                return None
        return b"".join(got)

    def put(self, path: str, content: bytes, probe: bool = False) -> None:
        """Replace one file as a whole. ``probe``: only beside its place, and remove it again."""
        aside, place = self._at(half(path)), self._at(path)
        with self._told():
            try:
                self._ftp.storbinary(f"STOR {aside}", io.BytesIO(content))
            except Exception as error:
                if not _missing(error):
                    raise
                for folder in ("", *folders(path)):
                    self._lenient("MKD", self._at(folder))
                self._ftp.storbinary(f"STOR {aside}", io.BytesIO(content))
            if probe:
                self._ftp.delete(aside)
            elif not self._renamed(aside, place):
                self._lenient("DELE", place)
                if not self._renamed(aside, place):
                    raise Temporary(f"{self._config.host}:{self._port}: it does not rename {aside} to {place}")

    def reserve(self) -> bool:
        """Make a folder, which only one can."""
        with self._told():
            self._lenient("MKD", self._at(""))
            return self._lenient("MKD", self._at(LOCK))

    def release(self) -> None:
        """Remove that folder."""
        with self._told():
            self._lenient("RMD", self._at(LOCK))

    def drop(self, path: str) -> None:
        """Remove one file and what a killed call left of it, and the folders that this leaves empty."""
        with self._told():
            self._lenient("DELE", self._at(half(path)))
            self._lenient("DELE", self._at(path))
            for folder in reversed(folders(path)):
                self._lenient("RMD", self._at(folder))

    def _renamed(self, aside: str, place: str) -> bool:
        from ftplib import error_perm

        try:
            self._ftp.rename(aside, place)
        except error_perm:
            return False
        return True

    def _lenient(self, verb: str, place: str) -> bool:
        """Whether a command was taken; a refusal means that it is so already, or shows with the next one."""
        from ftplib import error_perm

        with suppress(error_perm):
            self._ftp.voidcmd(f"{verb} {place}")
            return True
        return False

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/") or "/"

    def _login(self, ftp: Any) -> None:
        from ftplib import error_perm

        config, (patience, read) = self._config, self.timeout
        ftp.connect(config.host, self._port, patience)
        ftp.timeout = read
        ftp.sock.settimeout(read)
        if config.tls == "explicit":
            try:
                ftp.auth()
            except error_perm as error:
                raise Permanent(f"{config.host}:{self._port}: {NO_TLS}. It says: {error}", whole=True) from None
        ftp.login(config.user, config.password.reveal())
        if config.tls != "none":
            ftp.prot_p()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong, in words. A repeat is harmless, so what may mend itself is for later."""
        from ftplib import Error

        try:
            yield
        except (Error, OSError, EOFError) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> DeliveryError:
        where = f"{self._config.host}:{self._port}, {self._root or '/'}"
        said = getattr(error, "strerror", None) or str(error) or "the connection broke"
        said = self._config.password.scrub(" ".join(said.split()))
        remedy = LASTING.get(said[:3])
        return Permanent(f"{where}: {remedy}. It says: {said}", True) if remedy else Temporary(f"{where}: {said}")


def _missing(error: Exception) -> bool:
    """Whether a reply says that a file or a folder is not there; it says the same of one without rights."""
    return str(error)[:3] in ("550", "553")
