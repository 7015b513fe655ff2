"""The e-mail channel against a mail server on a real socket."""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import socket
import subprocess
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from mailbox import Maildir
from typing import NoReturn

import pytest

from channels.email import Config, connect
from notifier.channel import Message, Permanent, Receipt, Secret, Temporary, Unsure
from notifier.testing import ChannelContract, failure, refused
from notifier.testing.smtp import FakeSmtp

ADA, BOB = "ada@example.org", "bob@example.net"
PASSWORD = "s3cret-mail-password"


def config(port: int, **over) -> Config:
    """A configuration for a server on this machine."""
    given = {"from_": "Störungsdienst <status@example.org>", "to": (ADA, BOB), "tls": "none", **over}
    return Config(host="127.0.0.1", port=port, **given)


def word(number: int = 1, **over) -> Message:
    """What rendering hands over: a title, a fragment of HTML, the same in plain words."""
    given = {
        "key": f"in1-u{number}-email",
        "text": f"<p><b>Investigating</b> Word {number}: voice is down.</p>",
        "plain": f"Investigating\n\nWord {number}: voice is down.",
        "title": "Voice is down",
        "lang": "en",
        "link": "https://status.example.org/i/1",
        "to": ADA,
    }
    return Message(**{**given, **over})


def parsed(mail) -> EmailMessage:
    """A stored mail as a mail program reads it."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail, kind: str) -> str:
    """One of its two parts, "plain" or "html"."""
    part = parsed(mail).get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def words(html: str) -> list[str]:
    """The words that a reader of the HTML part sees."""
    seen = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL)
    return unescape(seen).split()


@pytest.fixture
def server():
    """A mail server that wants no login."""
    with FakeSmtp() as fake:
        yield fake


@pytest.fixture
def mailer(server):
    """The channel, connected to it."""
    channel = connect(config(server.port))
    yield channel
    channel.close()


class TestEmailContract(ChannelContract):
    """What every channel promises."""

    secrets = (PASSWORD,)
    retry_after = 300

    @pytest.fixture
    def remote(self):
        with FakeSmtp(login=("status", PASSWORD)) as fake:
            yield fake

    def connect(self, remote):
        return connect(config(remote.port, user="status", password=Secret(PASSWORD)))

    def dead(self):
        return connect(config(int(refused().rpartition(":")[2]), user="status", password=Secret(PASSWORD)))

    def changes(self, remote):
        """A mail program shows mails of the same Message-ID once."""
        return len({parsed(mail)["Message-ID"] for mail in remote.mails})

    def message(self, **over):
        return super().message(**{"to": ADA, **over})


# What a reader gets


def test_three_mails_are_one_thread_even_after_a_restart(server):
    """Post, answer, restart, answer: mail programs show one conversation under an unchanged subject."""
    first = connect(config(server.port))
    root = first.post(word(1))
    second = first.reply(root, word(2))
    first.close()
    again = connect(config(server.port))
    again.reply(Receipt(second.id, more=dict(second.more)), word(3))
    again.close()
    one, two, three = map(parsed, server.mails)

    assert len({one["Subject"], two["Subject"], three["Subject"]}) == 1
    assert (one["In-Reply-To"], one["References"]) == (None, None)
    assert (two["In-Reply-To"], two["References"]) == (one["Message-ID"], one["Message-ID"])
    assert three["In-Reply-To"] == two["Message-ID"]
    assert three["References"].split() == [one["Message-ID"], two["Message-ID"]]
    assert len({one["Message-ID"], two["Message-ID"], three["Message-ID"]}) == 3


def test_a_long_thread_keeps_its_root_and_its_newest(mailer, server):
    """Forty answers to answers do not make an endless header."""
    root = receipt = mailer.post(word(0))
    for number in range(1, 40):
        receipt = mailer.reply(receipt, word(number))
    references = parsed(server.mails[-1])["References"].split()

    assert (references[0], references[-1]) == (root.id, parsed(server.mails[-2])["Message-ID"])
    assert len(references) == 10


def test_each_reader_gets_a_mail_of_their_own(mailer, server):
    """Ada does not see Bob's address, and their mails have different ids."""
    mailer.post(word(to=ADA))
    mailer.post(word(to=f"Bob Bär <{BOB}>"))
    ada, bob = map(parsed, server.mails)

    assert [mail.recipients for mail in server.mails] == [(ADA,), (BOB,)]
    assert BOB not in ada.as_string()
    assert bob["To"] == f"Bob Bär <{BOB}>"
    assert ada["Message-ID"] != bob["Message-ID"]


