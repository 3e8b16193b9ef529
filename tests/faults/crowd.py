"""People and robots at a server of its own, over real sockets: readers who are timed, and those who ask slowly."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from serving import PATIENCE_SECONDS, free_port, serving
from wire import SERVER

LOCAL = "127.0.0.1"


@dataclass
class Place:
    """A running server, and what its process takes."""

    port: int
    pid: int
    folder: Path

    @property
    def peak_mb(self) -> float:
        """The most memory that the process, without its workers, ever held."""
        return _status_kb(self.pid, "VmHWM") / 1_024

    @property
    def workers_peak_mb(self) -> float:
        """The most memory that any of its workers ever held that are still there."""
        return max(self._children_kb("VmHWM"), default=0) / 1_024

    @property
    def memory_mb(self) -> float:
        return _status_kb(self.pid, "VmRSS") / 1_024

    @property
    def workers_mb(self) -> float:
        """What its workers hold together."""
        return sum(self._children_kb("VmRSS")) / 1_024

    @property
    def worked_seconds(self) -> tuple[float, float]:
        """The CPU time that the process has taken, and its workers, those that have ended among them."""
        own, ended = _cpu_seconds(self.pid)
        return own, ended + sum(sum(_cpu_seconds(child)) for child in self._children())

    def _children_kb(self, name: str) -> list[int]:
        found = []
        for child in self._children():
            with contextlib.suppress(OSError):
                found.append(_status_kb(child, name))
        return found

    def _children(self) -> list[int]:
        """Return its processes, each of which one of its threads has started."""
        told = [file.read_text() for file in Path(f"/proc/{self.pid}/task").glob("*/children")]
        return [int(child) for child in " ".join(told).split()]


def _status_kb(pid: int, name: str) -> int:
    """Return what the kernel says of a process. Raises OSError when it is gone."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0  # nothing of one that is about to go


def _cpu_seconds(pid: int) -> tuple[float, float]:
    """Return what a process has taken, and its children that have ended; nothing when it is gone itself."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    own, system, children, childrens_system = (int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in said[11:15])
    return own + system, children + childrens_system


@contextlib.asynccontextmanager
async def place(folder: Path, before: str = "") -> AsyncIterator[Place]:
    """Serve `folder`/content; `before` is Python to run first. Started in a thread: the test has a loop of its own."""
    port = free_port()
    code = before + SERVER.replace("FOLDER", repr(str(folder))).replace("PORT", str(port))
    server = serving(code, folder)
    served = await asyncio.to_thread(server.__enter__)
    try:
        yield Place(port, served.process.pid, folder)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@dataclass
class Client:
    """One keep-alive connection, opened again where it was closed."""

    port: int
    link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, headers: str = "") -> tuple[int, bytes]:
        """Return status and body. Raises OSError or IncompleteReadError when the server hangs up instead."""
        self.link = self.link or await asyncio.open_connection(LOCAL, self.port)
        reader, writer = self.link
        writer.write(f"GET {path} HTTP/1.1\r\nHost: site\r\n{headers}\r\n".encode())
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        status = int(head.split(b" ", 2)[1])
        body = await reader.readexactly(int(length[1])) if length and status != 304 else b""
        if re.search(rb"(?i)\r\nconnection: close", head):
            await self.close()
        return status, body

    async def close(self) -> None:
        if self.link:
            self.link[1].close()
            with contextlib.suppress(OSError):
                await self.link[1].wait_closed()
        self.link = None


@dataclass
class Readers:
    """People who read pages; what each page took, what was answered, and which pages were not `is_whole`."""

    port: int
    paths: tuple[str, ...]
    is_whole: Callable[[str, bytes], bool] = lambda path, body: True
    torn: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    async def read(self, count: int = 0, until: asyncio.Event | None = None, pause: float = 0.005) -> None:
        """Read `count` pages, or until an event; nobody may be hung up on."""
        client = Client(self.port)
        number = 0
        while number < count if until is None else not until.is_set():
            path, started = self.paths[number % len(self.paths)], time.perf_counter()
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = await client.get(path)
            self.seconds.append(time.perf_counter() - started)
            self.statuses[status] += 1
            self.torn += [] if self.is_whole(path, body) else [path]
            number += 1
            await asyncio.sleep(pause)
        await client.close()

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98] * 1_000


async def dawdle(port: int, beginning: bytes = b"GET / HTTP/1.1\r\nHost: site\r\n", pause: float = 0.5) -> float:
    """Ask as slowly as can be, a header a while; return the seconds until the server hangs up."""
    started = time.perf_counter()
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection(LOCAL, port)
        writer.write(beginning)
        gone = asyncio.ensure_future(reader.read())
        try:
            while not (await asyncio.wait([gone], timeout=pause))[0]:
                writer.write(b"X-a: b\r\n")
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            writer.close()
    return time.perf_counter() - started
