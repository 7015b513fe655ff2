"""`check --live`: what the forum and the status hosts really answer, and what of it breaks banner or worker."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from notifier.cli import csp
from notifier.model import Site
from notifier.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import Response

TIMEOUT = (5.0, 10.0)
MOST = 2_000_000  # bytes of an answer that are read
LONG = 3600  # seconds that a copy of status.json may be kept before it is worth a word
OWN = ("/service-worker.js", "/service_worker.js", "/sw.js", "/serviceworker.js")  # Discourse, NodeBB, XenForo, others
PAGES = ("", "text/html", "application/xhtml+xml")
COUNTED = re.compile(r"max-age=(\d+)")


@value
class Finding:
    """One thing that was seen: at which place, whether it must be mended, and in plain words what and how."""

    place: str
    fault: bool
    text: str


@value
class Answer:
    """What came back for an address, or why nothing did."""

    url: str
    why: str = ""
    status: int = 0
    headers: Mapping[str, str] = {}
    text: str = ""

    @property
    def kind(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def script(self) -> bool:
        """A script came."""
        return self.status == 200 and self.kind in ("text/javascript", "application/javascript", "text/ecmascript")

    @property
    def policies(self) -> list[csp.Policy]:
        """The Content-Security-Policies in force, those in the page included."""
        header = self.headers.get("Content-Security-Policy", "")
        page = csp.in_page(self.text) if self.kind in PAGES else []
        return csp.policies([header, *page])


def look(site: Site, version: int) -> list[Finding]:
    """All findings, place by place. ``version``: the seq of the present state in the record."""
    from notifier.render import worker

    hosts = worker.hosts(site)
    found = list(_hosts(site, hosts, version))
    if site.url:
        found += _forum(site, hosts)
        found += _worker(site, hosts)
    return found


def fetch(url: str, **headers: str) -> Answer:
    """One GET, without redirects, cookies or ~/.netrc."""
    import requests

    try:
        with requests.Session() as session:
            session.trust_env = False
            sent = {"User-Agent": "outage-notifier", **headers}
            with session.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True, headers=sent) as answer:
                return Answer(url, "", answer.status_code, answer.headers, _text(answer))
    except requests.exceptions.SSLError:
        return Answer(url, "its certificate is not accepted; renew it, and look at its chain")
    except requests.exceptions.Timeout:
        return Answer(url, "it does not answer in time")
    except requests.RequestException as error:
        return Answer(url, f"it cannot be reached ({type(error).__name__})")


def _text(answer: Response) -> str:
    read = b""
    for piece in answer.iter_content(65536):
        read += piece
        if len(read) > MOST:
            break
    return read.decode("utf-8", "replace")


# The status hosts


def _hosts(site: Site, hosts: Sequence[str], version: int) -> Iterator[Finding]:
    seqs = {}
    for url in hosts:
        answer = fetch(url, Origin=csp.origin(site.url)) if site.url else fetch(url)
        faults = list(_host(site, answer))
        yield from (Finding(url, True, text) for text in faults)
        data = _data(answer)
        if data is not None:
            seqs[url] = data["seq"]
            yield from (Finding(url, False, text) for text in _remarks(site, answer, data))
        if not faults:
            yield Finding(url, False, f"answers, state number {seqs[url]}")
    for url, seq in seqs.items():
        if seq < version:
            text = f"lags behind: it has state {seq}, the record {version}; `notifier show` tells why"
            yield Finding(url, True, text)
        elif seq < max(seqs.values()):
            yield Finding(url, True, f"lags behind: it has state {seq}, another host {max(seqs.values())}")


def _host(site: Site, answer: Answer) -> Iterator[str]:
    """What must be mended on a status host."""
    if insecure(answer.url):
        yield "is no https address; a page on https may not ask it. Give it a certificate"
    if _private(answer.url) and not _private(site.url):
        yield "has a private address; browsers keep pages of a public forum from asking it. It must be public"
    if answer.why:
        yield answer.why
        return
    if 300 <= answer.status < 400:
        yield f"redirects to {answer.headers.get('Location', '?')}; put the final address into [worker] hosts"
    elif answer.status != 200:
        yield f"answers {answer.status}; is the channel that publishes there set up and served?"
    elif _data(answer) is None:
        yield "answers with something else than status.json; look at what the address serves"
    if site.url and answer.headers.get("Access-Control-Allow-Origin", "") not in ("*", csp.origin(site.url)):
        yield 'lets no other site read it; send the header Access-Control-Allow-Origin: "*"'


def _data(answer: Answer) -> dict[str, Any] | None:
    """status.json as the banner would accept it."""
    try:
        data = json.loads(answer.text)
    except ValueError:
        return None
    fits = answer.status == 200 and isinstance(data, dict) and isinstance(data.get("incidents"), list)
    return data if fits and isinstance(data.get("seq"), int) else None


def _remarks(site: Site, answer: Answer, data: Mapping[str, Any]) -> Iterator[str]:
    """What could be better."""
    age = COUNTED.search(answer.headers.get("Cache-Control", ""))
    if age and int(age[1]) > LONG:
        yield f"may be kept for {int(age[1])} s by caches in between; send Cache-Control: max-age=15"
    switch = data.get("sw")
    if isinstance(switch, dict) and switch.get("enabled") is not site.worker.enabled:
        yield "has another [worker] enabled than the configuration; publish it: `notifier test CHANNEL`"
    if site.url and urlsplit(answer.url).hostname == urlsplit(site.url).hostname and not _local(answer.url):
        yield "is on the forum's own host, and falls with it; take another one"


# The forum


def _forum(site: Site, hosts: Sequence[str]) -> Iterator[Finding]:
    answer = fetch(site.url)
    target = urljoin(site.url, answer.headers.get("Location", "")) if 300 <= answer.status < 400 else site.url
    if csp.origin(target) != csp.origin(site.url):
        yield Finding(site.url, True, f"redirects to {csp.origin(target)}; put that into [site] url")
        return
    if target != site.url:
        answer = fetch(target)
    faults = list(_page(site, answer, hosts))
    yield from (Finding(site.url, True, text) for text in faults)
    if not answer.why:
        yield from (Finding(site.url, False, text) for text in _page_remarks(site, answer))
    if not faults:
        yield Finding(site.url, False, f"answers {answer.status}, and its pages let the banner work")


def _page(site: Site, answer: Answer, hosts: Sequence[str]) -> Iterator[str]:
    if insecure(site.url):
        yield "is no https address; browsers allow a worker on https only. The banner works"
    if answer.why:
        yield answer.why
        return
    yield from _unheard(answer.policies, hosts, site.url, "banner")
    script = urljoin(site.url, site.worker.path)
    refused = csp.refusing(answer.policies, "worker-src", script, site.url)
    if refused:
        yield f"its Content-Security-Policy keeps the worker out ({refused}); allow worker-src 'self'"
    if csp.refuses_policy(answer.policies, "notifier"):
        yield "its Content-Security-Policy allows other Trusted Types only; add notifier to trusted-types"


def _page_remarks(site: Site, answer: Answer) -> Iterator[str]:
    if "banner.js" not in answer.text:
        yield "no banner.js is to be seen in its page; docs/banner.md has a snippet for each kind of forum"
    if not insecure(site.url) and not _local(site.url) and "Strict-Transport-Security" not in answer.headers:
        yield "sends no Strict-Transport-Security: who types its name without https reaches no worker in an outage"
    if other := _other(site, answer):
        yield (
            f"seems to have a worker of its own, {other}. The notifier leaves it alone: the outage page comes if that "
            f"one has the line importScripts({json.dumps(site.worker.path)});"
        )


def _other(site: Site, page: Answer) -> str:
    """Where a worker that is not ours is probably to be found; "" if nowhere."""
    named = re.findall(r"serviceWorker\s*\.\s*register\(\s*[\"']([^\"']+)", page.text)
    paths = [urlsplit(urljoin(site.url, path)).path for path in (*named, *OWN)]
    found = (path for path in dict.fromkeys(paths) if path != site.worker.path)
    return next((path for path in found if fetch(urljoin(site.url, path)).script), "")


def _unheard(policies: Sequence[csp.Policy], hosts: Sequence[str], own: str, whose: str) -> Iterator[str]:
    for url in hosts:
        if refused := csp.refusing(policies, "connect-src", url, own):
            yield (
                f"its Content-Security-Policy ({refused}) keeps the {whose} from asking {csp.origin(url)}; "
                f"add that to connect-src"
            )


# The worker's file


def _worker(site: Site, hosts: Sequence[str]) -> Iterator[Finding]:
    url = urljoin(site.url, site.worker.path)
    answer = fetch(url)
    if answer.status in (404, 410):
        yield Finding(url, False, f"no worker there. If you want one: notifier site worker -o .{site.worker.path}")
        return
    faults = list(_served(site, answer, hosts))
    yield from (Finding(url, True, text) for text in faults)
    if not faults:
        yield Finding(url, False, _made(site, answer))


def _served(site: Site, answer: Answer, hosts: Sequence[str]) -> Iterator[str]:
    """What keeps browsers from using the worker, or the worker from finding out the news."""
    if answer.why or answer.status != 200:
        told = answer.why or f"answers {answer.status}"
        yield f"{told}. Browsers keep the worker they have; a new one must be served with 200, without redirects"
        return
    if not answer.script:
        yield f"comes as {answer.kind or 'nothing in particular'}; it must have Content-Type: text/javascript"
    elif "The outage notifier's offline worker" not in answer.text and "Takes the notifier's" not in answer.text:
        yield "is another worker than ours; put what `notifier site worker` prints there, or change [worker] path"
    yield from _unheard(answer.policies, hosts, answer.url, "worker")
    allowed = answer.headers.get("Service-Worker-Allowed") or site.worker.path.rpartition("/")[0] + "/"
    from notifier.render.worker import scope

    if not scope(site).startswith(allowed):
        yield f"may look after {allowed} only; send the header Service-Worker-Allowed: {scope(site)} with it"


def _made(site: Site, answer: Answer) -> str:
    from notifier.render import worker

    if "Takes the notifier's" in answer.text:
        return "removes the worker from the browsers of visitors (uninstall-worker)"
    if answer.text != worker.script(worker.settings(site)):
        return "is a worker with other settings, or of another version; `notifier site worker` prints the present one"
    return "is the worker, and may do what it must"


# Addresses


def insecure(url: str) -> bool:
    """Whether browsers count it as insecure: no https, and not this machine."""
    return urlsplit(url).scheme != "https" and not _local(url)


def _local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or host == "::1" or host.startswith("127.")


def _private(url: str) -> bool:
    """Whether all its addresses are private ones. What cannot be looked up is not called private."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, None)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_private for one in found)
