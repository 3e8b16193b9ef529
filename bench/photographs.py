"""What does a folder of photographs cost: copies of 24 megapixels, a cached thumbnail, and "/" meanwhile?"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import odd
from bench.harness import PEERS, ROOT, Server, Table, bare, folder, folio, middle, ms, times
from bench.latency import HELLO, asked, waits
from bench.load import cost
from folio.workers import MALLOC

COUNT = 6
COMPARED = 12  # at most so many are compared with the peers
SIZE_PX = (6000, 4000)
ROUNDS = 3
BUSY_SECONDS = 8
HOW = (
    "pip install --target .tools/peers/python 'pyvips[binary]>=3' and npm install --prefix .tools/peers sharp, "
    "run in the folder of the project"
)


def measure(content: Path, count: int = COUNT) -> Table:
    """Make `count` photographs, compare making their copies with libvips and sharp, then request them of an engine."""
    with folder() as room:
        tree = room / "content"
        files = photographs(tree / "photography" / "large", count)
        rows = [*_prints(files[:COMPARED]), *_peaks(files[0], room / "upright.jpg"), *_warm(tree, room, count)]
        with folio(tree, room) as server, bare({"/": HELLO}, room) as peer:
            rows += [*_first_view(server, files)]
            rows += [*_cached(server, files, tree)]
            rows += [*_latency(server, peer, files, room / "cache")]
            rows += [*odd.measure(server, peer, tree)]
    return Table("Photographs", ("", "figure", "beside", "ratio"), tuple(rows), _notes(count))


def _notes(count: int) -> str:
    return (
        f"{count} photographs, {COMPARED} at most beside the peers, of {SIZE_PX[0]} × {SIZE_PX[1]} pixels with EXIF "
        f"and a place. Prints: JPEG at 640, 1440 and 2560 pixels, quality 82, progressive; CPU of all threads, the "
        f"middle of {ROUNDS} rounds in turn; libvips "
        "decodes once, as we do, sharp once a width, as its manual shows. The peak is the resident memory of the "
        f"process. Without a peer its row is missing; to have them: {HOW}."
    )


def photographs(to: Path, count: int) -> list[Path]:
    """Write JPEGs as large and as slow to decode as a camera's: detail at every scale, grain, EXIF, a thumbnail."""
    from PIL import Image, ImageChops

    layers = [(60, 40, 120), (600, 400, 60), (1500, 1000, 40)]
    picture = Image.merge("RGB", [Image.new("L", SIZE_PX, 128)] * 3)
    for width, height, strength in layers:
        noise = [Image.effect_noise((width, height), strength).resize(SIZE_PX, Image.Resampling.BICUBIC) for _ in "rgb"]
        picture = ImageChops.overlay(picture, Image.merge("RGB", noise))
    grain = Image.effect_noise(SIZE_PX, 9)
    picture = ImageChops.overlay(picture, Image.merge("RGB", [grain] * 3))
    to.mkdir(parents=True)
    (to / "index.md").write_text("# Large\n")
    for n in range(count):
        shown, small = ImageChops.offset(picture, n * 977, n * 571), io.BytesIO()
        shown.resize((150, 100)).save(small, "JPEG")
        shown.save(to / f"DSC_{n:04}.jpg", quality=90, exif=_with_thumbnail(_exif(n).tobytes(), small.getvalue()))
    return sorted(to.glob("*.jpg"))


def _with_thumbnail(notes: bytes, thumbnail: bytes) -> bytes:
    """Append a thumbnail to Pillow's EXIF, in a second directory, as cameras do."""
    body = bytearray(notes.removeprefix(b"Exif\0\0"))
    entries, start = struct.unpack_from(">H", body, 8)[0], len(body)
    struct.pack_into(">I", body, 10 + 12 * entries, start)
    places = (2, 0x0201, 4, 1, start + 30, 0x0202, 4, 1, len(thumbnail), 0)
    return b"Exif\0\0" + body + struct.pack(">HHHIIHHIII", *places) + thumbnail


def _exif(n: int) -> Any:
    from PIL import Image

    notes = Image.Exif()
    notes[0x010F], notes[0x0110], notes[0x013B] = "NIKON CORPORATION", "NIKON D750", "A. Photographer"
    notes[0x8769] = {
        0x829A: 1 / 250, 0x829D: 5.6, 0x8827: 200, 0x920A: 50.0, 0x9003: f"2026:07:13 18:{n % 60:02}:05",
        0xA434: "AF-S NIKKOR 50mm f/1.8G", 0xA431: f"60{n:05}", 0x927C: bytes(range(256)) * 40,
    }  # fmt: skip
    notes[0x8825] = {1: "N", 2: (54.0, 28.0, 30.1), 3: "E", 4: (9.0, 3.0, 40.2)}
    return notes