def test_both_parts_say_the_same(mailer, server):
    """Plain text comes first, HTML second; words, link and footer are the same."""
    mailer.post(word(text="<p>Is A &amp; B down? <b>Yes</b>, &lt;both&gt;.</p>", plain="Is A & B down? Yes, <both>."))
    mail = parsed(server.mails[0])
    plain, html = mail.iter_parts()
    said, _, foot = body(server.mails[0], "plain").partition("\n-- \n")

    assert mail.get_content_type() == "multipart/alternative"
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert said.split() == ["Is", "A", "&", "B", "down?", "Yes,", "<both>.", "https://status.example.org/i/1"]
    button = ["Status", "page"]
    assert "".join(words(body(server.mails[0], "html"))) == "".join([*said.split()[:-1], *button, *foot.split()])
    assert 'href="https://status.example.org/i/1"' in body(server.mails[0], "html")
    assert "ada@example.org is on the list for status reports of Störungsdienst" in foot


def test_a_mail_without_a_page_has_no_button(mailer, server):
    """Where there is no link to show, no dead button is shown."""
    mailer.post(word(link=""))
    assert "display:none" in body(server.mails[0], "html")
    assert "http" not in body(server.mails[0], "plain")


def test_a_german_mail_is_german_throughout(mailer, server):
    """Button and footer follow the language of the text; programs can tell it."""
    mailer.post(word(lang="de-AT", text="<p>Sprachserver gestört</p>", plain="Sprachserver gestört", title="Störung"))
    mail = parsed(server.mails[0])

    assert mail["Content-Language"] == "de-AT"
    assert '<html lang="de-AT">' in body(server.mails[0], "html")
    assert "Zur Statusseite" in body(server.mails[0], "html")
    assert "Statusmeldungen von Störungsdienst" in body(server.mails[0], "plain")


def test_headers_say_that_a_machine_wrote_it(mailer, server):
    """No holiday answers come back, lists can be filtered, and the names arrive with their umlauts."""
    mailer.post(word(title="Größere Störung: Sprachserver"))
    mail = parsed(server.mails[0])

    assert mail["From"] == "Störungsdienst <status@example.org>"
    assert mail["Subject"] == "Größere Störung: Sprachserver"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "list"
    assert mail["List-Id"] == "<status.example.org>"
    assert mail["Date"].datetime.tzinfo is not None


@pytest.mark.parametrize("name", ["Status, Ops", "Bär, Ä.", "Störung (Köln); rot: ja", "Status @ Example"])
def test_a_name_with_marks_stays_one_name(server, name):
    """Commas and the like in a name do not become a second sender."""
    channel = connect(config(server.port, from_=f"{name} <status@example.org>"))
    channel.post(word())
    channel.close()
    sender = parsed(server.mails[0])["From"].addresses

    assert [(one.display_name, one.addr_spec) for one in sender] == [(name, "status@example.org")]


@pytest.mark.parametrize("domain", ["example.org", "status.an-endlessly-long-company-name-with-hyphens.example.com"])
def test_message_ids_stay_on_one_line(server, domain):
    """Some systems misread an id on a folded line; under 60 characters none is folded."""
    channel = connect(config(server.port, from_=f"status@{domain}"))
    root = channel.post(word(key="k" * 64))
    channel.reply(root, word(2))
    channel.close()

    assert len(root.id) < 60
    assert b"\r\nMessage-ID: <" in server.mails[0].content
    assert b"\r\nIn-Reply-To: " + root.id.encode() + b"\r\n" in server.mails[1].content


