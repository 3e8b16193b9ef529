"""Does "/" keep answering while slow things are made?"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.harness import Server, Table, bare, client, copied, folder, folio, middle, ms, newest_post, times

PERIOD_SECONDS = 0.005
IDLE_SECONDS, BUSY_SECONDS = 5, 10
HELLO = (200, [(b"content-length", b"5")], b"hello")
LARGE_PX = (6000, 4000)  # 24 megapixels


def measure(content: Path) -> Table:
    """Request "/" 200 times a second, first alone, then while PDFs, thumbnails and cards are made continuously."""
    with folder() as room:
        tree = copied(content, room)
        photograph(tree / "bench" / "large.jpg")
        with folio(tree, room) as server, bare({"/": HELLO}, room) as peer:
            slow = slow_things(server)
            idle = asked((server, peer), IDLE_SECONDS)
            with busy(server, slow, room / "cache") as made:
                under = asked((server, peer), BUSY_SECONDS)
    notes = (
        f"In those {BUSY_SECONDS} s, {made[0]} rounds of three things at once: the newest post's PDF, a {LARGE_PX[0]} "
        f"× {LARGE_PX[1]} photograph at 640 pixels, a card; the cache was emptied before each round. A request that "
        "comes due while an earlier one is unanswered counts its waiting too. The bare ASGI application, a process that"
        " makes nothing, was asked at the same moments: its figures are what a machine so busy does to any server."
    )
    rows = (*_rows("engine", idle[0], under[0]), *_rows("bare ASGI", idle[1], under[1]))
    return Table("GET / while slow things are made", ("", "p50", "p99", "worst", "requests"), rows, notes)


def waits(what: str, both: Sequence[list[float]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row for the engine and one for bare ASGI: how long "/" waited while `what`."""
    for name, latencies in zip(("engine", "bare ASGI"), both, strict=True):
        ordered = sorted(latencies)
        spread = f"p50 {ms(middle(ordered))}, p99 {ms(ordered[int(len(ordered) * 0.99)])}"
        yield f"GET / while {what}, {name}", f"worst {ms(ordered[-1])}", spread, ""


def photograph(file: Path) -> None:
    """Write a JPEG as large and as hard to decode as a camera's: soft shapes under a film's grain."""
    from PIL import Image, ImageChops

    shapes = [Image.effect_noise((12, 8), 120).resize(LARGE_PX, Image.Resampling.BICUBIC) for _ in "rgb"]
    grain = Image.effect_noise(LARGE_PX, 14)
    picture = Image.merge("RGB", [ImageChops.overlay(shape, grain) for shape in shapes])
    file.parent.mkdir()
    picture.save(file, quality=90)
    file.with_name("index.md").write_text("# Large\n")


def slow_things(server: Server) -> tuple[str, ...]:
    """Return the URLs of the three things, each requested once as a warm-up."""
    post = newest_post(server)
    _, headers, _ = server.get("/thumb/bench/large.jpg?w=640")
    slow = (f"{post}.pdf", headers["location"], f"/og-image{post}.png")
    for path in slow:
        if (status := server.get(path)[0]) != 200:
            raise RuntimeError(f"{path} is answered with {status}")
    return slow


def asked(servers: Sequence[Server], seconds: float) -> list[list[float]]:
    """Request "/" of all servers at the same time, each from its own process; return the latencies in seconds."""
    commands = [client("steady", str(server.port), "/", str(seconds), str(PERIOD_SECONDS)) for server in servers]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    return [json.loads(one.communicate()[0]) for one in clients]


@contextlib.contextmanager
def busy(server: Server, slow: tuple[str, ...], cache: Path) -> Iterator[list[int]]:
    """Keep the slow things being made, all at once; yield a list whose only item counts the rounds."""
    rounds = [0]
    enough = threading.Event()

    def work() -> None:
        with ThreadPoolExecutor(len(slow)) as pool:
            while not enough.is_set():
                shutil.rmtree(cache / "made", ignore_errors=True)
                rounds[0] += all(status == 200 for status, _, _ in pool.map(server.get, slow))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield rounds
    finally:
        enough.set()
        worker.join()


def _figures(latencies: list[float]) -> tuple[float, float, float]:
    ordered = sorted(latencies)
    return middle(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1]


def _rows(name: str, idle: list[float], under: list[float]) -> tuple[tuple[str, ...], ...]:
    ratios = [times(b / a) for a, b in zip(_figures(idle), _figures(under), strict=True)]
    return (_row(f"{name}, idle", idle), _row(f"{name}, while making", under), ("ratio", *ratios, ""))


def _row(name: str, latencies: list[float]) -> tuple[str, ...]:
    return (name, *(ms(figure) for figure in _figures(latencies)), str(len(latencies)))
