"""Things that are slow to make, kept as files: `await store.make(...)` -> the path of the file, made now or long ago.

A file's name is `<hash of what it is made from>.<hash of its bytes><suffix>` below `cache/made/`: it is never stale,
it can be checked, and the whole folder may be deleted at any moment. Whoever answers asks; workers.py does the work.
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

from folio.config import Config
from folio.errors import MakeFailed

KEY_BYTES = 16
DIGEST_BYTES = 8
CHECKED_NAMES = 20_000  # remembered as sound, about 300 bytes each
FAILED_NAMES = 1_000
FAILED_SECONDS = 60.0  # a picture that cannot be made is not tried again at every request
TOUCH_SECONDS = 3600.0  # a use is written down this often at most
YOUNG_SECONDS = 60.0  # used so lately that somebody may still be sending it
PARTIAL_SECONDS = 3600.0  # a temporary file this old was left by a crash
TRIM_TO = 0.9  # of the limit, so that one more file does not start the next trim
SPILL_MB = 64  # kept in the temporary folder while the cache cannot be written

log = logging.getLogger(__name__)


class Maker(NamedTuple):
    """A way of making something: the module that owns it holds it as a constant, e.g. `images.DERIVE`."""

    target: str  # "folio.images:derive", a top-level function; for the Store it returns bytes
    version: int  # part of every key: raise it when the bytes it makes change
    lane: str = "quick"  # a row of workers.lanes


class Wanted(NamedTuple):
    """One of several things to be made in one job: its key and suffix as for `Store.make`, and what the maker needs."""

    key: tuple[str | int, ...]
    suffix: str
    item: Any


class Runner(Protocol):
    """What the Store needs of `workers.Workers`."""

    async def run(self, maker: Maker, *args: Any) -> Any: ...


class Complaint:
    """A warning about the same trouble, written at most once a minute."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._last = float("-inf")

    def __call__(self, message: str, *args: object) -> None:
        if self._clock() - self._last >= 60:
            self._last = self._clock()
            self._logger.warning(message, *args)


class _Sound(NamedTuple):
    """A file whose bytes agreed with its name, and the stat it had then."""

    path: Path
    mtime_ns: int
    size: int
    inode: int

    def still(self, now: os.stat_result) -> bool:
        return (self.mtime_ns, self.size, self.inode) == (now.st_mtime_ns, now.st_size, now.st_ino)


class Store:
    """Made things by the hash of their inputs, at most `limits.cache_mb` of them on disk.

    The bytes of a file are checked against its name once in each run of the engine and again whenever its stat
    changes: truncated, zeroed and flipped files are made again. Bits that rot behind an unchanged stat while the
    engine runs are seen at the next start.
    """

    def __init__(self, config: Config, workers: Runner, clock: Callable[[], float] = time.time) -> None:
        self._folder = config.cache / "made"
        self._limit = config.limits.cache_mb * 1_000_000
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

    async def make(self, maker: Maker, key: Sequence[str | int], *args: Any, suffix: str) -> Path:
        """Return the file that `maker` makes of `args`, running it in a worker unless the file is there.

        `key` names everything the bytes depend on but the maker itself: content hashes, sizes, settings. Requests for
        one key share one run, and a caller that goes away does not stop it. The part of the file's name between its
        dots hashes its bytes, which makes it a strong ETag. The file may be trimmed a minute later: open it at once.

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
        """Make what is absent of several things in one job; return how many were made, and their bytes together.

        Each is kept as if `one` had made it alone. `many` gets `args` and the list of the absent ones' items, and
        returns their bytes in that order. For making ahead: requests that come meanwhile do not wait for this run.
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
        """Stop what is being made and remove the temporary folder, if there was need of one."""
        tasks = [task for task in (*self._making.values(), self._trimming) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._spill:
            self._spill.cleanup()
            self._spill = None

    def _at_hand(self, name: str) -> Path | None:
        """Return a file already known to be sound: one stat, cheap enough for the event loop."""
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
        """Write down that the file was used, in its access time alone: that is what trimming goes by."""
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
        error = None if task.cancelled() else task.exception()  # asked here: perhaps nobody waits any more
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

    # Below here: called in a thread, touching the disk.

    def _find(self, name: str, suffix: str) -> _Sound | None:
        """Look for a file of this name whose bytes agree with their hash; remove those that do not."""
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
        """Write `made` into the cache, or into a temporary folder when the cache cannot be written."""
        file_name = _file_name(name, made, suffix)
        try:
            return _write(self._folder / name[:2] / file_name, made, self._clock())
        except OSError as error:
            self._unwritable("%s cannot be written (%s): making things again at each start", self._folder, error)
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
        """Add to the sum of bytes; start trimming in the background when it is unknown or past the limit."""
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
        """Delete the least recently used files until 90 % of `limit` bytes are left, if more than `limit` are there.

        Files used in the last minute stay. Returns the bytes that are left.
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
    """Put the whole file in place at once. No fsync: what a power cut tears, the hash in the name gives away."""
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
    """Yield (last use, bytes, path) of each file below `folder`, removing what a crash left half written."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with contextlib.suppress(OSError):
                stat = path.stat()
                if name.startswith(".") and now - stat.st_mtime > PARTIAL_SECONDS:
                    path.unlink()
                else:
                    yield max(stat.st_atime, stat.st_mtime), stat.st_size, path
