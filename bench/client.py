"""A client in a process of its own: `python -m bench.client KIND PORT PATH …` prints what it saw as JSON.

`steady … SECONDS PERIOD_SECONDS` asks at a steady rate over one connection and prints every latency in seconds.
`flood … SECONDS CONNECTIONS [HEADER: VALUE …]` asks as fast as it can and prints the count of answers, for where there
is no wrk. `tour … ROUNDS CONNECTIONS [HEADER: VALUE …]` asks for everything so many times and prints the counts by
status. PATH may be "@FILE", with a path a line that are asked for in turn.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path


def main(kind: str, port: str, path: str, first: str, second: str, *headers: str) -> None:
    """Ask, and print what was seen."""
    gc.disable()  # a pause of ours would be taken for one of the server
    requests = [_request(one, headers) for one in _paths(path)]
    if kind == "steady":
        seen: object = steady(int(port), requests[0], float(first), float(second))
    elif kind == "flood":
        seen = sum(asyncio.run(flood(int(port), itertools.cycle(requests), int(second), float(first))).values())
    else:
        tours = itertools.chain.from_iterable(itertools.repeat(requests, int(first)))
        seen = asyncio.run(flood(int(port), tours, int(second), float("inf")))
    print(json.dumps(seen))


def _paths(path: str) -> list[str]:
    return Path(path[1:]).read_text().split() if path.startswith("@") else [path]


def _request(path: str, headers: Sequence[str]) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode()


def steady(port: int, request: bytes, seconds: float, period: float) -> list[float]:
    """Ask every `period` seconds, and return the latencies.

    A request that is due while the last one is still unanswered waits, and that wait counts: a server that stops for a
    second is seen by all who would have asked. Our own late waking does not count.
    """
    latencies: list[float] = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        begun = now = time.perf_counter()
        while (due := begun + len(latencies) * period) < begun + seconds:
            if now < due:
                time.sleep(due - now)
                due = time.perf_counter()
            connection.sendall(request)
            _read(connection)
            now = time.perf_counter()
            latencies.append(now - due)
    return latencies


def _read(connection: socket.socket) -> None:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    left = _length(got) - len(got.split(b"\r\n\r\n", 1)[1])
    while left > 0:
        left -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    if not (more := connection.recv(1 << 18)):
        raise ConnectionError("the server closed the connection")
    return more


def _length(head: bytes) -> int:
    if head[9:12] == b"304":  # nothing follows, whatever it says
        return 0
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


async def flood(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Counter[int]:
    """Ask as fast as the answers come over some connections, until there is nothing to ask or the time is over.

    Returns how many answers came, by status.
    """
    until, seen = time.perf_counter() + seconds, Counter[int]()
    await asyncio.gather(*(_flood_one(port, requests, until, seen) for _ in range(connections)))
    return seen


async def _flood_one(port: int, requests: Iterator[bytes], until: float, seen: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        seen[int(head[9:12])] += 1
        if time.perf_counter() > until:
            break
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    main(*sys.argv[1:])
