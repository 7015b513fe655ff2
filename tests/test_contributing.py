"""The example in CONTRIBUTING.md is a channel that passes the suite: its two files are run as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PAGE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
ADAPTER, SUITE = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def module(name: str, source: str) -> ModuleType:
    """A module made of that source, known to imports under that name."""
    made = sys.modules[name] = ModuleType(name)
    exec(compile(source, f"{PAGE.name}: {name}", "exec"), made.__dict__)
    return made


module("channels.pager", ADAPTER)
Suite = module("tests.channels.test_pager", SUITE).TestPager


class TestExample(Suite):  # type: ignore[misc, valid-type]
    """All tests of the contract, on the example."""


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    for name in ("channels.pager", "tests.channels.test_pager"):
        sys.modules.pop(name, None)


def test_the_example_keeps_the_rule_on_size():
    """What is shown to newcomers is no longer than what they may write."""
    assert len(ADAPTER.splitlines()) <= 200
