"""A bucket that speaks the part of the S3 API that our board needs, for a FakeRemote."""

from __future__ import annotations

import re
import threading
from hashlib import md5
from urllib.parse import unquote

from notifier.testing import Answer, Request

BUCKET, ACCESS, SECRET = "pages", "AKIAEXAMPLE", "s3cr3t-access/key"


class S3Api:
    """One bucket. ``conditional``: it knows If-Match and If-None-Match. ``refuses``: the code of its next answers."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.writes = 0
        self.conditional = True
        self.refuses = (0, "")
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """What it says to a request."""
        bucket, _, name = unquote(request.path).lstrip("/").partition("/")
        if self.refuses[0]:
            return _error(*self.refuses)
        if f"Credential={ACCESS}/" not in request.headers["Authorization"]:
            return _error(403, "InvalidAccessKeyId")
        if bucket != BUCKET:
            return _error(404, "NoSuchBucket")
        with self._lock:
            return self._answer(request, name)

    def _answer(self, request: Request, name: str) -> Answer:
        if request.method == "PUT":
            return self._put(request, name)
        if request.method == "POST" and "delete" in request.query:
            keys = re.findall(r"<Key>(.*?)</Key>", request.body.decode())
            for key in keys:
                self.objects.pop(key, None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return Answer(200, body=f"<DeleteResult>{gone}</DeleteResult>".encode())
        if name not in self.objects:
            return _error(404, "NoSuchKey")
        head = {"ETag": self._tag(name) or "", "Last-Modified": "Sat, 19 Nov 2011 20:14:00 GMT"}
        return Answer(200, body=self.objects[name], headers=head)

    def _put(self, request: Request, name: str) -> Answer:
        wanted, absent = request.headers.get("If-Match"), request.headers.get("If-None-Match")
        if (wanted or absent) and not self.conditional:
            return _error(501, "NotImplemented")
        if (absent and name in self.objects) or (wanted and wanted != self._tag(name)):
            return _error(412, "PreconditionFailed")
        self.objects[name] = request.body
        self.headers[name] = {k: request.headers.get(k, "") for k in ("Content-Type", "Cache-Control")}
        self.writes += 1
        return Answer(200, headers={"ETag": self._tag(name) or ""})

    def _tag(self, name: str) -> str | None:
        return f'"{md5(self.objects[name]).hexdigest()}"' if name in self.objects else None


def _error(status: int, code: str) -> Answer:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>No.</Message></Error>'
    return Answer(status, body=body.encode(), headers={"Content-Type": "application/xml"})
