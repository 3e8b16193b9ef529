"""A client in a process of its own: `python -m bench.client KIND PORT PATH SECONDS …` prints what it saw as JSON.

`steady … PERIOD_SECONDS` asks at a steady rate over one connection and prints every latency in seconds; `flood …
CONNECTIONS [HEADER: VALUE …]` asks as fast as it can and prints the count of answers, for where there is no wrk.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import sys
import time
from collections.abc import Sequence


def main(kind: str, port: str, path: str, seconds: str, setting: str, *headers: str) -> None:
    """Ask, and print what was seen."""
    gc.disable()  # a pause of ours would be taken for one of the server
    request = _request(path, headers)
    if kind == "steady":
        seen: object = steady(int(port), request, float(seconds), float(setting))
    else:
        seen = asyncio.run(flood(int(port), request, float(seconds), int(setting)))
    print(json.dumps(seen))


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
    found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return int(found[1]) if found else 0


async def flood(port: int, request: bytes, seconds: float, connections: int) -> int:
    """Ask as fast as the answers come over some connections, and return how many came."""
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(_flood_one(port, request, until) for _ in range(connections))))


async def _flood_one(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(_length(head))
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