@pytest.mark.parametrize(
    "title", ["Down\r\nBcc: all@example.org", "a\n\nb", "\x00\x07 bell\x1b[31m", "sep\u2028arated"]
)
def test_a_hostile_title_cannot_add_headers(mailer, server, title):
    """Line ends and control characters of a title become spaces."""
    mailer.post(word(title=title))
    mail = parsed(server.mails[0])

    assert mail["Bcc"] is None
    assert not re.search(r"[\x00-\x1f\x7f\u2028]", mail["Subject"])
    assert body(server.mails[0], "plain").startswith("Investigating")
    assert server.mails[0].recipients == (ADA,)


def test_a_long_title_of_any_script_arrives(mailer, server):
    """180 letters and emoji survive the folding of headers."""
    title = ("Störung 🔴 голосовой 音声 " * 8)[:180].strip()
    mailer.post(word(title=title))

    assert parsed(server.mails[0])["Subject"] == title
    assert max(map(len, server.mails[0].content.splitlines())) <= 998


def test_a_line_with_a_dot_does_not_end_the_mail(mailer, server):
    """Dots at the start of lines arrive as they were, and nothing after them is lost."""
    mailer.post(word(plain="one\n.\n..two\n.three\nend"))

    assert body(server.mails[0], "plain").startswith("one\n.\n..two\n.three\nend\n")


# What the server says


@pytest.mark.parametrize("answer", [(550, "5.1.1 no such user"), (550, "5.7.1 not wanted"), (552, "5.2.2 full")])
def test_a_refused_reader_does_not_stop_the_others(mailer, server, answer):
    """A bad address fails for good, by name; the next reader gets the mail."""
    server.refuse[BOB] = answer
    error = failure(lambda: mailer.post(word(to=BOB)))
    mailer.post(word(to=ADA))

    assert isinstance(error, Permanent)
    assert not error.whole
    assert BOB in error.why
    assert answer[1] in error.why
    assert [mail.recipients for mail in server.mails] == [(ADA,)]


@pytest.mark.parametrize(("code", "after"), [(450, 300), (451, 300), (452, None), (421, None)])
def test_a_reader_who_is_put_off_is_told_later(mailer, server, code, after):
    """4xx is for now only; a greylisting server wants five minutes."""
    server.refuse[ADA] = (code, "4.2.0 later please")
    error = failure(lambda: mailer.post(word()))

    assert isinstance(error, Temporary)
    assert (error.after, error.whole) == (after, False)


def test_a_wrong_password_stops_the_channel(server):
    """The login is refused: no mail of this channel can go, and the error does not say the password."""
    server.login = ("status", PASSWORD)
    channel = connect(config(server.port, user="status", password=Secret("wr0ng-password")))
    error = failure(channel.probe)

    assert isinstance(error, Permanent)
    assert error.whole
    assert "login" in error.why
    assert "wr0ng" not in error.why


def test_a_server_that_repeats_the_password_does_not_show_it():
    """Whatever a server writes into its answers, the password is dots in ours."""
    with FakeSmtp(login=("status", PASSWORD)) as server:
        server.refuse[ADA] = (550, f"5.1.1 not with {PASSWORD}")
        error = failure(connect(config(server.port, user="status", password=Secret(PASSWORD))).probe)

    assert "5.1.1 not with" in error.why
    assert PASSWORD not in error.why


def test_a_password_that_smtp_cannot_carry_does_not_show(server):
    """Python's login takes ASCII only; the error must not quote the letter it stumbled over."""
    server.login = ("status", PASSWORD)
    error = failure(connect(config(server.port, user="status", password=Secret("geheimß"))).probe)

    assert isinstance(error, Temporary)
    assert "ß" not in error.why
    assert "xdf" not in error.why


