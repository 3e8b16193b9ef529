"""GIF -> the blocks that its pictures need (GIF89a), and the loop count."""

from __future__ import annotations

from folio.strip.damage import Damaged

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL, APPLICATION = 0xF9, 0xFF
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
LOOP_BYTES = 3  # a 1 and the loop count


def strip(file: bytes, notes: bytes) -> bytes:
    """Return the file without comments, text and application blocks. GIF cannot hold `notes`. Raises Damaged."""
    if file[:6] not in (b"GIF87a", b"GIF89a"):
        raise Damaged("it is not a GIF")
    at = 13 + _table_bytes(file[10])
    kept = [file[:at]]
    while (kind := file[at]) != TRAILER:
        start = at
        if kind == IMAGE:
            at = _after_blocks(file, at + 10 + _table_bytes(file[at + 9]) + 1)
            kept.append(file[start:at])
        elif kind == EXTENSION:
            at = _after_blocks(file, at + 2)
            kept.append(_extension(file[start:at]))
        else:
            raise Damaged("a block is out of shape")
    return b"".join([*kept, bytes((TRAILER,))])


def _table_bytes(flags: int) -> int:
    """Return the size of the colour table that a descriptor's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(file: bytes, at: int) -> int:
    """Return the offset after a sequence of sub-blocks."""
    while size := file[at]:
        at += 1 + size
    if at >= len(file):
        raise Damaged("its end is missing")
    return at + 1


def _extension(block: bytes) -> bytes:
    """Return an extension if it sets how long a frame is shown or how often all repeat; else b""."""
    if block[1] == CONTROL and block[2] == 4:
        return block[:7] + b"\0"
    if block[1] == APPLICATION and block[2] == 11 and block[3:14] in LOOPS and block[14:16] == b"\x03\x01":
        return block[: 15 + LOOP_BYTES] + b"\0"
    return b""
