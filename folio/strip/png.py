"""PNG -> the chunks that its pixels need (PNG, third edition, 2025), animations included."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from folio.strip import icc
from folio.strip.damage import Damaged

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB cICP mDCV cLLI sBIT bKGD pHYs acTL fcTL fdAT".split())
PROFILE_BYTES = 8 << 20  # of a decompressed profile; more would be a decompression bomb


def strip(file: bytes, notes: bytes) -> bytes:
    """Return the file with `notes` for its EXIF. Raises Damaged."""
    if not file.startswith(SIGNATURE):
        raise Damaged("it is not a PNG")
    kept = []
    for kind, body in _chunks(file):
        if kind in NEEDED:
            kept.append(_chunk(kind, body))
        elif kind == b"iCCP":
            kept.extend(_profile(body))
        if kind == b"IHDR" and notes:
            kept.append(_chunk(b"eXIf", notes.removeprefix(b"Exif\0\0")))
    return b"".join([SIGNATURE, *kept])


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (kind, body) up to the end of the picture."""
    at, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(file):
            raise Damaged("its end is missing")
        length, kind = struct.unpack_from(">I4s", file, at)
        if at + 12 + length > len(file):
            raise Damaged("a chunk is cut short")
        yield kind, file[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _profile(body: bytes) -> Iterator[bytes]:
    """Yield the chunk of the stripped colour profile, without its name; none if it is damaged."""
    _, _, packed = body.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        whole = icc.strip(unpacking.decompress(packed[1:], PROFILE_BYTES))
    except (Damaged, zlib.error, struct.error):
        return
    yield _chunk(b"iCCP", b"icc\0\0" + zlib.compress(whole, 9))
