"""Git: a branch of a pages host, such as GitHub, GitLab, Codeberg or one's own. One publish is one commit.

The commit is made by git itself (git-fast-import(1)) in a bare repository of our own, on top of what the remote has,
and pushed without force: where somebody else was quicker, it is fetched and made anew.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from channels import _checks
from channels._board import Board, Taken
from channels._files import NAME
from notifier.channel import DeliveryError, Permanent, Secret, Temporary, key, value

if TYPE_CHECKING:
    from tempfile import TemporaryDirectory

OURS = "refs/heads/next"
SSH = "-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout={} -o ServerAliveInterval=5"
LATE = re.compile(r"non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref|incorrect old value")
LASTING = {
    r"Host key verification failed": "its key is not known here: put it into known_hosts, once compared (ssh-keyscan)",
    r"hook declined|protected branch|GH006": "it refuses commits on this branch: allow them to this login",
    r"Permission (to \S+ )?denied|Authentication failed|could not read (User|Pass)|error: 40[13]|Invalid username":
        "it refuses the login: it needs the right to write (deploy key, or token)",
    r"[Rr]epository.* not found|does not appear to be a git|does not exist|error: 404": "there is no such repository",
}  # fmt: skip
AUTHOR = "Status page <status@localhost>"
NO_GIT = "git is not installed; on Debian and Ubuntu: sudo apt install git"


@value
class Config:
    """A branch of a repository, and a login there."""

    repository: str = key("address, such as git@github.com:voice/status.git or https://...; or a path", path="address")
    branch: str = key("branch that the host shows", "gh-pages")
    folder: str = key("folder in the branch; none: its root", "")
    key_file: str = key("private SSH key without passphrase; none: those of this user", "", path=True)
    known_hosts: str = key("file with the host's public key; none: that of this user", "", path=True)
    user: str = key("login name for the token, with https", "git")
    token: Secret = key("access token, with https", Secret)
    author: str = key("who makes the commits", AUTHOR)
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key."""
        _checks.repository(self.repository)
        _checks.branch(self.branch)
        _checks.inside("folder", self.folder, "docs")
        if not re.fullmatch(r"[^<>\n]+ <[^<>\n]+>", self.author):
            raise ValueError(f"author: {self.author!r} must look like {AUTHOR}")


def connect(config: Config) -> Git:
    """The board; nothing is fetched yet."""
    return Git(config)


