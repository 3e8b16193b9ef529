"""What does our dialect of Markdown cost, beside the libraries it stands on?"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from bench.harness import Table, middle, times
from folio import config, dates, markdown, references, site

PASSES = 5


def measure(content: Path) -> Table:
    """Render every public page both ways, in turn, and compare the CPU time."""
    snapshot = site.load(config.load({"content": content}, environ={}), dates.now, time.time())
    pages = snapshot.public
    texts = [page.body for page in pages]
    documents = [markdown.parse(text) for text in texts]
    resolvers = [references.resolver(snapshot, page.path, {}) for page in pages]
    plain = _plain()

    def parse() -> None:
        for text in texts:
            markdown.parse(text)

    def render() -> None:
        for document, resolve in zip(documents, resolvers, strict=True):
            markdown.render(document, resolve)

    def library() -> None:
        for text in texts:
            plain.render(text)

    seconds = _in_turn((library, parse, render))
    return Table("Markdown", ("", "a page, CPU", "ratio"), _rows(seconds, len(texts)), _notes(texts))


def _plain() -> MarkdownIt:
    """Make the plain parser: CommonMark with tables, code coloured by Pygments; it keeps its lexers, as the engine."""
    lexer, formatter = functools.cache(get_lexer_by_name), HtmlFormatter(nowrap=True)

    def coloured(code: str, language: str, attributes: str) -> str:
        try:
            return highlight(code, lexer(language), formatter) if language else ""
        except ClassNotFound:
            return ""

    return MarkdownIt("commonmark", {"highlight": coloured}).enable("table")


def _in_turn(works: Sequence[Callable[[], None]]) -> list[float]:
    """Return the middle CPU seconds of each work, all of them done in turn; the first pass only warms up."""
    seen: list[list[float]] = [[] for _ in works]
    for _ in range(PASSES + 1):
        for work, values in zip(works, seen, strict=True):
            started = time.process_time()
            work()
            values.append(time.process_time() - started)
    return [middle(values[1:]) for values in seen]


def _rows(seconds: Sequence[float], pages: int) -> tuple[tuple[str, ...], ...]:
    library, parse, render = seconds
    named = (
        ("markdown-it-py + pygments, plain", library),
        ("engine: parse", parse),
        ("engine: render", render),
        ("engine: both", parse + render),
    )
    return tuple((name, f"{value / pages * 1000:.2f} ms", times(value / library)) for name, value in named)


def _notes(texts: Sequence[str]) -> str:
    words = sum(len(text.split()) for text in texts)
    return (
        f"{len(texts)} pages of {words // len(texts)} words on average, the middle of {PASSES} passes in turn. The "
        "plain parser knows CommonMark and tables. The engine's also gives notes, figures, smart punctuation, safe "
        "HTML, headings, the text for search and all references; rendering is what another way of setting the "
        "same page costs."
    )
