"""The documentation is read as the program would read it. UPDATE_DOCS=1 writes the tables of what channels can do."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import isinf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from channels import KINDS
from notifier import config, registry
from notifier.channel import Limits, Secret, abilities
from notifier.cli import COMMANDS
from notifier.cli.app import app
from notifier.config import ROUTE_KEYS
from notifier.model import Route, Site, Worker
from notifier.render.site.table import ROWS
from notifier.values import fields

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
REFERENCE = ROOT / "docs" / "configuration.md"
ZULIP = {"server", "email", "api_key", "stream"}
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


# What stands in the pages


def blocks(page: Path, *languages: str) -> list[str]:
    """The code blocks of these languages."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [body for language, body in found if language in languages]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def sections(page: Path) -> dict[str, str]:
    """What stands beneath each heading, up to the next one."""
    pieces = re.split(r"^#+ (.*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def documented(section: str) -> dict[str, str]:
    """The keys of a section's table, and what its column of defaults says."""
    return dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", section, re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """What a link may name after "#"."""
    return {re.sub(r"[^\w -]", "", h).lower().strip().replace(" ", "-") for h in sections(page)}


# Configurations


def kind_of(name: str) -> Any:
    """The kind of that name; also that of the plugin in examples/."""
    if name != "zulip":
        return registry.kind(name)
    its = [registry.Key(k, k, "secret" if k == "api_key" else "text", True, None, "") for k in ZULIP]
    return SimpleNamespace(name=name, keys=lambda: its, config=SimpleNamespace, connect=None)


def keys(kind: str) -> list[registry.Key]:
    """The keys that are a kind's own."""
    return registry.kind(kind).keys()


def whole(text: str) -> str:
    """A fragment with the components and channels that it speaks of elsewhere."""
    data = tomllib.loads(text)
    named = {c for channel in data.get("channels", {}).values() for c in channel.get("components", ())}
    parts = [f"[components.{name}]" for name in named - set(data.get("components", {}))]
    admins = set(data.get("admins", {}).get("channels", ()))
    parts += [f'[channels.{name}]\nkind = "console"' for name in admins - set(data.get("channels", {}))]
    return "\n".join([text, *parts])


def shown(page: Path, kind: str) -> Any:
    """The configuration of that kind that a page shows."""
    settings = (config.parse(whole(text), kind_of) for text in blocks(page, "toml"))
    return next(c.config for s in settings for c in s.channels if c.kind.name == kind)


def default(key: registry.Key) -> str:
    """A default as the reference writes it."""
    if key.required:
        return "required"
    if key.default == "" or (isinstance(key.default, Secret) and not key.default):
        return "none"
    return f'`"{key.default}"`' if isinstance(key.default, str) else f"`{key.default}`"


@every_page
def test_configurations_that_are_shown_are_accepted(page: Path) -> None:
    """Whoever copies a TOML block has a configuration without mistakes."""
    for text in blocks(page, "toml"):
        if text.startswith("[project"):
            assert {"notifier.channels", "notifier.sources"} & set(tomllib.loads(text)["project"]["entry-points"])
        else:
            config.parse(whole(text), kind_of)


@every_kind
def test_the_keys_of_a_kind_are_in_the_reference(kind: str) -> None:
    """docs/configuration.md has every key of the kind with its true default, and no other."""
    wanted = {key.name: default(key) for key in keys(kind)}

    assert documented(sections(REFERENCE)[kind]) == wanted


@every_kind
def test_the_page_of_a_kind_names_its_keys(kind: str) -> None:
    """docs/channels/<kind>.md shows an example of the kind and names every key, but where the API lives."""
    page = ROOT / "docs" / "channels" / f"{kind}.md"
    text = page.read_text("utf-8")
    missing = [k.name for k in keys(kind) if not re.search(rf"\b{k.name}\b", text)]

    assert set(missing) <= {"api_url"}
    assert shown(page, kind)


def test_the_keys_of_routes_are_in_the_reference() -> None:
    """Every key that any channel may have is there, with the default that the program has."""
    found = documented(sections(REFERENCE)["`[channels.NAME]`"])
    route = Route("", "")
    simple = {name: getattr(route, name) for name in ("least", "long", "catch_up", "unsure")}

    assert set(found) == set(ROUTE_KEYS)
    assert {name: f'`"{value}"`' for name, value in simple.items()} == {name: found[name] for name in simple}
    assert (found["pin"], found["enabled"]) == (f"`{route.pin}`".lower(), f"`{route.enabled}`".lower())
    assert found["tell_within"] == f'`"{route.tell_within.total_seconds() / 3600:.0f}h"`'


def test_the_keys_of_the_site_are_in_the_reference() -> None:
    """Every key of [site] is there, with the default that the program has."""
    own = [name for name in fields(Site) if name not in ("components", "phrases", "worker")]
    defaults = {name: getattr(Site(), name) for name in own} | dict.fromkeys(("logo", "links", "templates"), "")
    written = {"": "none", ("en",): '`["en"]`'}

    assert documented(sections(REFERENCE)["`[site]`"]) == {k: written.get(v, f'`"{v}"`') for k, v in defaults.items()}


def test_the_keys_of_the_worker_are_in_the_reference() -> None:
    """Every key of [worker] is there, with the default that the program has."""
    defaults = {name: getattr(Worker(), name) for name in fields(Worker)}
    written = {True: "`true`", (): "`status_url`"}
    spans = {k: f'`"{v.total_seconds():.0f}s"`' for k, v in defaults.items() if isinstance(v, timedelta)}
    wanted = {k: spans.get(k) or written.get(v) or f'`"{v}"`' for k, v in defaults.items()}

    assert documented(sections(REFERENCE)["`[worker]`"]) == wanted


def test_every_table_is_in_the_reference() -> None:
    """Each table that the program reads has a section, and no section is about one that it refuses."""
    with pytest.raises(config.ConfigError) as caught:
        config.parse("nonsense = 1", kind_of)
    known = set(str(caught.value).partition("there are: ")[2].split(", "))

    assert {re.split(r"[\[\].]", heading)[1] for heading in sections(REFERENCE) if heading.startswith("`[")} == known


# Commands


def commands(page: Path) -> Iterator[list[str]]:
    """The words after `notifier` of every command line on a page, whole ones and quoted ones."""
    lines = [line for text in blocks(page, "sh") for line in text.splitlines()]
    quoted = re.findall(r"`(notifier [a-z].*?)`", prose(page), re.DOTALL)
    for line in [*(line for line in lines if line.startswith("notifier ")), *quoted]:
        words = shlex.split(" ".join(line.split()), comments=True)[1:]
        while words and words[0] == "--config":
            words = words[2:]
        yield words


def called(words: list[str]) -> tuple[str, Any, list[str]]:
    """The command that a line calls: its name, itself, and the words after that."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and (within := getattr(command, "get_command", None)) and (found := within(None, rest[0])):
        command, rest = found, rest[1:]
    return " ".join(words[: len(words) - len(rest)]), command, rest


@every_page
def test_commands_that_are_shown_exist(page: Path) -> None:
    """Every `notifier ...` in the docs names a command and options that there are."""
    for words in commands(page):
        assert words[0] in COMMANDS, f"notifier {words[0]}"
        _, command, words = called(words[: words.index("--")] if "--" in words else words)
        options = {name for parameter in command.params for name in parameter.opts} | {"-h", "--help"}
        used = {word.split("=")[0] for word in words if re.match("--?[a-z]", word)}
        assert used <= options, f"notifier {' '.join(words)}"


@every_page
def test_commands_in_blocks_are_complete(page: Path) -> None:
    """What can be copied into a shell is taken by the command as it stands there."""
    for text in blocks(page, "sh"):
        for line in text.splitlines():
            if line.startswith("notifier ") and "..." not in line:
                name, command, words = called(shlex.split(line, comments=True)[1:])
                command.make_context(name, [word for word in words if not word.startswith("[")])  # may be left out


def test_every_command_is_explained() -> None:
    """No command is left out of the pages that a user reads."""
    found = {words[0] for page in PAGES for words in commands(page)}

    assert set(COMMANDS) - {"demo"} <= found
    assert "make demo" in (ROOT / "README.md").read_text("utf-8")


# Links


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of the project finds it, and the heading it names."""
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)

    assert dead == []


