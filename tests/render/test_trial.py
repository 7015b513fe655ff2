"""Templates of the owner's: whatever is wrong with one is said with its name, and none makes the check itself fail."""

from __future__ import annotations

import pytest

from notifier.model import Component, Site
from notifier.render.site import text, trial
from notifier.render.site.theme import Theme

SITE = Site(name="Beispiel", languages=("de", "en"), components=(Component("voice", {"de": "Sprachserver"}),))
LATIN = "\n café".encode("latin-1")
PARTS = (text.TEMPLATES / "parts.html").read_text(encoding="utf-8")


def first(name):
    """A first page that shows the first of that list."""
    return f'{{% extends "ours/page.html" %}}{{% block main %}}\n{{{{ {name}[0] }}}}{{{{ super() }}}}{{% endblock %}}'


def theme(folder, **sources):
    """With these templates; "page_html" is page.html."""
    for name, source in sources.items():
        content = source if isinstance(source, bytes) else source.encode()
        (folder / name.replace("_", ".")).write_bytes(content)
    return Theme(templates=str(folder))


@pytest.mark.parametrize(
    ("name", "source", "line", "words"),
    [
        *((f"{n}.html", f'{{% extends "{n}.html" %}}', ":1", "ours/") for n in ("incident", "page", "layout", "month")),
        ("card.html", '\n{% include "card.html" %}', ":2", "uses itself without end"),
        ("parts.html", '{% extends "parts.html" %}', ":1", "uses itself without end"),
        *((n, LATIN, ":2", "is not in UTF-8") for n in ("page.css", "page.js", "icons.svg", "card.html", "parts.html")),
        *(("page.html", first(n), ":2", "no element 0") for n in ("current", "running", "upcoming", "past")),
        ("page.html", '\n{% extends "ours/pag.html" %}', ":2", "there is no template ours/pag.html"),
        ("parts.html", PARTS.replace("macro timeline", "macro line"), "", "there is no macro timeline"),
        ("parts.html", PARTS.replace("macro mark", "macro marc"), "", "there is no macro mark"),
        ("parts.html", PARTS.replace("{{ state.words }}", "{{ stat.words }}"), ":7", "'stat' is undefined"),
        ("fact.html", "\n{{ tern }}", ":2", "'tern' is undefined"),
        ("update.html", "\n{{ one.head }}", ":2", "'one' is undefined"),
        ("update.html", "\n{% if corrected %}{{ one.head }}{% endif %}", ":2", "'one' is undefined"),
        ("card.html", "\n{{ parts.nope() }}", ":2", "there is no macro nope"),
        ("page.html", "\n{% for n in range(10**9) %}{% endfor %}", ":2", "Range too big"),
        ("page.html", "\n{{ 'x' * 10**15 }}", ":2", "MemoryError"),
        ("page.html", "\n{{ none() }}", ":2", "not callable"),
        ("page.html", "\n{{ 'x'.encode('no such code') }}", ":2", "no such code"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, name, source, line, words):
    """File and line, on one short line."""
    own = theme(tmp_path, **{name.replace(".", "_"): source})

    said = trial.fault(SITE, own)

    assert said.startswith(f"{tmp_path / name}{line}: ")
    assert words in said
    assert "\n" not in said
    assert len(said) <= 500


def test_a_folder_that_is_gone_is_named(tmp_path):
    """It was there when the configuration was read."""
    gone = Theme(templates=str(tmp_path / "gone"))

    assert trial.fault(SITE, gone) == f"{tmp_path / 'gone'}: No such file or directory"
    assert trial.unused(gone) == []


def test_a_file_that_nothing_uses_is_named(tmp_path):
    """Misspelt, or one of ours that cannot be replaced; what a template refers to is used, and notes are none."""
    extended = '{% extends "ours/page.html" %}{% block main %}{% include "bit.html" %}{% endblock %}'
    own = theme(tmp_path, page_html=extended, bit_html='{% if no %}{% include "more.html" %}{% endif %}', more_html="")
    theme(tmp_path, README_md="", page_js="", icons_svg="<svg></svg>")
    assert trial.unused(own) == []

    theme(tmp_path, bogus_html='{% include "bogus.html" %}', incidents_html=LATIN, banner_js="")

    assert trial.unused(own) == [str(tmp_path / n) for n in ("banner.js", "bogus.html", "incidents.html")]


def test_nothing_is_called_unused_where_names_are_worked_out(tmp_path):
    """A name that is put together when the page is made may be any."""
    own = theme(tmp_path, page_html="{% include lang ~ '.html' %}", de_html="", en_html="")

    assert trial.fault(SITE, own) == ""
    assert trial.unused(own) == []
