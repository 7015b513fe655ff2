"""The pages of the status site by the rules: those of accessibility (WCAG 2.2 AA, as axe-core checks them) and HTML."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.events import Open, Reschedule, Schedule, Tell
from notifier.incident import decide, evolve
from notifier.model import Component, Impact, Phase, Site, Stamp, Window
from notifier.render.site import files
from tests.browser.conftest import lacking

pytestmark = pytest.mark.rig

NOW = datetime(2025, 11, 22, 21, 5, tzinfo=UTC)
PAGES = Path(__file__).parent.parent.parent / ".rig" / "pages" / "node_modules"
GROUP = {"de": "Reden", "en": "Talk", "ar": "التواصل"}
SITE = Site(
    name="Beispiel-Forum",
    url="https://forum.example.org",
    status_url="https://status.example.org",
    languages=("de", "en", "ar"),
    timezone="Europe/Berlin",
    components=(Component("voice", {"de": "Sprachserver"}, GROUP), Component("mail", {"de": "Post"})),
)
WORDS = {"de": "Wir **suchen**:\n\n- erstens\n- zweitens", "en": "We look.", "ar": "نحن نبحث"}
PATHS = [
    f"{lang}/{page}.html"
    for lang in ("de", "en", "ar")
    for page in ("index", "incidents/open", "history/2025-11", "history/index")
]


def told(id, *commands, ago=timedelta(days=3)):
    """An incident to which these commands happened, an hour apart."""
    incident = None
    for number, command in enumerate(commands):
        event = decide(command, incident, Stamp(NOW - ago + number * timedelta(hours=1)))
        incident = evolve(incident, event, id)
    return incident


def everything():
    """A site in which everything occurs that a page can show."""
    over = Tell(WORDS, Phase.RESOLVED)
    ahead = Window(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=3))
    later = Window(ahead.start, ahead.end + timedelta(hours=1))
    titles = {"de": "Sprachserver weg", "en": "Voice server down", "ar": "خادم الصوت"}
    incidents = [
        told("open", Open(titles, WORDS, ("voice",), Impact.CRITICAL), Tell(WORDS, Phase.IDENTIFIED)),
        told("small", Open({"de": "Nur deutsch"}, {"de": "Kein Englisch"}, ("mail",), Impact.MINOR)),
        told("planned", Schedule(titles, WORDS, ("mail",), ahead), Reschedule(later, WORDS)),
        told("running", Schedule(titles, WORDS, ("mail",), ahead), Tell(WORDS, Phase.IN_PROGRESS)),
        *(
            told(f"past{n}", Open(titles, WORDS, ("voice",), impact), over, ago=timedelta(days=9 * n + 5))
            for n, impact in enumerate(Impact)
        ),
    ]
    return files(SITE, incidents, NOW, 1)


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core."""
    script = PAGES / "axe-core" / "axe.min.js"
    if not script.is_file():
        lacking("npm's axe-core, which .ci/run installs")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_anybody(visit, serve, axe, path, scheme):
    """In every language, light and dark, on a narrow phone too, with everything unfolded: no rule is broken."""
    web = serve()
    web.files = dict(everything())
    page = visit(web.url + path, viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 320

    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(axe)
        found = page.evaluate("axe.run({ runOnly: ['wcag2a','wcag2aa','wcag21aa','wcag22aa','best-practice'] })")
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []


def test_the_html_is_valid(tmp_path):
    """Every kind of page is HTML as the standard has it."""
    tool = PAGES / ".bin" / "html-validate"
    if not tool.exists() or shutil.which("node") is None:
        lacking("npm's html-validate, which .ci/run installs")
    made = everything()
    for path in [*PATHS, "index.html", "incidents/open.html"]:
        (tmp_path / path.replace("/", "-")).write_bytes(made[path])
    rules = {"extends": ["html-validate:standard"], "root": True}
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps(rules))

    done = subprocess.run(
        [tool, "--formatter", "text", *map(str, tmp_path.glob("*.html"))], capture_output=True, text=True, check=False
    )

    assert done.stdout.replace(str(tmp_path), "") == ""
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_renewed_says_so(visit, serve):
    """When the page cannot be fetched any more, it warns how old it is; it can be paused, and remembers that."""
    web = serve()
    web.files = dict(everything())
    page = visit(web.url + "en/index.html", locale="en-GB", before=lambda page: page.clock.install())
    page.get_by_text("updates itself").wait_for()
    assert page.locator(".warning").inner_text() == ""

    web.files = {}
    for _ in range(5):
        with page.expect_response("**/en/index.html"):
            page.clock.fast_forward(31_000)
    page.get_by_text("The status could not be fetched. This information is 2 minutes old").wait_for()

    web.files = dict(everything())
    with page.expect_response("**/en/index.html"):
        page.clock.fast_forward(31_000)
    page.wait_for_function("document.querySelector('.warning').textContent === ''")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    asked = len(web.paths())
    page.clock.fast_forward(61_000)
    assert len(web.paths()) == asked


def test_the_first_visit_leads_to_the_visitors_language(visit, serve):
    """A visitor comes to the page in his language once; whom he then chooses, he gets."""
    web = serve()
    web.files = dict(everything())

    page = visit(web.url, locale="en-GB")
    page.get_by_role("heading", name="Major outage", level=1).wait_for()
    page.get_by_role("link", name="Deutsch", exact=True).click()
    page.get_by_role("heading", name="Schwerer Ausfall", level=1).wait_for()
    page.goto(web.url + "incidents/open.html")

    assert page.locator("html").get_attribute("lang") == "de"
    assert page.url.endswith("/incidents/open.html")
