"""Three searches behind one interface: Folio's own, SQLite's FTS5, and a scan of every text.

All have the same titles and plain texts. FTS5 stems, weights titles and requires all words, or else any; the scan ranks
by the count of occurrences.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from folio.config import Config
from folio.search import seal
from folio.search.answer import Stock
from folio.search.catalogue import catalogue
from folio.search.query import parse
from folio.search.reader import Reader
from folio.site import load

FIRST = 5  # answers considered
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Text:
    """One page or photograph."""

    url: str
    title: str
    body: str


class Finder(Protocol):
    """A search; `find` returns the first answers, each as a set of URLs: that of the page and of its parts."""

    def find(self, typed: str) -> list[set[str]]: ...


class Folio:
    """The engine's own search, without its server: one thread, one open index."""

    def __init__(self, tree: Path, cache: Path) -> None:
        site = load(Config(content=tree), lambda: dt.datetime.now(dt.UTC), time.time())
        folder = seal.folder(cache)
        sealed = seal.peek(folder)
        assert sealed is not None
        self.stock = Stock(catalogue(site), Reader(folder, sealed))

    def find(self, typed: str) -> list[set[str]]:
        results = self.stock.answer(parse(typed, 200), page=1, size=10)
        return [{hit.url, *(place.url for place in hit.places)} for hit in results.hits[:FIRST]]

    def texts(self) -> Iterable[Text]:
        """Yield the plain text of everything indexed."""
        assert self.stock.reader is not None
        for number, entry in self.stock.documents.items():
            parts = self.stock.reader.text(number)
            yield Text(entry.url, entry.title, "\n".join(f"{part.heading}\n{part.text}" for part in parts))


class Scan:
    """A scan for what was typed, as it was typed, ranked by the count of occurrences."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._texts = [(text.url, f"{text.title}\n{text.body}".casefold()) for text in texts]

    def find(self, typed: str) -> list[set[str]]:
        wanted = typed.strip('"').casefold()
        counted = [(text.count(wanted), url) for url, text in self._texts]
        return [{url} for count, url in sorted(counted, reverse=True)[:FIRST] if count]


class Fts:
    """SQLite's FTS5 in memory."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute(
            "CREATE VIRTUAL TABLE pages USING fts5(url UNINDEXED, title, body, "
            "tokenize = 'porter unicode61 remove_diacritics 2', prefix = '3 4')"
        )
        rows = ((text.url, text.title, text.body) for text in texts)
        self._base.executemany("INSERT INTO pages VALUES (?, ?, ?)", rows)

    def find(self, typed: str) -> list[set[str]]:
        words = [f'"{word}"' for word in WORD.findall(typed)]
        if typed.startswith('"'):
            words = [f'"{" ".join(WORD.findall(typed))}"']
        elif words:
            words[-1] += "*"
        return self._ask(" AND ".join(words)) or self._ask(" OR ".join(words))

    def _ask(self, asked: str) -> list[set[str]]:
        order = "SELECT url FROM pages WHERE pages MATCH ? ORDER BY bm25(pages, 0, 8.0, 1.0) LIMIT ?"
        return [{url} for (url,) in self._base.execute(order, (asked, FIRST))] if asked else []


def timed(finder: Finder, typed: Sequence[str]) -> list[float]:
    """Run each query twice; return the CPU seconds of the second runs, sorted."""
    seconds = []
    for one in typed:
        for _ in range(2):
            before = time.thread_time()
            finder.find(one)
            used = time.thread_time() - before
        seconds.append(used)
    return sorted(seconds)
