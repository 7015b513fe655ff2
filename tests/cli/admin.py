"""An admin at the command line: in this process, quickly, or as a process of its own, in a pipe or a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from notifier import cli
from notifier.store.sqlite import Sqlite

PATIENCE = 30.0
INTERRUPT = "\x03"  # Ctrl-C
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SITE = """
[site]
name = "Stimmfunk"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "notifier.db"
[components.voice]
name = { de = "Sprachserver", en = "Voice server" }
[components.forum]
name = "Forum"
"""
CONSOLE = '[channels.console]\nkind = "console"\n'


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str = ""

    def json(self) -> Any:
        """Standard output, which must be one JSON value and nothing else."""
        return json.loads(self.out)


class Admin:
    """Works in ``folder``, where ``notifier.toml`` lies, with no home but that folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, read: Callable[[], tuple[str, str]]) -> None:
        self.folder = folder
        self._patch = patch
        self._read = read
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "USER": "anna", "TERM": "xterm"}
        self.env |= {"PYTHONPATH": str(Path(cli.__file__).parents[2]), "LANG": "C.UTF-8"}
        for name in ("NOTIFIER_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "VISUAL", "EDITOR", "SUDO_USER"):
            patch.delenv(name, raising=False)
        for name in ("HOME", "USER"):
            patch.setenv(name, self.env[name])
        patch.chdir(folder)

    def configure(self, *channels: str, site: str = SITE) -> Path:
        """Write notifier.toml."""
        path = self.folder / "notifier.toml"
        path.write_text(site + "".join(channels), encoding="utf-8")
        path.chmod(0o600)
        return path

    def __call__(self, *words: str) -> Done:
        """One command within this process; nobody can be asked."""
        self._read()
        with pytest.raises(SystemExit) as end:
            cli.main(words)
        out, err = self._read()
        return Done(int(str(end.value.code)), out, err)

    def process(self, *words: str, stdin: str | None = None, **env: str) -> Done:
        """One command in a pipe; ``stdin`` None is /dev/null, as under cron."""
        given: dict[str, Any] = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
        done = subprocess.run(
            command(words), env={**self.env, **env}, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE,
            check=False, **given,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def terminal(self, *words: str, types: Sequence[tuple[str, str]] = (), columns: int = 80, **env: str) -> Done:
        """One command in a terminal. ``types``: once this text was seen, these keys are typed."""
        with Terminal(command(words), {**self.env, **env}, self.folder, columns) as terminal:
            for awaited, keys in types:
                terminal.until(awaited)
                terminal.type(keys) if keys != INTERRUPT else terminal.interrupt()
            code = terminal.end()
            return Done(code, terminal.seen)

    def store(self) -> closing[Sqlite]:
        """The store, for a look or a push."""
        return closing(Sqlite(self.folder / "notifier.db"))


class Terminal:
    """A program in a terminal of its own; a context manager."""

    def __init__(self, words: Sequence[str], env: dict[str, str], folder: Path, columns: int) -> None:
        self.raw = ""
        self._fd, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self._process = subprocess.Popen(
            words, env=env, cwd=folder, stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(inner)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    @property
    def seen(self) -> str:
        """What was printed, without what colours it or moves the cursor."""
        return _STEERING.sub("", self.raw).replace("\r", "")

    def until(self, text: str) -> None:
        """Wait till this text was seen."""
        end = monotonic() + PATIENCE
        while text not in self.seen and monotonic() < end and self._more(end):
            pass
        assert text in self.seen, f"never seen: {text}\n{self.seen}"

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._fd, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, and again while nothing comes of it, as people do: between printing a question and waiting for
        the answer a process notes the first and goes on waiting."""
        for _ in range(10):
            self.type(INTERRUPT)
            end = monotonic() + PATIENCE / 10
            while self._more(end):
                pass
            if monotonic() < end:
                return

    def end(self) -> int:
        """Wait for the end; the exit code."""
        end = monotonic() + PATIENCE
        while self._more(end):
            pass
        return self._process.wait(PATIENCE)

    def _more(self, end: float) -> bool:
        """Take in what was printed; False when no more will come."""
        ready, _, _ = select.select([self._fd], [], [], max(0, end - monotonic()))
        try:
            chunk = os.read(self._fd, 65536) if ready else b""
        except OSError:
            return False
        self.raw += chunk.decode(errors="replace")
        return chunk != b""


def command(words: Sequence[str]) -> list[str]:
    """The program as a process of its own."""
    return [sys.executable, "-m", "notifier", *words]


def hook(url: str, name: str = "hook") -> str:
    """A webhook channel."""
    return f'[channels.{name}]\nkind = "webhook"\nurl = "{url}"\n'
