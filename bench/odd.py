"""Does "/" keep answering while broken pictures, and widths and formats that are not made, are requested?"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Server
from bench.latency import asked, waits

BUSY_SECONDS = 8


def measure(server: Server, peer: Server, tree: Path) -> Iterator[tuple[str, ...]]:
    """Time "/" while broken pictures, and widths and formats that are not made, are requested continuously."""
    with _pestering(server, tree) as asked_for:
        both = asked((server, peer), BUSY_SECONDS)
    yield from waits(f"{asked_for[0]:,} pictures are asked for in bad faith", both)


@contextlib.contextmanager
def _pestering(server: Server, tree: Path) -> Iterator[list[int]]:
    """Request hostile pictures again and again; yield a list that counts them.

    Raises RuntimeError if an answer is a 5xx other than 503.
    """
    addresses = hostile_pictures(tree / "photography" / "odd")
    server.wait_for("/photography/odd")
    asked_for, failed, enough = [0], set[str](), threading.Event()

    def work() -> None:
        for address in itertools.cycle(addresses):
            if enough.is_set():
                return
            asked_for[0] += 1
            if (status := server.get(address)[0]) >= 500 and status != 503:
                failed.add(f"{status} {address}")

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield asked_for
    finally:
        enough.set()
        worker.join()
    if failed:
        raise RuntimeError(f"answered {sorted(failed)[:3]}")


def hostile_pictures(to: Path) -> list[str]:
    """Write files that are too large, truncated, empty, misnamed or no pictures; return URLs for them."""
    from PIL import Image

    to.mkdir(parents=True)
    whole = io.BytesIO()
    Image.effect_noise((1800, 1200), 60).save(whole, "JPEG", quality=90)
    odd = {
        "vast.png": b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)),
        "cut.jpg": whole.getvalue()[:100_000], "empty.jpg": b"", "text.jpg": b"not a picture",
        "misnamed.png": whole.getvalue(),
        "zip.webp": b"PK\x03\x04" + bytes(5_000), "noise.gif": b"GIF89a" + os.urandom(5_000),
    }  # fmt: skip
    for name, body in odd.items():
        (to / name).write_bytes(body)
    (to / "index.md").write_text("# Odd\n")
    base = "/thumb/photography/odd/"
    return [
        *(f"{base}{name}?w={width}" for name in odd for width in ("640", "1", "99999999", "-1", "x")),
        *(f"/images/{width}/0000000000000000/photography/odd/{name}.{kind}"
          for name in odd for width in (640, 641, 0) for kind in ("jpg", "webp", "avif", "exe")),
    ]  # fmt: skip


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
