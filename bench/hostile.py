"""What does the worst text cost, and does "/" keep answering meanwhile?

`python -m bench.hostile NUMBER` parses and renders the shapes from that number on and prints their seconds.
"""

from __future__ import annotations

import gc
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from bench.harness import ROOT, Server, Table, client, folder, folio, ms
from bench.shapes import shapes

SIZE = 100_000
PATIENCE_SECONDS = 20
SHOWN = 40
SERVED = 5  # of the slowest
PERIOD_SECONDS = 0.005
LEAD_SECONDS = 1.0  # before and after a page is requested


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds to parse and to render one shape; `why` tells why it could not be measured."""

    name: str
    parse: float
    render: float
    why: str = ""

    @property
    def seconds(self) -> float:
        return self.parse + self.render


def measure(content: Path) -> Table:
    """Time every shape, then serve the slowest while "/" is requested 200 times a second."""
    slowest = sorted(costs(), key=lambda cost: -cost.seconds)
    waits = served(slowest[:SERVED])
    rows = tuple(_row(cost, waits) for cost in slowest[:SHOWN])
    notes = (
        f"{len(slowest)} texts of {SIZE // 1000} kB, each one rule's own opening over and over or something nested; "
        f"the {SHOWN} slowest are shown. CPU time to parse and to render in a process of their own, which is ended "
        f"when one takes {PATIENCE_SECONDS} s. The {SERVED} slowest are also served as pages while GET / is asked for "
        f"every {PERIOD_SECONDS * 1000:.0f} ms: the longest that one of those waited, and beside it the longest when "
        f"nothing else was asked, {ms(waits[''][0])}; then how long the page itself took, from a cold cache."
    )
    columns = ("", "parse", "render", "both", "/ waited at most", "the page took")
    return Table(f"Hostile texts of {SIZE // 1000} kB", columns, rows, notes)


def costs() -> list[Cost]:
    """Time every shape in another process; start a new one if a shape has ended it."""
    names = tuple(shapes(0))
    found: list[Cost] = []
    while len(found) < len(names):
        found += _read_by_another(names, len(found))
    return found


def _read_by_another(names: Sequence[str], first: int) -> Iterator[Cost]:
    command = [sys.executable, "-m", "bench.hostile", str(first)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        for name in names[first:]:
            ready, _, _ = select.select([child.stdout], [], [], PATIENCE_SECONDS)
            line = child.stdout.readline() if ready else ""
            if not line:
                child.kill()
                yield Cost(name, inf, inf, "ended by itself" if ready else f"over {PATIENCE_SECONDS} s")
                return
            yield Cost(name, *json.loads(line))


def read(first: int) -> None:
    """Parse and render the shapes from number `first` on, and print the CPU seconds of both, one line a shape."""
    from folio.markdown import Reference, parse, render

    parse("# One\n\n```python\nimport this\n```\n")  # warm-up: a process makes the parser and a lexer once
    for text in list(shapes(SIZE).values())[first:]:
        gc.collect()
        began = time.process_time()
        document = parse(text)
        parsed = time.process_time()
        render(document, lambda target, kind: Reference(target))
        print(json.dumps((parsed - began, time.process_time() - parsed)), flush=True)


def served(slowest: list[Cost]) -> Mapping[str, tuple[float, float, int]]:
    """Serve shapes; return (longest wait for "/", the page's own seconds, its status) by name, "" for idle."""
    texts = shapes(SIZE)
    with folder() as room:
        content = room / "content"
        content.mkdir()
        (content / "index.md").write_text("# Home\n")
        with folio(content, room) as server:
            waits = {"": _watched(server, "/nothing-else")}
            for number, one in enumerate(slowest):
                path = content / f"shape-{number}.md"
                path.write_bytes(f"# A shape\n\n{texts[one.name]}\n".encode())
                _appears(server, f"/shape-{number}")
                waits[one.name] = _watched(server, f"/shape-{number}")
    return waits


def _appears(server: Server, path: str) -> None:
    """Wait until a new file is in the sitemap and indexed, so that its parsing is not part of the measurement."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        listed = f"{path}</loc>".encode() in server.get("/sitemap.xml")[2]
        if listed and json.loads(server.get("/health")[2])["search"] == "ready":
            return
        time.sleep(0.1)
    raise RuntimeError(f"{path} did not appear")


def _watched(server: Server, path: str) -> tuple[float, float, int]:
    """Request a page while another process requests "/"."""
    asked = {"seconds": 0.0, "status": 0.0}

    def ask() -> None:
        time.sleep(LEAD_SECONDS)
        began = time.perf_counter()
        asked["status"] = server.get(path)[0]
        asked["seconds"] = time.perf_counter() - began

    other = threading.Thread(target=ask)
    other.start()
    worst = 0.0
    while other.is_alive():
        command = client("steady", str(server.port), "/", str(2 * LEAD_SECONDS), str(PERIOD_SECONDS))
        worst = max(worst, *json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    return worst, asked["seconds"], int(asked["status"])


def _row(cost: Cost, waits: Mapping[str, tuple[float, float, int]]) -> tuple[str, ...]:
    name = cost.name.replace("|", "\\|").replace("`", "ˋ")
    shown = (cost.why, "", "") if cost.why else (ms(cost.parse), ms(cost.render), ms(cost.seconds))
    if cost.name not in waits:
        return (name, *shown, "", "")
    wait, seconds, status = waits[cost.name]
    return (name, *shown, ms(wait), ms(seconds) if status == 200 else f"{status} after {ms(seconds)}")


if __name__ == "__main__":
    read(int(sys.argv[1]))
