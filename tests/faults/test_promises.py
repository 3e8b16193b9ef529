"""The table of promises, deploy/PROMISES.md: every promise in it is shown by tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from serving import ROOT

TESTS = ROOT / "tests"
COUNT = 27
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> dict[int, str]:
    """Return the rows of the table by number."""
    text = (ROOT / "deploy/PROMISES.md").read_text(encoding="utf-8")
    return {int(number): row for number, row in re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)}


def those_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_every_promise_is_shown_by_tests_that_are_there(number: int) -> None:
    named = NAMED.findall(rows()[number])
    assert named
    for file, test in named:
        assert test.startswith("test_")
        assert test in those_in(TESTS / file), f"{file} has no {test}"


def test_no_promise_is_left_out() -> None:
    assert list(rows()) == [*range(1, COUNT + 1)]


def test_what_is_in_italics_takes_minutes_and_nothing_else_does() -> None:
    text = (ROOT / "deploy/PROMISES.md").read_text(encoding="utf-8")
    for slanted, file, name in re.findall(r"(\*?)`([\w/]+\.py)::(\w+)`", text):
        source = (TESTS / file).read_text(encoding="utf-8")
        marked = re.search(rf"@pytest\.mark\.soak\n(?:@[^\n]+\n)*(?:async )?def {name}\(", source)
        assert bool(marked) == bool(slanted), f"{file}::{name}"
