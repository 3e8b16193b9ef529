"""JPEG -> the segments that its pixels need: ITU-T T.81, JFIF, ICC.1 annex B and Adobe's APP14."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from folio.strip import icc
from folio.strip.damage import Damaged

SOI, EOI, SOS, APP0, APP1, APP2, APP14, COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
# Frames, and the Huffman and arithmetic tables in the same range; SOS, DQT, DNL, DRI.
NEEDED = frozenset(range(0xC0, 0xD0)) - {0xC8} | {SOS, 0xDB, 0xDC, 0xDD}
MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")  # the end of a scan: neither a stuffed byte nor a restart
ICC, JFIF_BYTES, ADOBE_BYTES, SOS_BYTES = b"ICC_PROFILE\0", 14, 12, 6
PART_BYTES = 65_519  # of a profile that fit in one segment


def strip(file: bytes, notes: bytes) -> bytes:
    """Return the file's first picture with `notes` for its EXIF. Raises Damaged."""
    kept, profile = [], dict[int, bytes]()
    for marker, body in _segments(file):
        if marker == APP0 and body.startswith(b"JFIF\0") and len(body) >= JFIF_BYTES:
            kept.append(_segment(APP0, body[:12] + bytes(2)))  # with a thumbnail of width and height 0
        elif marker == APP2 and body.startswith(ICC) and len(body) > len(ICC) + 2:
            profile[body[len(ICC)]] = body[len(ICC) + 2 :]
        elif marker == APP14 and body.startswith(b"Adobe") and len(body) >= ADOBE_BYTES:
            kept.append(_segment(APP14, body[:ADOBE_BYTES]))  # whether the colours are RGB, YCC or CMYK
        elif marker in NEEDED:
            kept.append(_segment(marker, body))
    first = int(kept[0][1] == APP0) if kept else 0
    told = [_segment(APP1, b"Exif\0\0" + notes.removeprefix(b"Exif\0\0"))] if notes else []
    return b"".join([b"\xff\xd8", *kept[:first], *told, *_profile(profile), *kept[first:], b"\xff\xd9"])


def _segments(file: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, body) up to the end of the first picture; the body of SOS includes the scan after it."""
    if file[:2] != b"\xff\xd8":
        raise Damaged("it is not a JPEG")
    at = 2
    while True:
        while file[at : at + 2] == b"\xff\xff":
            at += 1
        if file[at : at + 1] != b"\xff" or (at + 4 > len(file) and file[at + 1 : at + 2] != b"\xd9"):
            raise Damaged("a segment is missing or cut short")
        marker = file[at + 1]
        if marker == EOI:
            return
        (length,) = struct.unpack_from(">H", file, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(file) or 0xD0 <= marker <= SOI:
            raise Damaged("a segment is out of shape")
        if marker == SOS:
            if length != SOS_BYTES + 2 * file[at + 4]:
                raise Damaged("a scan is out of shape")
            found = MARKER.search(file, end)
            if not found:
                raise Damaged("its end is missing")
            end = found.start()
        yield marker, file[at + 4 : end]
        at = end


def _segment(marker: int, body: bytes) -> bytes:
    """Return a segment; for SOS, `body` includes the scan, which the length does not count."""
    length = SOS_BYTES + 2 * body[0] if marker == SOS else 2 + len(body)
    return struct.pack(">BBH", 0xFF, marker, length) + body


def _profile(parts: dict[int, bytes]) -> Iterator[bytes]:
    """Yield the segments of the stripped colour profile; none if it is damaged."""
    try:
        whole = icc.strip(b"".join(parts[number] for number in sorted(parts))) if parts else b""
    except Damaged:
        return
    pieces = [whole[at : at + PART_BYTES] for at in range(0, len(whole), PART_BYTES)]
    for number, piece in enumerate(pieces, 1):
        yield _segment(APP2, ICC + bytes((number, len(pieces))) + piece)
