"""A WebDAV server (RFC 4918) on a folder of the disk, for a FakeRemote: what our board needs of it."""

from __future__ import annotations

import base64
import os
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from notifier.testing import Answer, Request

USER, PASSWORD = "status", "pa55-wörd"


class Dav:
    """Shows ``root`` to one user. ``moves``: it knows MOVE. ``full``: no space is left. ``no_folder``: what it says
    where the folder above is missing. ``stolen``: so many files that were written beside their place are moved away
    by somebody else."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.moves = True
        self.full = False
        self.no_folder = 409
        self.stolen = 0
        self.seen: list[str] = []
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """What it says to a request."""
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {login}":
            return Answer(401)
        with self._lock:
            self.seen.append(f"{request.method} {unquote(request.path)}")
            try:
                verb = getattr(self, f"_{request.method.lower()}", None)
                return verb(request) if verb is not None else Answer(405)
            except FileNotFoundError:
                return Answer(self.no_folder if request.method in ("PUT", "MKCOL") else 404)

    def _at(self, path: str) -> Path:
        return self.root / unquote(urlsplit(path).path).strip("/")

    def _get(self, request: Request) -> Answer:
        return Answer(200, body=self._at(request.path).read_bytes())

    def _put(self, request: Request) -> Answer:
        if self.full:
            return Answer(507)
        self._at(request.path).write_bytes(request.body)
        return Answer(201)

    def _move(self, request: Request) -> Answer:
        if not self.moves:
            return Answer(405)
        assert request.headers["Overwrite"] == "T"
        if self.stolen:
            self.stolen -= 1
            self._at(request.path).unlink()
        os.replace(self._at(request.path), self._at(request.headers["Destination"]))
        return Answer(204)

    def _delete(self, request: Request) -> Answer:
        place = self._at(request.path)
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        return Answer(204)

    def _mkcol(self, request: Request) -> Answer:
        if self._at(request.path).exists():
            return Answer(405)
        self._at(request.path).mkdir()
        return Answer(201)
