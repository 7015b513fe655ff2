"""A real browser and web servers on origins of their own."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

TYPES = {"html": "text/html", "js": "text/javascript", "json": "application/json", "atom": "application/atom+xml"}


def lacking(what):
    """Skip for lack of ``what``; where everything must be installed (CI=true) that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"the browser tests need {what}, and with CI=true nothing may be missing")
    pytest.skip(f"the browser tests need {what}")


class Web:
    """A web server: ``files`` (path -> text or bytes) and ``headers`` may change at any time.

    ``seen`` are the requests so far: (path, headers). A path in ``hanging`` gets no answer while the server lives.
    """

    def __init__(self, host):
        self.files, self.headers, self.hanging, self.seen = {}, {}, set(), []
        self._end = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self):
        """Stop; the port answers no more."""
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self):
        """What was asked for, in order."""
        return [path for path, _ in self.seen]

    def _handler(self):
        web = self

        class Request(BaseHTTPRequestHandler):
            def do_GET(self):
                path = urlsplit(self.path).path.lstrip("/")
                path = path + "index.html" if not path or path.endswith("/") else path
                web.seen.append((path, dict(self.headers)))
                if path in web.hanging:
                    web._end.wait()
                    return
                body = web.files.get(path)
                body = body.encode() if isinstance(body, str) else body
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Type", f"{TYPES.get(path.rpartition('.')[2], 'text/plain')}; charset=utf-8")
                self.send_header("Content-Length", str(len(body or b"")))
                for name, value in web.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *args):
                pass

        return Request


@pytest.fixture
def serve():
    """Starts web servers: ``serve("localhost")`` and ``serve("127.0.0.1")`` are different origins."""
    running = []

    def start(host="127.0.0.1"):
        running.append(Web(host))
        return running[-1]

    yield start
    for web in running:
        web.close()


@pytest.fixture(scope="module")
def browser():
    """Chromium, of the system or as playwright installs it."""
    with chromium() as running:
        yield running


@contextmanager
def chromium(*arguments, profile=None, **how):
    """Chromium, with these arguments besides. ``profile``, a folder that outlives it: its one context, made as ``how``
    says, comes instead."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        lacking("the Python package playwright")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        running: Any
        start: dict[str, Any] = {"executable_path": found, "args": [*sandbox, *arguments]}
        try:
            if profile is None:
                running = playwright.chromium.launch(**start)
            else:
                running = playwright.chromium.launch_persistent_context(profile, **start, **how)
        except Error as error:
            lacking(f"chromium: {str(error).splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture
def visit(browser):
    """Opens pages: ``visit(url, **how)`` in a fresh profile; afterwards no page may have had an error.

    The browser speaks German unless ``locale`` says otherwise. ``how`` is what playwright's ``new_context`` takes, and
    ``before``, a function of the page before it loads.
    ``same``: a page whose profile is used again. ``complaints``: whether broken policies count as errors.
    """
    contexts, problems = [], []

    def go(url, before=None, same=None, complaints=True, **how):
        if same is None:
            contexts.append(browser.new_context(**{"locale": "de-DE", **how}))
        page = (same.context if same else contexts[-1]).new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        if complaints:
            page.on("console", lambda said: problems.append(said.text) if _bad(said.text) else None)
        if before:
            before(page)
        page.goto(url)
        return page

    yield go
    for context in contexts:
        context.close()
    assert problems == []


def _bad(said):
    """Whether a line on the console tells of a fault of ours: a broken rule, not a server that was made to fail."""
    return "Content Security Policy" in said or "Uncaught" in said or "TrustedHTML" in said


@pytest.fixture
def stage():
    """A forum with banner and worker, and two status hosts; all is well."""
    from tests.browser.stage import Stage

    set_up = Stage()
    yield set_up
    set_up.close()
