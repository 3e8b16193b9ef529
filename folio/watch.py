"""The content folder -> a wake-up whenever something may have changed. Right with a watcher, and without one.

What wakes is a hint: the reader compares stat keys itself. It is told where something happened, and now and then to
look at everything: that makes it right on network folders, after an overflow of the kernel's queue, or where no watcher
can be had.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import watchfiles

WATCHED_SECONDS = 60.0  # between looks at everything beside a living watcher
UNWATCHED_SECONDS = 2.0
UNWATCHED_FACTOR = 30  # a look may take a thirtieth of the time
LONGEST_DEBOUNCE_MS = 2_000  # a storm of changes cannot starve the look
SOONEST_SECONDS = 0.02
LONGEST_BREATH_SECONDS = 1.0  # after a look that took long: who came for what it found is answered first
BREATH_FACTOR = 4  # a breath is this part of the look
READY_SECONDS = 1.0  # by then the watcher sees changes

log = logging.getLogger(__name__)
Look = Callable[[Collection[str] | None], Awaitable[float | None]]


async def watch(folder: Path, look: Look, debounce_ms: int) -> None:
    """Call `look` whenever `folder` may have changed, for ever, with the paths below it where something happened, or
    None where anything may have; it returns when it wants to be called again at the latest (seconds since the epoch),
    or None. A folder that appears later, or is put in the place of this one, is watched from then on.
    """
    stirs, stop = _Stirs(), threading.Event()
    watched = _identity(folder)
    watcher = asyncio.create_task(_stir(folder, stirs, stop, debounce_ms))
    try:
        due: float | None
        due = ready = time.time() + READY_SECONDS  # look then at what changed before the watcher was ready
        costs, stale, trusted = deque([0.0], maxlen=3), False, 0.0  # until when paths tell all that happened
        while True:
            # The quickest of the last looks tells what a scan takes: the others had changed files to read.
            period = max(UNWATCHED_SECONDS, UNWATCHED_FACTOR * min(costs)) if watcher.done() else WATCHED_SECONDS
            breath = min(max(SOONEST_SECONDS, costs[-1] / BREATH_FACTOR), LONGEST_BREATH_SECONDS)
            wait = period if due is None or stale else max(breath, min(period, due - time.time()))
            ends = time.monotonic() + wait
            while _identity(folder) == watched and (left := ends - time.monotonic()) > 0 and not stirs.any.is_set():
                # Not wait_for: before Python 3.12 it loses a cancellation that comes with the event (gh-86296).
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, UNWATCHED_SECONDS)):
                        await stirs.any.wait()
            if (found := _identity(folder)) != watched:
                watched = found
                await _end(watcher, stop)
                stop = threading.Event()
                watcher = asyncio.create_task(_stir(folder, stirs, stop, debounce_ms))
                ready, trusted = time.time() + READY_SECONDS, 0.0
            began, started, asked = time.time(), time.perf_counter(), due
            touched = stirs.take(trusted=started < trusted and not watcher.done())
            if touched is None and began >= ready:
                trusted = started + WATCHED_SECONDS
            due = await look(touched)
            costs.append(time.perf_counter() - started)
            due = min(due or ready, ready) if ready > time.time() else due
            stale = due is not None and due == asked and due < began  # a look did not help; do not spin
    finally:
        await _end(watcher, stop)


class _Stirs:
    """Where something happened in a folder: paths below it, "" for the folder itself or what is not in it."""

    def __init__(self) -> None:
        self.any = asyncio.Event()
        self._paths: set[str] = set()

    def note(self, paths: Iterable[str]) -> None:
        self._paths.update(paths)
        self.any.set()

    def take(self, *, trusted: bool) -> Collection[str] | None:
        """Return what was noted since; None if that is not `trusted` to be all that happened."""
        paths, self._paths = self._paths, set()
        self.any.clear()
        return paths if trusted else None


async def _end(watcher: asyncio.Task[None], stop: threading.Event) -> None:
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


async def _stir(folder: Path, stirs: _Stirs, stop: threading.Event, debounce_ms: int) -> None:
    """Note what happens in a folder until `stop`.

    In a thread of our own: what awatch runs on would take the event loop 50 ms to import.
    """
    loop = asyncio.get_running_loop()

    def tell(paths: Collection[str]) -> None:
        loop.call_soon_threadsafe(stirs.note, paths)

    with ThreadPoolExecutor(1, "watcher") as thread:
        try:
            await asyncio.wrap_future(thread.submit(_listen, folder, tell, stop, debounce_ms))
        except (OSError, RuntimeError) as error:  # no such folder, no inotify watches left, not supported
            log.warning("%s cannot be watched (%s); looking every %g s instead", folder, error, UNWATCHED_SECONDS)
        finally:
            stop.set()


def _listen(folder: Path, tell: Callable[[Collection[str]], None], stop: threading.Event, debounce_ms: int) -> None:
    root = f"{folder.absolute()}/"
    step = max(1, debounce_ms // 2)  # what is told was the same at two looks of its own, the first within a step
    for changes in watchfiles.watch(
        folder, watch_filter=None, step=step, debounce=LONGEST_DEBOUNCE_MS, stop_event=stop, raise_interrupt=False
    ):
        tell([path[len(root) :] if path.startswith(root) else "" for _, path in changes])


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