class Git(Board):
    """One branch. What was fetched is kept till :meth:`close`."""

    guard = "commit"
    tries: ClassVar[int] = 4

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self.timeout = (5.0, 60.0)
        self._config = config
        self._branch = f"refs/heads/{config.branch}"
        self._home: TemporaryDirectory[str] | None = None
        self._parent = ""
        self._changes: list[bytes] = []

    def probe(self) -> str:
        """Whether the branch can be fetched, and pushed to if it exists; pushes nothing."""
        with self.session():
            if not self._parent:
                return f"will create {self._config.branch}"
            self._git("push", "--dry-run", "--quiet", "--", self._config.repository, f"{self._parent}:{self._branch}")
            return f"may push to {self._config.branch}"

    def close(self) -> None:
        """Remove what was fetched."""
        if self._home is not None:
            self._home.cleanup()
            self._home = None

    @contextmanager
    def session(self) -> Iterator[None]:
        """On top of what the branch now holds."""
        if not self._whole():
            from tempfile import TemporaryDirectory

            self.close()
            self._home = TemporaryDirectory(prefix="notifier-git-", ignore_cleanup_errors=True)
            self._git("init", "--quiet", "--bare")
        self._changes, self._parent = [], self._fetch()
        yield

    def fetch(self, path: str) -> bytes | None:
        """What is in one file, as the branch holds it."""
        if not self._parent or not self._git("ls-tree", self._parent, "--", self._at(path)):
            return None
        return self._git("cat-file", "blob", f"{self._parent}:{self._at(path)}")

    def put(self, path: str, content: bytes) -> None:
        """One file of the next commit."""
        self._changes.append(b"M 100644 inline %s\n%s" % (self._at(path).encode(), _data(content)))

    def drop(self, path: str) -> None:
        """One file less in the next commit."""
        self._changes.append(b"D %s\n" % self._at(path).encode())

    def save(self, notes: bytes, tag: None) -> None:
        """Commit and push. Raises Taken when the branch has moved on."""
        self.put(NAME, notes)
        who = f"committer {self._config.author} {int(time.time())} +0000\n"
        start = f"reset {OURS}\n\ncommit {OURS}\n{who}".encode() + _data(b"Status page\n")
        start += f"from {self._parent}\n".encode() if self._parent else b""
        self._git("fast-import", "--quiet", "--force", "--done", given=start + b"".join([*self._changes, b"done\n"]))
        self._git("push", "--quiet", "--", self._config.repository, f"{OURS}:{self._branch}")

    def _whole(self) -> bool:
        """Whether all that was fetched is still there: what clears /tmp of old files comes there too."""
        with suppress(DeliveryError):
            return self._home is not None and not self._git("rev-list", "--quiet", "--objects", "--all")
        return False

    def _fetch(self) -> str:
        """The branch's commit; "" when there is no such branch."""
        with suppress(LookupError):
            self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--", self._config.repository, self._branch)
            return self._git("rev-parse", "FETCH_HEAD").decode().strip()
        return ""

    def _at(self, path: str) -> str:
        return f"{self._config.folder.strip('/')}/{path}".lstrip("/")

    def _git(self, *words: str, given: bytes = b"") -> bytes:
        """What git prints. It and what it starts are killed when they take too long."""
        import subprocess

        how: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        how |= {"cwd": self._home.name if self._home else None, "env": self._environment(), "start_new_session": True}
        try:
            process = subprocess.Popen(["git", *words], **how)
        except FileNotFoundError as error:
            raise Temporary(NO_GIT if error.filename == "git" else str(error), whole=True) from None
        try:
            said, complaint = process.communicate(given, timeout=self.timeout[1])
        except BaseException as error:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Temporary(f"git {words[0]}: {self._config.repository} did not answer in time") from None
            raise
        if process.returncode:
            raise self._error(words[0], complaint.decode("utf-8", "replace"))
        return bytes(said)

    def _environment(self) -> dict[str, str]:
        """No git but ours, no questions, and the login."""
        config = self._config
        ssh = "ssh " + SSH.format(int(self.timeout[0]))
        ssh += f" -o IdentitiesOnly=yes -i {shlex.quote(config.key_file)}" if config.key_file else ""
        ssh += f" -o UserKnownHostsFile={shlex.quote(config.known_hosts)}" if config.known_hosts else ""
        ours = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GIT_SSH_COMMAND": ssh}
        if config.token:
            login = b64encode(f"{config.user}:{config.token.reveal()}".encode()).decode()
            ours |= {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "http.followRedirects", "GIT_CONFIG_VALUE_0": "false"}
            ours |= {"GIT_CONFIG_KEY_1": "http.extraHeader", "GIT_CONFIG_VALUE_1": f"Authorization: Basic {login}"}
        return {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | ours | {"GIT_DIR": "."}

    def _error(self, verb: str, said: str) -> DeliveryError:
        if verb == "push" and LATE.search(said):
            raise Taken
        if verb == "fetch" and "fatal: couldn't find remote ref" in said:
            raise LookupError
        lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
        lines.sort(key=lambda line: not re.match(r"(fatal|error|ssh|remote): | ! ", line))  # a greeting comes after
        short = self._config.token.scrub(" ".join(" ".join(lines[:3]).split()))[:200]
        for pattern, remedy in LASTING.items():
            if re.search(pattern, said):
                return Permanent(f"{self._config.repository}: {remedy}. git {verb} says: {short}", whole=True)
        return Temporary(f"{self._config.repository}: git {verb} says: {short}")


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
