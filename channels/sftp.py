"""SFTP: a folder on another machine, over SSH.

Each file is written beside its place and renamed over the old one (posix-rename@openssh.com, where the server has it).
The server's key must be known: pinned in the configuration, or in a known_hosts file; none is trusted at first sight.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from channels import _checks, _ssh
from channels._board import BUSY, LATER, Board
from channels._files import LOCK, folders, half
from notifier.channel import DeliveryError, Permanent, Secret, Temporary, key, need, value

if TYPE_CHECKING:
    from paramiko import SFTPClient, SSHClient

CHUNK = 32768  # bytes that go in one request
LASTING = {  # by the name of the exception
    "AuthenticationException": "it refuses the login: correct user, key or password (is the key in authorized_keys?)",
    "BadHostKeyException": "its key is another one than the known one: find out why before you put in the new one",
    "PermissionError": "this user may not write there: give it the right to (chown, chmod)",
    "Unknown": "its key is not known here: compare what `ssh-keyscan {host}` prints, and put it into host_key",
}


@value
class Config:
    """A folder on a machine, and a login there."""

    host: str = key("name of the machine")
    path: str = key("the folder there, such as /var/www/status; made if only it itself is missing")
    user: str = key("login name")
    private: Secret = key("private key, best as { file = ... }; or give a password", Secret, name="key")
    passphrase: Secret = key("passphrase of the key", Secret)
    password: Secret = key("password, where there is no key", Secret)
    host_key: str = key('public key of the machine, "ssh-ed25519 AAAA..."; none: known_hosts has it', "")
    port: int = key("port of the SSH service", 22)
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key."""
        if not (self.private or self.password):
            raise ValueError("key: give a key or a password")
        _checks.machine(self.host, self.port, "mirror.example.org", usual=False)
        _ssh.check(self.private, self.host_key)


def connect(config: Config) -> Sftp:
    """The board, not yet connected. Raises MissingExtra when paramiko is not installed."""
    need("paramiko", "sftp")
    return Sftp(config)


class Sftp(Board):
    """One folder there."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self.timeout = (5.0, 20.0)
        self._config = config
        self._root = config.path.rstrip("/") or "/"
        self._sftp: Any = None

    def probe(self) -> str:
        """Whether files can be made there; leaves none."""
        with self.session():
            with self._told():
                self._write(half("probe"), b"x")
            self.drop("probe")
        return f"may write to {self._root} at {self._config.host}"

    @contextmanager
    def session(self) -> Iterator[None]:
        """A connection for the length of one publish."""
        import paramiko

        client = paramiko.SSHClient()
        try:
            with self._told():
                self._sftp = self._login(client)
            yield
        finally:
            self._sftp = None
            client.close()

    def fetch(self, path: str) -> bytes | None:
        """What is in one file."""
        with self._told():
            try:
                with self._sftp.open(self._at(path), "rb") as file:
                    file.prefetch()
                    content: bytes = file.read()
                    return content
            except FileNotFoundError:
                return None

    def put(self, path: str, content: bytes) -> None:
        """Replace one file as a whole."""
        aside, place = self._at(half(path)), self._at(path)
        with self._told():
            self._write(half(path), content)
            try:
                self._sftp.posix_rename(aside, place)
            except FileNotFoundError:  # what we have just written: another, who took us for dead, has renamed it
                raise Temporary(BUSY, LATER) from None
            except OSError:  # a server that cannot
                with suppress(FileNotFoundError):
                    self._sftp.remove(place)
                self._sftp.rename(aside, place)

    def drop(self, path: str) -> None:
        """Remove one file and what a killed call left of it, and the folders that this leaves empty."""
        for name in (half(path), path):
            with self._told(), suppress(FileNotFoundError):
                self._sftp.remove(self._at(name))
        for folder in reversed(folders(path)):
            with suppress(OSError):
                self._sftp.rmdir(self._at(folder))

    def reserve(self) -> bool:
        """Make a folder, which only one can."""
        with self._told():
            try:
                self._sftp.mkdir(self._at(LOCK), 0o755)
            except FileNotFoundError:
                return True  # the folder of it all is missing: nobody has written yet
            except OSError:
                return not self._there(LOCK)
        return True

    def release(self) -> None:
        """Remove that folder."""
        with self._told(), suppress(OSError):
            self._sftp.rmdir(self._at(LOCK))

    def _there(self, path: str) -> bool:
        try:
            self._sftp.stat(self._at(path))
        except FileNotFoundError:
            return False
        return True

    def _write(self, path: str, content: bytes) -> None:
        """A file that a web server may read, and the folders above it."""
        try:
            file = self._sftp.open(self._at(path), "wb")
        except FileNotFoundError:
            for folder in ("", *folders(path)):
                with suppress(OSError):  # it is there already; else the next line says what is wrong
                    self._sftp.mkdir(self._at(folder), 0o755)
            file = self._sftp.open(self._at(path), "wb")
        long = len(content) > CHUNK
        with file:
            file.set_pipelined(long)
            file.write(content)
        if long and self._sftp.stat(self._at(path)).st_size != len(content):  # refusals in a pipeline are not told
            raise OSError("it took only a part of a file; is the disk full?")
        with suppress(OSError):  # a server that does not let us say so makes readable files by itself, or never will
            self._sftp.chmod(self._at(path), 0o644)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/") or "/"

    def _login(self, client: SSHClient) -> SFTPClient:
        """Log in by what the configuration names and nothing else: no agent, no keys that lie about."""
        config, (patience, read) = self._config, self.timeout
        _ssh.know(client, config.host, config.port, config.host_key)
        login: dict[str, Any] = {"password": config.password.reveal()} if config.password else {}
        if config.private:
            login = {"pkey": _ssh.private(config.private.reveal(), config.passphrase)}
        client.connect(
            config.host, config.port, config.user, timeout=patience, banner_timeout=read, auth_timeout=read,
            channel_timeout=read, allow_agent=False, look_for_keys=False, **login,
        )  # fmt: skip
        sftp = client.open_sftp()
        sftp.get_channel().settimeout(read)  # type: ignore[union-attr]
        return sftp

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong, in words. A repeat is harmless, so what may mend itself is for later."""
        from paramiko import SSHException

        try:
            yield
        except (OSError, EOFError, SSHException) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> DeliveryError:
        where = f"{self._config.host}:{self._config.port}"
        kind = "Unknown" if "not found in known_hosts" in str(error) else type(error).__name__
        if kind in LASTING:
            return Permanent(f"{where}: {LASTING[kind].format(host=self._config.host)}", whole=True)
        said = getattr(error, "strerror", None) or str(error) or "the connection broke"
        return Temporary(f"{where}, {self._root}: {said}")
