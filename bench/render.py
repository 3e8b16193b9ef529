"""What does the engine's dialect of Markdown cost, beside the libraries it is built on?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from bench.harness import Table, middle, times
from bench.plain import parser as plain_parser
from folio import config, dates, markdown, references, site
from folio.content import Page
from folio.snapshot import Site

PASSES = 15
MOST = 2.0  # the ratio to the plain parser's time that no page should exceed


@dataclass(frozen=True, slots=True)
class _Cost:
    """The least CPU seconds that one page took: the plain parser, the engine's parsing, and its rendering."""

    path: str
    plain: float
    parse: float
    render: float

    @property
    def engine(self) -> float:
        return self.parse + self.render

    @property
    def ratio(self) -> float:
        return self.engine / self.plain


def measure(content: Path) -> Table:
    """Render every public page both ways, in turn, and compare the CPU time."""
    snapshot = site.load(config.load({"content": content}, environ={}), dates.now, time.time())
    pages = [page for page in snapshot.public if page.body]
    plain = plain_parser()
    works = [_works(snapshot, page, plain) for page in pages]
    seconds = _in_turn([work for three in works for work in three])
    costs = [_Cost(page.path, *seconds[3 * n : 3 * n + 3]) for n, page in enumerate(pages)]
    words = sum(len(page.body.text.split()) for page in pages) // len(pages)
    return Table("Markdown", ("", "a page, CPU", "ratio"), _rows(costs), _notes(costs, words))


def _works(snapshot: Site, page: Page, plain: MarkdownIt) -> tuple[Callable[[], object], ...]:
    """Return the functions to measure for one page; each rendering creates a resolver, as in the engine."""
    document = markdown.parse(page.body.text)

    def render() -> None:
        markdown.render(document, references.resolver(snapshot, page.path, {}))

    return lambda: plain.render(page.body.text), lambda: markdown.parse(page.body.text), render


def _in_turn(works: Sequence[Callable[[], object]]) -> list[float]:
    """Return the least CPU seconds of each function, all run in turn; the first pass is a warm-up."""
    seen: list[list[float]] = [[] for _ in works]
    for _ in range(PASSES + 1):
        for work, values in zip(works, seen, strict=True):
            started = time.process_time()
            work()
            values.append(time.process_time() - started)
    return [min(values[1:]) for values in seen]


def _rows(costs: Sequence[_Cost]) -> tuple[tuple[str, ...], ...]:
    library, parse, render = (
        sum(values) for values in zip(*((c.plain, c.parse, c.render) for c in costs), strict=True)
    )
    worst = max(costs, key=lambda cost: cost.ratio)
    named = (
        ("markdown-it-py + pygments, plain", library, 1.0),
        ("engine: parse", parse, parse / library),
        ("engine: render", render, render / library),
        ("engine: both", parse + render, (parse + render) / library),
    )
    totals = tuple((name, f"{value / len(costs) * 1000:.2f} ms", times(ratio)) for name, value, ratio in named)
    return (
        *totals,
        ("the page in the middle, by ratio", "", times(middle([cost.ratio for cost in costs]))),
        (f"the page with the highest: {worst.path}", f"{worst.engine * 1000:.2f} ms", times(worst.ratio)),
    )


def _notes(costs: Sequence[_Cost], words: int) -> str:
    above = sum(cost.ratio > MOST for cost in costs)
    return (
        f"{len(costs)} pages of {words} words on average, {above} of them above {times(MOST)}; of each page the best "
        f"of {PASSES} passes in turn. The plain parser knows CommonMark and tables. The engine's also gives notes, "
        "figures, smart punctuation, safe HTML, headings, the text for search and all references; rendering is what "
        "another way of setting the same page costs."
    )
