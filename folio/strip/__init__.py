"""A picture file -> the same pixels, bit for bit, and nothing that tells about its maker.

Runs in a worker, for originals that a folder shows (originals.py). What is not known to be needed for the pixels is
left out: EXIF but for orientation, artist and copyright; maker notes, thumbnails, XMP, IPTC, comments, second pictures,
whatever lies behind the end. Nothing is decoded, so nothing is lost. Other formats are refused: prints.py makes copies.
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
# By Pillow's name of the format: (the file, a new EXIF block or b"") -> the file without the rest.
STRIPPERS: Mapping[str, Callable[[bytes, bytes], bytes]] = MappingProxyType(
    {"JPEG": jpeg.strip, "MPO": jpeg.strip, "PNG": png.strip, "WEBP": webp.strip, "GIF": gif.strip}
)
TYPES: Mapping[str, str] = MappingProxyType(
    {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}
)


def strip(path: str, max_megapixels: int) -> bytes:
    """Return a picture file without what it tells.

    Raises MakeFailed where it is damaged, too large or of a format that cannot be cleaned without loss.
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
