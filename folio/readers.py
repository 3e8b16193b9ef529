"""Very many files of which nothing is remembered -> their entries, read by one process per core, this one included.

Only a first start has so many. Files that are not read here, for whatever reason, are read later one after the other,
as few files are.
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
EACH = 1_000  # files per process: to start one takes as long as to read 500
AT_ONCE = 250  # files per job: 0.1 s

log = logging.getLogger(__name__)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_ahead(config: Config, paths: Sequence[str], handed: Handed) -> Mapping[str, Entry]:
    """Return the entries of Markdown files, by path; {} for few files, and without those that could not be read here.

    `handed` are the defaults that folders set for the pages below them. Call it in a thread without an event loop.
    """
    processes = min(cores(), len(paths) // EACH)
    return asyncio.run(_read_ahead(config, paths, handed, processes)) if processes > 1 else {}


async def _read_ahead(config: Config, paths: Sequence[str], handed: Handed, processes: int) -> Mapping[str, Entry]:
    """Read in this process too: otherwise one more has to be started, and more entries sent between processes."""
    workers = Workers(config, processes=processes - 1)
    shares = iter([paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)])

    async def in_worker(share: Sequence[str]) -> list[Entry]:
        found: list[Entry] = await workers.run(READ, config, share, handed)
        return found

    async def in_thread(share: Sequence[str]) -> list[Entry]:
        return await asyncio.to_thread(read, config, share, handed)

    try:
        readers = [in_thread, *[in_worker] * (processes - 1)]
        found = await asyncio.gather(*(_read_shares(shares, reader) for reader in readers))
    finally:
        await workers.close()
    return {entry.path: entry for entries in found for entry in entries}


async def _read_shares(
    shares: Iterator[Sequence[str]], reader: Callable[[Sequence[str]], Awaitable[list[Entry]]]
) -> list[Entry]:
    """Read one share after another until none is left, or until one fails."""
    found: list[Entry] = []
    try:
        for share in shares:
            found += await reader(share)
    except SiteError as error:
        log.warning("files are read by one process fewer (%s)", error)
    return found


def read(config: Config, paths: Sequence[str], handed: Handed) -> list[Entry]:
    """Read files; a worker runs this."""
    return read_alone(config, paths, handed, time.time())
