"""Slow work in worker processes: `await workers.run(maker, *args)` -> what the maker returned.

A child is `python -m folio.workers`: niced, limited in memory, one job at a time. Jobs and replies are pickled frames,
each behind its length, over the child's standard input and output; a child exits at the end of its input. The parent
talks to each child in a thread, as forking a process and pickling a long frame would block the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import IO, Any, BinaryIO, NamedTuple

from folio import progress
from folio.cache import Maker
from folio.config import ROOT, Config, Limits
from folio.errors import Busy, MakeFailed, SiteError

IDLE_SECONDS = 60.0  # after which an idle child is ended
JOBS_PER_CHILD = 250  # after which a child is replaced, to bound what native libraries leak
RETRY_SECONDS = 5
LEAVE_SECONDS = 2.0  # that a child may take to exit at the end of its input
NICENESS = 10
# glibc's allocator: few arenas, which take address space; and large blocks are always returned to the system when freed
# (by default it adapts and keeps them: 4 MB more at the peak of a photograph's prints)
MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
LENGTH = struct.Struct(">Q")

log = logging.getLogger(__name__)


class Lane(NamedTuple):
    """The limits of one kind of work."""

    processes: int
    seconds: int  # of one job
    memory_mb: int  # address space of one child
    queue: int  # jobs waiting for a child; past them a request is answered 503
    niceness: int = NICENESS


def lanes(limits: Limits, processes: int) -> Mapping[str, Lane]:
    """Return the lanes by name, `processes` for the ordinary one; a Maker names its lane."""
    return {
        "quick": Lane(processes, limits.make_seconds, limits.worker_memory_mb, limits.make_queue),
        "start": Lane(processes, limits.make_seconds, limits.worker_memory_mb, limits.make_queue, 0),  # all wait for it
        "avif": Lane(1, limits.make_seconds, limits.worker_memory_mb, limits.make_queue),  # a costly encoder
        "book": Lane(1, limits.book_seconds, limits.book_memory_mb, 8),
        "index": Lane(1, 600, 2048, 16),
    }


class Workers:
    """The children of all lanes, started on demand. Belongs to one event loop."""

    def __init__(self, config: Config, idle_seconds: float = IDLE_SECONDS, processes: int = 2) -> None:
        self._processes = processes
        table = lanes(config.limits, processes)
        self._pools = {name: _Pool(name, lane, idle_seconds) for name, lane in table.items()}

    async def run(self, maker: Maker, *args: Any) -> Any:
        """Call the maker with `args` in a child and return what it returns; both must pickle.

        Raises the SiteError that the maker raised; MakeFailed if it raised anything else, ran out of time or memory, or
        its process died; Busy if too many jobs wait, or this one waited as long as a job may take. Cancelling the call
        kills the running job.
        """
        return await self._pools[maker.lane].run(maker.target, args)

    def limit(self, limits: Limits) -> None:
        """Put other limits in place of those until now; jobs at work end under the ones they began with."""
        for name, lane in lanes(limits, self._processes).items():
            self._pools[name].limit(lane)

    def hurry(self) -> None:
        """Start further children without niceness: for commands that only wait for them."""
        for pool in self._pools.values():
            pool._lane = pool._lane._replace(niceness=0)

    async def close(self) -> None:
        """Kill every child, busy or not; pending calls raise Busy or MakeFailed."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))


