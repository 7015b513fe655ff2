"""The forum's certificate runs out or is another one: visitors see the outage page instead of a warning."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import subprocess

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import chromium, lacking
from tests.browser.stage import Host, Stage, controlled, outage, story

pytestmark = pytest.mark.rig


def certificate(folder, name):
    """A self-signed certificate: an SSLContext with it, and the hash of its key as Chromium wants it."""
    if not shutil.which("openssl"):
        lacking("the package openssl")
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*words, *names, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    public = subprocess.run(
        ["openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, base64.b64encode(hashlib.sha256(public).digest()).decode()


def test_a_bad_certificate_is_explained(tmp_path):
    """The forum comes up with a certificate that nobody trusts: no warning to click away, but the newest update."""
    good, known = certificate(tmp_path, "good")
    bad, _ = certificate(tmp_path, "bad")
    stage = Stage(Host("localhost", good))
    try:
        with chromium(f"--ignore-certificate-errors-spki-list={known}") as browser:
            page = browser.new_context(locale="de-DE").new_page()
            page.goto(stage.forum.url)
            controlled(page)
            stage.publish(2, story("Zertifikat abgelaufen"))
            stage.forum.kill()
            stage.forum.tls = bad
            stage.forum.start()

            stranger = browser.new_context().new_page()
            with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
                stranger.goto(stage.forum.url)
            answer = page.goto(stage.forum.url + "thema/7")

            assert answer.headers["x-notifier-outage"] == "down"
            assert "Zertifikat abgelaufen" in outage(page).locator("#news").inner_text()
            stage.forum.kill()
            stage.forum.tls = good
            stage.forum.start()
            page.get_by_role("heading", name="Willkommen").wait_for()
            browser.close()
    finally:
        stage.close()
