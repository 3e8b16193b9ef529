"""`python engine.py warm`: fill the cache ahead of the first readers with the extracts of texts and all prints.

Pages are not cached: each shows backlinks and related pages, so that any edit may change any of them, and to find out
which are still valid takes as long as making them. What is cached already is left alone, so that this can be stopped
and resumed at any moment, beside a running engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from folio import images
from folio.cache import Maker, Store, Wanted
from folio.config import Config
from folio.content import Page, Photo
from folio.errors import MakeFailed
from folio.extracts import Extracts
from folio.factsbook import FactsBook
from folio.images import Facts
from folio.workers import Workers

PATIENCE = 6  # times the limit for one print, since one job makes several
AT_ONCE = 25  # photographs whose facts are read together


@dataclass
class Tally:
    """What was done: texts, prints, their bytes, and why photographs failed, by path."""

    texts: int = 0  # read
    made: int = 0
    made_bytes: int = 0
    skipped: int = 0  # existed already
    failed: dict[str, str] = field(default_factory=dict)


async def warm(
    pages: Sequence[Page],
    photos: Sequence[Photo],
    config: Config,
    formats: Sequence[str],
    processes: int,
    step: Callable[[], None],
) -> Tally:
    """Read the texts of `pages`, then make the prints of `photos` in `formats`, with `processes` workers.

    `step` is called after each photograph.
    """
    patient = replace(config, limits=replace(config.limits, make_seconds=PATIENCE * config.limits.make_seconds))
    workers = Workers(patient, processes=processes)
    store, book, round = Store(config, workers), FactsBook(config, workers), _Round(config, formats, processes)

    async def one(photo: Photo, facts: Facts) -> None:
        await round.warm(photo, facts, store)
        step()

    try:
        round.tally.texts = await _read(pages, config, workers, processes)
        for start in range(0, len(photos), AT_ONCE):
            batch = photos[start : start + AT_ONCE]
            facts = await book.of(batch)
            async with asyncio.TaskGroup() as group:
                for photo in batch:
                    group.create_task(one(photo, facts[photo.path]))
    finally:
        await workers.close()
        await store.close()
    return round.tally


async def _read(pages: Sequence[Page], config: Config, workers: Workers, processes: int) -> int:
    """Read the texts that have no extract yet; return how many."""
    extracts = Extracts(config, workers, readers=processes)
    await extracts.load()
    known = len(extracts.known(pages, config.language))
    await extracts.learn(pages, config.language)
    return len(extracts.known(pages, config.language)) - known


class _Round:
    """One run, and its tally. In each lane as many jobs wait as run."""

    def __init__(self, config: Config, formats: Sequence[str], processes: int) -> None:
        self.tally = Tally()
        self._config = config
        self._lanes = (
            (images.DERIVE, images.DERIVE_ALL, asyncio.Semaphore(2 * processes)),
            (images.DERIVE_AVIF, images.DERIVE_ALL_AVIF, asyncio.Semaphore(2)),
        )
        self._formats = formats

    async def warm(self, photo: Photo, facts: Facts, store: Store) -> None:
        """Make one photograph's prints: those of the ordinary lane in one job, AVIF in a job of its own."""
        if not facts.width:
            self.tally.failed[photo.path] = facts.error
            return
        path, cap = str(self._config.content / photo.path), self._config.photographs.max_megapixels
        for one, many, turns in self._lanes:
            wanted = self._wanted(photo, facts, one)
            try:
                async with turns:
                    made, size = await store.fill(one, wanted, many, path, cap)
            except MakeFailed as error:
                self.tally.failed[photo.path] = str(error)
            else:
                self.tally.made += made
                self.tally.made_bytes += size
                self.tally.skipped += len(wanted) - made

    def _wanted(self, photo: Photo, facts: Facts, one: Maker) -> list[Wanted]:
        """Return the prints that the maker `one` makes."""
        return [
            Wanted(images.key(photo, facts, width, format), f".{format}", (width, format))
            for format in self._formats
            if images.maker(format) == one
            for width in images.widths(facts.width, self._config)
        ]