@pytest.mark.parametrize(("fault", "kind"), [("drop_unprocessed", Unsure), ("drop_after", Unsure)])
def test_a_connection_lost_after_the_mail_is_unsure(mailer, server, fault, kind):
    """The mail went out completely, no answer came: nobody knows."""
    server.fault(fault)
    assert isinstance(failure(lambda: mailer.post(word())), kind)


def test_a_connection_lost_within_the_mail_is_not_delivered():
    """The server goes away before the last line: no server delivers half a mail, so it is surely not delivered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        channel = connect(config(listener.getsockname()[1]))
        with _Half(listener):
            error = failure(lambda: channel.post(word(plain="x" * 20_000_000)))

    assert isinstance(error, Temporary)
    assert "mail" in error.why


class _Half:
    """A server that dies after DATA and the first bytes of the mail."""

    def __init__(self, listener: socket.socket) -> None:
        from threading import Thread

        self._listener = listener
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with line, line.makefile("rb") as lines:
            line.sendall(b"220 half.test\r\n")
            for command in lines:
                line.sendall(b"354 go on\r\n" if command == b"DATA\r\n" else b"250 fine\r\n")
                if command == b"DATA\r\n":
                    lines.read(100)
                    return


def test_one_connection_serves_many_mails(mailer, server):
    """Mails in a row do not shake hands each time."""
    for number in range(5):
        mailer.post(word(number))

    assert len([c for c in server.commands if c.lower().startswith("ehlo")]) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(mailer, server):
    """An idle connection dies; the next mail goes out all the same, without an error."""
    mailer.post(word(1))
    server.hang_up()
    mailer.post(word(2))

    assert len(server.mails) == 2


def test_probe_sends_nothing(mailer, server):
    """It goes as far as the first reader's name, then takes it back."""
    said = mailer.probe()

    assert said == f"127.0.0.1 takes mail from Störungsdienst <status@example.org> to {ADA}"
    assert server.mails == []
    assert [c.partition(" ")[0].lower() for c in server.commands] == ["ehlo", "mail", "rcpt", "rset", "quit"]


# Encryption


@pytest.fixture(scope="module")
def own_ca(tmp_path_factory):
    """Files (certificate, key) of a self-made certificate for localhost, which is its own CA."""
    if not shutil.which("openssl"):
        _missing("openssl")
    made, private = (tmp_path_factory.mktemp("ca") / name for name in ("cert.pem", "key.pem"))
    asked = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1", "keyUsage=critical,digitalSignature,keyCertSign"
    more = [part for name in names for part in ("-addext", name)]
    subprocess.run([*asked.split(), *more, "-keyout", private, "-out", made], check=True, capture_output=True)
    return made, private


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_an_own_ca_is_trusted_when_named(own_ca, tls):
    """With the key ca a mail server with a private certificate takes login and mail; the password goes encrypted."""
    with FakeSmtp(login=("status", PASSWORD), tls=own_ca, implicit=tls == "tls") as server:
        over = {"tls": tls, "ca": str(own_ca[0]), "user": "status", "password": Secret(PASSWORD)}
        channel = connect(config(server.port, **over))
        channel.post(word())
        channel.close()
        verbs = [command.partition(" ")[0].lower() for command in server.commands]

    assert len(server.mails) == 1
    assert verbs.index("starttls") < verbs.index("auth") if tls == "starttls" else "starttls" not in verbs


def test_an_unknown_certificate_is_refused_before_the_password(own_ca):
    """Somebody between us and the server gets no password; the admin reads what is wrong."""
    with FakeSmtp(login=("status", PASSWORD), tls=own_ca) as server:
        error = failure(connect(config(server.port, tls="starttls", user="status", password=Secret(PASSWORD))).probe)

    assert isinstance(error, Temporary)
    assert error.whole
    assert "certificate" in error.why
    assert not any(command.lower().startswith("auth") for command in server.commands)


def test_a_server_without_encryption_gets_no_password(server):
    """tls = "starttls" means it: no silent fall back to clear text."""
    server.login = ("status", PASSWORD)
    error = failure(connect(config(server.port, tls="starttls", user="status", password=Secret(PASSWORD))).probe)

    assert isinstance(error, Temporary)
    assert error.whole
    assert "STARTTLS" in error.why


