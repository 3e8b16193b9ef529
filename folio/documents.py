"""Page -> Document, parsed once for each text and shared by all generations.

A long text is parsed in a worker, so that the event loop never waits for it.
"""

from __future__ import annotations

from collections import OrderedDict

from folio import markdown
from folio.cache import Maker, Runner
from folio.config import Config
from folio.content import Page
from folio.markdown import Document

PARSE = Maker("folio.documents:parse", version=2)
KEPT_CHARACTERS = 4_000_000  # of source; a parsed text takes about ten times its source


def parse(text: str, language: str, math: bool) -> Document:
    """Parse a text: what a worker runs."""
    return markdown.parse(text, language=language, math=math)


class Documents:
    """Parsed texts by their own words and how to read them, the longest unused forgotten first."""

    def __init__(self, workers: Runner) -> None:
        self._workers = workers
        self._kept: OrderedDict[tuple[str, str, bool], Document] = OrderedDict()
        self._characters = 0

    async def of(self, page: Page, config: Config) -> Document:
        """Return a page's document. Raises Busy or MakeFailed when a long text cannot be parsed in a worker."""
        key = (page.body, page.language or config.language, page.math)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if len(page.body) > config.limits.inline_parse_kb << 10:
            document: Document = await self._workers.run(PARSE, *key)
        else:
            document = parse(*key)
        self._keep(key, document)
        return document

    def _keep(self, key: tuple[str, str, bool], document: Document) -> None:
        if key not in self._kept:
            self._characters += len(key[0])
        self._kept[key] = document
        while self._characters > KEPT_CHARACTERS and len(self._kept) > 1:
            (body, _, _), _ = self._kept.popitem(last=False)
            self._characters -= len(body)
