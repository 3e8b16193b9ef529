"""The content folder -> a call whenever something may have changed, with or without a working watcher.

Each call is a hint, as the reader compares stat keys itself. It gets the paths of events, and now and then a request to
check everything, which keeps it correct on network folders, after an overflow of the kernel's queue, or where watching
is impossible.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import watchfiles

WATCHED_SECONDS = 60.0  # between full looks while the watcher works
UNWATCHED_SECONDS = 2.0  # between full looks without a watcher, at least
UNWATCHED_FACTOR = 30  # without a watcher, looks take at most a thirtieth of the time
LONGEST_DEBOUNCE_MS = 2_000  # after which a look is due even in a storm of changes
SOONEST_SECONDS = 0.02  # between looks
LONGEST_BREATH_SECONDS = 1.0  # of pause after a long look, in favour of requests
BREATH_FACTOR = 4  # the pause is a look's time divided by this
READY_SECONDS = 1.0  # after which a new watcher reports changes

log = logging.getLogger(__name__)
Look = Callable[[Collection[str] | None], Awaitable[float | None]]


async def watch(folder: Path, look: Look, debounce_ms: int) -> None:
    """Call `look` for ever, whenever `folder` may have changed.

    It gets the paths below the folder that may have changed, or None for any, and returns when it wants to be called
    again at the latest (seconds since the epoch), or None. A folder that appears later, or replaces this one, is
    watched from then on.
    """
    stirs, stop = _Stirs(), threading.Event()
    watched = _identity(folder)
    watcher = asyncio.create_task(_stir(folder, stirs, stop, debounce_ms))
    try:
        due: float | None
        ready = time.perf_counter() + READY_SECONDS
        due = time.time() + READY_SECONDS  # look then at what changed before the watcher was ready
        costs, stale, trusted = deque([0.0], maxlen=3), False, 0.0  # `trusted`: until when the paths are complete
        while True:
            # The quickest of the last looks is the time of a scan: the others had changed files to read.
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
                ready, trusted = time.perf_counter() + READY_SECONDS, 0.0
            began, started, asked = time.time(), time.perf_counter(), due
            touched = stirs.take(trusted=started < trusted and not watcher.done())
            if touched is None and started >= ready:
                trusted = started + WATCHED_SECONDS
            due = await look(touched)
            costs.append(time.perf_counter() - started)
            if (left := ready - time.perf_counter()) > 0:
                due = min(due or math.inf, time.time() + left)
            stale = due is not None and due == asked and due < began  # the look changed nothing: do not spin
    finally:
        await _end(watcher, stop)


class _Stirs:
    """The paths of events below a folder; "" is the folder itself, or anything outside."""

    def __init__(self) -> None:
        self.any = asyncio.Event()
        self._paths: set[str] = set()

    def note(self, paths: Iterable[str]) -> None:
        self._paths.update(paths)
        self.any.set()

    def take(self, *, trusted: bool) -> Collection[str] | None:
        """Return and forget the paths noted so far; None if they are not `trusted` to be complete."""
        paths, self._paths = self._paths, set()
        self.any.clear()
        return paths if trusted else None


async def _end(watcher: asyncio.Task[None], stop: threading.Event) -> None:
    """Stop a watcher by its event, and wait: its thread ends within a step."""
    stop.set()
    await watcher


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from a replacement, which its watcher would miss; None if there is no folder."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _stir(folder: Path, stirs: _Stirs, stop: threading.Event, debounce_ms: int) -> None:
    """Note the events in a folder until `stop`.

    It uses a thread, since watchfiles' own awatch needs a library that takes 50 ms to import.
    """
    loop = asyncio.get_running_loop()

    def tell(paths: Collection[str]) -> None:
        loop.call_soon_threadsafe(stirs.note, paths)

    with ThreadPoolExecutor(1, "watcher") as thread:
        try:
            await asyncio.wrap_future(thread.submit(_listen, folder, tell, stop, debounce_ms))
        except (OSError, RuntimeError) as error:  # no folder, no inotify watches left, or not supported
            log.warning("%s cannot be watched (%s); looking every %g s instead", folder, error, UNWATCHED_SECONDS)
        finally:
            stop.set()


def _listen(folder: Path, tell: Callable[[Collection[str]], None], stop: threading.Event, debounce_ms: int) -> None:
    root = f"{folder.absolute()}/"
    step = max(1, debounce_ms // 2)  # it reports changes when a step has brought no more
    for changes in watchfiles.watch(
        folder, watch_filter=None, step=step, debounce=LONGEST_DEBOUNCE_MS, stop_event=stop, raise_interrupt=False
    ):
        tell([path[len(root) :] if path.startswith(root) else "" for _, path in changes])


def refused(folder: Path) -> str:
    """Try to watch a folder for a moment; return why that is impossible, else ""."""
    try:
        for _ in watchfiles.watch(
            folder, watch_filter=None, rust_timeout=1, yield_on_timeout=True, raise_interrupt=False
        ):
            break
    except (OSError, RuntimeError) as error:
        return str(error)
    return ""
