"""A mail server on a real socket of 127.0.0.1, for tests and the demo: takes mail, keeps it, misbehaves when told.

    with FakeSmtp() as server:
        server.fault("busy")
        ...send a mail to 127.0.0.1, server.port...
        assert server.mails[0].recipients == ("ada@example.org",)

Speaks what RFC 5321 asks of a server, with AUTH (RFC 4954) and STARTTLS (RFC 3207) when given a login, a certificate.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from base64 import b64decode
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAULTS = ("throttle", "busy", "unavailable", "denied", "drop_before", "drop_unprocessed", "drop_after", "hang")


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail: envelope sender and recipients, and its bytes as they were before dots were doubled."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class FakeSmtp:
    """The server, as a context manager; every connection has a thread of its own.

    login: (user, password) without which no mail is taken. tls: files (certificate, key), which offer STARTTLS, with
    ``implicit`` TLS from the first byte. maildir: a Maildir in which each mail is stored too. ``mails``: those taken,
    ``commands``: the lines read (secrets included), ``refuse``: the answers to RCPT, address -> (code, text).
    """

    def __init__(
        self,
        login: tuple[str, str] | None = None,
        tls: tuple[Path, Path] | None = None,
        implicit: bool = False,
        maildir: Path | None = None,
    ) -> None:
        self.mails: list[Mail] = []
        self.commands: list[str] = []
        self.refuse: dict[str, tuple[int, str]] = {}
        self.login, self.implicit, self.maildir = login, implicit, maildir
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if self.tls and tls:
            self.tls.load_cert_chain(*tls)
        self._faults: deque[str] = deque()
        self._lock = threading.Lock()
        self._server = _Listener(("127.0.0.1", 0), _Session)
        self._server.fake, self._server.lines = self, set()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def fault(self, name: str, times: int = 1) -> None:
        """The next ``times`` mails end badly; several calls queue up. "" takes back what has not happened yet.

        throttle: 451 at RCPT. busy: 421 at MAIL. unavailable: 421 at connect, or at MAIL on an open connection. denied:
        535 at AUTH, or 530 at MAIL. drop_before: closes where unavailable speaks. drop_unprocessed: closes after the
        mail. drop_after: takes the mail and closes without an answer. hang: takes it and says nothing more.
        Raises ValueError for a name unknown.
        """
        if not name:
            return self._faults.clear()
        if name not in FAULTS:
            raise ValueError(f"no such fault: {name}; there are {', '.join(FAULTS)}")
        return self._faults.extend([name] * times)

    def meets(self, *names: str) -> str:
        """Take the next fault if it is one of these; "" otherwise."""
        with self._lock:
            return self._faults.popleft() if self._faults and self._faults[0] in names else ""

    def keep(self, mail: Mail) -> None:
        """Store a mail."""
        with self._lock:
            self.mails.append(mail)
            if self.maildir:
                from mailbox import Maildir

                Maildir(self.maildir, create=True).add(mail.content)

    def hang_up(self) -> None:
        """Cut all connections, as a server does that restarts."""
        for line in self._server.lines.copy():
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> FakeSmtp:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and hang up on everybody; a second call does nothing."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self.hang_up()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    fake: FakeSmtp
    lines: set[socket.socket]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that vanished is nothing to report."""


class _Session(socketserver.StreamRequestHandler):
    server: _Listener
    denied = ""

    def setup(self) -> None:
        self.fake, self.known = self.server.fake, self.server.fake.login is None
        self._secure(self.request, self.fake.tls if self.fake.implicit else None)

    def _secure(self, line: socket.socket, tls: ssl.SSLContext | None) -> None:
        self.server.lines.discard(line)
        self.request = tls.wrap_socket(line, server_side=True) if tls else line
        self.server.lines.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.lines.discard(self.request)
        with suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)
        self.request.close()

    def handle(self) -> None:
        goes_on = not self._failed("drop_before", "unavailable")
        if goes_on:
            self._say(220, "fake.test ESMTP")
        while goes_on and (line := self.rfile.readline().decode("utf-8", "replace").strip()):
            self.fake.commands.append(line)
            verb, _, rest = line.partition(" ")
            goes_on = getattr(self, f"on_{verb.lower()}", self.on_else)(rest) is not False

    def _say(self, code: int, *texts: str) -> None:
        lines = [f"{code}-{text}\r\n" for text in texts[:-1]] + [f"{code} {texts[-1]}\r\n"]
        self.wfile.write("".join(lines).encode())

    def _failed(self, *faults: str) -> bool:
        met = self.fake.meets(*faults)
        if met in ("busy", "unavailable"):
            self._say(421, "4.3.2 out of service, come back later")
        return bool(met)

    def on_else(self, _: str) -> None:
        self._say(500, "5.5.2 what?")

    def on_ehlo(self, _: str) -> None:
        starttls = ["STARTTLS"] if self.fake.tls and not isinstance(self.request, ssl.SSLSocket) else []
        auth = ["AUTH PLAIN LOGIN"] if self.fake.login else []
        self._say(250, "fake.test", *starttls, *auth, "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")

    on_helo = on_ehlo

    def on_starttls(self, _: str) -> None:
        self._say(*(220, "2.0.0 go ahead") if self.fake.tls else (502, "5.5.1 not offered"))
        if self.fake.tls:
            self._secure(self.request, self.fake.tls)

    def on_auth(self, rest: str) -> None:
        how, _, first = rest.partition(" ")
        if how.upper() == "PLAIN":
            given = b64decode(first or self._asked("")).split(b"\0")[1:]
        else:
            given = [b64decode(first or self._asked("VXNlcm5hbWU6")), b64decode(self._asked("UGFzc3dvcmQ6"))]
        self.denied = self.denied or self.fake.meets("denied")  # clients try one way after the other
        self.known = not self.denied and tuple(part.decode() for part in given) == self.fake.login
        self._say(*(235, "2.7.0 welcome") if self.known else (535, "5.7.8 user or password is wrong"))

    def _asked(self, question: str) -> str:
        self._say(334, question)
        return self.rfile.readline().decode().strip()

    def on_mail(self, rest: str) -> bool:
        if self._failed("drop_before", "unavailable", "busy"):
            return False
        if not self.known or self.fake.meets("denied"):
            self._say(530, "5.7.0 log in first")
        else:
            self.sender, self.readers = _address(rest), list[str]()
            self._say(250, "2.1.0 sender noted")
        return True

    def on_rcpt(self, rest: str) -> None:
        answer = self.fake.refuse.get(_address(rest), (250, "2.1.5 reader noted"))
        if self.fake.meets("throttle"):
            answer = (451, "4.7.1 greylisted, come back later")
        if answer[0] == 250:
            self.readers.append(_address(rest))
        self._say(*answer)

    def on_data(self, _: str) -> bool:
        self._say(354, "end with a dot")
        lines = []
        while (line := self.rfile.readline()) and line != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if not line or self._failed("drop_unprocessed"):
            return False
        self.fake.keep(Mail(self.sender, tuple(self.readers), b"".join(lines)))
        fault = self.fake.meets("drop_after", "hang")
        if fault == "hang":
            self.rfile.read()
        if not fault:
            self._say(250, "2.0.0 taken")
        return not fault

    def on_noop(self, _: str) -> None:
        self._say(250, "2.0.0 fine")

    on_rset = on_noop

    def on_quit(self, _: str) -> bool:
        self._say(221, "2.0.0 bye")
        return False


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
