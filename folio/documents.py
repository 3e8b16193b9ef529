"""Page -> Document, parsed once per text and shared by all generations.

A long text is parsed in a worker and returned in pieces, so that it never blocks the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from folio import collector, markdown
from folio.cache import Maker, Runner
from folio.config import Config
from folio.content import Page
from folio.errors import MakeFailed
from folio.markdown import Document

PARSE = Maker("folio.documents:parse_apart", version=7)
KEPT_CHARACTERS = 4_000_000  # of source; a parsed text takes about ten times the memory of its source
LISTS = ("tokens", "headings", "links", "images", "notes", "quotes", "parts")  # fields of a document that can be long
PIECE = 300  # items of a list that are unpickled at once: about 4 ms
Key = tuple[bytes, str, bool, bool]  # digest of the text, language, whether "$" is math, whether code is highlighted

log = logging.getLogger("folio.content")


def parse(text: str, language: str, math: bool, coloured: bool = True) -> Document:
    """Parse a text; `coloured` highlights its code."""
    return markdown.parse(text, language=language, math=math, coloured=coloured)


def parse_apart(text: str, language: str, math: bool, coloured: bool) -> tuple[Document, tuple[tuple[str, bytes], ...]]:
    """Parse a long text in a worker; return the document without its LISTS, and those pickled in pieces."""
    document = parse(text, language, math, coloured)
    pieces = tuple(
        (name, pickle.dumps(getattr(document, name)[start : start + PIECE]))
        for name in LISTS
        for start in range(0, len(getattr(document, name)), PIECE)
    )
    without: dict[str, Any] = dict.fromkeys(LISTS, ())
    return document._replace(**without), pieces


class Documents:
    """An LRU cache of parsed texts, by the text's digest and the options of parsing; holds `most` source characters."""

    def __init__(self, workers: Runner, most: int = KEPT_CHARACTERS) -> None:
        self._workers = workers
        self._most = most
        self._kept: OrderedDict[Key, tuple[Document, int]] = OrderedDict()  # with the length of its text
        self._characters = 0

    async def of(self, page: Page, config: Config, *, coloured: bool = True) -> Document:
        """Return a page's document; a text that cannot be parsed within the limits is shown as plain source.

        Without `coloured`, a cached document with highlighted code may be returned all the same.

        Raises Busy if too many long texts wait for a worker.
        """
        language = page.language or config.language
        key = (page.body.digest, language, page.math, coloured)
        for known in ((*key[:3], True), key):
            if known in self._kept:
                self._kept.move_to_end(known)
                return self._kept[known][0]
        text = page.body.text
        long = len(text) > config.limits.inline_parse_kb << 10
        how = language, page.math, coloured
        document = await self._parse_in_worker(page.path, text, *how) if long else parse(text, *how)
        self._keep(key, document, len(text))
        return document

    def have_room(self, pages: Sequence[Page], config: Config) -> bool:
        """Say whether these pages can all be parsed in this process and cached without evicting others."""
        sizes = [page.stat.size for page in pages]
        return self._characters + sum(sizes) <= self._most and max(sizes) <= config.limits.inline_parse_kb << 10

    async def _parse_in_worker(self, path: str, text: str, language: str, math: bool, coloured: bool) -> Document:
        """Parse a long text in a worker, and restore its lists piece by piece."""
        try:
            document, pieces = await self._workers.run(PARSE, text, language, math, coloured)
        except MakeFailed as error:
            log.warning("%s: shown as written (%s)", path, error)
            return markdown.as_written(text, f"this text cannot be read as Markdown within the limits ({error})")
        lists: dict[str, list[Any]] = {name: [] for name in LISTS}
        for name, piece in pieces:
            lists[name] += _unpickled(piece)
            await asyncio.sleep(0)
        restored: Document = document._replace(**{name: tuple(items) for name, items in lists.items()})
        return restored

    def _keep(self, key: Key, document: Document, length: int) -> None:
        if key not in self._kept:
            self._characters += length
        self._kept[key] = document, length
        while self._characters > self._most and len(self._kept) > 1:
            _, (_, length) = self._kept.popitem(last=False)
            self._characters -= length


def _unpickled(piece: bytes) -> tuple[Any, ...]:
    """Unpickle a piece, with the garbage collector paused: it would go through the new objects repeatedly."""
    with collector.waiting():
        found: tuple[Any, ...] = pickle.loads(piece)  # noqa: S301 - our own worker wrote it
        return found
