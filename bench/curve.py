"""How do starts, requests, edits and memory grow from a hundred pages to ten thousand?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import essays, fresh
from bench.harness import Server, Table, folder, folio, free_port, middle, ms, running
from bench.load import cost

COUNTS = 100, 1_000, 10_000
STARTS = 5
GZIP = {"accept-encoding": "gzip"}
REST_SECONDS = 3.0  # before the memory is measured
PATIENCE_SECONDS = 180  # for links and search to be complete
LISTS = "/archive", "/essays", "/tags", "/feed.xml", "/sitemap.xml"  # lists of pages, made from their front matter


@dataclass(frozen=True, slots=True)
class Start:
    """From starting Python to the first answer 200: seconds by the clock, and CPU seconds of the process by then."""

    wall: float
    cpu: float


def measure(content: Path) -> Table:
    """Measure a site of each size. `content` is not used."""
    lives = [_life(count) for count in COUNTS]
    rows = tuple((name, *(life[name] for life in lives)) for name in lives[0])
    return Table("From a hundred pages to ten thousand", ("", *(f"{count:,}" for count in COUNTS)), rows, _notes())


def _notes() -> str:
    return (
        "A start is from starting Python to the whole of a first answer 200 to GET /, or to that of an essay; a bare "
        f"Responder application is started in turn with each warm one and with each of {STARTS} that are asked for an "
        "essay. Cold: no cache, so what the pages say is read beside the first visitors, "
        f"for links, quotations, terms and search; the lists of pages are {', '.join(LISTS)}, asked for one "
        "after the other; "
        f"warm: the cache of the run before, the middle of {STARTS} starts, CPU of the process that answers until "
        f"then. Edits: {fresh.EDITS} new titles of the newest essay, the middle, from the end of the write; 50 ms of "
        "each is the pause that lets an editor finish. Memory is the proportional share (PSS) of the process that "
        "answers, at rest, with what was asked for until then kept."
    )


def _life(count: int) -> Mapping[str, str]:
    """Start a site of so many essays with an empty cache, then with a full one; request, edit, measure memory."""
    with folder() as room:
        addresses = essays.write(room / "content", count)
        cold = _cold(room, addresses)
        starts = [(_bare(), _start(room / "content", room, lambda server: None)) for _ in range(STARTS)]
        bare, warm = map(_middle, zip(*starts, strict=True))
        shown: dict[str, str] = {}
        _start(room / "content", room, lambda server: shown.update(_asked(server, room / "content", addresses[-1])))
    return {
        **cold,
        "warm start, first page": f"{ms(warm.wall)} ({warm.wall / bare.wall:.2f} × bare)",
        "warm start, CPU": f"{ms(warm.cpu)} ({warm.cpu / bare.cpu:.2f} × bare)",
        **shown,
    }


def _cold(room: Path, addresses: Sequence[str]) -> Mapping[str, str]:
    bare, essay = map(_middle, zip(*(_cold_essay(room / "content", addresses) for _ in range(STARTS)), strict=True))
    begun, seen = time.perf_counter(), dict[str, str]()

    def whole(server: Server) -> None:
        last = [server.get(path)[2] for path in LISTS][-1]
        if last.count(b"<loc>") < len(addresses):
            raise RuntimeError(f"{LISTS[-1]} has not all of {len(addresses):,} pages")
        seen["cold start, every list of pages"] = f"{time.perf_counter() - begun:.1f} s"
        for name, key in (("cold start, links and quotations", "texts"), ("cold start, search", "search")):
            ready = server.is_whole(key, PATIENCE_SECONDS)
            seen[name] = f"{time.perf_counter() - begun:.1f} s" if ready else f"not within {PATIENCE_SECONDS} s"
        time.sleep(REST_SECONDS)
        seen["memory at rest, first run"] = f"{server.memory_kb() >> 10} MB"

    start = _start(room / "content", room, whole)
    return {
        "cold start, an essay": f"{ms(essay.wall)} (bare + {ms(essay.wall - bare.wall)})",
        "cold start, first page": ms(start.wall),
        **seen,
    }


def _cold_essay(content: Path, addresses: Sequence[str]) -> tuple[Start, Start]:
    """Start a bare application, then a site with an empty cache that is asked for an essay at once."""
    with folder() as room:
        return _bare(), _start(content, room, lambda server: None, addresses[len(addresses) // 2])


def _asked(server: Server, tree: Path, address: str) -> Mapping[str, str]:
    """Measure the memory at rest, request a page, then edit it."""
    server.rest(PATIENCE_SECONDS)
    time.sleep(REST_SECONDS)
    memory = server.memory_kb() >> 10
    server.get(address, GZIP)
    micros, _ = cost(server, [address], GZIP)
    *edits, slowest = fresh.seen(fresh.edits(server, tree, address))
    return {
        "memory at rest, second run": f"{memory} MB",
        "a kept page, gzip, CPU": f"{micros:.0f} µs",
        **{f"edit to {place}": edit for place, edit in zip(fresh.PLACES, edits, strict=True)},
        "slowest of these edits": slowest,
    }


def _start(content: Path, room: Path, then: Callable[[Server], None], first: str = "/") -> Start:
    begun = time.perf_counter()
    with folio(content, room, first=first) as server:
        start = Start(time.perf_counter() - begun, server.cpu_seconds())
        then(server)
    return start


def _bare() -> Start:
    port, begun = free_port(), time.perf_counter()
    with running(["-m", "bench.bare", str(port)], port) as server:
        return Start(time.perf_counter() - begun, server.cpu_seconds())


def _middle(starts: Sequence[Start]) -> Start:
    return Start(middle([start.wall for start in starts]), middle([start.cpu for start in starts]))
