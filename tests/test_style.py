"""The style sheets as text: no force, no stray colour, nothing that no page has. What they do, tests/browser/ sees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from folio.assets import STATIC
from folio.config import ROOT
from folio.images import GREATEST_RATIO, LEAST_RATIO, RATIO_STEP, Facts, ratio_class
from folio.markdown.callouts import KINDS

SHEETS = sorted((STATIC / "css").glob("*.css"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
STRING = re.compile(r'"[^"]*"')
BLOCK = re.compile(r"\{[^{}]*\}")
CLASS = re.compile(r"\.([a-z][a-z0-9-]*)")
# made of two words by those who write them: {what comes first: what may follow}
COMPOSED = {
    "accent-": {"amber", "ember", "forest", "moss", "ocean", "plum", "rose"},
    "callout-": set(KINDS.values()) | {"title"},
    "hue-": {*"012345", "none"},
    "in-": {"grid", "column"},
    "light-": set("0123"),
    "r": set("123"),
    "r-": {*"123456789", *(f"0{digit}" for digit in "123456789")},
}
WRITTEN_BY_LIBRARIES = {"contains-task-list"}  # the plugin of task lists


def rules(path: Path) -> str:
    """Return a sheet without its comments."""
    return COMMENT.sub("", path.read_text())


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_force_is_used_in_print_and_for_stillness_alone(path: Path) -> None:
    assert path.stem == "print" or "!important" not in rules(path)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_colours_are_written_in_the_tokens_alone(path: Path) -> None:
    assert path.stem in ("tokens", "print") or not re.findall(
        r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|lab)\(|: (?:white|black|gr[ae]y|red)\b", rules(path)
    )


def test_every_class_is_one_that_something_writes() -> None:
    ours = (*ROOT.glob("templates/*.html"), *ROOT.glob("static/js/*.js"), *ROOT.glob("folio/**/*.py"))
    written = set(re.findall(r"[A-Za-z][\w-]*", "".join(path.read_text() for path in ours))) | WRITTEN_BY_LIBRARIES
    for path in SHEETS:
        selectors = BLOCK.sub(";", STRING.sub("", rules(path)))
        for name in CLASS.findall(selectors):
            composed = any(
                name.removeprefix(first) in last for first, last in COMPOSED.items() if name.startswith(first)
            )
            assert name in written or composed, f"{path.name}: .{name}"


@pytest.mark.parametrize("percent", range(LEAST_RATIO, GREATEST_RATIO + 1, RATIO_STEP))
def test_the_classes_of_a_shape_add_up_to_it(percent: int) -> None:
    sheet = (STATIC / "css" / "gallery.css").read_text()
    names = ratio_class(Facts(width=percent * 10, height=1000)).split()
    values = [re.search(rf"\.{re.escape(name)} \{{ --(?:ones|tenths|cents): ([\d.]+);", sheet) for name in names[1:]]
    assert names[0] == "ratio"
    assert sum(round(100 * float(found[1])) for found in values if found) == percent
