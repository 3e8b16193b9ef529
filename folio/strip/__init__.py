"""Strips metadata: an image file -> the same pixels, bit for bit, without anything that identifies its maker.

Runs in a worker, for originals that a folder publishes (originals.py). Anything not known to be needed for the pixels
is left out: EXIF except orientation, artist and copyright; maker notes, thumbnails, XMP, IPTC, comments, further
pictures, data after the end. Nothing is decoded, so nothing is lost. Other formats are refused: prints.py makes copies.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from folio import exif, pixels
from folio.errors import MakeFailed
from folio.strip import gif, jpeg, png, webp
from folio.strip.damage import Damaged

MOST_BYTES = 100_000_000
# By Pillow's format name, a function of the file's bytes and a new EXIF block (or b"") that returns the stripped file.
STRIPPERS: Mapping[str, Callable[[bytes, bytes], bytes]] = MappingProxyType(
    {"JPEG": jpeg.strip, "MPO": jpeg.strip, "PNG": png.strip, "WEBP": webp.strip, "GIF": gif.strip}
)
TYPES: Mapping[str, str] = MappingProxyType(
    {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}
)


def strip(path: str, max_megapixels: int) -> bytes:
    """Return an image file without its metadata.

    Raises MakeFailed if it is damaged, too large or of a format that cannot be stripped without loss.
    """
    with pixels.opened(path, max_megapixels) as image:
        stripper = STRIPPERS.get(image.format or "")
        if stripper is None:
            raise MakeFailed(f"{image.format} cannot be cleaned without loss")
        notes = exif.block(*pixels.credits(image), pixels.orientation(image.getexif()))
        if Path(path).stat().st_size > MOST_BYTES:
            raise MakeFailed(f"has more than {MOST_BYTES // 1_000_000} MB")
    try:
        return stripper(Path(path).read_bytes(), notes)
    except (Damaged, IndexError, struct.error) as error:
        raise MakeFailed(f"cannot be cleaned without loss ({error})") from error
