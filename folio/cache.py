"""A disk cache for things that are slow to make: `await store.make(...)` -> the path of a file, made now or earlier.

A file below `cache/made/` is named `<hash of its inputs>.<hash of its bytes><suffix>`: it is never stale, it can be
verified, and the whole folder may be deleted at any time. Called by request handlers; workers.py does the work.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from folio.config import Config, Limits
from folio.errors import MakeFailed

KEY_BYTES = 16
DIGEST_BYTES = 8
CHECKED_NAMES = 20_000  # most files remembered as verified, about 300 bytes each
FAILED_NAMES = 1_000
FAILED_SECONDS = 60.0  # a failure is remembered this long, so that not every request tries again
TOUCH_SECONDS = 3600.0  # the access time of a file is updated this often at most
YOUNG_SECONDS = 60.0  # a file used this recently may still be being sent
PARTIAL_SECONDS = 3600.0  # a temporary file this old was left by a crash
TRIM_TO = 0.9  # of the limit, so that the next file does not start another trim
SPILL_MB = 64  # limit of the temporary folder that is used while the cache cannot be written

log = logging.getLogger(__name__)


class Maker(NamedTuple):
    """A function that makes something in a worker; a constant of the module that owns it, e.g. `images.DERIVE`."""

    target: str  # "folio.images:derive", a top-level function; for the Store it returns bytes
    version: int  # part of every cache key: raise it when the bytes it makes change
    lane: str = "quick"  # a row of workers.lanes


class Wanted(NamedTuple):
    """One of several things to make in one job: key and suffix as for `Store.make`, and the maker's argument."""

    key: tuple[str | int, ...]
    suffix: str
    item: Any


class Runner(Protocol):
    """The part of `workers.Workers` that the Store uses."""

    async def run(self, maker: Maker, *args: Any) -> Any: ...


