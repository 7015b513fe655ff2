"""The page of a draft on a telephone, in a real browser."""

from __future__ import annotations

import pytest

from notifier.problem import DraftState
from tests.web import running
from tests.web.running import OPEN, alert, serving, until

pytestmark = [pytest.mark.rig, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "SITE", running.SITE.replace('lang = "en"', 'lang = "de"'))
        with serving(tmp_path_factory.mktemp("draft"), OPEN) as served:
            served.post("/hooks/open", alert("voice1.a-very-long-name-of-a-host.example.net"))
            until(served.links)
            yield served


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone(visit, served, scheme):
    """360 pixels wide nothing is cut, and every button is large enough for a thumb; the style is applied."""
    page = visit(
        served.url + served.links()[-1], viewport={"width": 360, "height": 740}, color_scheme=scheme, locale="de-DE"
    )
    heights = page.eval_on_selector_all(".decide button, .decide select", "all => all.map(e => e.offsetHeight)")
    cut = page.eval_on_selector_all("button", "all => all.filter(e => e.scrollWidth > e.clientWidth).length")

    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("html").get_attribute("lang") == "de"
    assert min(heights) >= 44
    assert cut == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"


def test_it_works_without_scripts(visit, served):
    """Change the words, then publish; a second press is told who was first."""
    link = served.url + served.links()[-1]
    page = visit(link, java_script_enabled=False)
    other = visit(link, java_script_enabled=False)
    page.click("summary")
    page.fill("textarea[name='text.de']", "Wir sind dran.")
    page.click("button[value=edit]")
    assert "Die Worte sind geändert" in page.inner_text(".notice")
    page.click("button[value=publish]")
    assert "Veröffentlicht" in page.inner_text(".notice")
    (draft,) = served.drafts(waiting=False)
    assert page.inner_text(".deed") == f"Störung {draft.incident}"
    assert page.locator("h2").first.inner_text() == "Was gesagt wurde"
    assert page.locator("button").count() == 0
    other.click("button[value=discard]")
    assert "Jemand war schneller" in other.inner_text(".notice")

    assert (draft.state, draft.command.text["de"]) == (DraftState.PUBLISHED, "Wir sind dran.")