ADDRESSES = {"feeds.md": "Addresses", "status-page.md": "What is published"}
STANDS_FOR = {"lang": "LANG|de|en", "id": "ID", "component": "ID", "month": r"MONTH|\d{4}-\d{2}"}


def served() -> list[str]:
    """Patterns of the addresses that there are, as the pages write them."""
    return [re.sub(r"\\{(\w+)\\}", lambda m: f"(?:{STANDS_FOR.get(m[1], m[1])})", re.escape(row.path)) for row in ROWS]


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_of_the_site_exist(name: str) -> None:
    """Every path in the tables of what is published is one of the site's files."""
    page = ROOT / "docs" / name
    cells = re.findall(r"^\| (`.*?`) \|", sections(page)[ADDRESSES[name]], re.MULTILINE)
    named = [path for cell in cells for path in re.findall("`(.*?)`", cell)]

    assert len(named) > 5
    assert [path for path in named if not any(re.fullmatch(row, path) for row in served())] == []


@every_page
def test_addresses_in_snippets_exist(page: Path) -> None:
    """A snippet to be copied into a page names files that the site has."""
    used = re.findall(r"https://(?:status|mirror)\.example\.\w+/([\w./-]+\.\w+)", page.read_text("utf-8"))
    named = [re.sub(r"^incidents/\w+\.", "incidents/ID.", path) for path in used]

    assert [path for path in named if not any(re.fullmatch(row, path) for row in served())] == []


