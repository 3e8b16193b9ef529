"""What a property draws: the same for one verdict as for the next, more and other examples to find more."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys

import pytest
from serving import ROOT

import folio

TOLD = "import drawing; from hypothesis import settings as s; drawing.prepare(); d = drawing.draws(40); "
TOLD += "print(s.default.derandomize, s.default.max_examples, d.derandomize, d.max_examples)"


@pytest.mark.parametrize(
    ("strict", "times", "told"),
    [("1", "1", "True 100 True 40"), ("", "1", "False 100 False 40"), ("1", "20", "False 2000 False 800")],
    ids=["a verdict", "a look", "a soak"],
)
def test_a_verdict_is_of_the_same_examples_each_time(strict: str, times: str, told: str) -> None:
    environ = {**os.environ, "FOLIO_STRICT": strict, "FOLIO_DRAWS": times, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    run = subprocess.run([sys.executable, "-c", TOLD], env=environ, capture_output=True, text=True, check=True)
    assert run.stdout == f"{told}\n"


def test_hypothesis_finds_the_constants_of_every_room_whichever_test_is_first() -> None:
    rooms = {room.name for room in pkgutil.walk_packages(folio.__path__, "folio.")}
    assert rooms <= sys.modules.keys()
