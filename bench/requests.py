"""What does a request for a page cost, and how many are served a second, beside other servers of the same bytes?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import essays, peers
from bench.bare import Kept
from bench.builders import HOW
from bench.cost import answer
from bench.harness import Server, Table, bare, folder, folio, middle, times
from bench.load import CONNECTIONS, SECONDS, cost, tour

COUNT = 1_000
PAGE_BYTES = 20_000  # the page requested is the one nearest to this size
ROUNDS = 5
GZIP = {"accept-encoding": "gzip"}
ENGINE, CACHE, FILES = "engine", "nginx's cache (deploy/), engine behind it", "nginx, the same bytes as files"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one server took: CPU microseconds a request by case, and requests a second; None if it sends no 304."""

    page: float
    unchanged: float | None
    rotation: float
    rate: float
    rotation_rate: float


def measure(content: Path) -> Table:
    """Serve 1,000 essays with every server, and flood each in turn. `content` is not used."""
    with folder() as room:
        paths = essays.write(room / "content", COUNT)
        with folio(room / "content", room) as engine:
            bodies = {path: engine.get(path)[2] for path in paths}
            path = min(paths, key=lambda one: abs(len(bodies[one]) - PAGE_BYTES))
            with _all(engine, bodies, path, room) as servers:
                seen = _in_turn(servers, path, paths)
    return Table("A page, beside others", COLUMNS, _rows(seen), _notes(len(bodies[path])))


COLUMNS = ("", "gzip, CPU", "ratio", "304, CPU", "1,000 pages in turn, CPU", "ratio to one", "requests/s", "in turn")


@contextlib.contextmanager
def _all(engine: Server, bodies: Mapping[str, bytes], path: str, room: Path) -> Iterator[Mapping[str, Server]]:
    """Start every server that is installed, over the same pages."""
    kept: Kept = {one: answer(engine, one, GZIP) for one in bodies}
    kept["/"] = (200, [(b"content-length", b"0")], b"")
    kept["/unchanged"] = answer(engine, path, {**GZIP, "if-none-match": _tag(engine, path)})
    with (
        bare(kept, room) as plain,
        peers.responder(kept, room) as responder,
        peers.nginx_static(bodies, room) as files,
        peers.nginx_cache(room / "content", room / "behind") as cache,
        peers.flask(room / "content" / "essays") as flask,
    ):
        yield {
            name: server
            for name, server in {
                "bare ASGI": plain, ENGINE: engine, "bare Responder": responder, FILES: files, CACHE: cache,
                "Flask + Jinja, rendered anew": flask,
            }.items()
            if server
        }  # fmt: skip


def _in_turn(servers: Mapping[str, Server], path: str, paths: Sequence[str]) -> Mapping[str, Seen]:
    """Flood each server with each case, in turn, ROUNDS times; return the medians."""
    for name in servers.keys() & {ENGINE, CACHE}:
        servers[name].rest()
        tour(servers[name], paths, headers=GZIP)  # so that every page is made before the measurement
    rounds = [{name: _once(name, server, path, paths) for name, server in servers.items()} for _ in range(ROUNDS)]
    return {name: _middle([one[name] for one in rounds]) for name in servers}


def _once(name: str, server: Server, path: str, paths: Sequence[str]) -> Seen:
    page, rate = cost(server, [path], GZIP)
    rotation, rotation_rate = cost(server, paths, GZIP)
    if name.startswith("bare"):
        unchanged: float | None = cost(server, ["/unchanged"], GZIP)[0]
    else:
        tag = _tag(server, path)
        unchanged = cost(server, [path], {**GZIP, "if-none-match": tag})[0] if tag else None
    return Seen(page, unchanged, rotation, rate, rotation_rate)


def _tag(server: Server, path: str) -> str:
    return server.get(path, GZIP)[1].get("etag", "")


def _middle(seen: Sequence[Seen]) -> Seen:
    unchanged = [one.unchanged for one in seen if one.unchanged is not None]
    return Seen(
        middle([one.page for one in seen]),
        middle(unchanged) if unchanged else None,
        middle([one.rotation for one in seen]),
        middle([one.rate for one in seen]),
        middle([one.rotation_rate for one in seen]),
    )


def _rows(seen: Mapping[str, Seen]) -> tuple[tuple[str, ...], ...]:
    least = seen["bare ASGI"]
    return tuple(
        (
            name, f"{one.page:,.0f} µs", times(one.page / least.page),
            "" if one.unchanged is None else f"{one.unchanged:,.0f} µs", f"{one.rotation:,.0f} µs",
            times(one.rotation / one.page), f"{one.rate:,.0f}", f"{one.rotation_rate:,.0f}",
        )
        for name, one in seen.items()
    )  # fmt: skip


def _notes(size: int) -> str:
    return (
        f"An essay of {size:,} bytes among {COUNT:,}, with gzip over {CONNECTIONS} connections, the middle of "
        f"{ROUNDS} rounds of {SECONDS} s in turn. CPU is of all processes of the server, the kernel's part too; of "
        "nginx's cache that is nginx alone, which asks the engine once a second an address. Bare ASGI and bare "
        "Responder send the bytes and headers of the engine on the same uvicorn. nginx is one process without TLS and "
        "has its log; its files are compressed before. Flask reads, renders and sends uncompressed under gunicorn, one "
        f"process. A way that is not installed is missing; to have all: apt install nginx wrk, and {HOW}."
    )
