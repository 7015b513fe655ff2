"""E-mail: one mail a reader, plain and HTML (``email.html`` is how it looks), threaded by incident. Through smtplib.

Rules from RFC 5321 (answers), 5322 (threads), 3834 (Auto-Submitted), 2919 (List-Id). A repeat has the same Message-ID.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Literal

from channels import _checks
from notifier.channel import FOREVER, Limits, Message, Permanent, Receipt, Secret, Temporary, Unsure, key, value

if TYPE_CHECKING:
    from smtplib import SMTP

PORTS = {"tls": 465, "starttls": 587, "none": 25}
MOST_MAILS, LONGEST_LIFE = 100, 60.0  # of one connection; the latter in seconds
ADDRESS = re.compile(r'("?[^<>"\x00-\x1f\x7f-\x9f]*"? *<)?(?a:[\w.!#$%&\'*+/=?^`{|}~-]+@[\w.-]*\w)(?(1)>)')
WORDS = {
    "en": ("Status page", "You get this mail because {to} is on the list for status reports of {who}."),
    "de": ("Zur Statusseite", "Diese Mail geht an {to}, weil diese Adresse die Statusmeldungen von {who} bekommt."),
}


@value
class Config:
    """A mail server, who writes and who reads."""

    host: str = key("mail server that takes our mail, such as mail.example.org")
    from_: str = key('who writes: "status@example.org" or "Status <status@example.org>"', name="from")
    to: tuple[str, ...] = key("who reads; each gets a mail of their own")
    port: int = key("0: 587, with tls = tls 465, with tls = none 25", 0)
    user: str = key("login name; empty: no login", "")
    password: Secret = key("its password", Secret)
    tls: Literal["starttls", "tls", "none"] = key("how the connection is protected", "starttls")
    ca: str = key("file with the certificate of a private CA; empty: the CAs that this machine trusts", "", path=True)

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key, for what not every mail server takes."""
        for name, given in (("from", self.from_), *(("to", to) for to in self.to or ("",))):
            if not ADDRESS.fullmatch(given):
                raise ValueError(f"{name}: {given!r} is no address such as status@example.org (xn--... for umlauts)")
        _checks.machine(self.host, self.port, "mail.example.org")


def connect(config: Config) -> Email:
    """The channel, not yet connected."""
    return Email(config)


