"""Trying out the owner's templates before anybody needs them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier.model import Impact, Incident, Phase, Site, Update, Window
from notifier.render.site import files
from notifier.render.site.theme import Theme
from notifier.values import replace

_NOW = datetime(2025, 11, 22, 12, tzinfo=UTC)


def fault(site: Site, theme: Theme) -> str:
    """What is wrong with the templates: file, line and fault; "" when every page can be made with them."""
    from jinja2 import TemplateError, TemplateSyntaxError

    made = files(site, _everything(site), _NOW, 1, theme)
    for path in made:
        if path.endswith(".html"):
            try:
                made[path]
            except TemplateSyntaxError as error:
                return f"{error.filename or error.name}:{error.lineno}: {error.message}"
            except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
                return f"{_place(error, theme)}: {error}"
    return ""


def _place(error: BaseException, theme: Theme) -> str:
    """File and line of the owner's template in which it happened."""
    found, trace = theme.templates, error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if Path(name).parent == Path(theme.templates):
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _everything(site: Site) -> list[Incident]:
    """One of each kind of card."""
    words = {site.languages[0]: "Text"}
    parts = tuple(c.id for c in site.components)
    begun = _NOW - timedelta(hours=2)
    update = Update(1, Phase.INVESTIGATING, Impact.MAJOR, parts, words, begun)
    open = Incident("open", 1, words, update.phase, Impact.MAJOR, Impact.MAJOR, parts, begun, begun, None, (update,))
    end = replace(update, seq=2, phase=Phase.RESOLVED, at=_NOW)
    over = replace(open, id="over", version=2, phase=Phase.RESOLVED, resolved=_NOW, updates=(update, end))
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
    return [open, over, planned]