def test_a_missing_ca_file_is_named(server):
    """A wrong path is told as such."""
    error = failure(connect(config(server.port, tls="starttls", ca="/nowhere/ca.pem")).probe)
    assert "/nowhere/ca.pem" in error.why


# Configuration


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.org", "ada@example.org\r\nRCPT TO:<x@y.z>", "a b@example.org", "A\x00 <a@b.example>",
     "Ada <ada@example.org", "ada@example.org>", "<ada@example.org>, <b@c.example>", "ädä@example.org"],
)  # fmt: skip
def test_an_address_that_no_server_takes_is_told_at_once(address):
    """A bad address is an error of the configuration that names its key, not of the evening of the outage."""
    with pytest.raises(ValueError, match=r"^from: "):
        config(25, from_=address)
    with pytest.raises(ValueError, match=r"^to: "):
        config(25, to=(ADA, address))


def test_nobody_to_write_to_is_told_at_once():
    """An empty list of readers is a mistake."""
    with pytest.raises(ValueError, match=r"^to: "):
        config(25, to=())


# The fake server itself


def test_the_local_mailbox_keeps_each_mail(tmp_path):
    """With a Maildir, every mail program can open what was sent."""
    with FakeSmtp(maildir=tmp_path / "mail") as server:
        channel = connect(config(server.port))
        channel.post(word(1))
        channel.post(word(2))
        channel.close()
    stored = [mail["Message-ID"] for mail in Maildir(tmp_path / "mail")]

    assert sorted(stored) == sorted(parsed(mail)["Message-ID"] for mail in server.mails)


@pytest.mark.parametrize("how", ["PLAIN", "LOGIN"])
def test_both_ways_to_log_in_are_checked(how):
    """The fake server lets in whom it knows, and nobody else."""
    with FakeSmtp(login=("status", PASSWORD)) as server:
        for password, code in ((PASSWORD, 235), ("wrong", 535)):
            smtp = smtplib.SMTP("127.0.0.1", server.port, "test.example", timeout=5)
            smtp.ehlo()
            smtp.user, smtp.password = "status", password
            try:
                answer = smtp.auth(how, getattr(smtp, f"auth_{how.lower()}"))[0]
            except smtplib.SMTPAuthenticationError as refusal:
                answer = refusal.smtp_code
            smtp.close()
            assert answer == code


# A server that others wrote


@pytest.mark.rig
def test_postfix_takes_our_mails():
    """Postfix's own test server accepts what we say, several mails on one connection."""
    sink = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if sink is None:
        _missing("smtp-sink, of the Debian package postfix")
    port = int(refused().rpartition(":")[2])
    with subprocess.Popen([sink, "-u", "nobody", f"127.0.0.1:{port}", "10"]) as process:
        try:
            channel = connect(config(port))
            receipt = _patiently(lambda: channel.post(word(1)))
            channel.reply(receipt, word(2))
            assert channel.probe().startswith("127.0.0.1 takes mail")
            channel.close()
        finally:
            process.terminate()


def _patiently(call):
    """The call's result, tried again while the server is starting."""
    until = time.monotonic() + 10
    while True:
        try:
            return call()
        except Temporary:
            if time.monotonic() > until:
                raise


def _missing(what: str) -> NoReturn:
    """Skips with a reason; where the CI promised it, fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {what}")
    pytest.skip(f"needs {what}")


@pytest.mark.parametrize(
    ("over", "key"), [({"host": "smtp://mail.example.org"}, "host"), ({"host": ""}, "host"), ({"port": 99999}, "port")]
)
def test_a_server_that_cannot_be_one_is_told_at_once(over, key):
    """An address instead of a name, and a port that no machine has."""
    with pytest.raises(ValueError, match=f"^{key}: "):
        Config(**{"host": "127.0.0.1", "from_": ADA, "to": (ADA,), **over})
