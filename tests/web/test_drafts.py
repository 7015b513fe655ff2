"""The page behind the link in a message: it shows, it acts once, and only for who has the link."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notifier import config, links, registry
from notifier.events import Tell
from notifier.model import Phase
from notifier.problem import DraftState
from notifier.values import replace
from notifier.wiring import build
from tests.web.running import OPEN, URL, Served, alert, serving, until

FORUM = '[components.forum]\nname = "Forum"\n'
RULE = '[rules.all]\npublish_after = "15m"\n'


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, OPEN, RULE) as running:
        running.post("/hooks/open", alert("<b>v1</b>"))
        until(running.links, "a message with a link")
        yield running


def now(served: Served) -> Any:
    """The draft as it stands."""
    with served.store() as store:
        return store.intake.draft(1)


def act(
    served: Served,
    do: str,
    path: str = "",
    version: int = 1,
    headers: Any = None,
    words: Any = None,
    **fields: str,
) -> Any:
    """Press a button."""
    form = {"do": do, "version": str(version), **fields, **(words or {})}
    return served.post(path or served.links()[-1], form_of(form), headers={**FORM, **(headers or {})})


def form_of(form: dict[str, str]) -> str:
    """As a browser sends it."""
    from urllib.parse import urlencode

    return urlencode(form)


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_get_shows_and_changes_nothing(served: Served) -> None:
    """Mail scanners and previews may fetch it as often as they like, with GET or HEAD."""
    path, before = served.links()[-1], now(served)
    pages = [served.get(path) for _ in range(3)] + [served.post(path, method="HEAD")]

    assert [page.status_code for page in pages] == [200] * 4
    assert now(served) == before
    for words in ("Voice server", "Sprachserver", "publish", "&lt;b&gt;v1&lt;/b&gt; is down", "news"):
        assert words in pages[0].text
    assert "<b>v1" not in pages[0].text


def test_it_is_private_and_without_scripts(served: Served) -> None:
    """Not kept, not framed, not indexed, no address leaks to others, nothing is loaded."""
    page = served.get(served.links()[-1])
    policy = page.headers["content-security-policy"]

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "server" not in page.headers
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text


def test_post_publishes_once(served: Served) -> None:
    """The first press publishes in the name of the link's holder, the second is told who was first."""
    first, second = act(served, "publish"), act(served, "discard")

    assert (first.status_code, second.status_code) == (200, 409)
    assert "Published" in first.text
    assert "Somebody was quicker" in second.text
    assert "published by team" in second.text
    draft = now(served)
    assert (draft.state, draft.by, draft.via) == (DraftState.PUBLISHED, "team", "link")
    with served.store() as store:
        assert len(store.open_ids()) == 1


def test_two_at_once_decide_once(served: Served) -> None:
    """Of many who press at the same moment one succeeds."""
    path, statuses = served.links()[-1], []

    def press(do: str) -> None:
        statuses.append(act(served, do, path).status_code)

    pressing = [threading.Thread(target=press, args=(("publish", "discard")[n % 2],)) for n in range(8)]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()

    assert sorted(statuses) == [200] + [409] * 7


def test_who_decides_sees_what_he_decides(served: Served) -> None:
    """A draft that changed since the page was loaded is not published."""
    edited = act(served, "edit", words={"text.de": "Neu & <schön>", "text.en": "New"})
    stale = act(served, "publish", version=1)

    assert edited.status_code == 200
    assert "Neu &amp; &lt;schön&gt;" in edited.text
    assert stale.status_code == 409
    assert "has changed meanwhile" in stale.text
    assert now(served).state is DraftState.WAITING
    assert dict(now(served).command.text) == {"de": "Neu & <schön>", "en": "New"}
    assert act(served, "publish", version=2).status_code == 200


def test_snooze_puts_it_off(served: Served) -> None:
    """What would be published by itself waits so much longer."""
    before = now(served).due
    answer = act(served, "snooze", minutes="60")

    assert "asked again in 1 hour" in answer.text
    assert now(served).due >= before + timedelta(minutes=59)


def test_discard(served: Served) -> None:
    """Nobody hears of it."""
    assert act(served, "discard").status_code == 200
    assert now(served).state is DraftState.DISCARDED


@pytest.mark.parametrize("do", ["", "drop", "Publish"])
def test_an_unknown_button_does_nothing(served: Served, do: str) -> None:
    """Nor does a form without a version."""
    assert act(served, do).status_code == 409
    assert served.post(served.links()[-1], "do=publish", headers=FORM).status_code == 409
    assert served.post(served.links()[-1], "do=publish&version=\u0661".encode(), headers=FORM).status_code == 409
    assert now(served).state is DraftState.WAITING


