"""What docs/*.md give to be copied into pages, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.rig

DOCS = Path(__file__).parents[2] / "docs"


def snippet(page, language, part):
    """The code block of a page in which that stands."""
    found = re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return next(body for body in found if part in body)


def test_the_buttons_of_a_privacy_page_work_under_a_strict_policy(serve, visit):
    """They say what the outage page's own button says, and take it back, also where the policy forbids inline code."""
    web = serve()
    web.headers["Content-Security-Policy"] = "default-src 'none'; script-src 'self'"
    web.files["index.html"] = "<!doctype html><title>x</title>" + snippet("offline.md", "html", "outage-page-off")
    web.files["outage-choice.js"] = snippet("offline.md", "js", "outage-page-off")
    page = visit(web.url)

    page.click("text=No outage page")
    assert page.evaluate("JSON.parse(localStorage.getItem('notifier-worker'))") == "off"
    page.click("#outage-page-on")
    assert page.evaluate("localStorage.getItem('notifier-worker')") is None
