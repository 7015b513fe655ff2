"""Trying out the owner's templates before anybody needs them, and saying in plain words what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from notifier.history import Brief, brief
from notifier.model import Impact, Incident, Phase, Site, Update, Window
from notifier.render.site import text
from notifier.render.site.data import changed
from notifier.render.site.press import Files, Press
from notifier.render.site.theme import Theme
from notifier.values import replace

# What can be replaced. The other files of ours are made the same way on every site.
PAGES = (
    "layout.html", "page.html", "incident.html", "month.html", "months.html",
    "whole.html", "card.html", "line.html", "facts.html", "fact.html", "update.html",
    "systems.html", "day.html", "parts.html",
)  # fmt: skip
ASSETS = ("page.css", "icons.svg", "page.js")
_LIKE = (".html", ".css", ".svg", ".js")
_NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)
_MACRO = re.compile(r"TemplateModule.* has no attribute '(\w+)'")


def fault(site: Site, theme: Theme) -> str:
    """What is wrong with the templates: file, line and fault; "" when every page can be made with them. Never raises.

    A site is tried on which nothing ever happened, one on which all is over, and one on which everything goes on.
    """
    try:
        for made in _editions(site, theme):
            for path in made:
                if path.endswith(".html") or path in ASSETS:
                    made[path]
    except Exception as error:
        return named(error, theme)
    return ""


def _editions(site: Site, theme: Theme) -> Iterator[Files]:
    press, known = Press(site, theme), {i.id: i for i in _everything(site)}

    def read(wanted: Sequence[Brief], before: Mapping[str, Incident]) -> list[Incident]:
        return [known[b.id] for b in wanted]

    over = [i for i in known.values() if i.phase.over]
    for told in ([], over, [i for i in known.values() if i not in over]):
        news = [brief(i, changed(i), n) for n, i in enumerate(told, press.revision + 1)]
        yield press.edition(news, _NOW, read, read)


def named(error: Exception, theme: Theme) -> str:
    """What an error means that came of these templates: file, line and fault, on one line."""
    said = " ".join(_named(error, theme).split())
    return said if len(said) <= 500 else f"{said[:499]}…"


def unused(theme: Theme) -> list[str]:
    """Files among the templates that look like one and that no page is made with: misspelt, most likely. None where
    that cannot be known. Never raises."""
    folder, used, ahead = Path(theme.templates), set(ASSETS), set(PAGES)
    try:
        while ahead:
            used |= ahead
            ahead = {other for name in ahead for other in _referred(folder / name)} - used
        return sorted(str(p) for p in folder.iterdir() if p.suffix in _LIKE and p.is_file() and p.name not in used)
    except Exception:  # fault() says what is wrong
        return []


def _referred(path: Path) -> set[str]:
    """The names of the templates that one names. Raises LookupError where it works them out when it is rendered."""
    from jinja2 import Environment, meta

    source = path.read_text(encoding="utf-8") if path.is_file() else ""
    names = list(meta.find_referenced_templates(Environment(autoescape=True).parse(source)))
    if None in names:
        raise LookupError(path)
    return {name for name in names if name}


def _named(error: Exception, theme: Theme) -> str:
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    place = _place(error, theme)
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}:{error.lineno}: {error.message}"
    if isinstance(error, TemplateNotFound):
        return f"{place}: there is no template {error.message}"
    if isinstance(error, UnicodeDecodeError):
        return _undecoded(error, theme) or f"{place}: {error}"
    if isinstance(error, RecursionError):
        name = Path(place.rpartition(":")[0] or place).name
        return f'{place}: uses itself without end; the one of that name that is ours is "ours/{name}"'
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if found := _MACRO.search(str(error)):
        macros = Path(theme.templates) / "parts.html"
        missing = macros.is_file() and hasattr(text.templates().globals["parts"], found[1])
        return f"{macros if missing else place}: there is no macro {found[1]}"
    return f"{place}: {str(error) or type(error).__name__}"


def _place(error: BaseException, theme: Theme) -> str:
    """File and line of the owner's template in which it happened."""
    found, trace = theme.templates, error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if Path(name).is_relative_to(theme.templates):
            found = f"{name}:{_line(trace)}"
        trace = trace.tb_next
    return found


def _line(trace: TracebackType) -> int:
    """The line of the template. A macro that is called from outside of templates shows its line of compiled Python."""
    template = trace.tb_frame.f_globals.get("__jinja_template__")
    line: int = template.get_corresponding_lineno(trace.tb_lineno) if template else trace.tb_lineno
    return line


def _undecoded(error: UnicodeDecodeError, theme: Theme) -> str:
    """The file with these bytes, and the line that is not UTF-8."""
    for path in sorted(Path(theme.templates).rglob("*")):
        if path.is_file() and path.read_bytes() == error.object:
            line = error.object.count(b"\n", 0, error.start) + 1
            return f"{path}:{line}: is not in UTF-8; save it in that encoding"
    return ""


def _everything(site: Site) -> list[Incident]:
    """One of each kind of card."""
    words = {site.languages[0]: "Text"}
    parts = tuple(c.id for c in site.components)
    begun = _NOW - timedelta(hours=2)
    update = Update(1, Phase.INVESTIGATING, Impact.MAJOR, parts, words, begun)
    open = Incident("open", 1, words, update.phase, Impact.MAJOR, Impact.MAJOR, parts, begun, begun, None, (update,))
    end = replace(update, seq=2, phase=Phase.RESOLVED, at=_NOW, corrected=_NOW)
    over = replace(open, id="over", version=2, phase=Phase.RESOLVED, resolved=_NOW, updates=(update, end))
    before = _NOW - timedelta(days=40)
    old = replace(over, id="old", opened=before, began=before)
    first = replace(update, phase=Phase.SCHEDULED, impact=Impact.NONE)
    window = Window(_NOW + timedelta(days=1), _NOW + timedelta(days=1, hours=1))
    planned = replace(
        open,
        id="planned",
        phase=Phase.SCHEDULED,
        impact=Impact.NONE,
        worst=Impact.NONE,
        updates=(first,),
        window=window,
    )
    begins = replace(first, seq=2, phase=Phase.IN_PROGRESS)
    running = replace(planned, id="running", version=2, phase=begins.phase, updates=(first, begins))
    return [open, over, old, planned, running]
