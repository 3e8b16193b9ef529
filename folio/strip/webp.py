"""WebP -> the chunks that its pixels need (RFC 9649), animations included."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from folio.strip import icc
from folio.strip.damage import Damaged

FRAME_HEADER_BYTES = 16  # of ANMF; the frame's own chunks follow
ICC_FLAG, EXIF_FLAG, XMP_FLAG = 0x20, 0x08, 0x04
PIXELS = (b"VP8 ", b"VP8L", b"ALPH")


def strip(file: bytes, notes: bytes) -> bytes:
    """Return the file with `notes` for its EXIF. Raises Damaged.

    A file in the simple format cannot hold notes, so they are dropped; it had none before either.
    """
    if file[:4] != b"RIFF" or file[8:12] != b"WEBP":
        raise Damaged("it is not a WebP")
    (length,) = struct.unpack_from("<I", file, 4)
    if 8 + length > len(file):
        raise Damaged("its end is missing")
    kept: dict[bytes, list[bytes]] = {}
    for kind, body in _chunks(file[12 : 8 + length]):
        if kept_body := _kept(kind, body):
            kept.setdefault(b"pixels" if kind in (*PIXELS, b"ANMF") else kind, []).append(_chunk(kind, kept_body))
    head = kept.get(b"VP8X", [])[:1]
    profile = kept.get(b"ICCP", [])[:1] if head else []
    told = [_chunk(b"EXIF", notes.removeprefix(b"Exif\0\0"))] if notes and head else []
    head = [_flagged(chunk, bool(profile), bool(told)) for chunk in head]
    moves = kept.get(b"ANIM", [])[:1] if head else []
    body = b"".join([b"WEBP", *head, *profile, *moves, *kept.get(b"pixels", []), *told])
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _kept(kind: bytes, body: bytes) -> bytes:
    """Return the needed part of a chunk's body, b"" to drop it."""
    if kind == b"ANMF":
        inner = [_chunk(name, own) for name, own in _chunks(body[FRAME_HEADER_BYTES:]) if name in PIXELS]
        return body[:FRAME_HEADER_BYTES] + b"".join(inner)
    if kind == b"ICCP":
        try:
            return icc.strip(body)
        except (Damaged, struct.error):
            return b""
    if kind == b"VP8X":
        return body[:10]
    return body[:6] if kind == b"ANIM" else body if kind in PIXELS else b""


def _flagged(chunk: bytes, has_profile: bool, has_notes: bool) -> bytes:
    """Return a VP8X chunk whose flags match the chunks kept."""
    flags = chunk[8] & ~(ICC_FLAG | EXIF_FLAG | XMP_FLAG) & 0xFF
    return chunk[:8] + bytes((flags | ICC_FLAG * has_profile | EXIF_FLAG * has_notes,)) + chunk[9:]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            raise Damaged("a chunk is cut short")
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
