"""A forum and its status hosts, each a web server of its own that can be slow, wrong, or dead."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from notifier.events import Open, Schedule, Tell
from notifier.incident import decide, evolve
from notifier.model import Impact, Site, Stamp, Window, Worker
from notifier.render import worker
from notifier.render.site import files
from notifier.values import replace

NOW = datetime(2026, 5, 1, 18, 5, tzinfo=UTC)
ARABIC = {
    "outage.title": "{site} غير متاح",
    "outage.waiting": "ستعيدك هذه الصفحة حالما يعود كل شيء.",
    "outage.retry": "حاول الآن",
    "outage.off": "لا تعرض هذه الصفحة بعد الآن",
    "impact.critical": "حرج",
    "page.more": "المزيد",
    "page.hide": "إخفاء",
    "page.status_page": "صفحة الحالة",
}
# Milliseconds: as the real ones, but for people in a hurry.
QUICK = {"wait": 900, "next": 200, "hang": 900, "give_up": 2200, "spread": 0, "poll": 250, "first": 150, "last": 400}
TYPES = {"js": "text/javascript", "json": "application/json", "css": "text/css", "bin": "application/octet-stream"}


def story(*words, id="bcdf", impact=Impact.CRITICAL):
    """An incident with these updates; the first is its title too."""
    incident = None
    for number, text in enumerate(words):
        texts = {"de": text, "en": f"{text} (en)"}
        command = Tell(texts) if number else Open(texts, texts, ("voice",), impact)
        incident = evolve(incident, decide(command, incident, Stamp(NOW - timedelta(hours=2))), id)
    return incident


def planned(ahead, phase=None):
    """A maintenance that begins so long after now, the real one."""
    now = datetime.now(UTC)
    texts = {"de": "Umbau", "en": "Rebuilding"}
    window = Window(now + ahead, now + ahead + timedelta(hours=1))
    stamp = Stamp(min(now, now + ahead) - timedelta(hours=1))
    found = evolve(None, decide(Schedule(texts, texts, ("voice",), window), None, stamp), "mntn")
    return evolve(found, decide(Tell(texts, phase), found, Stamp(now)), "mntn") if phase else found


class Host:
    """A web server. What it does may change at any time:

    ``files`` (path -> text or bytes), ``headers`` of all answers and ``extra`` (path -> headers of its own); for pages
    (paths without a dot) ``status``, ``slow`` (seconds without an answer) and ``mute`` (the connection ends instead:
    it is closed, or "reset"); paths in ``held`` have no answer before ``stream`` is set, other content stops at
    "<!-- later -->" until then;
    ``tls``, an SSLContext, from the next start on. ``seen``: (method, path, headers, body) of each request.
    """

    def __init__(self, name, tls=None):
        self.files, self.headers, self.extra, self.seen = {}, {}, {}, []
        self.status, self.slow, self.mute = 200, None, False
        self.held, self.stream = set(), threading.Event()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.tls = tls
        self.url = f"{'https' if tls else 'http'}://{name}:{self._port}/"
        self._server = None
        self.start()

    def start(self):
        """Answer (again)."""
        self._end = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), _handler(self, self._end))
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def kill(self):
        """The port answers no more."""
        if self._server is not None:
            self._end.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None

    def asked(self, method, path):
        """How often that was asked for."""
        return sum(seen[:2] == (method, path) for seen in list(self.seen))


def _handler(host, end):
    class Request(BaseHTTPRequestHandler):
        def _answer(self):
            path = self.path.partition("?")[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host.seen.append((self.command, path, dict(self.headers), body))
            page = "." not in path
            if path in host.held:
                self._wait()
            if page and host.slow:
                end.wait(host.slow)
                if end.is_set():
                    return
            if page and host.mute:
                self._let_go()
                return
            content = host.files.get(path)
            content = content.encode() if isinstance(content, str) else content
            status = 404 if content is None else host.status if page else 200
            status = int(host.extra.get(path, {}).get("Status", status))
            self.send_response(status)
            kind = "text/html" if page else TYPES.get(path.rpartition(".")[2], "text/html")
            usual = {"Content-Type": f"{kind}; charset=utf-8"}
            for name, value in {**usual, **host.headers, **host.extra.get(path, {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self._send(path, content or b"")

        def _wait(self):
            while not (host.stream.wait(0.05) or end.is_set()):
                pass

        def _let_go(self):
            if host.mute == "reset":  # an end without a farewell (RST) instead of a close (FIN)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

        def _send(self, path, content):
            first, mark, rest = content.partition(b"<!-- later -->")
            self.wfile.write(first)
            if mark:
                self.wfile.flush()
                self._wait()
                self.wfile.write(rest)

        do_GET = do_POST = do_HEAD = _answer

        def log_message(self, *args):
            pass

    return Request


class Stage:
    """The forum on one origin, two status hosts on others. ``quick``: what is baked into the worker instead."""

    def __init__(self, forum=None):
        self.forum, self.status, self.mirror = forum or Host("localhost"), Host("127.0.0.1"), Host("127.0.0.1")
        self.hosts = (self.forum, self.status, self.mirror)
        self.site = Site(
            name="Stimmfunk",
            url=self.forum.url,
            status_url=self.status.url,
            languages=("de", "en", "ar"),
            timezone="Europe/Berlin",
            phrases={"ar": ARABIC},
            worker=Worker(hosts=(self.status.url, self.mirror.url), reload_spread=timedelta(0)),
        )
        self.quick = dict(QUICK)
        self.write()
        self.publish(1)

    def write(self, head="", body="<p>Beiträge</p>"):
        """Bring the forum's files up to date."""
        page = (
            f'<!doctype html><html lang="de"><head><meta name="viewport" content="width=device-width">{head}'
            f'<title>Forum</title><script async src="/banner.js"></script></head><body><h1>Willkommen</h1>{body}'
            "</body></html>"
        )
        self.forum.files |= {"/": page, "/thema/7": page, "/antwort": page}
        self.forum.files["/notifier-sw.js"] = worker.script({**worker.settings(self.site), **self.quick})
        fast = {"fresh": 0, "poll": 250, "wait": self.quick["wait"], "next": self.quick["next"]}
        self.forum.files["/banner.js"] = worker.banner({**worker.for_banner(self.site), **fast})

    def publish(self, version, *incidents, hosts=None, **more):
        """Bring status hosts up to date. ``more``: other fields of their status.json."""
        made = files(self.site, incidents, datetime.now(UTC), version)
        data = json.dumps({**json.loads(made["status.json"]), **more})
        for host in hosts or (self.status, self.mirror):
            host.headers["Access-Control-Allow-Origin"] = "*"
            host.files = {f"/{path}": content for path, content in made.items()} | {"/status.json": data}

    def switch(self, version, enabled):
        """The switch from afar."""
        self.site = replace(self.site, worker=replace(self.site.worker, enabled=enabled))
        self.publish(version)

    def close(self):
        """Stop everything."""
        for host in self.hosts:
            host.kill()


def controlled(page):
    """Wait until the worker looks after this page and the ones to come, and its state is kept."""
    page.wait_for_function("navigator.serviceWorker.controller")
    page.wait_for_function("caches.has('notifier')")
    return page


def outage(page):
    """The outage page, once it is there."""
    page.locator("#do button").first.wait_for()
    return page
