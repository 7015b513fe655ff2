"""Structured logs: one line an event, in UTC, as ``key=value`` or as JSON; no line holds a secret or a line break."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import time
from typing import Any, TextIO

from notifier.channel import Secret

_PLAIN = re.compile(r"[\w./:@%+,;|~*()<>&#!?\[\]{}-]+", re.ASCII)
MOST = 2000
REQUEST = "request"  # made of our own words only: nothing to take out of it


class Log:
    """Where the process says what it does. ``secrets`` are taken out of every line, whoever wrote it."""

    def __init__(self, stream: TextIO | None = None, as_json: bool = False, secrets: Sequence[Secret] = ()) -> None:
        self._lines = _Lines(as_json, secrets)
        self._handler = logging.StreamHandler(stream or sys.stderr)
        self._handler.setFormatter(self._lines)

    def info(self, event: str, **fields: object) -> None:
        """Something happened."""
        self._write("info", event, fields)

    def warn(self, event: str, **fields: object) -> None:
        """Somebody should look."""
        self._write("warning", event, fields)

    def fault(self, error: BaseException, **fields: object) -> None:
        """A fault of ours, with where it arose."""
        lines = traceback.format_exception(error)
        self._write("error", "fault", {**fields, "traceback": "".join(lines)[-MOST:]})

    def _write(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        """One line. Where it cannot be written, the work goes on without it."""
        line = self._lines.line(time(), level, event, fields)
        self._handler.acquire()
        try:
            with suppress(OSError, ValueError):
                self._handler.stream.write(f"{line}\n")
                self._handler.flush()
        finally:
            self._handler.release()

    def adopt(self, *names: str) -> None:
        """What these loggers of libraries warn of goes the same way."""
        for name in names:
            logger = logging.getLogger(name)
            logger.handlers = [self._handler]
            logger.propagate = False
            logger.setLevel(logging.WARNING)


class _Lines(logging.Formatter):
    """A record as one line."""

    def __init__(self, as_json: bool, secrets: Sequence[Secret]) -> None:
        super().__init__()
        self._as_json = as_json
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """What a library says."""
        fields = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))[-MOST:]
        return self.line(record.created, record.levelname.lower(), record.getMessage(), fields)

    def line(self, at: float, level: str, event: str, fields: Mapping[str, object]) -> str:
        """The line, without its end. ``at``: seconds since 1970."""
        moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said: dict[str, Any] = {"time": moment, "level": level, "event": event, **fields}
        if event != REQUEST:
            said = {name: self._clean(what) for name, what in said.items()}
        if self._as_json:
            return json.dumps(said)
        return " ".join(f"{name}={_word(what)}" for name, what in said.items())

    def _clean(self, what: object) -> object:
        if isinstance(what, int | float) or what is None:
            return what
        text = str(what)
        for secret in self._secrets:
            text = secret.scrub(text)
        return text


def _word(what: object) -> str:
    """A value that is no plain word is quoted, with every control character and line break escaped."""
    text = str(what)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
