"""The content folder -> a wake-up whenever something may have changed. Right with a watcher, and without one.

What wakes is a hint: the reader compares stat keys itself. A periodic look makes it right on network folders, after an
overflow of the kernel's queue, or where no watcher can be had.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import watchfiles

WATCHED_SECONDS = 60.0  # between looks beside a living watcher
UNWATCHED_SECONDS = 2.0
UNWATCHED_FACTOR = 30  # a look may take a thirtieth of the time
LONGEST_DEBOUNCE_MS = 2_000  # a storm of changes cannot starve the look
SOONEST_SECONDS = 0.02

log = logging.getLogger(__name__)


async def watch(folder: Path, look: Callable[[], Awaitable[float | None]], debounce_ms: int) -> None:
    """Call `look` whenever `folder` may have changed, for ever; it returns when it wants to be called again at the
    latest (seconds since the epoch), or None.
    """
    stirred = asyncio.Event()
    watcher = asyncio.create_task(_stir(folder, stirred, debounce_ms))
    try:
        due, cost = None, 0.0
        while True:
            period = max(UNWATCHED_SECONDS, UNWATCHED_FACTOR * cost) if watcher.done() else WATCHED_SECONDS
            wait = period if due is None else max(SOONEST_SECONDS, min(period, due - time.time()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stirred.wait(), wait)
            stirred.clear()
            started = time.perf_counter()
            due = await look()
            cost = time.perf_counter() - started
    finally:
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher


async def _stir(folder: Path, stirred: asyncio.Event, debounce_ms: int) -> None:
    try:
        async for _ in watchfiles.awatch(folder, watch_filter=None, step=debounce_ms, debounce=LONGEST_DEBOUNCE_MS):
            stirred.set()
    except (OSError, RuntimeError) as error:  # no such folder, no inotify watches left, not supported
        log.warning("%s cannot be watched (%s); looking every %g s instead", folder, error, UNWATCHED_SECONDS)
