"""Very many files of which nothing is remembered -> their entries, read by a process for each core, ours among them.

Only a first start has so many. What is not read here, for whatever reason, is read one after the other, as it is where
there are few.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from folio.cache import Maker
from folio.config import Config
from folio.entries import Entry
from folio.errors import SiteError
from folio.tree import Handed, read_alone
from folio.workers import Workers

READ = Maker("folio.readers:read", 1, "start")
EACH = 1_000  # files that a process is worth: it is there in the time that 500 take
AT_ONCE = 250  # files in a job: 0.1 s

log = logging.getLogger(__name__)


def cores() -> int:
    """Count the cores that we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_ahead(config: Config, paths: Sequence[str], handed: Handed) -> Mapping[str, Entry]:
    """Return what Markdown files say, by path, as far as they can be read well so; {} of few files.

    `handed` are the defaults of folders for what lies below them. To be called in a thread without an event loop.
    """
    processes = min(cores(), len(paths) // EACH)
    return asyncio.run(_read_ahead(config, paths, handed, processes)) if processes > 1 else {}


async def _read_ahead(config: Config, paths: Sequence[str], handed: Handed, processes: int) -> Mapping[str, Entry]:
    """Read in this process too: else one more would have to be started, and half of all entries carried over."""
    workers = Workers(config, processes=processes - 1)
    shares = iter([paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)])

    async def away(share: Sequence[str]) -> list[Entry]:
        found: list[Entry] = await workers.run(READ, config, share, handed)
        return found

    async def here(share: Sequence[str]) -> list[Entry]:
        return await asyncio.to_thread(read, config, share, handed)

    try:
        found = await asyncio.gather(*(_some(shares, one) for one in [here, *[away] * (processes - 1)]))
    finally:
        await workers.close()
    return {entry.path: entry for entries in found for entry in entries}


async def _some(shares: Iterator[Sequence[str]], one: Callable[[Sequence[str]], Awaitable[list[Entry]]]) -> list[Entry]:
    """Read shares one after the other until there are none, or it fails."""
    found: list[Entry] = []
    try:
        for share in shares:
            found += await one(share)
    except SiteError as error:
        log.warning("files are read by one process less (%s)", error)
    return found


def read(config: Config, paths: Sequence[str], handed: Handed) -> list[Entry]:
    """Read files: what a worker runs."""
    return read_alone(config, paths, handed, time.time())
