"""What does a request for a cached page cost, beside a minimal ASGI application?"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from bench.harness import Server, Table, bare, folder, folio, middle, newest_post, times
from bench.load import CONNECTIONS, SECONDS, cost

ROUNDS = 5
UNASKED = ("date", "x-request-id")  # headers that differ with each answer, and are not copied


def measure(content: Path) -> Table:
    """Compare the CPU time of a request: the newest post, plain and compressed, and its 304."""
    with folder() as room, folio(content, room) as server:
        server.rest()
        path = newest_post(server)
        asks = _asks(server, path)
        kept = {f"/{n}": answer(server, path, headers) for n, headers in enumerate(asks.values())}
        kept["/"] = (200, [(b"content-length", b"0")], b"")
        with bare(kept, room) as peer:
            rows = [_compare(name, server, peer, path, f"/{n}", asks[name]) for n, name in enumerate(asks)]
    size = len(kept["/0"][2])
    notes = (
        f"CPU time of the server's process for a request, the middle of {ROUNDS} runs of {SECONDS} s each in turn, "
        f"{CONNECTIONS} connections by {'wrk' if shutil.which('wrk') else 'a client in Python'}; a page of "
        f"{size:,} bytes. Bare is an application that sends the same headers and bytes on the same uvicorn with "
        "nothing around it. The engine's includes the security headers, a request id, a line of log and the metrics; "
        "what lies ready its server sends as soon as a request is read, where an application has to be started first."
    )
    columns = ("", "engine, CPU", "bare ASGI, CPU", "ratio", "engine, requests/s")
    return Table("A kept page", columns, tuple(rows), notes)


def _asks(server: Server, path: str) -> Mapping[str, Mapping[str, str]]:
    """Return the three kinds of request with their headers."""
    tag = server.get(path, {"accept-encoding": "br"})[1]["etag"]
    return {
        "page, as it is": {},
        "page, brotli": {"accept-encoding": "br"},
        "304": {"accept-encoding": "br", "if-none-match": tag},
    }


def answer(server: Server, path: str, headers: Mapping[str, str]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Send one request, and return the answer for bench.bare to repeat."""
    status, given, body = server.get(path, headers)
    return status, [(name.encode(), value.encode()) for name, value in given.items() if name not in UNASKED], body


def _compare(
    name: str, server: Server, peer: Server, path: str, peer_path: str, headers: Mapping[str, str]
) -> tuple[str, ...]:
    engine, least, rates = [], [], []
    for _ in range(ROUNDS):
        micros, rate = cost(server, [path], headers)
        engine.append(micros)
        rates.append(rate)
        least.append(cost(peer, [peer_path], headers)[0])
    figures = f"{middle(engine):.0f} µs", f"{middle(least):.0f} µs", times(middle(engine) / middle(least))
    return (name, *figures, f"{middle(rates):,.0f}")