def test_a_stranger_has_no_page(served: Served) -> None:
    """Forged, cut, of another draft, too old, or of somebody who is no admin any more: 404, and nothing happens."""
    good = served.links()[-1].removeprefix("/drafts/")
    with served.store() as store:
        key, at = store.intake.kept(links.KEY) or "", store.now()
    ghosts = (
        links.Pass(1, "team", "", at - timedelta(seconds=1)),
        links.Pass(1, "mail", "eve@example.org", at + links.VALID),
        links.Pass(99, "team", "", at + links.VALID),
    )
    for token in [good[:-2], "x" + good, good + "x", "1", *(links.sign(key, ghost) for ghost in ghosts)]:
        assert served.get(f"/drafts/{token}").status_code == 404
        answer = act(served, "publish", f"/drafts/{token}")
        assert answer.status_code == 404
        assert "Voice" not in answer.text
    assert now(served).state is DraftState.WAITING


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"origin": URL}, 200),
        ({"origin": "null"}, 200),
    ],
)
def test_another_site_cannot_press(served: Served, headers: dict[str, str], status: int) -> None:
    """A form on a page of somebody else is refused, should the link have leaked there."""
    assert act(served, "discard", headers=headers).status_code == status
    assert (now(served).state is DraftState.WAITING) == (status == 403)


def test_a_huge_form_is_refused(served: Served) -> None:
    """413."""
    assert act(served, "edit", words={"text.de": "x" * 70_000}).status_code == 413


def test_what_is_already_told_can_be_told_all_the_same(served: Served) -> None:
    """An incident on the same is open: publishing is refused with a way to insist."""
    from notifier import config, registry
    from notifier.events import Open
    from notifier.wiring import build

    house = build(config.load(served.folder / "notifier.toml", registry.kind))
    with served.store() as store:
        house.service(store).handle(Open({"de": "x"}, {"de": "y"}, ("voice",)))
    refused = act(served, "publish", version=now(served).version)
    assert refused.status_code == 409
    assert 'value="again"' in refused.text
    assert act(served, "again", version=now(served).version).status_code == 200


def test_what_is_refused_is_told_in_the_language_of_the_admins(tmp_path: Path) -> None:
    """The incident was resolved on the command line while its draft waited, and a title became too long: in German,
    without a button that could not help either."""
    from tests.web import running

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "SITE", running.SITE.replace('lang = "en"', 'lang = "de"'))
        with serving(tmp_path, OPEN, FORUM) as served:
            served.post("/hooks/open", alert("v1"))
            until(served.links)
            long = act(served, "edit", words={"title.de": "x" * 301})
            assert long.status_code == 200
            refused = act(served, "publish", version=now(served).version)
            assert "Der Titel (de) hat 301 Zeichen, höchstens 300 sind möglich." in refused.text
            assert act(served, "edit", version=now(served).version, words={"title.de": "Weg"}).status_code == 200
            assert act(served, "publish", version=now(served).version).status_code == 200
            served.post("/hooks/open", alert("v2", service="forum"))
            until(lambda: len(served.drafts()) == 1 and served.drafts()[0].id == 2)
            with served.store() as store:
                over = Tell({"de": "Vorbei.", "en": "Over."}, Phase.RESOLVED)
                build(config.load(tmp_path / "notifier.toml", registry.kind)).service(store).handle(over)
            link = until(lambda: next((path for path in served.links() if "Entwurf 2" in served.get(path).text), None))
            late = act(served, "publish", link)

    assert late.status_code == 409
    assert "ist schon beendet. Verwirf diesen Entwurf" in late.text
    assert "notifier reopen" not in late.text
    assert 'value="again"' not in late.text


def test_a_component_that_is_gone_is_told_and_left_out(served: Served) -> None:
    """The draft names one that the configuration no longer does: the page says so, and the button works."""
    with served.store() as store, store.transaction():
        draft = store.intake.draft(1)
        assert draft is not None
        old = replace(draft.command, components=("voice", "radio"))
        store.intake.save_draft(replace(draft, command=old))
    assert "No longer in the configuration, and left out: radio." in served.get(served.links()[-1]).text
    assert act(served, "publish").status_code == 200
    assert now(served).state is DraftState.PUBLISHED


def test_without_an_address_there_are_no_links(tmp_path: Path) -> None:
    """Messages name the commands only."""
    from tests.web import running

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "SITE", running.SITE.replace('url = "https://notify.example"', ""))
        with serving(tmp_path, OPEN) as served:
            served.post("/hooks/open", alert("v1"))
            until(served.drafts)
            assert served.links() == []
            with served.store() as store:
                assert store.intake.kept(links.KEY) is None
