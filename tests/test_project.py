"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels import KINDS
from notifier import __version__

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted(p for top in ("notifier", "channels") for p in (ROOT / top).rglob("*.py"))
# Joined here from halves, so that this file does not hold what it looks for.
FORBIDDEN = [
    "py" + r"pi\.org",
    "python" + "hosted",
    "npm" + r"js\.(org|com)",
    "deb" + r"\.debian\.org",
    "archive" + r"\.ubuntu\.com",
    "/wo" + r"rk/(main|shared|steering|\.lib)",
    "/fa" + "rm/",
    "/root" + r"/\.",
    "/tmp/" + "bash_jobs",
    "/opt/" + "(pypi|wheels)",
]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(path: Path) -> str:
    """A path as the failure message shows it."""
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text("utf-8"), named(path))


def tracked() -> list[Path]:
    """Every file that git knows; outside a checkout every file that a source distribution holds."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [p for p in ROOT.rglob("*") if not {".venv", "__pycache__"} & set(p.parts)]
    return [p for p in found if p.is_file() and not p.is_symlink()]


def public(module: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Functions and classes that others may use: at the top of the module, without an underscore."""
    for node in module.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def height(function: Function) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def makefile_targets() -> set[str]:
    """Targets a person types: no files, no variables."""
    text = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))


def test_files_are_short_enough_to_read_at_one_go():
    """No file is longer than 400 lines, no adapter longer than 200."""
    long = {}
    for path in SOURCES:
        lines = len(path.read_text("utf-8").splitlines())
        if lines > (200 if path.parent == ROOT / "channels" else 400):
            long[named(path)] = lines

    assert long == {}


def test_functions_fit_on_a_screen():
    """No function is longer than 40 lines."""
    long = {}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, Function) and height(node) > 40:
                long[f"{named(path)}:{node.lineno} {node.name}"] = height(node)

    assert long == {}


def test_whoever_reads_a_module_is_told_what_it_is_for():
    """Every module and every public function and class has a docstring."""
    silent = []
    for path in SOURCES:
        module = tree(path)
        silent += [] if ast.get_docstring(module) else [named(path)]
        silent += [f"{named(path)}:{n.lineno} {n.name}" for n in public(module) if not ast.get_docstring(n)]

    assert silent == []


def test_every_module_defers_its_annotations():
    """Modules with functions or classes start with the annotations import: types cost nothing at start."""
    eager = []
    for path in SOURCES:
        text = path.read_text("utf-8")
        has_code = any(isinstance(node, Function | ast.ClassDef) for node in tree(path).body)
        if has_code and "\nfrom __future__ import annotations\n" not in text:
            eager.append(named(path))

    assert eager == []


def test_nothing_in_the_project_depends_on_where_it_was_built():
    """No file names a package index's host or a folder of a build machine."""
    pattern = re.compile("|".join(FORBIDDEN))
    found = [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_the_changelog_tells_of_this_version():
    """The version that `notifier --version` prints has a section."""
    assert f"\n## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_make_help_lists_every_target():
    """What can be typed after make stands in `make help`, and the README's two commands are among it."""
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE))

    assert listed == makefile_targets()
    assert {"demo", "test", "check"} <= listed


def test_every_requirement_has_a_pin():
    """Each library that pyproject.toml names has an exact version in constraints.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in wanted} - {project["name"]}
    pins = dict(line.lower().split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line)

    assert names - set(pins) == set()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_channel_is_one_file_one_suite_one_page(kind):
    """Every registered kind has its module, its contract tests and its page in the docs."""
    module = KINDS[kind].replace(".", "/") + ".py"
    suite = ROOT / f"tests/channels/test_{kind}.py"

    missing = [p for p in (module, named(suite), f"docs/channels/{kind}.md") if not (ROOT / p).is_file()]
    assert missing == []
    assert re.search(r"^class \w+\(.*(Channel|Board)Contract", suite.read_text("utf-8"), re.MULTILINE)


def test_every_adapter_is_registered():
    """A file in channels/ that nobody can configure would be dead."""
    files = {f"channels.{p.stem}" for p in (ROOT / "channels").glob("*.py") if not p.stem.startswith("_")}

    assert files == set(KINDS.values())