@every_page
def test_snippets_work_under_a_strict_policy(page: Path) -> None:
    """No handler within an element: the policy that docs/banner.md recommends forbids them."""
    assert [body for body in blocks(page, "html") if re.search(r"<[^>]*\son\w+\s*=", body)] == []


def test_every_page_can_be_found() -> None:
    """From the README one gets to every page by links."""
    seen, new = set(), {ROOT / "README.md"}
    while new:
        page = new.pop()
        seen.add(page)
        targets = {(page.parent / link).resolve() for link in re.findall(r"\]\(([^)\s#]+\.md)[#)]", page.read_text())}
        if page.parent.name == "decisions":
            targets.update(page.parent.glob("*.md"))
        new |= {t for t in targets if t in PAGES} - seen

    assert [str(p.relative_to(ROOT)) for p in PAGES if p not in seen] == []


def test_the_readme_is_short() -> None:
    """The first page is read to its end."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


# What each channel can do: written by the program


VERBS = {"answer": "Replies", "edit": "Edits", "pin": "Pins", "delete": "Deletes", "look up": "Finds", "try": "Probes"}
EXTRAS = {kind: kind for kind in ("telegram", "x", "apprise", "s3", "sftp")}


def channel(kind: str) -> Any:
    """The channel that the example on its page makes."""
    return registry.kind(kind).connect(shown(ROOT / "docs" / "channels" / f"{kind}.md", kind))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("  ", " ") for line in lines)


def duration(seconds: float) -> str:
    """For how long a key is remembered."""
    return "for ever" if isinf(seconds) else f"{seconds / 3600:.0f} h" if seconds else ""


def able(kind: str, verb: str) -> str:
    """A mark if a channel has the ability."""
    return "yes" if VERBS[verb] in abilities(channel(kind)) else ""


def limits(kind: str) -> Limits | None:
    """What a channel takes; None for a board."""
    found: Limits | None = getattr(channel(kind), "limits", None)
    return found


def overview() -> str:
    """The table in the README."""
    rows = []
    for kind in sorted(KINDS):
        found = limits(kind)
        size = "shows the present state" if found is None else "any" if found.size is None else str(found.size)
        size += " (`limit`)" if "limit" in [key.name for key in keys(kind)] else ""
        need = f"extra `{EXTRAS[kind]}`" if kind in EXTRAS else ""
        marks = [able(kind, verb) for verb in ("answer", "edit", "pin", "delete")]
        rows.append([f"[{kind}](docs/channels/{kind}.md)", *marks, size, need])
    return table(["kind", "answers", "edits", "pins", "deletes", "longest text", "needs"], rows)


def ability_matrix() -> str:
    """Who can do what."""
    rows = []
    for kind in sorted(KINDS):
        found = limits(kind)
        marks = [able(kind, verb) for verb in VERBS]
        rows.append([kind, *marks[:-1], duration(found.same_key) if found else "", marks[-1]])
    return table(["kind", *list(VERBS)[:-1], "same key", "try"], rows)


def limit_matrix() -> str:
    """Who takes how much."""
    rows = []
    for kind in sorted(KINDS):
        if (found := limits(kind)) is None:
            continue
        size = "any" if found.size is None else f"{found.size} {found.measure}"
        pace = f"{found.pace[0]} in {found.pace[1]:.0f} s" if found.pace else ""
        answers = found.reply_to if able(kind, "answer") else ""
        title = str(found.title) if found.title else "in the text"
        rows.append([kind, size, found.markup, title, found.link, found.style if answers else "", answers, pace])
    return table(["kind", "text", "markup", "title", "link", "later words", "answer to", "pace"], rows)


MATRICES: Mapping[tuple[str, str], Any] = {
    ("README.md", "matrix"): overview,
    ("docs/channels/README.md", "matrix abilities"): ability_matrix,
    ("docs/channels/README.md", "matrix limits"): limit_matrix,
}


@pytest.mark.parametrize(("name", "mark"), MATRICES)
def test_the_matrix_is_what_the_channels_say(name: str, mark: str) -> None:
    """The tables of abilities and limits are those of the code. UPDATE_DOCS=1 writes them."""
    page = ROOT / name
    pattern = rf"(<!-- {mark}: .*? -->\n)(.*?)(<!-- end of matrix -->)"
    text, wanted = page.read_text("utf-8"), MATRICES[name, mark]() + "\n"
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(re.sub(pattern, lambda m: m[1] + wanted + m[3], text, flags=re.DOTALL), "utf-8")
        text = page.read_text("utf-8")
    found = re.search(pattern, text, re.DOTALL)

    assert found is not None
    assert found[2] == wanted


def test_every_channel_is_in_the_overview() -> None:
    """docs/channels/README.md says of each kind what it is."""
    text = (ROOT / "docs" / "channels" / "README.md").read_text("utf-8")

    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\)", text, re.MULTILINE) == sorted(KINDS)
