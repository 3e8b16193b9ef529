"""The content folder, and what is remembered of it -> the first generation of a start: the whole site or an opening.

To read very many files takes a first start seconds. Meanwhile opening.py answers with single pages, and press.py
publishes the whole site when it is read.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from folio import collector, opening, readers, scan, site
from folio.config import Config
from folio.dates import Clock
from folio.entries import Entry
from folio.generation import Generation, first
from folio.remembered import Remembered
from folio.snapshot import Site

APART = ("/health", "/metrics")  # addresses that are answered without the content
OPENED = 500  # files; with more, none of them remembered, a start answers before it has read them
FIRST_SECONDS = 0.05  # after such a start, in which a first request may come
PAGE_SECONDS = 0.25  # to answer that request before reading all other pages takes every core
RETRY_SECONDS, MAX_RETRY_SECONDS = 5.0, 300.0  # after a failed reading: at first, and at most
LARGE = 500  # pages; at 10,000 each garbage collection would take 0.2 s to look at what stays

log = logging.getLogger("folio.content")


class Loading:
    """The first reading of the content; `opening` answers until the whole site is read, None where that is quick."""

    def __init__(self, config: Config, clock: Clock, remembered: Remembered) -> None:
        self._config, self._clock, self._remembered = config, clock, remembered
        self._done = asyncio.Event()
        self.opening: opening.Opening | None = None

    async def begin(self) -> Generation:
        """Load the whole site, or an opening where it is large. Raises what makes the content unreadable."""
        return await asyncio.to_thread(self._begin)

    async def finish(self, publish: Callable[[Site], Awaitable[None]]) -> None:
        """After an opening, load the whole site and publish it; try again until that works."""
        if self.opening and await self.opening.is_asked(FIRST_SECONDS):
            await asyncio.sleep(PAGE_SECONDS)
        while self.opening:
            try:
                await publish(await asyncio.to_thread(self._load, {}))
            except Exception:  # the opening stays open, and requests for lists wait on
                log.exception("the content folder could not be read")
                await asyncio.sleep(RETRY_SECONDS)

    def close(self) -> None:
        """End the opening, once the whole site is published."""
        self.opening = None
        self._done.set()

    async def closed(self) -> None:
        """Wait until the whole site is published."""
        await self._done.wait()

    def _begin(self) -> Generation:
        remembered = self._remembered.read()
        paths = () if remembered else scan.names(self._config.content)
        if len(paths) <= OPENED:
            return first(self._load(remembered))
        self.opening = opening.Opening(self._config, self._clock, paths)
        return first(self.opening.site)

    def _load(self, remembered: Mapping[str, Entry]) -> Site:
        """Load the whole site, reading only files that are not remembered."""
        with collector.waiting():
            loaded = site.load(self._config, self._clock, time.time(), remembered, readers.read_ahead)
            if len(loaded.public) > LARGE:
                gc.freeze()
        return loaded