class Complaint:
    """A logger of one kind of warning, at most once a minute."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._last = float("-inf")

    def __call__(self, message: str, *args: object) -> None:
        if self._clock() - self._last >= 60:
            self._last = self._clock()
            self._logger.warning(message, *args)


class _Sound(NamedTuple):
    """A file whose bytes matched the hash in its name, and its stat at that time."""

    path: Path
    mtime_ns: int
    size: int
    inode: int

    def still(self, now: os.stat_result) -> bool:
        return (self.mtime_ns, self.size, self.inode) == (now.st_mtime_ns, now.st_size, now.st_ino)


class Store:
    """A cache of made files by the hash of their inputs, at most `limits.cache_mb` of them on disk.

    A file's bytes are checked against its name once per run of the engine and again whenever its stat changes, so
    truncated or corrupted files are made again. Corruption behind an unchanged stat is found at the next start.
    """

    def __init__(self, config: Config, workers: Runner, clock: Callable[[], float] = time.time) -> None:
        self._folder = config.cache / "made"
        self.limit(config.limits)
        self._workers = workers
        self._clock = clock
        self._sound: dict[str, _Sound] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._making: dict[str, asyncio.Task[Path]] = {}
        self._trimming: asyncio.Task[None] | None = None
        self._bytes: int | None = None  # None: not measured yet
        self._spill: tempfile.TemporaryDirectory[str] | None = None
        self._spilling = threading.Lock()
        self._unwritable = Complaint(log)

    def limit(self, limits: Limits) -> None:
        """Keep at most so much from the next thing on that is made."""
        self._limit = limits.cache_mb * 1_000_000

    async def make(self, maker: Maker, key: Sequence[str | int], *args: Any, suffix: str) -> Path:
        """Return the path of what `maker` makes of `args`, running it in a worker unless the file exists.

        `key` holds everything the bytes depend on except the maker: content hashes, sizes, settings. Concurrent calls
        with one key share one run, which goes on if a caller is cancelled. The part of the file's name between its
        dots is the hash of its bytes, a strong ETag. The file may be trimmed a minute later: open it at once.

        Raises what `Workers.run` raises; a MakeFailed is remembered for a minute.
        """
        name = _name(maker, key, suffix)
        if found := self._at_hand(name):
            return found
        task = self._making.get(name)
        if task is None:
            task = asyncio.create_task(self._find_or_make(name, suffix, maker, args))
            self._making[name] = task
            task.add_done_callback(lambda done: self._made(name, done))
        return await asyncio.shield(task)

    async def fill(self, one: Maker, wanted: Sequence[Wanted], many: Maker, *args: Any) -> tuple[int, int]:
        """Make the missing ones of several things in one job; return their number and their total size in bytes.

        Each is stored as if `one` had made it. `many` gets `args` and the list of the missing things' items, and
        returns their bytes in that order. For making ahead: concurrent calls of `make` do not wait for this run.
        Raises what `Workers.run` raises.
        """
        named = [(_name(one, entry.key, entry.suffix), entry) for entry in wanted]
        there = await asyncio.to_thread(lambda: [self._find(name, entry.suffix) for name, entry in named])
        absent = [pair for pair, sound in zip(named, there, strict=True) if sound is None]
        if not absent:
            return 0, 0
        made = await self._workers.run(many, *args, [entry.item for _, entry in absent])
        for (name, entry), body in zip(absent, made, strict=True):
            self._count((await asyncio.to_thread(self._keep, name, entry.suffix, body)).size)
        return len(absent), sum(map(len, made))

    async def close(self) -> None:
        """Cancel unfinished runs and remove the temporary folder, if there is one."""
        tasks = [task for task in (*self._making.values(), self._trimming) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._spill:
            self._spill.cleanup()
            self._spill = None

    def _at_hand(self, name: str) -> Path | None:
        """Return a file that was verified before and is unchanged: one stat, cheap enough for the event loop."""
        known = self._sound.get(name)
        if known is None:
            return None
        try:
            now = known.path.stat()
        except OSError:
            del self._sound[name]
            return None
        if not known.still(now):
            del self._sound[name]
            return None
        self._touch(known.path, now)
        return known.path

    def _touch(self, path: Path, now: os.stat_result) -> None:
        """Record in the access time that the file was used: trimming goes by that."""
        moment = self._clock()
        if moment - now.st_atime > TOUCH_SECONDS:
            with contextlib.suppress(OSError):
                os.utime(path, ns=(int(moment * 1e9), now.st_mtime_ns))

    async def _find_or_make(self, name: str, suffix: str, maker: Maker, args: tuple[Any, ...]) -> Path:
        sound = await asyncio.to_thread(self._find, name, suffix)
        if sound is None:
            self._raise_if_failed(name)
            made = await self._workers.run(maker, *args)
            if not isinstance(made, bytes) or not made:
                raise MakeFailed(f"{maker.target} made nothing")
            sound = await asyncio.to_thread(self._keep, name, suffix, made)
            self._count(sound.size)
        if len(self._sound) >= CHECKED_NAMES:
            self._sound.clear()
        self._sound[name] = sound
        return sound.path

    def _made(self, name: str, task: asyncio.Task[Path]) -> None:
        del self._making[name]
        error = None if task.cancelled() else task.exception()  # retrieved here, as all callers may be cancelled
        if isinstance(error, MakeFailed):
            if len(self._failed) >= FAILED_NAMES:
                self._failed.clear()
            self._failed.setdefault(name, (self._clock(), str(error)))

    def _raise_if_failed(self, name: str) -> None:
        failed = self._failed.get(name)
        if failed is None:
            return
        if 0 <= self._clock() - failed[0] < FAILED_SECONDS:
            raise MakeFailed(failed[1])
        del self._failed[name]

    # The methods below access the disk and run in threads, but for _count and _trim.

    def _find(self, name: str, suffix: str) -> _Sound | None:
        """Return the file of this name whose bytes match their hash, None if there is none; delete any other."""
        folder = self._folder / name[:2]
        try:
            candidates = sorted(path for path in folder.iterdir() if path.name.startswith(f"{name}."))
        except OSError:
            return None
        for path in candidates:
            with contextlib.suppress(OSError):
                stat = path.stat()
                if path.name == _file_name(name, path.read_bytes(), suffix):
                    self._touch(path, stat)
                    return _Sound(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)
                path.unlink()
        return None

    def _keep(self, name: str, suffix: str, made: bytes) -> _Sound:
        """Write `made` into the cache, or into a temporary folder if the cache cannot be written."""
        file_name = _file_name(name, made, suffix)
        try:
            return _write(self._folder / name[:2] / file_name, made, self._clock())
        except OSError as error:
            self._unwritable("%s cannot be written (%s): everything is made again at each start", self._folder, error)
        try:
            with self._spilling:
                if self._spill is None:
                    self._spill = tempfile.TemporaryDirectory(prefix="folio-", ignore_cleanup_errors=True)
                spill = Path(self._spill.name)
                self._delete_oldest(spill, SPILL_MB * 1_000_000 - len(made))
                return _write(spill / file_name, made, self._clock())
        except OSError as error:
            raise MakeFailed(f"neither the cache nor a temporary folder can be written ({error.strerror})") from error

    def _count(self, size: int) -> None:
        """Add to the total size; start trimming in the background if it is unknown or above the limit."""
        if self._bytes is not None:
            self._bytes += size
        if (self._bytes is None or self._bytes > self._limit) and self._trimming is None:
            self._trimming = asyncio.create_task(self._trim())

    async def _trim(self) -> None:
        try:
            self._bytes = await asyncio.to_thread(self._delete_oldest, self._folder, self._limit)
        finally:
            self._trimming = None

    def _delete_oldest(self, folder: Path, limit: int) -> int:
        """Delete the least recently used files down to 90 % of `limit` bytes if they exceed it; return the bytes left.

        Files used in the last minute stay.
        """
        now = self._clock()
        files = sorted(_files(folder, now))
        total = sum(size for _, size, _ in files)
        if total <= limit:
            return total
        for used, size, path in files:
            if total <= limit * TRIM_TO or now - used < YOUNG_SECONDS:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
        return total


def _name(maker: Maker, key: Sequence[str | int], suffix: str) -> str:
    inputs = json.dumps([maker.target, maker.version, suffix, *key])
    return blake2b(inputs.encode(), digest_size=KEY_BYTES).hexdigest()


def _file_name(name: str, made: bytes, suffix: str) -> str:
    return f"{name}.{blake2b(made, digest_size=DIGEST_BYTES).hexdigest()}{suffix}"


def _write(path: Path, made: bytes, now: float) -> _Sound:
    """Write a file atomically. No fsync: if a power cut tears the file, the hash in its name shows it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(made)
        os.utime(partial, (now, now))
        partial.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    stat = path.stat()
    return _Sound(path, stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _files(folder: Path, now: float) -> Iterator[tuple[float, int, Path]]:
    """Yield (last use, bytes, path) of each file below `folder`; delete temporary files that a crash left behind."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(OSError):
                stat = path.stat()
                if name.startswith(".") and now - stat.st_mtime > PARTIAL_SECONDS:
                    path.unlink()
                else:
                    yield max(stat.st_atime, stat.st_mtime), stat.st_size, path