class Email:
    """A mail server and its readers. ``timeout``: seconds to wait for an answer, and for the one to a whole mail."""

    limits = Limits(markup="html", title=180, link="never", emoji=True, same_key=FOREVER)
    timeout = (20.0, 60.0)

    def __init__(self, config: Config) -> None:
        self.recipients, self._config = config.to, config
        self._smtp: SMTP | None = None
        self._sent, self._since, self._at = 0, 0.0, ""

    def post(self, message: Message) -> Receipt:
        """Mail it to ``message.to``."""
        return self._mail(message, [])

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """Mail it to ``message.to``, in the thread of ``to``."""
        return self._mail(message, [*to.more.get("references", []), to.id])

    def probe(self) -> str:
        """Log in and name the sender and the first reader, then hang up: nothing is sent."""
        self._try(lambda: self._envelope(self.recipients[0]).rset())
        self.close()
        return f"{self._config.host} takes mail from {self._config.from_} to {self.recipients[0]}"

    def close(self) -> None:
        """Take leave of the server."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError):
                smtp.quit()

    def _mail(self, message: Message, thread: list[str]) -> Receipt:
        thread = [*thread[:1], *thread[1:][-9:]]
        id, content = _written(message, self._config.from_, thread)
        self._try(lambda: self._hand_over(message.to, content))
        return Receipt(id, more={"root": [*thread, id][0], "references": thread})

    def _hand_over(self, to: str, content: bytes) -> None:
        smtp = self._envelope(to)
        self._say(smtp, "mail", 3, "DATA")
        smtp.send(re.sub(rb"(?m)^\.", b"..", content) + b".\r\n")  # unless all of it left, no server delivers it
        if smtp.sock:
            smtp.sock.settimeout(self.timeout[1])
        self._say(smtp, "whole mail", 2)
        self._sent += 1

    def _envelope(self, to: str) -> SMTP:
        smtp = self._smtp if self._smtp and self._fresh(self._smtp) else self._open()
        self._say(smtp, "sender", 2, f"MAIL FROM:<{_parts(self._config.from_)[1]}>")
        self._say(smtp, f"recipient {to}", 2, f"RCPT TO:<{_parts(to)[1]}>")
        return smtp

    def _fresh(self, smtp: SMTP) -> bool:
        with suppress(OSError):
            return self._sent < MOST_MAILS and monotonic() - self._since < LONGEST_LIFE and smtp.noop()[0] == 250
        return False

    def _open(self) -> SMTP:
        import smtplib
        import ssl
        from socket import gethostname

        self.close()
        self._at, c, me = "connection", self._config, gethostname()
        where = (c.host, c.port or PORTS[c.tls], me if "." in me else "[127.0.0.1]")  # None would ask the DNS
        trusted = ssl.create_default_context(cadata=Path(c.ca).read_text() if c.ca else None)
        kind = partial(smtplib.SMTP_SSL, context=trusted) if c.tls == "tls" else smtplib.SMTP
        self._smtp = smtp = kind(*where, timeout=self.timeout[0])
        self._sent, self._since = 0, monotonic()
        if c.tls == "starttls":
            smtp.starttls(context=trusted)
        smtp.ehlo_or_helo_if_needed()
        if c.user:
            self._at = "login"
            smtp.login(c.user, c.password.reveal())
        return smtp

    def _say(self, smtp: SMTP, at: str, wanted: int, command: str = "") -> None:
        from smtplib import SMTPResponseException

        self._at = at
        code, answer = smtp.docmd(command) if command else smtp.getreply()
        if code // 100 != wanted:
            raise SMTPResponseException(code, answer)

    def _try(self, call: Callable[[], object]) -> None:
        """Make the call; its exception and the stage at which it came say what is known."""
        import smtplib
        import ssl

        try:
            call()
        except (OSError, UnicodeError) as e:  # the former also from smtplib; the latter would show the password
            error = e if isinstance(e, OSError) else OSError("holds letters that cannot be sent")
            self.close()
            code, said = getattr(error, "smtp_code", 0), getattr(error, "smtp_error", error)
            said = f"{code or ''} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
            why = self._config.password.scrub(f"{self._config.host}: {self._at}: {' '.join(said.split())[:300]}")
            if 400 <= code < 500:
                raise Temporary(why, after=300 if code in (450, 451) else None) from None  # greylisting
            if 500 <= code < 600:
                raise Permanent(why, whole=self._at in ("connection", "login", "sender")) from None
            wrong = isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError | FileNotFoundError)
            raise (Unsure(why) if self._at == "whole mail" else Temporary(why, whole=wrong)) from None


def _parts(address: str) -> tuple[str, str]:
    name, _, spot = address.rpartition("<")
    return name.strip(' "'), spot.rstrip(">")


def _written(message: Message, from_: str, thread: list[str]) -> tuple[str, bytes]:
    """Message-ID, short enough never to be folded, which some systems misread, and the bytes of a mail."""
    from datetime import UTC, datetime
    from email.header import Header
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from string import Template

    (who, sender), (reader, to), lang = _parts(from_), _parts(message.to), message.lang or "en"
    domain = sender.partition("@")[2]
    id = f"<{sha256(f'{message.key} {to}'.encode()).hexdigest()[:32]}@{domain[-25:].strip('.-')}>"
    mail = EmailMessage(SMTP.clone(cte_type="7bit"))
    mail["From"], mail["To"] = Address(who, addr_spec=sender), Address(reader, addr_spec=to)
    title = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", message.title)
    mail["Date"], mail["Message-ID"], mail["List-Id"] = datetime.now(UTC), id, f"<status.{domain}>"
    if thread:
        mail["In-Reply-To"], mail["References"] = thread[-1], " ".join(thread)
    mail["Precedence"], mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"] = "list", "auto-generated", "All"
    label, why = (w.format(to=to, who=who or domain) for w in WORDS.get(lang.partition("-")[0], WORDS["en"]))
    link = [] if message.link in message.plain else [message.link]
    mail.set_content("\n\n".join([message.plain, *link, f"-- \n{why}\n"]))
    words = {"lang": lang, "title": title, "link": message.link, "label": label, "why": why}
    shown = {"text": message.text, "display": "block" if message.link else "none"}
    page = Template(Path(__file__).with_suffix(".html").read_text("utf-8"))
    mail.add_alternative(page.substitute(shown, **{k: escape(v) for k, v in words.items()}), subtype="html")
    mail["Content-Language"] = lang  # set_content would have taken it away
    subject = Header(title, header_name="Subject").encode(linesep="\r\n")  # as mail["Subject"] it would lose spaces
    return id, f"Subject: {subject}\r\n".encode() + mail.as_bytes()
