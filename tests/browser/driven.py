"""Browsers that puppeteer drives: Firefox, and Chromium where playwright hides what it does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.conftest import lacking

DRIVER = Path(__file__).with_name("firefox") / "driver.mjs"
PATIENCE = 30.0
PROGRAMS = {"firefox": ("firefox-esr", "firefox"), "chrome": ("chromium", "chromium-browser", "google-chrome")}


class Driven:
    """One page of a browser with a fresh profile."""

    def __init__(self, *words):
        self._process: Any = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._line() == "ready\n"

    def _line(self):
        return self._process.stdout.readline()

    def __call__(self, name, argument=None):
        """Do it; its value."""
        self._process.stdin.write(json.dumps([name, argument]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._line())
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def until(self, code, wanted=True):
        """Wait until JavaScript on the page says so; pages may come and go meanwhile."""
        end, seen = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            try:
                seen = self("evaluate", code)
            except AssertionError as error:
                seen = error
            if seen == wanted:
                return
            time.sleep(0.05)  # between two looks at a browser
        raise AssertionError(f"{code} is {seen}")

    def text(self, selector):
        """What stands there."""
        self.until(f"!!document.querySelector({json.dumps(selector)})")
        return self("evaluate", f"document.querySelector({json.dumps(selector)}).innerText")

    def close(self):
        """The end."""
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()


@contextmanager
def driven(name):
    """A page in "firefox" or "chrome"."""
    node = shutil.which("node")
    if not node or not (DRIVER.parent / "node_modules" / "puppeteer-core").is_dir():
        lacking("node and puppeteer-core: npm install --prefix tests/browser/firefox puppeteer-core@24.43.1")
    found = next(filter(None, map(shutil.which, PROGRAMS[name])), None)
    if not found:
        lacking(f"one of the programs {', '.join(PROGRAMS[name])}")
    sandbox = ["--no-sandbox"] if name == "chrome" and os.geteuid() == 0 else []
    page = Driven(node, str(DRIVER), name, found, *sandbox)
    yield page
    page.close()
