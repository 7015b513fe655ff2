"""FTP over TLS, as servers in the wild want it (RFC 4217)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifier.channel import Temporary

if TYPE_CHECKING:
    import ssl
    from ftplib import FTP


def made(tls: str, ca: str) -> FTP:
    """Not yet connected. ``tls``: "explicit", "implicit" or "none". Raises Temporary for a ``ca`` of no use."""
    import ssl
    from ftplib import FTP

    if tls == "none":
        return FTP(encoding="utf-8")
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise Temporary(f"ca: {ca} cannot be used: {why}", whole=True) from None
    return _secure(context, tls == "implicit")


def _secure(context: ssl.SSLContext, implicit: bool) -> FTP:
    """ftplib's FTP_TLS as servers want it: the data connection goes on with the TLS session of the other one, and
    with ``implicit`` everything is encrypted from the first byte."""
    import socket
    from ftplib import FTP, FTP_TLS

    class Secure(FTP_TLS):
        def connect(self, host: str = "", port: int = 0, *args: Any, **more: Any) -> str:
            if not implicit:
                return super().connect(host, port, *args, **more)
            self.host, self.port = host, port
            bare = socket.create_connection((host, port), self.timeout)
            self.af = bare.family
            self.sock = context.wrap_socket(bare, server_hostname=host)
            self.file = self.sock.makefile("r", encoding=self.encoding)
            self.welcome = self.getresp()
            return self.welcome

        def ntransfercmd(self, cmd: str, rest: Any = None) -> Any:
            made, size = FTP.ntransfercmd(self, cmd, rest)
            session = self.sock.session  # type: ignore[union-attr]
            return context.wrap_socket(made, server_hostname=self.host, session=session), size

    return Secure(encoding="utf-8", context=context)
