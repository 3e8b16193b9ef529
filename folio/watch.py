"""The content folder -> a wake-up whenever something may have changed. Right with a watcher, and without one.

What wakes is a hint: the reader compares stat keys itself. A periodic look makes it right on network folders, after an
overflow of the kernel's queue, or where no watcher can be had.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import watchfiles

WATCHED_SECONDS = 60.0  # between looks beside a living watcher
UNWATCHED_SECONDS = 2.0
UNWATCHED_FACTOR = 30  # a look may take a thirtieth of the time
LONGEST_DEBOUNCE_MS = 2_000  # a storm of changes cannot starve the look
SOONEST_SECONDS = 0.02
LONGEST_BREATH_SECONDS = 1.0  # after a look that took long: who came for what it found is answered first
BREATH_FACTOR = 4  # a breath is this part of the look
READY_SECONDS = 1.0  # by then the watcher sees changes

log = logging.getLogger(__name__)


async def watch(folder: Path, look: Callable[[], Awaitable[float | None]], debounce_ms: int) -> None:
    """Call `look` whenever `folder` may have changed, for ever; it returns when it wants to be called again at the
    latest (seconds since the epoch), or None. A folder that appears later, or is put in the place of this one, is
    watched from then on.
    """
    stirred, stop = asyncio.Event(), asyncio.Event()
    watched = _identity(folder)
    watcher = asyncio.create_task(_stir(folder, stirred, stop, debounce_ms))
    try:
        due: float | None
        due = ready = time.time() + READY_SECONDS  # look then at what changed before the watcher was ready
        costs, stale = deque([0.0], maxlen=3), False
        while True:
            # The quickest of the last looks tells what a scan takes: the others had changed files to read.
            period = max(UNWATCHED_SECONDS, UNWATCHED_FACTOR * min(costs)) if watcher.done() else WATCHED_SECONDS
            breath = min(max(SOONEST_SECONDS, costs[-1] / BREATH_FACTOR), LONGEST_BREATH_SECONDS)
            wait = period if due is None or stale else max(breath, min(period, due - time.time()))
            ends = time.monotonic() + wait
            while _identity(folder) == watched and (left := ends - time.monotonic()) > 0 and not stirred.is_set():
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the event (gh-86296).
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, UNWATCHED_SECONDS)):
                        await stirred.wait()
            stirred.clear()
            if (found := _identity(folder)) != watched:
                watched = found
                await _end(watcher, stop)
                stop = asyncio.Event()
                watcher = asyncio.create_task(_stir(folder, stirred, stop, debounce_ms))
                ready = time.time() + READY_SECONDS
            began, started, asked = time.time(), time.perf_counter(), due
            due = await look()
            costs.append(time.perf_counter() - started)
            due = min(due or ready, ready) if ready > time.time() else due
            stale = due is not None and due == asked and due < began  # a look did not help; do not spin
    finally:
        await _end(watcher, stop)


async def _end(watcher: asyncio.Task[None], stop: asyncio.Event) -> None:
    """End a watcher in the way it is made for: its thread stops within a step."""
    stop.set()
    await watcher


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell one folder from another of the same name: None when there is none, for want of which a watcher goes deaf."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _stir(folder: Path, stirred: asyncio.Event, stop: asyncio.Event, debounce_ms: int) -> None:
    try:
        async for _ in watchfiles.awatch(
            folder, watch_filter=None, step=debounce_ms, debounce=LONGEST_DEBOUNCE_MS, stop_event=stop
        ):
            stirred.set()
    except (OSError, RuntimeError) as error:  # no such folder, no inotify watches left, not supported
        log.warning("%s cannot be watched (%s); looking every %g s instead", folder, error, UNWATCHED_SECONDS)


def refused(folder: Path) -> str:
    """Try to watch a folder for a moment; return why it cannot be, "" where it can."""
    try:
        for _ in watchfiles.watch(
            folder, watch_filter=None, rust_timeout=1, yield_on_timeout=True, raise_interrupt=False
        ):
            break
    except (OSError, RuntimeError) as error:
        return str(error)
    return ""
