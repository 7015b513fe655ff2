"""An FTP server on a real socket of 127.0.0.1, by pyftpdlib: one user, one folder."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USER, PASSWORD = "status", "pa55-word"


@contextmanager
def serving(root: Path, rights: str = "elradfmwMT", renames: bool = True) -> Iterator[int]:
    """The port of a server that shows ``root``. ``renames``: it can rename over a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the modules that it is built on
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.filesystems import AbstractedFS, FilesystemError
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import FTPServer

    class Files(AbstractedFS):
        def rename(self, src: str, dst: str) -> None:
            if not renames and Path(dst).exists():
                raise FilesystemError("the file exists")
            super().rename(src, dst)

    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    users = DummyAuthorizer()
    users.add_user(USER, PASSWORD, str(root), perm=rights)
    handler: Any = type(
        "Handler", (FTPHandler,), {"authorizer": users, "abstracted_fs": Files, "auth_failed_timeout": 0}
    )
    server = FTPServer(("127.0.0.1", 0), handler)
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            server.serve_forever(timeout=0.01, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.address[1]
    finally:
        done.set()
        thread.join()
