"""An HTTP client in a process of its own: `python -m bench.client KIND PORT PATH …` prints its measurements as JSON.

`steady … SECONDS PERIOD_SECONDS` sends requests at a steady rate over one connection; prints every latency in seconds.
`flood … SECONDS CONNECTIONS [HEADER: VALUE …]` sends as fast as it can; prints the count of answers (in place of wrk).
`tour … ROUNDS CONNECTIONS [HEADER: VALUE …]` requests every path ROUNDS times and prints the counts by status.
PATH may be "@FILE", a file of paths, one a line, that are requested in turn.
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
    """Send the requests, and print the measurements."""
    gc.disable()  # a pause of the client's garbage collector would be taken for one of the server
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
    """Send a request every `period` seconds, and return the latencies.

    A request that is due while the last one is unanswered waits, and that wait counts: a server that stops for a second
    delays all requests due in it. A late wake-up of the client does not count.
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
    if head[9:12] == b"304":  # it has no body, whatever its Content-Length
        return 0
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


async def flood(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Counter[int]:
    """Send requests as fast as answers come over some connections, until none are left or the time is over.

    Returns the count of answers by status.
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
