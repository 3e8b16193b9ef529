"""Run the benchmarks: `python -m bench [--content DIR] [QUESTION …]`, all of those below or some.

Prints a table a question; a run of all of them writes bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench import cost, edit, forms, galleries, hostile, latency, pages, photographs, render, requests, start
from bench.harness import ROOT, Table, load, machine

QUESTIONS: Mapping[str, Callable[[Path], Table]] = {
    "latency": latency.measure,
    "cost": cost.measure,
    "requests": requests.measure,
    "start": start.measure,
    "edit": edit.measure,
    "render": render.measure,
    "hostile": hostile.measure,
    "pages": pages.measure,
    "photographs": photographs.measure,
    "galleries": galleries.measure,
    "forms": forms.measure,
}
RESULTS = ROOT / "bench" / "RESULTS.md"
HEAD = "# Measured\n\nWritten by `make bench`: what one run saw, asserted by nothing.\n\n"


def main() -> None:
    """Ask the questions named on the command line, or all."""
    arguments = _arguments()
    parts, began = [HEAD + machine()], load()
    print(parts[0])
    for name in arguments.questions or QUESTIONS:
        print(f"({name} …)", file=sys.stderr, flush=True)
        question = partial(photographs.measure, count=arguments.count) if name == "photographs" else QUESTIONS[name]
        parts.append(question(arguments.content).markdown())
        print(parts[-1], flush=True)
    parts.append(f"Load of the machine when it began: {began}; when it ended: {load()}.\n")
    print(parts[-1])
    if not arguments.questions:
        RESULTS.write_text("\n".join(parts), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the engine beside what it stands on.")
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"of {', '.join(QUESTIONS)} [all]")
    parser.add_argument("--content", type=Path, default=ROOT / "content", help="the content to serve")
    parser.add_argument("--count", type=int, default=photographs.COUNT, help="photographs of 24 megapixels [6]")
    arguments = parser.parse_args()
    if unknown := set(arguments.questions) - set(QUESTIONS):
        parser.error(f"no such question: {', '.join(sorted(unknown))} (use {', '.join(QUESTIONS)})")
    return arguments


if __name__ == "__main__":
    main()
