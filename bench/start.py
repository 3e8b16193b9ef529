"""How long from starting the program to the first page?"""

from __future__ import annotations

import time
from pathlib import Path

from bench.harness import Table, folder, folio, free_port, middle, ms, running, times

RUNS = 3


def measure(content: Path) -> Table:
    """Time from start to the first 200 of "/": with empty folders, with those of the last run, and bare Responder."""
    cold, warm, bare = [], [], []
    for _ in range(RUNS):
        with folder() as room:
            cold.append(_seconds(content, room))
            warm.append(_seconds(content, room))
        bare.append(_bare_seconds())
    base = middle(bare)
    rows = [
        (name, ms(middle(values)), ms(max(values)), times(middle(values) / base))
        for name, values in (("bare Responder, hello", bare), ("engine, warm", warm), ("engine, cold", cold))
    ]
    notes = (
        f"From starting Python to the whole of a first answer 200 to GET /, {RUNS} runs of each in turn. Cold: empty "
        "cache and state, so the photographs of the front page are read in a worker first, and search is being indexed "
        "meanwhile; warm: those of the run before."
    )
    return Table("Start to first page", ("", "middle", "slowest", "ratio"), tuple(rows), notes)


def _seconds(content: Path, room: Path) -> float:
    started = time.perf_counter()
    with folio(content, room):
        return time.perf_counter() - started


def _bare_seconds() -> float:
    port, started = free_port(), time.perf_counter()
    with running(["-m", "bench.bare", str(port)], port):
        return time.perf_counter() - started
