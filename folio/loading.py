"""What is remembered of a tree, and its files -> the first generation of a start: the whole, or one that opens.

A first start of very many files reads them for seconds. Meanwhile opening.py answers with single pages, and press.py
publishes the whole when it is read.
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

APART = ("/health", "/metrics")  # addresses whose answers need nothing of the content
OPENED = 500  # files, none of them remembered: a start does not wait for more
FIRST_SECONDS = 0.05  # of such a start, for who is there already
PAGE_SECONDS = 0.25  # for the page that he asks for: to read all others takes every core
RETRY_SECONDS, MAX_RETRY_SECONDS = 5.0, 300.0  # after a reading that failed: at first, and at most
LARGE = 500  # pages; at 10,000 the collector would hold everybody up for 0.2 s to look at what stays

log = logging.getLogger("folio.content")


class Loading:
    """The first reading of the content; `opening` is what it can be answered from until it is done, if that is long."""

    def __init__(self, config: Config, clock: Clock, remembered: Remembered) -> None:
        self._config, self._clock, self._remembered = config, clock, remembered
        self._done = asyncio.Event()
        self.opening: opening.Opening | None = None

    async def begin(self) -> Generation:
        """Load the whole, or as much of it as it takes to open. Raises what makes the content unreadable."""
        return await asyncio.to_thread(self._begin)

    async def finish(self, publish: Callable[[Site], Awaitable[None]]) -> None:
        """Load the whole after an opening and publish it; what fails is tried again until it works."""
        if self.opening and await self.opening.is_asked(FIRST_SECONDS):
            await asyncio.sleep(PAGE_SECONDS)
        while self.opening:
            try:
                await publish(await asyncio.to_thread(self._whole, {}))
            except Exception:  # who waits may wait longer, and what is open stays open
                log.exception("the content folder could not be read")
                await asyncio.sleep(RETRY_SECONDS)

    def close(self) -> None:
        """End the opening: the whole is published."""
        self.opening = None
        self._done.set()

    async def closed(self) -> None:
        """Wait until the whole is published."""
        await self._done.wait()

    def _begin(self) -> Generation:
        remembered = self._remembered.read()
        paths = () if remembered else scan.names(self._config.content)
        if len(paths) <= OPENED:
            return first(self._whole(remembered))
        self.opening = opening.Opening(self._config, self._clock, paths)
        return first(self.opening.site)

    def _whole(self, remembered: Mapping[str, Entry]) -> Site:
        """Read the tree, as far as it is not remembered."""
        with collector.waiting():
            loaded = site.load(self._config, self._clock, time.time(), remembered, readers.read_ahead)
            if len(loaded.public) > LARGE:
                gc.freeze()
        return loaded
