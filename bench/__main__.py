"""Run the benchmarks: `python -m bench [--content DIR] [QUESTION …]`, the named ones or all.

Prints a table for each; a run of all of them writes bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench import (
    builds,
    cost,
    curve,
    edit,
    forms,
    fresh,
    galleries,
    hostile,
    latency,
    memory,
    pages,
    photographs,
    render,
    requests,
    search,
    start,
)
from bench.harness import ROOT, Table, load, machine

# "builds" comes before those that delete thousands of files: for minutes after that, ext4 passes over every freed inode
# to make a new file, which takes 0.5 ms instead of 15 µs.
QUESTIONS: Mapping[str, Callable[[Path], Table]] = {
    "builds": builds.measure,
    "latency": latency.measure,
    "cost": cost.measure,
    "requests": requests.measure,
    "curve": curve.measure,
    "start": start.measure,
    "edit": edit.measure,
    "fresh": fresh.measure,
    "render": render.measure,
    "memory": memory.measure,
    "forms": forms.measure,
    "photographs": photographs.measure,
    "galleries": galleries.measure,
    "pages": pages.measure,
    "hostile": hostile.measure,
    "search": search.measure,
}
RESULTS = ROOT / "bench" / "RESULTS.md"
HEAD = "# Measured\n\nWritten by `make bench`: what one run saw, asserted by nothing.\n\n"


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    arguments = _arguments()
    parts, began, took = [HEAD + machine()], load(), dict[str, float]()
    print(parts[0])
    for name in arguments.questions or QUESTIONS:
        print(f"({name} …)", file=sys.stderr, flush=True)
        question = partial(photographs.measure, count=arguments.count) if name == "photographs" else QUESTIONS[name]
        started = time.monotonic()
        parts.append(_answer(name, question, arguments.content))
        took[name] = time.monotonic() - started
        print(parts[-1], flush=True)
    parts.append(_end(began, took))
    print(parts[-1])
    if not arguments.questions:
        RESULTS.write_text("\n".join(parts), encoding="utf-8")


def _answer(name: str, question: Callable[[Path], Table], content: Path) -> str:
    """Run a benchmark and return its table; if it fails, the reason, so that a run of half an hour is not lost."""
    try:
        return question(content).markdown()
    except Exception as error:
        traceback.print_exc()
        return f"## {name}\n\nNot measured: {type(error).__name__}: {error}\n"


def _end(began: str, took: Mapping[str, float]) -> str:
    each = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took.items())
    return (
        f"Load of the machine when it began: {began}; when it ended: {load()}. It took "
        f"{sum(took.values()) / 60:.0f} minutes: {each}.\n"
    )


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
