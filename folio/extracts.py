"""Pages -> what the rest of the site needs of their texts: links with their sentence, notes, quotations, terms.

Each text is parsed for this once, usually in a worker, and the result is cached by the file's hash, so that a list of
every sidenote needs no parsing. Read by garden.py.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from folio import documents, transcripts
from folio.bodies import digest_of, unpacked
from folio.cache import Maker, Runner
from folio.config import Config
from folio.content import Page
from folio.documents import Documents
from folio.errors import MakeFailed
from folio.findings import Findings, Key
from folio.markdown import Document, Heading, Link, Note, Quote

DRAW = Maker("folio.extracts:draw", 2)
READERS = 1  # workers used at once; the other one is for visitors
AT_ONCE = 250  # texts looked up without yielding to the event loop: 0.7 ms
BATCH_BYTES = 200_000  # size of the files sent to a worker at once: about a second

log = logging.getLogger("folio.content")


class Extract(NamedTuple):
    """The facts of one text, as in its Document.

    `images` are the targets of its pictures, `embeds` those of `![[…]]`, whether pictures or pages.
    """

    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    images: tuple[str, ...] = ()
    embeds: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    quotes: tuple[Quote, ...] = ()
    terms: tuple[str, ...] = ()


class Text(NamedTuple):
    """A page to be parsed, and the language of the site."""

    page: Page
    language: str


UNREAD = Extract()  # marks a text that could not be parsed; compared by identity
_FACTS: tuple[tuple[str, Any], ...] = (("headings", Heading), ("links", Link), ("notes", Note), ("quotes", Quote))
_OFTEN = {"target", "kind", "id"}  # fields with the same values in many texts, which are interned
_SHARED = {kind: [n for n, name in enumerate(kind._fields) if name in _OFTEN] for _, kind in _FACTS}


class Extracts(Findings[Text, Extract]):
    """The cached extracts of texts, by the file's hash and the options of parsing."""

    def __init__(
        self,
        config: Config,
        workers: Runner,
        shared: Documents | None = None,
        readers: int = READERS,
        transcribed: bool = False,
    ) -> None:
        """Parse texts in up to `readers` workers, or, if `shared` has room for them, in this process into `shared`.

        The latter parses each text once for extract and page, but blocks the event loop: for exports, without visitors.
        With `transcribed` the workers also leave transcripts for the worker that builds the search index.
        """
        super().__init__(config.cache / "extracts.jsonl", readers)
        self._config = config
        self._workers = workers
        self._shared = shared
        self._transcripts = str(transcripts.folder(config.cache)) if transcribed else ""

    def known(self, pages: Iterable[Page], language: str) -> dict[str, Extract]:
        """Return the cached extracts of these pages, by path; `language` is that of the site."""
        known = self._known  # accessed directly for speed: this runs over all pages at every change
        found = ((page.path, known.get(_key(page, language))) for page in pages)
        return {path: extract for path, extract in found if extract is not None}

    async def learn(self, pages: Iterable[Page], language: str) -> None:
        """Parse the texts of these pages that are not cached. Raises Busy if the workers are.

        A text that cannot be parsed within the limits gets an empty extract.
        """
        wanted = (Text(page, language) for page in pages)
        while batch := list(itertools.islice(wanted, AT_ONCE)):
            await self.know(batch)
            await asyncio.sleep(0)

    async def tell(self, page: Page, language: str, document: Document) -> None:
        """Cache the extract of a page from its document, if that has been parsed already."""
        await self.keep([(Text(page, language), extract(document))])

    async def forget_others(self, pages: Collection[Page], language: str) -> None:
        """Drop the extracts of other texts from the cache, if they are the majority."""
        if self.is_full_of_others(len(pages)):
            await self.tidy([Text(page, language) for page in pages])

    def key(self, thing: Text) -> Key:
        return _key(thing.page, thing.language)

    def heading(self) -> Sequence[str | int]:
        return ("extracts", DRAW.version, documents.PARSE.version, self._config.limits.file_mb)

    def batches(self, things: Sequence[Text]) -> Iterator[Sequence[Text]]:
        batch: list[Text] = []
        size = 0
        for text in things:
            if batch and size + text.page.stat.size > BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append(text)
            size += text.page.stat.size
        if batch:
            yield batch

    async def read(self, things: Sequence[Text]) -> Sequence[Extract]:
        if self._shared and self._shared.have_room([text.page for text in things], self._config):
            ways = [(text.page, replace(self._config, language=text.language)) for text in things]
            return [extract(await self._shared.of(page, config)) for page, config in ways]
        texts = await asyncio.to_thread(_packed, things)
        drawn: list[Extract] = await self._workers.run(DRAW, texts, self._transcripts)
        return drawn

    def failed(self, thing: Text, error: MakeFailed) -> Extract:
        log.warning("%s: its links, notes and quotations are left out of lists (%s)", thing.page.path, error)
        return UNREAD

    def lasts(self, found: Extract) -> bool:
        return found is not UNREAD

    def written(self, found: Extract) -> Any:
        return [found.images, found.embeds, found.terms, *(getattr(found, name) for name, _ in _FACTS)]

    def parsed(self, said: Any) -> Extract:
        images, embeds, terms, *lists = said
        facts = {name: _facts(kind, ones) for (name, kind), ones in zip(_FACTS, lists, strict=True)}
        return Extract(images=tuple(images), embeds=tuple(embeds), terms=tuple(map(intern, terms)), **facts)


def _facts(kind: Any, said: list[list[Any]]) -> tuple[Any, ...]:
    for one in said:
        for n in _SHARED[kind]:
            one[n] = intern(one[n])
    return tuple(kind(*one) for one in said)


def _key(page: Page, language: str) -> Key:
    return (page.digest, page.language or language, int(page.math))


def _packed(things: Iterable[Text]) -> list[tuple[bytes, str, bool]]:
    """Return texts as `draw` takes them; reads each from disk, so run it in a thread."""
    return [(text.page.body.packed, text.page.language or text.language, text.page.math) for text in things]


def extract(document: Document) -> Extract:
    """Return the extract of a parsed text."""
    return Extract(
        headings=document.headings,
        links=document.links,
        images=tuple(image.target for image in document.images if image.kind != "embed"),
        embeds=tuple(dict.fromkeys((*(i.target for i in document.images if i.kind == "embed"), *document.embeds))),
        notes=document.notes,
        quotes=document.quotes,
        terms=document.terms,
    )


def draw(texts: Sequence[tuple[bytes, str, bool]], folder: str = "") -> list[Extract]:
    """Return the extracts of packed texts, in order; run by a worker. Write transcripts to `folder` unless it is ""."""
    drawn, said = [], {}
    for text, language, math in texts:
        document = documents.parse(unpacked(text), language, math, coloured=False)
        drawn.append(extract(document))
        if folder:
            said[transcripts.name(digest_of(text), language, math)] = transcripts.transcript(document)
    if said:
        transcripts.leave(Path(folder), said)
    return drawn
