"""What holds for every kind of channel that comes along, so that a new one cannot come without it."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import channels
from channels import KINDS
from notifier.testing import BoardContract, ChannelContract
from notifier.values import described, fields

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SUITES = {ChannelContract.__name__, BoardContract.__name__, "PlaceBoardContract"}
SHARED = ("_board", "_checks", "_disk", "_files", "_ftps", "_http", "_loop", "_notes", "_several", "_ssh", "_telegram")
OURS = {"notifier.channel", *(f"channels.{name}" for name in SHARED)}
HEAVY = (
    "apprise", "asyncio", "babel", "email", "ftplib", "httpx", "jinja2", "obstore", "paramiko", "requests", "smtplib",
    "sqlite3", "subprocess", "telegram", "tweepy", "urllib3",
)  # fmt: skip
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


def source(kind: str) -> Path:
    return ROOT / Path(*KINDS[kind].split(".")).with_suffix(".py")


def suites_in(module: Path) -> set[str]:
    """Names of the shipped suites that test classes of a module subclass."""
    classes = [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.ClassDef)]
    bases = (base for found in classes if found.name.startswith("Test") for base in found.bases)
    return {base.id for base in bases if isinstance(base, ast.Name)} & SUITES


def imports_in(module: Path) -> set[str]:
    """Every module that a module imports, at whatever depth of its code; of a "from" also what might be a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.name} has a relative import"
            package = node.module or ""
            found |= {f"{package}.{alias.name}" for alias in node.names} if package == "channels" else {package}
    return found


def test_each_module_is_registered() -> None:
    """A module in channels/ is a kind of that name, unless its name begins with an underscore."""
    (folder,) = channels.__path__
    modules = {path.stem for path in Path(folder).glob("*.py") if not path.name.startswith("_")}

    assert {kind: f"channels.{kind}" for kind in modules} == KINDS


@every_kind
def test_a_suite_runs_against_it(kind: str) -> None:
    """tests/channels/test_<kind>.py subclasses the suite of channels or that of boards."""
    assert suites_in(HERE / f"test_{kind}.py")


@every_kind
def test_it_has_config_and_connect(kind: str) -> None:
    """Config is a value whose fields each have a help text; connect takes it and nothing else."""
    module = importlib.import_module(KINDS[kind])
    said = described(module.Config)

    assert [name for name in fields(module.Config) if not said.get(name, {}).get("help")] == []
    assert list(inspect.signature(module.connect).parameters) == ["config"]
    assert module.__doc__, "its first line says what it is"


@every_kind
def test_it_fits_on_a_few_pages(kind: str) -> None:
    """An adapter is read in one sitting: at most 200 lines."""
    lines = source(kind).read_text().count("\n")

    assert lines <= 200


@every_kind
def test_it_sees_nothing_of_the_core_but_the_contract(kind: str) -> None:
    """Of this project it imports notifier.channel and what the channels share, and no more."""
    project = {name for name in imports_in(source(kind)) if name.split(".")[0] in ("notifier", "channels")}

    assert project <= OURS


@every_kind
def test_its_import_is_cheap(kind: str) -> None:
    """Importing it loads no library that would slow down each start of the command line."""
    script = f"import sys, {KINDS[kind]}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert (done.stderr, done.stdout.split()) == ("", [])
