"""An SFTP server on a real socket of 127.0.0.1, by paramiko: one user, one folder."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko

USER, PASSWORD = "status", "pa55-word"


class _Door(paramiko.ServerInterface):
    """Lets in one user, by password or by one public key."""

    def __init__(self, key: paramiko.PKey) -> None:
        self.key = key

    def check_auth_password(self, username: str, password: str) -> int:
        fine = (username, password) == (USER, PASSWORD)
        return paramiko.AUTH_SUCCESSFUL if fine else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, key) == (USER, self.key) else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    """An open file."""

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]


class _Files(paramiko.SFTPServerInterface):
    """A folder of the disk."""

    root: Path
    renames: bool

    def _at(self, path: str) -> str:
        return str(self.root) + self.canonicalize(path)

    def _done(self, call: Any, *args: Any) -> int:
        try:
            call(*args)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return paramiko.SFTP_OK

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            number = os.open(self._at(path), flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        handle = _Handle(flags)
        file = os.fdopen(number, "wb" if flags & os.O_WRONLY else "rb")
        handle.filename, handle.readfile, handle.writefile = path, file, file  # type: ignore[attr-defined]
        return handle

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(os.stat(self._at(path)))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def remove(self, path: str) -> int:
        return self._done(os.unlink, self._at(path))

    def rename(self, oldpath: str, newpath: str) -> int:
        if os.path.exists(self._at(newpath)):
            return paramiko.SFTP_FAILURE
        return self._done(os.rename, self._at(oldpath), self._at(newpath))

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if not self.renames:
            return paramiko.SFTP_OP_UNSUPPORTED
        return self._done(os.rename, self._at(oldpath), self._at(newpath))

    def mkdir(self, path: str, attr: Any) -> int:
        return self._done(os.mkdir, self._at(path))

    def rmdir(self, path: str) -> int:
        return self._done(os.rmdir, self._at(path))

    def chattr(self, path: str, attr: Any) -> int:
        return self._done(os.chmod, self._at(path), attr.st_mode) if attr.st_mode else paramiko.SFTP_OK


@contextmanager
def serving(root: Path, user_key: paramiko.PKey, renames: bool = True) -> Iterator[tuple[int, str]]:
    """The port of a server that shows ``root``, and its public key. ``renames``: it can rename over a file."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # clients that are killed are what the tests are about
    host_key = paramiko.ECDSAKey.generate()
    files = type("Files", (_Files,), {"root": root, "renames": renames})
    listener = socket.create_server(("127.0.0.1", 0))
    open_now: list[paramiko.Transport] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(listener.accept()[0])
                transport.add_server_key(host_key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
                open_now.append(transport)
                transport.start_server(threading.Event(), _Door(user_key))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], f"{host_key.get_name()} {host_key.get_base64()}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for transport in open_now:
            transport.close()
        thread.join()
