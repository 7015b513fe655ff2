"""The page behind the link in a message to admins: a draft as it stands, and what can be done about it.

GET shows and changes nothing, however often mail scanners and previews fetch it; POST acts. Both need the signed link;
a POST from another site's page is refused, too. The page works without scripts, and has none.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from notifier import drafted, links, plan
from notifier.incident import Refused
from notifier.intake import AlreadyTold, Changed, Decided, Intake
from notifier.links import Pass
from notifier.model import Texts
from notifier.problem import Draft
from notifier.store import StoreError
from notifier.values import replace, value
from notifier.web import limits, reading, view
from notifier.web.reading import TooMuch
from notifier.web.view import Page
from notifier.web.writer import Desk

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATES = Path(__file__).with_name("templates")
VIA = "link"


@value
class Shown:
    """What is answered: a status and a page."""

    status: int
    page: Page


class Drafts:
    """The pages of drafts. ``url``: where we are reached from outside."""

    def __init__(self, desk: Desk, url: str, blank: Callable[[str], Page]) -> None:
        self._desk = desk
        self._url = url
        self._blank = blank

    def routes(self) -> list[Route]:
        """The addresses."""
        return [Route("/drafts/{token}", self.page, methods=["GET", "POST"])]

    async def page(self, request: Request) -> Response:
        """Show, or act and show what happened."""
        request.state.place = "draft"
        token = request.path_params["token"]
        if request.method != "POST":
            return await self._ask(lambda intake: show(intake, token))
        if _foreign(request, self._url):
            return _html(Shown(403, self._blank("gone")))
        try:
            body = await reading.body(request, request.headers, limits.FORM, limits.BODY_SECONDS)
        except TooMuch as much:
            return _html(Shown(much.status, self._blank("gone")))
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await self._ask(lambda intake: act(intake, token, form))

    async def _ask(self, question: Callable[[Intake], Shown]) -> Response:
        try:
            return _html(await self._desk.ask(question))
        except StoreError:
            return _html(Shown(503, self._blank("busy")))


def show(intake: Intake, token: str) -> Shown:
    """The draft that the token leads to, as it stands."""
    found = _found(intake, token)
    if found is None:
        return Shown(404, view.blank(intake.service.site, intake.lang, "gone"))
    granted, draft = found
    return Shown(200, view.page(intake, draft, granted.who))


def act(intake: Intake, token: str, form: Mapping[str, str]) -> Shown:
    """Do what the form asks for, and show what came of it. Who comes second is told so."""
    found = _found(intake, token)
    if found is None:
        return Shown(404, view.blank(intake.service.site, intake.lang, "gone"))
    granted, draft = found
    notice, status, again = "", 200, False
    try:
        notice = _do(intake, granted, form, draft)
    except Decided:
        notice, status = view.say(intake, "late"), 409
    except Changed:
        notice, status = view.say(intake, "changed"), 409
    except Refused as refused:
        why = drafted.why(refused, intake.service.site, intake.lang)
        notice, status = view.say(intake, "refused", why=why), 409
        again = isinstance(refused, AlreadyTold) and form.get("do") in ("publish", "silent")
    now = intake.store.intake.draft(granted.draft) or draft
    page = view.page(intake, now, granted.who)
    return Shown(status, replace(page, notice=notice, mood="" if status == 200 else "no", again=again and page.can))


def _do(intake: Intake, granted: Pass, form: Mapping[str, str], draft: Draft) -> str:
    """What happened, in words. Raises Decided, Changed, Refused."""
    do, seen = form.get("do", ""), form.get("version", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    by = {"by": granted.who, "via": VIA}
    if do in ("publish", "silent", "again"):
        intake.approve(granted.draft, version=version, silent=do == "silent", again=do == "again", **by)
        return view.say(intake, "did.publish")
    if do == "discard":
        intake.discard(granted.draft, version=version, **by)
        return view.say(intake, "did.discard")
    if do == "snooze":
        minutes = form.get("minutes", "")
        delay = timedelta(minutes=int(minutes) if minutes in map(str, view.SNOOZE) else view.SNOOZE[0])
        intake.snooze(granted.draft, delay, version=version, **by)
        return view.say(intake, "did.snooze", time=view.span(delay, intake.lang))
    if do == "edit":
        title, text = (_texts(form, what, getattr(draft.command, what, None) or {}) for what in ("title", "text"))
        intake.edit(granted.draft, title=title or None, text=text or None, version=version, **by)
        return view.say(intake, "did.edit")
    raise Refused("the form does not say what to do", "form")


def _texts(form: Mapping[str, str], what: str, now: Texts) -> Texts:
    """What was written, language by language; what the form leaves out or empty stays as it is ``now``."""
    found = {lang: form.get(f"{what}.{lang}", "").replace("\r\n", "\n").strip() for lang in now}
    return {lang: said or now[lang] for lang, said in found.items()}


def _found(intake: Intake, token: str) -> tuple[Pass, Draft] | None:
    """What a link grants, as long as its holder is among the admins of the configuration."""
    key = intake.store.intake.kept(links.KEY)
    granted = links.read(key, token, intake.store.now()) if key else None
    if granted is None:
        return None
    admins = {(route.channel, to) for route, to in plan.for_admins(intake.service.routes)}
    draft = intake.store.intake.draft(granted.draft)
    return (granted, draft) if draft is not None and (granted.channel, granted.to) in admins else None


def _foreign(request: Request, url: str) -> bool:
    """Whether a page of another site sent the form. Browsers say so in Sec-Fetch-Site; older ones only in Origin, which
    is "null" under our own Referrer-Policy (https://fetch.spec.whatwg.org/#append-a-request-origin-header)."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site not in ("same-origin", "none")
    if origin is None or origin == "null":
        return False
    return urlsplit(origin).netloc not in (request.headers.get("host", ""), urlsplit(url).netloc)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_TEMPLATES)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("draft.html")


@cache
def _style() -> str:
    return (_TEMPLATES / "draft.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """Content-Security-Policy: our style by its hash, our form to ourselves, and nothing else."""
    hash = base64.b64encode(sha256(_style().encode()).digest()).decode()
    own = f"style-src 'sha256-{hash}'; form-action 'self'"
    return f"default-src 'none'; {own}; base-uri 'none'; frame-ancestors 'none'"


def _html(shown: Shown) -> Response:
    from markupsafe import Markup

    text = _template().render(page=shown.page, say=shown.page.labels, style=Markup(_style()))
    headers = {"content-security-policy": _policy(), "cross-origin-opener-policy": "same-origin"}
    return Response(text, shown.status, headers, media_type="text/html")
