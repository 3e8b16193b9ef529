"""Pages -> what the rest of the site needs of their texts: links with their sentence, notes, quotations, terms.

A text is parsed for this once, in a worker, and what was found is kept by the hash of the file: an archive of every
sidenote costs no parsing. garden.py reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from folio import documents
from folio.cache import Maker, Runner
from folio.config import Config
from folio.content import Page
from folio.errors import SiteError
from folio.markdown import Document, Heading, Link, Note, Quote

DRAW = Maker("folio.extracts:draw", 1)
BATCH_CHARACTERS = 200_000  # of text sent to a worker at once: about a second

log = logging.getLogger("folio.content")
Key = tuple[str, str, bool]  # digest of the file, language, mathematics


@dataclass(frozen=True, slots=True)
class Extract:
    """What one text holds beside its prose, as in its Document; `images` are the targets of its pictures."""

    summary: str = ""
    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    quotes: tuple[Quote, ...] = ()
    terms: tuple[str, ...] = ()


class Extracts:
    """The extracts of every text that was ever asked for, in memory."""

    def __init__(self, config: Config, workers: Runner) -> None:
        self._config = config
        self._workers = workers
        self._known: dict[Key, Extract] = {}

    def at_hand(self, pages: Iterable[Page], language: str) -> dict[str, Extract]:
        """Return what is known of these pages, by path; `language` is that of the site."""
        found = ((page.path, self._known.get(_key(page, language))) for page in pages)
        return {path: extract for path, extract in found if extract is not None}

    async def of(self, pages: Sequence[Page], language: str) -> Mapping[str, Extract]:
        """Return the extracts of these pages by path, reading the texts that are not known in a worker.

        A text that cannot be read within the limits has an empty one.
        """
        known = self.at_hand(pages, language)
        for batch in _batches([page for page in pages if page.path not in known]):
            await self._draw(batch, language)
        return self.at_hand(pages, language)

    async def _draw(self, batch: Sequence[Page], language: str) -> None:
        texts = tuple((page.body, page.language or language, page.math) for page in batch)
        try:
            drawn: list[Extract] = await self._workers.run(DRAW, texts)
        except SiteError as error:
            if len(batch) == 1:
                log.warning("%s: nothing was drawn from this text (%s)", batch[0].path, error)
                self._known[_key(batch[0], language)] = Extract()
                return
            for page in batch:
                await self._draw([page], language)
            return
        self._known.update({_key(page, language): one for page, one in zip(batch, drawn, strict=True)})


def extract(document: Document) -> Extract:
    """Draw the extract of a parsed text."""
    return Extract(
        summary=document.summary,
        headings=document.headings,
        links=document.links,
        images=tuple(image.target for image in document.images),
        notes=document.notes,
        quotes=document.quotes,
        terms=document.terms,
    )


def draw(texts: Sequence[tuple[str, str, bool]]) -> list[Extract]:
    """Draw the extracts of texts, in their order: what a worker runs."""
    return [extract(documents.parse(*text)) for text in texts]


def _key(page: Page, language: str) -> Key:
    return (page.digest, page.language or language, page.math)


def _batches(pages: Sequence[Page]) -> Iterator[list[Page]]:
    batch: list[Page] = []
    characters = 0
    for page in pages:
        if batch and characters + len(page.body) > BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(page)
        characters += len(page.body)
    if batch:
        yield batch
