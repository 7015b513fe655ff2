"""The scripts for the forum: complete in themselves, small, and the same each time."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import subprocess
from datetime import timedelta
from hashlib import sha256

import pytest

from notifier.model import Site, Worker
from notifier.render import worker
from notifier.values import replace

SITE = Site(
    name="Stimmfunk",
    url="https://forum.example.org",
    status_url="https://status.example.net",
    languages=("de", "en"),
)
SCRIPTS = {
    "worker": worker.script(worker.settings(SITE)),
    "banner": worker.banner(worker.for_banner(SITE)),
    "published banner": worker.banner(),
    "uninstaller": worker.uninstaller(),
}
LIMITS = {"worker": 6144, "banner": 4096, "published banner": 4096, "uninstaller": 512}
every_script = pytest.mark.parametrize("name", SCRIPTS)


def baked(script: str) -> dict[str, object]:
    """The settings in a worker."""
    found = re.search(r"^const C=(\{.*?\});const PAGE=", script, re.MULTILINE) or re.search(
        r"const C=(\{.*?\});const PAGE=", script
    )
    assert found
    read: dict[str, object] = json.loads(found[1])
    return read


@every_script
def test_it_is_small(name: str) -> None:
    """As it travels: the banner at most 4 kB, the worker with the outage page in two languages at most 6 kB."""
    assert len(gzip.compress(SCRIPTS[name].encode(), 9)) <= LIMITS[name]


@every_script
def test_it_is_a_script(name: str) -> None:
    """Node reads it without complaint, and so it does what is in the worker's page."""
    node = shutil.which("node")
    if not node:
        pytest.skip("needs node")
    codes = [SCRIPTS[name], *re.findall(r"(?s)<script>(.*?)</script>", page(SCRIPTS[name]))]

    for code in codes:
        done = subprocess.run([node, "--check", "-"], input=code, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def page(script: str) -> str:
    """The outage page in a worker, as the browser reads it."""
    found = re.search(r"(?s)const PAGE=`((?:\\.|[^`\\])*)`", script)
    return re.sub(r"\\([\\`$])", r"\1", found[1]) if found else ""


def test_it_is_the_same_each_time() -> None:
    """The same settings give the same bytes, so that browsers see no new version where there is none."""
    assert worker.script(worker.settings(SITE)) == SCRIPTS["worker"]


def test_it_loads_nothing_from_elsewhere() -> None:
    """Worker and page are complete: the status hosts get no power over the forum."""
    text = SCRIPTS["worker"]

    assert "importScripts" not in text
    assert not re.search(r"<(link|img|iframe|script[^>]+src)", text)
    assert set(re.findall(r"https?://[\w.-]+", text)) == {"https://status.example.net"}


@every_script
def test_it_never_writes_html_and_sets_no_cookie(name: str) -> None:
    """No text becomes markup or code, whoever sent it."""
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "cookie"):
        assert risky not in SCRIPTS[name]


def test_the_page_has_a_policy_that_fits_it() -> None:
    """The outage page may run its own script and style and ask forum and status hosts, and nothing else."""
    text = SCRIPTS["worker"]
    shown = page(text)
    policy = json.loads(re.search(r"const HEADERS=(\{.*?\});", text)[1])["Content-Security-Policy"]  # type: ignore[index]
    codes = [re.search(rf"(?s)<{tag}>(.*?)</{tag}>", shown)[1] for tag in ("style", "script")]  # type: ignore[index]

    for code in codes:
        assert f"'sha256-{base64.b64encode(sha256(code.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'self' https://status.example.net;" in policy


def test_settings_are_baked_in() -> None:
    """Hosts in their order, times in milliseconds, words in the languages of the site."""
    own = Worker(hosts=("https://a.example/x", "https://b.example/"), hang=timedelta(seconds=5))
    site = replace(SITE, worker=own, phrases={"de": {"outage.title": "Pause </script>"}})

    found = baked(worker.script(worker.settings(site)))

    assert found["hosts"] == ["https://a.example/x/status.json", "https://b.example/status.json"]
    assert (found["hang"], found["give_up"], found["spread"]) == (5000, 30000, 30000)
    words = found["words"]
    assert isinstance(words, dict)
    assert list(words) == ["de", "en"]
    assert words["de"]["title"] == "Pause </script>"
    assert "Pause </script>" not in worker.script(worker.settings(site))


@pytest.mark.parametrize(
    ("url", "scope"), [("https://f.example", "/"), ("https://f.example/", "/"), ("https://f.example/board", "/board/")]
)
def test_it_looks_after_the_forum_and_no_more(url: str, scope: str) -> None:
    """A forum in a folder shares its host with others."""
    assert worker.for_banner(replace(SITE, url=url))["scope"] == scope


def test_without_any_status_host_there_is_none() -> None:
    """No address, no host; nothing is guessed."""
    assert worker.hosts(Site()) == []


def test_strings_and_patterns_survive_the_slimming() -> None:
    """Spaces and comments go, but not those in texts, templates and patterns."""
    code = """
    /* gone */
    const a = "two  words // stay"; // gone
    const b = x.replace(/a +\\/\\/ [/ ]/g, `a  b ${ a }`);
    return typeof a + +b;
    """

    assert worker._slim(code) == (
        'const a="two  words // stay";const b=x.replace(/a +\\/\\/ [/ ]/g,`a  b ${ a }`);return typeof a+ +b;\n'
    )