def _prints(files: list[Path]) -> Iterator[tuple[str, ...]]:
    """Compare CPU and memory for three copies of each photograph, each program in a process of its own."""
    commands = _commands([str(files[0]), *map(str, files)])
    runs: dict[str, list[Mapping[str, Any]]] = {who: [] for who in commands}
    for _ in range(ROUNDS):
        for who, (command, environ) in commands.items():
            ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, check=True, capture_output=True)
            runs[who].append(json.loads(ran.stdout))
    seconds = {who: middle([run["seconds"] for run in ran]) / len(files) for who, ran in runs.items()}
    for who, ran in runs.items():
        ratio = "" if who == "folio" else times(seconds["folio"] / seconds[who])
        name = f"three prints, {'engine' if who == 'folio' else who} ({ran[0]['version']})"
        yield name, f"{ms(seconds[who])} of CPU", f"peak {ran[-1]['peak_kb'] / 1024:.0f} MB", ratio


def _peaks(landscape: Path, upright: Path) -> Iterator[tuple[str, ...]]:
    """Measure the memory of a worker that makes every width as JPEG and WebP, of a landscape and a rotated picture."""
    from PIL import Image

    with Image.open(landscape) as image:
        notes = image.getexif()
        notes[0x0112] = 6
        image.save(upright, quality=90, exif=notes)
    for name, file in (("landscape", landscape), ("upright", upright)):
        command = [sys.executable, "-m", "bench.printing", "warm", str(file), str(file)]
        environ = {**os.environ, **MALLOC}
        ran = json.loads(subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True).stdout)
        cpu = f"{ms(ran['seconds'])} of CPU"
        yield f"every width as JPEG and WebP, {name}", cpu, f"peak {ran['peak_kb'] / 1024:.0f} MB", ""


def _warm(tree: Path, room: Path, count: int) -> Iterator[tuple[str, ...]]:
    """Make every copy of every photograph by `engine.py warm`, with an empty cache."""
    cache = room / "warmed"
    folders = ["--content", str(tree), "--cache", str(cache), "--state", str(room / "state")]
    began, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "engine.py", "warm", *folders], cwd=ROOT, check=True, capture_output=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    prints = sum(file.suffix in (".jpg", ".webp", ".avif") for file in cache.rglob("*"))
    yield f"warm, {prints:,} prints of {count} photographs", f"{wall:.0f} s", f"{ms(cpu / count)} of CPU each", ""


def _commands(files: list[str]) -> Mapping[str, tuple[list[str], Mapping[str, str]]]:
    """Return the command and the environment of each program that is installed."""
    printing = [sys.executable, "-m", "bench.printing"]
    found: dict[str, tuple[list[str], Mapping[str, str]]] = {"folio": ([*printing, "folio", *files], MALLOC)}
    python, node = PEERS / "python", PEERS / "node_modules"
    if (python / "pyvips").is_dir():
        found["libvips"] = ([*printing, "libvips", *files], {"PYTHONPATH": f"{python}", "VIPS_CONCURRENCY": "1"})
    if (node / "sharp").is_dir() and (program := shutil.which("node")):
        found["sharp"] = ([program, "bench/sharp.cjs", *files], {"NODE_PATH": str(node)})
    return found


def _first_view(server: Server, files: list[Path]) -> Iterator[tuple[str, ...]]:
    """Time the first view of a gallery: the page, which has to read the files' facts, then one thumbnail."""
    began = time.perf_counter()
    status, _, _ = server.get("/photography/large")
    page = time.perf_counter() - began
    began = time.perf_counter()
    _, headers, _ = server.get(_thumb(files[0]))
    server.get(headers["location"])
    if status != 200:
        raise RuntimeError(f"the gallery is answered with {status}")
    yield f"gallery of {len(files)}, first view", ms(page), f"first thumbnail {ms(time.perf_counter() - began)}", ""


def _thumb(file: Path) -> str:
    return f"/thumb/photography/large/{quote(file.name)}?w=640"


def _cached(server: Server, files: list[Path], tree: Path) -> Iterator[tuple[str, ...]]:
    """Compare the CPU time of a request for a cached thumbnail and for a static file of the same bytes."""
    address = server.get(_thumb(files[0]))[1]["location"]
    body = server.get(address)[2]
    (tree / "static").mkdir()
    (tree / "static" / "same.bin").write_bytes(body)
    server.wait_for("/static/same.bin")
    made, static = [], []
    for _ in range(ROUNDS):
        made.append(cost(server, [address], {})[0])
        static.append(cost(server, ["/static/same.bin"], {})[0])
    figures = f"{middle(made):.0f} µs of CPU", f"static file {middle(static):.0f} µs"
    yield f"cached thumbnail of {len(body):,} bytes", *figures, times(middle(made) / middle(static))


def _latency(server: Server, peer: Server, files: list[Path], cache: Path) -> Iterator[tuple[str, ...]]:
    """Time "/" while thumbnails are made continuously, beside an application that makes nothing."""
    with _printing(server, files, cache) as made:
        both = asked((server, peer), BUSY_SECONDS)
    yield from waits(f"{made[0]} prints are made", both)


@contextlib.contextmanager
def _printing(server: Server, files: list[Path], cache: Path) -> Iterator[list[int]]:
    """Request thumbnails again and again, emptying the cache before each round; yield a list that counts them."""
    made, enough = [0], threading.Event()

    def work() -> None:
        while not enough.is_set():
            shutil.rmtree(cache / "made", ignore_errors=True)
            for file in files:
                made[0] += server.get(server.get(_thumb(file))[1]["location"])[0] == 200

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield made
    finally:
        enough.set()
        worker.join()
