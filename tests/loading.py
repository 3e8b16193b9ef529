"""Readers who go on asking, so many times a second, whatever happens behind the proxy. For tests of restarts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from proxies import HOST, Proxy
from serving import PATIENCE_SECONDS

MOST_WAITING = 1_500  # readers at a time: on a busy machine the engine may take many seconds to start

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Right = Callable[[str, int, bytes], bool]


@dataclass
class Load:
    """Requests to a proxy: `paths` gives the next address, `right` judges path, status and body of an answer."""

    proxy: Proxy
    paths: Iterator[str]
    right: Right
    per_second: int
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    _idle: list[Link] = field(default_factory=list)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def until(self, done: asyncio.Event, least: int) -> None:
        """Go on asking until that has happened and `least` requests were sent, then wait for the last answers."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        while (not done.is_set() or sent < least) and not self.lost:
            task = asyncio.create_task(self._ask(next(self.paths)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            sent += 1
            await asyncio.sleep(max(0.0, began + sent / self.per_second - loop.time()))
            while len(self._under_way) >= MOST_WAITING:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*self._under_way)
        for _, writer in self._idle:
            writer.close()
        assert self.answered + len(self.lost) == sent

    async def more(self, answers: int) -> None:
        """Wait until so many more have been answered."""
        goal = self.answered + answers
        while self.answered < goal and not self.lost:  # noqa: ASYNC110 - it is under way all the time
            await asyncio.sleep(0.01)

    async def _ask(self, path: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = await self._exchange(path)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.lost.append(f"{path}: {error!r}")
            return
        if self.right(path, status, body):
            self.answered += 1
        else:
            self.lost.append(f"{path}: {status} {body[:80]!r}")

    async def _exchange(self, path: str) -> tuple[int, bytes]:
        reader, writer = self._idle.pop() if self._idle else await self._open()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        if length is None or b"\r\nconnection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head[9:12]), body

    async def _open(self) -> Link:
        if self.proxy.trusted:
            return await asyncio.open_connection(
                "localhost", self.proxy.port, ssl=self.proxy.trusted, server_hostname="localhost"
            )
        return await asyncio.open_connection("127.0.0.1", self.proxy.port)