class _Pool:
    """The children of one lane."""

    def __init__(self, name: str, lane: Lane, idle_seconds: float) -> None:
        self._name = name
        self._lane = lane
        self._idle_seconds = idle_seconds
        self._turns = asyncio.Semaphore(lane.processes)
        self._waiting = 0
        self._idle: list[_Child] = []  # the last one worked last: its memory is warm
        self._all: set[_Child] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    def limit(self, lane: Lane) -> None:
        """Use other limits from now on, and end the idle children that were started under the old ones."""
        self._lane = lane._replace(niceness=self._lane.niceness)
        for child in [child for child in self._idle if child.lane != self._lane]:
            self._dismiss(child)

    async def run(self, target: str, args: tuple[Any, ...]) -> Any:
        await self._wait_for_turn()
        try:
            if self._closed:
                raise Busy("the engine is stopping", RETRY_SECONDS)
            return await self._work(target, args)
        finally:
            self._turns.release()

    async def _wait_for_turn(self) -> None:
        if self._waiting >= self._lane.queue and self._turns.locked():
            raise Busy(f"{self._waiting} jobs are waiting already", RETRY_SECONDS)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._lane.seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy("other work is taking too long", RETRY_SECONDS) from None
        finally:
            self._waiting -= 1

    async def _work(self, target: str, args: tuple[Any, ...]) -> Any:
        try:
            async with asyncio.timeout(self._lane.seconds):
                reply = await self._ask((target, args))
        except TimeoutError:
            raise MakeFailed(f"{target} took longer than {self._lane.seconds} s") from None
        except (EOFError, OSError) as error:
            raise MakeFailed(f"the process at work on {target} ended before it was done") from error
        return _unwrap(target, reply)

    async def _ask(self, job: tuple[str, tuple[Any, ...]]) -> tuple[Any, ...]:
        child = self._idle.pop() if self._idle else self._added()
        if child.idle_timer:
            child.idle_timer.cancel()
        try:
            reply = await child.ask(job)
        except BaseException:  # it is dead or too slow, or the call was cancelled: its next frame would be unexpected
            self._dismiss(child, at_once=True)
            raise
        if self._closed or reply[0] == "memory" or child.jobs >= JOBS_PER_CHILD or child.lane != self._lane:
            self._dismiss(child)
        else:
            self._idle.append(child)
            child.idle_timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._dismiss, child)
        return reply

    def _added(self) -> _Child:
        child = _Child(self._name, self._lane)
        self._all.add(child)
        return child

    def _dismiss(self, child: _Child, at_once: bool = False) -> None:
        if child.idle_timer:
            child.idle_timer.cancel()
        if child in self._idle:
            self._idle.remove(child)
        self._all.discard(child)
        if at_once:
            child.kill()
        task = asyncio.ensure_future(child.leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        self._closed = True
        for child in self._all:
            child.kill()
        for _ in range(self._lane.processes):  # all are free once the last job has ended
            await self._turns.acquire()
        for child in tuple(self._idle):
            self._dismiss(child, at_once=True)
        await asyncio.gather(*self._leaving)
        for _ in range(self._lane.processes):
            self._turns.release()


class _Child:
    """One process, the pipes to it, and the thread that talks to it. The process is started with its first job."""

    def __init__(self, name: str, lane: Lane) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.jobs = 0
        self.idle_timer: asyncio.TimerHandle | None = None  # ends it when it has been idle for long
        self._name = name
        self.lane = lane
        self._is_killed = False
        self._thread = ThreadPoolExecutor(1, f"{name} worker")

    async def ask(self, job: object) -> tuple[Any, ...]:
        """Send a job and wait for its reply, passing on progress to the caller's context.

        Raises EOFError or OSError if the process is gone. After a cancellation the child cannot be used again.
        """
        self.jobs += 1
        loop, context = asyncio.get_running_loop(), copy_context()

        def report(done: int, total: int) -> None:
            loop.call_soon_threadsafe(progress.tell, done, total, context=context)

        return await loop.run_in_executor(self._thread, self._ask, job, report)

    def kill(self) -> None:
        """Kill the process, even if it is only being started."""
        self._is_killed = True
        if self.process:
            self.process.kill()

    async def leave(self) -> None:
        """End the process, and wait for it so that nothing is left open."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
        self._thread.shutdown(wait=False)

    # Below here: run in the thread.

    def _ask(self, job: object, report: Callable[[int, int], None]) -> tuple[Any, ...]:
        process = self.process or self._start()
        assert process.stdin and process.stdout
        _send(process.stdin, pickle.dumps(job, pickle.HIGHEST_PROTOCOL))
        while True:
            (length,) = LENGTH.unpack(_read(process.stdout, LENGTH.size))
            reply: tuple[Any, ...] = pickle.loads(_read(process.stdout, length))  # noqa: S301  our own child wrote it
            if reply[0] != "progress":
                return reply
            report(*reply[1:])

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        limits = map(str, (self.lane.memory_mb, self.lane.seconds, self.lane.niceness))
        self.process = process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-m", "folio.workers", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **MALLOC, "PYTHONPATH": path},
        )
        log.debug("%s worker %d started", self._name, process.pid)
        if self._is_killed:
            process.kill()
        return process

    def _end(self) -> None:
        if self.process is None:
            return
        with self.process as process:
            assert process.stdin
            with contextlib.suppress(BrokenPipeError):  # it may buffer the rest of a job that the child never read
                process.stdin.close()
            try:
                process.wait(LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _read(replies: IO[bytes], size: int) -> bytes:
    """Read `size` bytes. Raises EOFError if the pipe ends before."""
    frame = replies.read(size)
    if len(frame) < size:
        raise EOFError
    return frame


def _send(pipe: IO[bytes], frame: bytes) -> None:
    pipe.write(LENGTH.pack(len(frame)))
    pipe.write(frame)
    pipe.flush()


def _unwrap(target: str, reply: tuple[Any, ...]) -> Any:
    match reply:
        case ("value", value):
            return value
        case ("error", error):
            raise error
        case (_, message, trace):
            log.warning("%s failed: %s\n%s", target, message, trace)
            raise MakeFailed(message)
    raise MakeFailed(f"{target} answered in an unknown form")


# Below here: run in the child.


def main() -> None:
    """Do jobs until the input ends: `python -m folio.workers MEMORY_MB SECONDS NICENESS`."""
    memory_mb, seconds, niceness = map(int, sys.argv[1:])
    jobs, replies = _own_pipes()
    _limit(memory_mb, niceness)

    def report(done: int, total: int) -> None:
        _send(replies, pickle.dumps(("progress", done, total)))

    while head := jobs.read(LENGTH.size):
        frame = jobs.read(LENGTH.unpack(head)[0])
        signal.alarm(seconds + 10)  # a last resort against native code in a loop after the parent was killed
        gc.disable()  # a long text is a million objects, which the collector would scan again and again
        with progress.heard(report):
            reply = _reply(frame)
        gc.enable()
        signal.alarm(0)
        try:
            _send(replies, reply)
        except BrokenPipeError:  # the parent was killed meanwhile
            os._exit(1)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Reserve standard input and output for the frames; whatever a library prints goes to standard error."""
    jobs, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return jobs, replies


def _limit(memory_mb: int, niceness: int) -> None:
    """Set niceness and limits. Ignore SIGINT and SIGTERM, as a stopping parent may still wait for a reply."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(niceness)
    with contextlib.suppress(ImportError, ValueError, OSError):  # macOS refuses an address space limit
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))


def _reply(frame: bytes) -> bytes:
    try:
        target, args = pickle.loads(frame)  # noqa: S301  our own parent wrote it
        module, _, name = target.partition(":")
        value = getattr(importlib.import_module(module), name)(*args)
        return pickle.dumps(("value", value), pickle.HIGHEST_PROTOCOL)
    except SiteError as error:
        return pickle.dumps(("error", error))
    except MemoryError:
        return pickle.dumps(("memory", "MemoryError: it needs more memory than a worker may use", ""))
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return pickle.dumps(("failed", message, traceback.format_exc()))


if __name__ == "__main__":
    main()
