"""How does the engine handle sixty thousand photographs in three hundred galleries?"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from bench.harness import Server, Table, folder, folio, middle, ms

PHOTOGRAPHS, GALLERIES = 60_000, 300
CAMERAS = ("Leica M10", "Canon EOS R5", "FUJIFILM X-T4", "NIKON D850", "SONY ILCE-7RM4")
LENSES = ("Summicron 35mm f/2", "EF 85mm f/1.2L", "XF 23mm f/1.4", "24-70mm f/2.8")
BY_DATE = 3  # every third gallery is sorted by date, which has to be read from the files
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 3600
SHELF = "/photography/cameras"
READING = b"still being read"


def measure(content: Path) -> Table:
    """Build the tree, start twice, request galleries, add a photograph. `content` is not used."""
    with folder() as room:
        tree, facts = room / "content", room / "cache" / "facts.jsonl"
        build(tree, PHOTOGRAPHS, GALLERIES)
        started = time.perf_counter()
        with folio(tree, room) as server:
            first, empty = time.perf_counter() - started, _memory_kb(server)
            read = _until_read(server, started)
        lines, started = facts.read_bytes().count(b"\n"), time.perf_counter()
        with folio(tree, room) as server:
            second = time.perf_counter() - started
            known = _until_read(server, started)
            galleries = [_timed(server, f"/photography/g{n:03}") for n in range(0, GALLERIES, GALLERIES // 20)]
            photographs = [_timed(server, f"/photography/g{n:03}/IMG_{n:05}") for n in range(1, GALLERIES, 15)]
            shelves = [_timed(server, f"{SHELF}/leica-m10?page={n}") for n in range(1, 6)]
            seen = _dropped(server, tree)
            memory = _memory_kb(server)
        reread = facts.read_bytes().count(b"\n") - lines
    rows = (
        ("first start: to the first page", ms(first)),
        ("first start: until every file is read", f"{read:,.0f} s"),
        ("second start: to the first page", ms(second)),
        ("second start: until all that is known is on the site", ms(known)),
        ("pictures read by the second start", f"{max(0, reread - 2)}"),  # without the one that is added
        ("a gallery's page, cold", f"{ms(middle([cold for cold, _ in galleries]))}"),
        ("a gallery's page, kept", f"{ms(middle([kept for _, kept in galleries]))}"),
        ("a photograph's page, cold", f"{ms(middle([cold for cold, _ in photographs]))}"),
        ("a page of a camera's photographs, cold", f"{ms(middle([cold for cold, _ in shelves]))}"),
        ("a new photograph, until its gallery shows it", ms(seen)),
        ("memory, before the files are read and after all this", f"{empty >> 10} MB, {memory >> 10} MB"),
        ("memory for a photograph", f"{memory * 1024 // PHOTOGRAPHS:,} bytes"),
    )
    notes = (
        f"{PHOTOGRAPHS:,} small JPEGs with EXIF in {GALLERIES} galleries, one in {BY_DATE} of them ordered by date; "
        "the files are read in worker processes, 25 at a time, behind what visitors ask for. Memory is the resident "
        "set of the server's process, Python and all."
    )
    return Table("Sixty thousand photographs", ("", "seen"), rows, notes)


def build(tree: Path, photographs: int, galleries: int) -> None:
    """Write the tree; many pictures look alike, but no two files are the same."""
    kinds = list(_kinds())
    for n in range(galleries):
        room = tree / "photography" / f"g{n:03}"
        room.mkdir(parents=True)
        sort = "sort: date\n" if n % BY_DATE == 0 else ""
        (room / "index.md").write_text(f"---\ntitle: Gallery {n}\n{sort}---\n")
    for n in range(photographs):
        file = tree / "photography" / f"g{n % galleries:03}" / f"IMG_{n:05}.jpg"
        file.write_bytes(kinds[n % len(kinds)] + b"%d" % n)
    (tree / "index.md").write_text("# Photographs\n")


def _kinds() -> Iterator[bytes]:
    """Yield small JPEGs with various cameras, lenses and times."""
    for n in range(240):
        exif = Image.Exif()
        camera = CAMERAS[n % len(CAMERAS)]
        exif[0x010F], exif[0x0110] = camera.partition(" ")[0], camera
        exif.get_ifd(0x8769).update(
            {
                0x9003: f"{2010 + n % 15}:{n % 12 + 1:02}:{n % 28 + 1:02} 10:{n % 60:02}:00",
                0xA434: LENSES[n % 4],
                0x8827: 400,
            }
        )
        image, file = Image.new("RGB", (150, 100) if n % 3 else (100, 150), (n, 80, 255 - n)), io.BytesIO()
        image.save(file, "JPEG", exif=exif)
        yield file.getvalue()


def _until_read(server: Server, started: float) -> float:
    """Wait until the shelves are complete; return the seconds since `started`."""
    while time.perf_counter() < started + PATIENCE_SECONDS:
        status, _, body = server.get(SHELF)
        if status == 200 and READING not in body:
            return time.perf_counter() - started
        time.sleep(POLL_SECONDS if time.perf_counter() - started < 10 else 1)
    raise RuntimeError("the photographs were not read within an hour")


def _timed(server: Server, path: str) -> tuple[float, float]:
    """Request a page twice; return the seconds of each request."""
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        status = server.get(path)[0]
        seconds.append(time.perf_counter() - began)
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")
    return seconds[0], seconds[1]


def _dropped(server: Server, tree: Path) -> float:
    """Add a photograph to a gallery; return the seconds until its page shows it."""
    (tree / "photography" / "g007" / "AAA.jpg").write_bytes(next(_kinds()) + b"new")
    began = time.perf_counter()
    while b"/photography/g007/AAA" not in server.get("/photography/g007")[2]:
        if time.perf_counter() > began + PATIENCE_SECONDS:
            raise RuntimeError("the new photograph was not seen")
        time.sleep(POLL_SECONDS)
    return time.perf_counter() - began


def _memory_kb(server: Server) -> int:
    """Return the resident set size of the server's process in KB, 0 without /proc."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0
