"""Makes smaller copies of each picture with the engine or libvips: `python -m bench.printing WHO FILE…`.

The first file is a warm-up. Prints JSON: CPU seconds, peak memory in KB, bytes, the version of the library.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

WIDTHS = (2560, 1440, 640)
EVERY_WIDTH = (320, 640, 960, 1440, 2048, 2560)


def folio() -> tuple[Callable[[str], int], str]:
    """Return the engine's function for three copies of a picture, and its version."""
    from folio.prints import derive_all

    def make(file: str) -> int:
        return sum(map(len, derive_all(file, 64, [(width, "jpg") for width in WIDTHS])))

    return make, f"Pillow {importlib.metadata.version('pillow')}"


def warm() -> tuple[Callable[[str], int], str]:
    """Return the engine's function for every width in two formats, as `engine.py warm` makes without AVIF."""
    from folio.prints import derive_all

    wanted = [(width, format) for width in EVERY_WIDTH for format in ("webp", "jpg")]
    return lambda file: sum(map(len, derive_all(file, 64, wanted))), ""


def libvips() -> tuple[Callable[[str], int], str]:
    """Return libvips's function at its best: one decoding at a small scale, narrower widths from the widest."""
    import pyvips  # type: ignore[import-not-found]

    pyvips.cache_set_max(0)

    def save(image: Any) -> int:
        return len(image.jpegsave_buffer(Q=82, interlace=True, optimize_coding=True, keep="none"))

    def make(file: str) -> int:
        widest = pyvips.Image.thumbnail(file, WIDTHS[0], height=10_000_000).copy_memory()
        rest = [widest.thumbnail_image(width, height=10_000_000) for width in WIDTHS[1:]]
        return sum(map(save, (widest, *rest)))

    return make, f"libvips {'.'.join(str(pyvips.version(part)) for part in range(3))}"


WHO: Mapping[str, Callable[[], tuple[Callable[[str], int], str]]] = {
    "folio": folio,
    "warm": warm,
    "libvips": libvips,
}


def main(who: str, first: str, *files: str) -> None:
    """Warm up, then measure."""
    make, version = WHO[who]()
    make(first)
    before = time.process_time()
    made = sum(map(make, files))
    seconds = time.process_time() - before
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    print(json.dumps({"seconds": seconds, "peak_kb": int(peak[1]) if peak else 0, "bytes": made, "version": version}))


if __name__ == "__main__":
    main(*sys.argv[1:])
